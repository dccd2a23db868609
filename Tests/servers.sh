#!/usr/bin/env bash
# Unpacks the servers that the tests run against, from Debian's packages, into .build/servers. Installs nothing, starts
# nothing, needs no root, and does nothing where they are unpacked already.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
servers=${COINLINE_SERVERS:-$root/.build/servers}
# Each line: the package, and the programs of it that tests start.
wanted="influxdb influxd
victoria-metrics victoria-metrics
prometheus prometheus promtool"

say() { printf 'test servers: %s\n' "$*"; }
fail() {
    printf 'test servers: %s\n' "$*" >&2
    exit 1
}

is_unpacked() {
    local program
    for program in "$@"; do
        [[ -x $servers/usr/bin/$program ]] || return 1
    done
}

# Fetches a package into .build/servers/packages. A machine without package lists gets them, if we may.
fetch() {
    local package=$1 messages
    if messages=$(cd "$servers/packages" && apt-get download -qq "$package" 2>&1); then return; fi
    if [[ $(id -u) -eq 0 ]] || apt-cache show "$package" >/dev/null 2>&1; then
        say "trying again, with Debian's newest package lists if we may read them"
        if messages=$(cd "$servers/packages" && "$root/Scripts/apt.sh" download "$package" 2>&1); then return; fi
    fi
    fail "cannot download $package: $messages"$'\n'"(without package lists: sudo apt-get update, then again)"
}

unpack() {
    local package=$1 file
    shift
    if is_unpacked "$@"; then return; fi
    file=$(newest "$package")
    if [[ -z $file ]]; then
        say "downloading $package"
        fetch "$package"
        file=$(newest "$package")
    fi
    [[ -n $file ]] || fail "apt-get download left no file of $package in $servers/packages"
    say "unpacking $(basename -- "$file")"
    # Elsewhere: an interrupted run leaves no half program in its place.
    rm -rf -- "$servers/unpacking"
    if ! dpkg-deb -x "$file" "$servers/unpacking"; then
        rm -f -- "$file"
        fail "$file was damaged and is removed: run this again"
    fi
    mv -f -- "${@/#/$servers/unpacking/usr/bin/}" "$servers/usr/bin" || fail "$package holds no program $*"
    rm -rf -- "$servers/unpacking"
}

# The package's file, if it was fetched before.
newest() {
    find "$servers/packages" -maxdepth 1 -name "$1_*.deb" -size +0 | sort -V | tail -n 1
}

command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || fail "needs Debian's apt-get and dpkg-deb"
mkdir -p "$servers/packages" "$servers/usr/bin"
while read -r package programs; do
    # Word splitting is meant: one word a program.
    # shellcheck disable=SC2086
    unpack "$package" $programs
done <<<"$wanted"
say "ready in $servers/usr/bin"
