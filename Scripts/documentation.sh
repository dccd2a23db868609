#!/usr/bin/env bash
# Makes the pages of LineProtocol in .build/documentation, with the toolchain's docc: a broken link is an error.
set -euo pipefail
cd "$(dirname "$0")/.."

pages=.build/documentation/LineProtocol
symbols=.build/documentation/symbols
tools=$("${SWIFT:-swift}" -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)\/lib\/swift".*/\1\/bin/p')
triple=$("$tools/swift" -print-target-info | sed -n 's/.*"triple": "\([^"]*\)".*/\1/p' | head -n 1)

"$tools/swift" build --target LineProtocol
mkdir -p "$symbols"
"$tools/swift-symbolgraph-extract" -module-name LineProtocol -I "$("$tools/swift" build --show-bin-path)/Modules" \
    -target "$triple" -minimum-access-level public -output-dir "$symbols"
"$tools/docc" convert Sources/LineProtocol/LineProtocol.docc --additional-symbol-graph-dir "$symbols" \
    --output-dir "$pages" --warnings-as-errors
echo "documentation: $pages (docc preview, or any web server that serves index.html for every path)"
