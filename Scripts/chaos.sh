#!/usr/bin/env bash
# The writer killed again and again, and the law that no accepted point is lost (Tests/ChaosTests).
# `chaos.sh build`: only the two builds of the writer that are killed, for the test lane of `make check`: with fault points,
# .build-chaos/debug/ChaosWriter, and as users run it, .build/release/ChaosWriter, with the flags of `make build`.
# `chaos.sh`: at least COINLINE_CHAOS_KILLS kills (200), half of them at named points of the one, half at random moments
# of the other. COINLINE_TEST_SEED does a run again. Further arguments go to `swift test`.
set -euo pipefail
cd "$(dirname "$0")/.."

swift build -Xswiftc -DFAULTS --scratch-path .build-chaos --product ChaosWriter
swift build -c release --static-swift-stdlib --product ChaosWriter
[ "${1:-}" = build ] && exit 0

export COINLINE_CHAOS_FAULTS=$PWD/.build-chaos/debug/ChaosWriter
export COINLINE_CHAOS_RELEASE=$PWD/.build/release/ChaosWriter
export COINLINE_CHAOS_KILLS=${COINLINE_CHAOS_KILLS:-200}
# As many as are asked for are made, however long that takes: a kill takes about two seconds.
export COINLINE_TEST_SECONDS=${COINLINE_TEST_SECONDS:-$((600 + 10 * COINLINE_CHAOS_KILLS))}
echo "== chaos, $COINLINE_CHAOS_KILLS kills, seed ${COINLINE_TEST_SEED:-20260101}"
exec Scripts/test.sh --filter '^ChaosTests\.' "$@"
