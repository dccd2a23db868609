#!/usr/bin/env bash
# The writer killed again and again, and the law that no accepted point is lost (Tests/ChaosTests).
# `chaos.sh build`: only the build with fault points, .build-chaos/debug/ChaosWriter, for the test lane of `make check`.
# `chaos.sh`: at least COINLINE_CHAOS_KILLS kills (200), half of them at named points of that build, half at random
# moments of the release build. COINLINE_TEST_SEED does a run again. Further arguments go to `swift test`.
set -euo pipefail
cd "$(dirname "$0")/.."

swift build -Xswiftc -DFAULTS --scratch-path .build-chaos --product ChaosWriter
[ "${1:-}" = build ] && exit 0
swift build -c release --static-swift-stdlib --product ChaosWriter

export COINLINE_CHAOS_FAULTS=$PWD/.build-chaos/debug/ChaosWriter
export COINLINE_CHAOS_RELEASE=$PWD/.build/release/ChaosWriter
export COINLINE_CHAOS_KILLS=${COINLINE_CHAOS_KILLS:-200}
echo "== chaos, $COINLINE_CHAOS_KILLS kills, seed ${COINLINE_TEST_SEED:-20260101}"
exec Scripts/test.sh --filter '^ChaosTests\.' "$@"
