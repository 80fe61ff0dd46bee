#!/bin/bash
# The part of scripts/test-debian that runs in namespaces of its own.
#
#   scripts/lib/debian.sh FOLDER RELEASE [COMMAND...]
set -euo pipefail
. scripts/lib/sum.sh

folder=$1 release=$2
shift 2
system=$folder/system

fail() {
    echo "test-debian: $*" >&2
    exit 1
}

skip() {
    echo "test-debian: $*, skipping"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}

# ## The mirror

# Finds the first of apt's sources that has the release, with apt's own client and settings.
find_mirror() {
    local uri seen=$folder/seen
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u |
        while read -r uri; do
            /usr/lib/apt/apt-helper -o Acquire::Retries=0 -o Acquire::http::Timeout=20 \
                -o Acquire::https::Timeout=20 download-file "${uri}dists/$release/InRelease" \
                "$seen" >/dev/null 2>&1 || continue
            echo "$uri"
            break
        done
    rm -f "$seen"
}

apt_setting() { # apt_setting NAME
    local value=
    eval "$(apt-config shell value "$1")"
    echo "$value"
}

# Prints the proxy that apt would use for this address; empty: only that of the environment.
proxy_for() { # proxy_for URI
    local proxy
    proxy=$(/usr/lib/apt/apt-helper auto-detect-proxy "$1" 2>/dev/null | grep '^http' || true)
    [ -n "$proxy" ] || proxy=$(apt_setting "Acquire::${1%%://*}::Proxy")
    [ "$proxy" = DIRECT ] || echo "$proxy"
}

# The certificates that apt trusts for https.
authorities() {
    local file
    file=$(apt_setting Acquire::https::CaInfo)
    echo "${file:-/etc/ssl/certs/ca-certificates.crt}"
}

# ## The system

# Removes an incomplete installation.
remove_torn() {
    mountpoint=$system.new awk '{ gsub(/\\040/, " ", $5) }
        index($5 "/", ENVIRON["mountpoint"] "/") == 1 { found = 1 }
        END { exit found }' /proc/self/mountinfo ||
        fail "something is mounted in $system.new; unmount it first"
    rm -rf --one-file-system "$system.new"
}

install_system() {
    local mirror=$1 proxy
    scripts/packages debian
    remove_torn
    proxy=$(proxy_for "$mirror")
    echo "ca_certificate = $(authorities)" >"$folder/wgetrc"
    echo "test-debian: installing $release into $system" >&2
    env WGETRC="$folder/wgetrc" ${proxy:+http_proxy="$proxy" https_proxy="$proxy"} \
        debootstrap --variant=minbase "$release" "$system.new" "$mirror" \
        >"$folder/debootstrap.log" 2>&1 ||
        fail "debootstrap failed: $(tail -n 5 "$folder/debootstrap.log")"
    mv -T "$system.new" "$system"
}

# Its apt uses the mirror like ours. Scripts that detect a proxy are not copied, but their result is.
carry_settings() {
    local uri proxy
    uri=$(awk '$1 == "deb" { print $2; exit }' "$system/etc/apt/sources.list")
    proxy=$(proxy_for "$uri")
    {
        apt-config dump | grep -E '^Acquire::(http|https|Check-|Retries|Force)' |
            grep -viE 'CaInfo|Proxy' || true
        [ -z "$proxy" ] || echo "Acquire::${uri%%://*}::Proxy \"$proxy\";"
        [ ! -f "$(authorities)" ] || echo 'Acquire::https::CaInfo "/etc/apt/authorities.crt";'
    } >"$system/etc/apt/apt.conf.d/50test-debian"
    [ ! -f "$(authorities)" ] || cp "$(authorities)" "$system/etc/apt/authorities.crt"
    cp /etc/resolv.conf /etc/hosts "$system/etc/"
}

# Commands that remove and write have the system as their root, so they cannot affect anything outside.
copy_sources() {
    chroot "$system" sh -c 'rm -rf /sources && mkdir /sources'
    tar --create --exclude-vcs --exclude=node_modules --exclude=__pycache__ \
        --anchored --exclude='./build*' . |
        chroot "$system" tar --extract --no-same-owner --directory /sources
}

mount_devices() {
    local name
    mount -t proc proc "$system/proc"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$system/dev/pts"
    mount -t tmpfs tmpfs "$system/dev/shm"
    # For when debootstrap may not create device nodes.
    for name in null zero full random urandom; do
        [ ! -c "$system/dev/$name" ] || continue
        touch "$system/dev/$name"
        mount --bind "/dev/$name" "$system/dev/$name"
    done
}

# ## Inside the system

within() { # within COMMAND...: runs it in the sources
    chroot "$system" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root LANG=C.UTF-8 sh -c 'cd /sources && exec "$@"' sh "$@"
}

install_packages() {
    local name proxies=()
    for name in http_proxy https_proxy no_proxy; do
        [ -z "${!name:-}" ] || proxies+=("$name=${!name}")
    done
    within env "${proxies[@]}" scripts/packages build test && return
    [ -n "$(find_mirror)" ] || skip "no mirror of $release can be reached for its packages"
    fail "the packages of $release could not be installed"
}

build() { # build FOLDER COMPILER OPTION...
    if [ ! -f "$system$1/build.ninja" ]; then
        within env CC="$2" meson setup --werror "$1" "${@:3}" || return
    fi
    within meson compile -C "$1"
}

with_gcc() {
    build /build gcc || return
    within python3 scripts/lib/run-suites.py /build unit scenario fuzz style
}

# Checks that this release's clang compiles it: one case.
with_clang() {
    build /build-clang clang || return
    echo "1 passed, 0 failed, 0 skipped"
}

if [ ! -d "$system" ]; then
    mirror=$(find_mirror)
    [ -n "$mirror" ] || skip "no mirror that has $release can be reached"
    install_system "$mirror"
fi
carry_settings
copy_sources
mount_devices || fail "nothing can be mounted in $system"
install_packages
if [ $# != 0 ]; then
    within "$@"
else
    add_up with_gcc
    add_up with_clang
    print_sum
fi
