#!/bin/sh
# Write the hash-locked requirements in locks/, or check that they match what asks for them.
#
#   setup/lock.sh            keep locked versions that still fit, add and remove what changed
#   setup/lock.sh --upgrade  take the newest versions
#   setup/lock.sh --check    change nothing; fail when a lock is out of date
#
# locks/NAME.in becomes locks/NAME.txt; a line `# python: 3.13` in it chooses the Python version, and
# locks/NAME.overrides, where there is one, overrides what packages ask for.
# cli.txt and dev.txt come from pyproject.toml. Locks name no download address.
set -eu
cd "$(dirname "$0")/.."
. setup/lib.sh

PYTHON_FLOOR=3.11
UV=.venv/bin/uv
CHECK=""
UPGRADE=""
case "${1:-}" in
    "") ;;
    --check) CHECK=yes ;;
    --upgrade) UPGRADE=--upgrade ;;
    *) die "unknown argument '$1'" "use --upgrade, --check or nothing" ;;
esac
export UV_SYSTEM_CERTS=1
outdated=""

# $1: name of the lock; $2: Python version; the rest: sources and options for uv.
compile() {
    name=$1 python=$2
    shift 2
    lock=locks/$name.txt
    fresh=$(mktemp)
    if [ -f "$lock" ]; then cp "$lock" "$fresh"; fi
    if [ -f "locks/$name.overrides" ]; then set -- --override "locks/$name.overrides" "$@"; fi
    "$UV" pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
        --python-version "$python" ${UPGRADE:+"$UPGRADE"} --output-file "$fresh" "$@" >/dev/null
    if cmp -s "$fresh" "$lock"; then
        step lock "$lock unchanged"
    elif [ -n "$CHECK" ]; then
        outdated="$outdated $lock"
    else
        cat "$fresh" >"$lock"
        step lock "$lock written"
    fi
    rm -f "$fresh"
}

[ -x "$UV" ] || die "$UV is missing" "run 'make .venv' first"

# dev is the widest set of versions; the other two must agree with it, as they share one environment.
compile dev "$PYTHON_FLOOR" --group dev pyproject.toml locks/setup.in
compile cli "$PYTHON_FLOOR" --constraint locks/dev.txt pyproject.toml
for source in locks/*.in; do
    name=$(basename "$source" .in)
    python=$(sed -n 's/^# python: *//p' "$source")
    if [ "$name" = setup ]; then
        compile setup "$PYTHON_FLOOR" --constraint locks/dev.txt "$source"
    else
        compile "$name" "${python:-$PYTHON_FLOOR}" "$source"
    fi
done
[ -z "$outdated" ] || die "out of date:$outdated" "run 'make lock' and commit the result"
