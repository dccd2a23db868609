#!/usr/bin/env bash
# The gate, then the writer killed 200 times, then every fuzz target for a minute from a fresh seed under the address and
# leak sanitizers, then the benchmarks.
# COINLINE_FUZZ_SECONDS sets the time of a target; COINLINE_TEST_SEED (and COINLINE_FUZZ_ROUND) does a run again.
set -euo pipefail
cd "$(dirname "$0")/.."

fuzz() {
    COINLINE_FUZZ_SECONDS=${COINLINE_FUZZ_SECONDS:-60} COINLINE_FUZZ_JOURNAL=$(mktemp -d)
    export COINLINE_FUZZ_SECONDS COINLINE_FUZZ_JOURNAL
    # The toolchain's own runner leaks a little in every process.
    suppressions=$(mktemp)
    echo "leak:libXCTest.so" >"$suppressions"
    export ASAN_OPTIONS=detect_leaks=1 LSAN_OPTIONS="suppressions=$suppressions:print_suppressions=0"
    echo "== fuzz, $COINLINE_FUZZ_SECONDS s a target"
    if ! Scripts/test.sh address --filter '^FuzzTests\.'; then
        echo "== fuzz FAILED; the last round of each target, for a run that a trap has ended:" >&2
        cat "$COINLINE_FUZZ_JOURNAL"/* >&2
        exit 1
    fi
    rm -r "$COINLINE_FUZZ_JOURNAL" "$suppressions"
    unset COINLINE_FUZZ_SECONDS COINLINE_FUZZ_JOURNAL ASAN_OPTIONS LSAN_OPTIONS
}

case "${1:-all}" in
    fuzz) fuzz ;;
    all)
        Scripts/check.sh
        Scripts/chaos.sh
        fuzz
        make --no-print-directory bench
        ;;
    *)
        echo "usage: check-long.sh [fuzz]" >&2
        exit 64
        ;;
esac
