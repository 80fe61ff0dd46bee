# Starts servers for a script and ends them with it. To be sourced by bash; sets `scratch`, a
# folder that exists as long as the script.

scratch=$(mktemp -d)
children=()

end_servers() {
    local child
    for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
    for child in "${children[@]}"; do wait "$child" 2>/dev/null || true; done
    rm -rf "$scratch"
}
trap end_servers EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# Starts a server in the background and waits until it logs where it listens. Sets `address` and
# `server`, its process id. Its output is in $scratch/NAME.log.
start() { # start NAME COMMAND...
    local name=$1 said line
    shift
    mkfifo "$scratch/$name.pipe"
    "$@" >"$scratch/$name.pipe" 2>&1 &
    server=$!
    children+=("$server")
    exec {said}<"$scratch/$name.pipe"
    address=
    while [ -z "$address" ] && read -r line <&"$said"; do
        echo "$line" >>"$scratch/$name.log"
        [[ $line =~ listening\ address=([^ ]+) ]] && address=${BASH_REMATCH[1]}
    done
    [ -n "$address" ] || fail "$name did not start: $(cat "$scratch/$name.log")"
    cat <&"$said" >>"$scratch/$name.log" &
    exec {said}<&-
}

# Makes a release build of the targets in $build, quietly.
build=build-release
build_release() { # build_release TARGET...
    [ -f $build/build.ninja ] ||
        meson setup $build -Dbuildtype=release -Dtests=false >"$scratch/setup" ||
        fail "meson setup failed: $(cat "$scratch/setup")"
    ninja -C $build "$@" >"$scratch/build" || fail "the build failed: $(cat "$scratch/build")"
}
