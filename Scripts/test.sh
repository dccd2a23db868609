#!/usr/bin/env bash
# Builds and runs the tests. `test.sh` alone: the plain lane. `test.sh address` or `test.sh thread`: the same under a sanitizer,
# in a build folder of its own. Further arguments go to `swift test`; COINLINE_TEST_SECONDS is how long they may take (1500).
set -euo pipefail
cd "$(dirname "$0")/.."

lane=plain
case "${1:-}" in address | thread) lane=$1; shift ;; esac

flags=()
if [ "$lane" != plain ]; then
    flags=(--sanitize "$lane" --scratch-path ".build-$lane")
    # The thread sanitizer cannot see into the standard library's lock, so that build takes one it understands.
    [ "$lane" = thread ] && flags+=(-Xswiftc -DLOCKS_PTHREAD)
    # Leaks are not looked for: the toolchain's XCTest and Foundation have some of their own, in every process of a test.
    export ASAN_OPTIONS="detect_leaks=0:${ASAN_OPTIONS:-}"
    export TSAN_OPTIONS="halt_on_error=0:exitcode=66:${TSAN_OPTIONS:-}"
fi
export COINLINE_LANE=$lane
swift build --build-tests "${flags[@]}" 2>&1 | { grep -Ev '^\[[0-9]+/[0-9]+\]|^Building for|^Build complete|^$' || true; }
# Some tests wait for real deadlines; with hundreds of tests at once on two cores they would measure the crowd.
# A test that hangs ends the lane after COINLINE_TEST_SECONDS, and a line says so, instead of holding it for ever.
exec timeout --verbose --kill-after=30 "${COINLINE_TEST_SECONDS:-1500}" \
    swift test --skip-build "${flags[@]}" --experimental-maximum-parallelization-width 4 "$@"
