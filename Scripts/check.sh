#!/usr/bin/env bash
# The gate: each lane with its time, the summaries of the test runner last. A lane that fails does not keep the others from
# being run, so that one run tells everything; what failed then stands at the end.
set -euo pipefail
cd "$(dirname "$0")/.."

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
times=()
failed=()

lane() { # lane NAME COMMAND…
    local name=$1 start=$SECONDS lines=2 result=""; shift
    echo "== $name"
    if ! "$@" >"$logs/$name" 2>&1; then
        failed+=("$name")
        result=FAILED
        lines=+1
    fi
    tail -n "$lines" "$logs/$name"
    times+=("$(printf '%-20s %5d s %s' "$name" $((SECONDS - start)) "$result")")
}

failures() { # failures NAME: the lines of a lane that say what failed
    echo "== what failed in $1"
    grep -aE '✘|error:|Sanitizer: |Fatal error|timeout: ' "$logs/$1" | grep -av '^ *[0-9]* |' | tail -n 60 || true
}

allocations() { # in a release build, as users run it
    swift build -c release --static-swift-stdlib --product Benchmarks \
        && Scripts/allocations.sh .build/release/Benchmarks
}

lane lint make --no-print-directory lint
# Before the tests, which kill a release build of the same libraries.
lane release make --no-print-directory build
lane chaos-build Scripts/chaos.sh build
export COINLINE_CHAOS_FAULTS=$PWD/.build-chaos/debug/ChaosWriter
export COINLINE_CHAOS_RELEASE=$PWD/.build/release/ChaosWriter
lane tests Scripts/test.sh
lane allocations allocations
lane address-sanitizer Scripts/test.sh address
lane thread-sanitizer Scripts/test.sh thread

echo "== time of each lane"
printf '  %s\n' "${times[@]}"
echo "== cases held against real servers"
grep -hE '^(recorded |LineProtocol accept|InfluxDB |VictoriaMetrics )' "$logs/tests" | sed 's/^/  /' || true
echo "== the writer killed and read back"
grep -hE '^chaos ' "$logs/tests" | sed 's/^/  /' || true
echo "== allocations of the encoder"
grep -hE 'allocations at' "$logs/allocations" | sed 's/^/  /' || true
echo "== the test runner's summaries: plain, address sanitizer, thread sanitizer"
for name in tests address-sanitizer thread-sanitizer; do grep -hE 'Test run with' "$logs/$name" | tail -n 1 || true; done
for name in "${failed[@]}"; do failures "$name"; done
if [ ${#failed[@]} -gt 0 ]; then
    echo "== FAILED: ${failed[*]}" >&2
    exit 1
fi
