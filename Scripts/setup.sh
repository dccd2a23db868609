#!/usr/bin/env bash
# Installs what is missing of Debian's packages. `setup.sh build`: what a build needs; `setup.sh test`: what the tests need beside it.
set -euo pipefail

# sqlite3, the program: what the demo and the documentation show the store with.
build=(libcurl4-openssl-dev zlib1g-dev libsqlite3-dev libmicrohttpd-dev sqlite3 pkg-config tzdata ca-certificates)
# strace: order of system calls; openssl, nghttpd: servers with TLS; zsh, fish: their completions; valgrind: allocations;
# iproute2, util-linux: a machine of its own.
tests=(strace openssl nghttp2-server zsh fish valgrind iproute2 gzip util-linux procps git)

case "${1:-}" in
build) wanted=("${build[@]}") ;;
test) wanted=("${tests[@]}") ;;
*) echo "usage: setup.sh build|test" >&2; exit 64 ;;
esac

if ! command -v apt-get >/dev/null; then
    echo "setup: this is not a Debian system; install these or their equivalents: ${wanted[*]}" >&2
    exit 0
fi

missing=()
for package in "${wanted[@]}"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "setup: as root, run: apt-get update && apt-get install -y ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "setup: installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! "${as_root[@]}" "$(dirname "$0")/apt.sh" install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
    cat "$log" >&2
    echo "setup: apt-get could not install ${missing[*]}; its own words are above" >&2
    exit 1
fi
