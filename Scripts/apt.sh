#!/usr/bin/env bash
# `apt.sh install -y PACKAGE…`: reads Debian's package lists, if we may, and does this with `apt-get`. Both are tried again, up to
# six times: a mirror may fail for a moment, and a machine that has just started may be at its lists itself.
set -euo pipefail

apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=5 -o DPkg::Lock::Timeout=300 "$@"; }

for try in 1 2 3 4 5 6; do
    [ "$try" -eq 1 ] || sleep 15
    if [ "$(id -u)" -eq 0 ] && ! apt update; then continue; fi
    if apt "$@"; then exit 0; fi
done
exit 1
