#!/bin/sh
# Make .venv from the hash-locked requirements: `setup/python.sh cli` or `setup/python.sh dev`.
# dev contains cli, so an environment made for dev serves both and is never narrowed.
# PYTHON names the interpreter to start from.
set -eu
cd "$(dirname "$0")/.."
. setup/lib.sh

LEVEL=${1:?usage: setup/python.sh cli|dev}
STAMP=.venv/.ralex-stack
export PIP_DISABLE_PIP_VERSION_CHECK=1 UV_SYSTEM_CERTS=1

# What the environment is made from; the stamp holds it once the environment is complete.
wanted() {
    case $1 in
        cli) locks="locks/setup.txt locks/cli.txt" ;;
        dev) locks="locks/dev.txt" ;;
        *) die "unknown environment '$1'" "use cli or dev" ;;
    esac
    # The metadata of the project counts too: entry points are installed from it.
    # shellcheck disable=SC2086 # a list of files
    printf '%s %s %s\n' "$1" "$PWD" "$(digest pyproject.toml setup/python.sh locks/setup.txt $locks)"
}

# The interpreter to start from: the first one that is new enough.
interpreter() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if have "$candidate" && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            command -v "$candidate"
            return
        fi
    done
    die "no Python 3.11 or newer on PATH" "install it, or name one: make PYTHON=/path/to/python3.12"
}

# Debian keeps ensurepip, which venv needs, in a package of its own.
create() {
    python=$(interpreter)
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        if ! is_root || ! have apt-get; then
            die "$python cannot make virtual environments" \
                "install its venv package as root: apt-get install python3-venv"
        fi
        step python "installing python3-venv"
        . setup/apt.sh
        install_packages python3-venv
    fi
    step python "creating .venv with $("$python" -V)"
    rm -rf .venv
    "$python" -m venv .venv
}

# Compiled, since the environment may be read-only later, or PYTHONDONTWRITEBYTECODE be set: every
# command would then compile what it loads, which takes longer than its work.
sync() {
    .venv/bin/uv pip sync --quiet --python .venv/bin/python --compile-bytecode --require-hashes "$@"
}

fill() {
    step python "installing locked requirements ($1)"
    .venv/bin/python -m pip install --quiet --quiet --require-hashes -r locks/setup.txt
    case $1 in
        cli) sync locks/setup.txt locks/cli.txt ;;
        dev) sync locks/dev.txt ;;
    esac
    .venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
}

alone_on .
if [ -f "$STAMP" ]; then
    read -r have_level _ <"$STAMP"
    if [ "$have_level" = dev ]; then LEVEL=dev; fi
fi
if [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$(wanted "$LEVEL")" ] && .venv/bin/python -c '' 2>/dev/null; then
    step python "ready"
    exit 0
fi
rm -f "$STAMP"
# A moved checkout or a removed interpreter leaves an environment that cannot be repaired.
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then create; fi
fill "$LEVEL"
wanted "$LEVEL" >"$STAMP"
step python "ready"
