# shellcheck shell=sh
# Shared by the set-up scripts: progress, failure and small checks. Sourced, never run.

# Progress of one step: `step engine "starting"`.
step() {
    printf '==> %-10s %s\n' "$1" "$2"
}

# Stop with a message that says what is wrong, and one line each for what to do next.
die() {
    printf 'error: %s\n' "$1" >&2
    shift
    for remedy in "$@"; do
        printf '       %s\n' "$remedy" >&2
    done
    exit 1
}

have() {
    command -v "$1" >/dev/null 2>&1
}

is_root() {
    [ "$(id -u)" -eq 0 ]
}

# One digest over the contents of several files.
digest() {
    if have sha256sum; then
        cat "$@" | sha256sum | cut -d ' ' -f 1
    else
        cat "$@" | shasum -a 256 | cut -d ' ' -f 1
    fi
}

# Run a command for at most $1 seconds, where the system can.
limited() {
    if have timeout; then
        timeout "$@"
    else
        shift
        "$@"
    fi
}

# Version $1 (major.minor, anything after is ignored) is at least $2.
at_least() {
    printf '%s %s\n' "${1#v}" "$2" | awk '{
        split($1, is, "[.]"); split($2, wanted, "[.]")
        exit !(is[1] + 0 > wanted[1] + 0 || (is[1] + 0 == wanted[1] + 0 && is[2] + 0 >= wanted[2] + 0))
    }'
}

# Wait until no other set-up works on the directory $1; held until this script ends.
alone_on() {
    if have flock; then
        exec 9<"$1"
        flock 9
    fi
}

# Where everything that set-up fetches for itself lives; nothing of it is on the machine's own paths.
prefix() {
    printf '%s\n' "${RALEX_ENGINE_PREFIX:-${XDG_DATA_HOME:-${HOME:?}/.local/share}/ralex-stack/engine}"
}

# A process that ended, but was not collected yet, has no command line any more.
alive() {
    [ -n "$(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline")" ]
}
