#!/usr/bin/env bash
# Makes the pages of both products in .build/documentation, with the toolchain's docc: a broken link is an error.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=.build/documentation
tools=$("${SWIFT:-swift}" -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)\/lib\/swift".*/\1\/bin/p')
triple=$("$tools/swift" -print-target-info | sed -n 's/.*"triple": "\([^"]*\)".*/\1/p' | head -n 1)

"$tools/swift" build --target InfluxWriter
modules=$("$tools/swift" build --show-bin-path)/Modules
for product in LineProtocol InfluxWriter; do
    symbols=$folder/symbols/$product
    rm -rf "$symbols"
    mkdir -p "$symbols"
    "$tools/swift-symbolgraph-extract" -module-name "$product" -I "$modules" \
        -I Sources/CCoinlineCurl -I Sources/CCoinlineZlib \
        -target "$triple" -minimum-access-level public -output-dir "$symbols"
    "$tools/docc" convert "Sources/$product/$product.docc" --additional-symbol-graph-dir "$symbols" \
        --output-dir "$folder/$product" --warnings-as-errors
    echo "documentation: $folder/$product (docc preview, or any web server that serves index.html for every path)"
done
