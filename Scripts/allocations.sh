#!/usr/bin/env bash
# At most one allocation for each float: encodes 10,000 and 20,000 points under valgrind, whose total-heap line counts
# every malloc, and compares the difference with the floats of the 10,000 points more. A `Series` must not allocate at all.
# allocations.sh BENCHMARKS, the compiled program.
set -euo pipefail
program=$1
log=$(mktemp)
trap 'rm -f "$log"' EXIT

run() { # run WAY POINTS: prints the allocations and the floats
    local floats
    floats=$(valgrind --log-file="$log" "$program" --allocations "$1" "$2" | awk '{ print $4 }')
    echo "$(sed -n 's/.*total heap usage: \([0-9,]*\) allocs.*/\1/p' "$log" | tr -d ,) $floats"
}

for way in series points unsorted; do
    read -r few few_floats <<<"$(run "$way" 10000)"
    read -r many many_floats <<<"$(run "$way" 20000)"
    allocations=$((many - few)) floats=$((many_floats - few_floats))
    echo "$way: $few allocations at 10,000 points, $many at 20,000: $allocations more for $floats floats"
    limit=$floats
    [ "$way" = unsorted ] || limit=0
    if [ "$few" -le 0 ] || [ "$floats" -le 0 ] || [ "$allocations" -gt "$limit" ]; then
        echo "$way: at most $limit allocations are allowed" >&2
        exit 1
    fi
done
