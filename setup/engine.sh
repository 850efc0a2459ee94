#!/bin/sh
# A Docker engine with Compose and buildx: `setup/engine.sh` makes sure of one, `setup/engine.sh stop`
# ends the one that this script started, and no other.
#
# An engine that answers is used as it is. Where none answers, root gets one unpacked in a prefix of
# its own. Settings, all optional:
#   DOCKER_HOST           an engine of yours; none is started then
#   RALEX_ENGINE_PREFIX   where programs and data of our engine live
#   RALEX_ENGINE_RUN      its pid file and sockets of its parts, short-lived
#   RALEX_ENGINE_SOCKET   where it listens and is looked for, when not at /var/run/docker.sock
#   RALEX_ENGINE_FLAGS    further flags for dockerd
#   RALEX_DEBIAN_MIRROR   Debian mirror to take it from, instead of the machine's own
set -eu
cd "$(dirname "$0")/.."
. setup/lib.sh
. setup/apt.sh

PREFIX=$(prefix)
case $PREFIX in
    /*) ;;
    *) die "RALEX_ENGINE_PREFIX=$PREFIX is not an absolute path" "write it with a / in front" ;;
esac
RUN=${RALEX_ENGINE_RUN:-/run/ralex-stack}
SOCKET=${RALEX_ENGINE_SOCKET:-/var/run/docker.sock}
DOCKERD=$PREFIX/root/usr/sbin/dockerd
PID_FILE=$RUN/dockerd.pid
LOG=$PREFIX/dockerd.log
PLUGINS=${DOCKER_CONFIG:-${HOME:?}/.docker}/cli-plugins
COMPOSE_FLOOR=2.20
# By default an engine has addresses for 31 networks in all, and a stack has five or six.
ADDRESSES=base=172.16.0.0/12,size=24
# runc and iptables live there, and it is not on everybody's PATH.
PATH=$PATH:/usr/sbin:/sbin
if [ -n "${RALEX_ENGINE_SOCKET:-}" ]; then export DOCKER_HOST="unix://$SOCKET"; fi

server_version() {
    limited 20 docker version --format '{{.Server.Version}}' 2>"${1:-/dev/null}"
}

# Process id of the engine that this script started, if it is alive. A process id is used again after
# a reboot, so the name of the program decides.
own_engine() {
    [ -f "$PID_FILE" ] || return 1
    pid=$(cat "$PID_FILE")
    [ -r "/proc/$pid/cmdline" ] || return 1
    [ "$(tr '\0' '\n' <"/proc/$pid/cmdline" | sed -n 1p)" = "$DOCKERD" ] || return 1
    printf '%s\n' "$pid"
}

# Process id of an engine that is not ours, in the same network. A second one beside it would take
# its bridge and its firewall rules away.
foreign_engine() {
    for pid in $(pidof dockerd 2>/dev/null); do
        if alive "$pid" && [ "$(readlink "/proc/$pid/ns/net")" = "$(readlink /proc/self/ns/net)" ]; then
            printf '%s\n' "$pid"
            return
        fi
    done
    return 1
}

ensure_client() {
    if have docker; then return; fi
    step engine "no docker client: unpacking one"
    unpack_packages docker-cli
    if is_root; then bin=/usr/local/bin; else bin=$HOME/.local/bin; fi
    mkdir -p "$bin"
    ln -sf "$PREFIX/root/usr/bin/docker" "$bin/docker"
    have docker || die "$bin is not on PATH" "put it there: export PATH=$bin:\$PATH"
}

# Reasons for which no engine may be started although none answers.
refuse_to_start() {
    case $1 in
        *"permission denied"*) die "an engine listens at ${DOCKER_HOST:-$SOCKET}, but you may not use it" \
            "as root: usermod -aG docker $(id -un), then log in again" ;;
    esac
    if [ -n "${DOCKER_HOST:-}" ] && [ -z "${RALEX_ENGINE_SOCKET:-}" ]; then
        die "the engine at DOCKER_HOST=$DOCKER_HOST does not answer: $1" \
            "start it, or unset DOCKER_HOST to have one set up here"
    fi
    context=$(docker context show 2>/dev/null || printf default)
    if [ -z "${DOCKER_HOST:-}" ] && [ "$context" != default ]; then
        die "the engine of the Docker context '$context' does not answer: $1" \
            "start it, or use this machine's own: docker context use default"
    fi
    if [ -z "${RALEX_ENGINE_SOCKET:-}" ] && [ -d /run/systemd/system ] && systemctl cat docker.service >/dev/null 2>&1; then
        die "Docker is installed on this machine, but does not run" \
            "start it as root: systemctl enable --now docker"
    fi
    is_root || die "no Docker engine answers, and only root can set one up" \
        "either run 'make setup' as root once, or install one as root:" \
        "Docker Engine 24 or newer with the Compose plugin (2.20 or newer) and the buildx plugin;" \
        "then as root: usermod -aG docker $(id -un), and log in again"
}

# Unpack the engine, and let it find runc and iptables.
obtain_engine() {
    mkdir -p "$PREFIX" "$RUN"
    unpack_packages docker.io containerd tini
    # From the machine's own distribution: the suite's runc wants a newer libc.
    needed=""
    for program in runc iptables; do
        have "$program" || needed="$needed $program"
    done
    if [ -n "$needed" ]; then
        step engine "installing$needed"
        # shellcheck disable=SC2086 # a list of packages
        install_packages $needed
    fi
}

launch() {
    rm -f "$PID_FILE"
    if [ -f "$LOG" ]; then mv "$LOG" "$LOG.1"; fi
    # shellcheck disable=SC2086 # a list of flags
    PATH="$PREFIX/root/usr/sbin:$PREFIX/root/usr/bin:$PATH" "${PYTHON:-.venv/bin/python}" setup/detach.py "$LOG" \
        "$DOCKERD" --host "unix://$SOCKET" --data-root "$PREFIX/data" --exec-root "$RUN/exec" \
        --pidfile "$PID_FILE" --default-address-pool "$ADDRESSES" ${RALEX_ENGINE_FLAGS:-} >"$RUN/started"
}

wait_until_ready() {
    started=$1
    for _ in $(seq 200); do
        if server_version >/dev/null; then return; fi
        if ! alive "$started"; then break; fi
        sleep 0.3
    done
    printf 'last lines of %s:\n' "$LOG" >&2
    tail -n 15 "$LOG" >&2
    die "the Docker engine did not come up" "the whole log is in $LOG"
}

start_engine() {
    if pid=$(own_engine); then
        step engine "waiting for the engine that is starting (process $pid)"
        wait_until_ready "$pid"
        return
    fi
    if pid=$(foreign_engine); then
        die "a Docker engine runs on this machine (process $pid), but does not answer at $SOCKET" \
            "wait until it does, or have it restarted; a second one beside it would break its networks"
    fi
    obtain_engine
    step engine "starting dockerd from $PREFIX"
    launch
    wait_until_ready "$(cat "$RUN/started")"
}

# Two set-ups at once start one engine.
start_engine_once() {
    mkdir -p "$PREFIX"
    alone_on "$PREFIX"
    if ! server_version >/dev/null; then start_engine; fi
}

plugin_works() {
    case $1 in
        compose) version=$(docker compose version --short 2>/dev/null) && at_least "$version" "$COMPOSE_FLOOR" ;;
        buildx) docker buildx version >/dev/null 2>&1 ;;
    esac
}

ensure_plugin() {
    if plugin_works "$1"; then return; fi
    link=$PLUGINS/docker-$1
    # A link whose target is gone is nobody's plugin; anything else is somebody's.
    if [ -e "$link" ]; then
        die "the plugin $link does not work or is older than needed (Compose $COMPOSE_FLOOR)" \
            "update it, or remove it and run this again"
    fi
    unpack_packages "docker-$1"
    mkdir -p "$PLUGINS"
    ln -sf "$PREFIX/root/usr/libexec/docker/cli-plugins/docker-$1" "$link"
    step engine "linked the $1 plugin as $link"
    plugin_works "$1" || die "the $1 plugin at $link does not work" "try: docker $1 version"
}

ensure() {
    ensure_client
    complaint=$(mktemp)
    if ! server_version "$complaint" >/dev/null; then
        reason=$(cat "$complaint")
        rm -f "$complaint"
        refuse_to_start "$reason"
        start_engine_once
    fi
    rm -f "$complaint"
    ensure_plugin compose
    ensure_plugin buildx
    step engine "ready (Docker $(server_version), Compose $(docker compose version --short))"
}

stop() {
    pid=$(own_engine) || {
        step engine "nothing to stop: no engine was started from $PREFIX"
        return
    }
    step engine "stopping dockerd (process $pid)"
    kill "$pid"
    for _ in $(seq 150); do
        if ! alive "$pid"; then return; fi
        sleep 0.3
    done
    die "dockerd (process $pid) did not stop within 45 seconds" "see $LOG"
}

case ${1:-ensure} in
    ensure) ensure ;;
    stop) stop ;;
    running) own_engine >/dev/null ;;
    *) die "unknown command '$1'" "use ensure, stop or running" ;;
esac
