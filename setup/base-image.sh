#!/bin/sh
# The image that all of ours are built from. Where no registry serves it, it is made from the package
# mirror that this machine itself uses.
set -eu
cd "$(dirname "$0")/.."
. setup/lib.sh
. setup/apt.sh

IMAGE=debian:trixie-slim
# Time enough for 30 MB on a slow line; a registry that is not there mostly fails at once.
PULL_SECONDS=60
if [ -n "${RALEX_ENGINE_SOCKET:-}" ]; then export DOCKER_HOST="unix://$RALEX_ENGINE_SOCKET"; fi

pull() {
    step image "pulling $IMAGE"
    limited "$PULL_SECONDS" docker pull --quiet "$IMAGE" >/dev/null 2>&1
}

ensure_mmdebstrap() {
    if have mmdebstrap; then return; fi
    if ! is_root || ! have apt-get; then
        die "$IMAGE cannot be pulled, and mmdebstrap, which could make it, is missing" \
            "allow docker to reach a registry, or load the image: docker load -i FILE" \
            "or install it as root: apt-get install mmdebstrap"
    fi
    step image "installing mmdebstrap"
    install_packages mmdebstrap
}

# As small as the published one: no documentation, no translations, no package lists.
bootstrap() {
    find_sources
    step image "no registry serves it: making it from $(sed -n '1s/^deb \([^ ]*\).*/\1/p' "$(prefix)/apt/accepted")"
    # A fixed time for files makes the same packages the same layer.
    SOURCE_DATE_EPOCH=0 mmdebstrap --quiet --variant=minbase --include=ca-certificates \
        --aptopt='Acquire::Languages "none"' \
        --aptopt='Acquire::Retries "3"' \
        --aptopt='APT::Install-Recommends "false"' \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/info/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-include=/usr/share/locale/locale.alias' \
        --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        "$SUITE" "$1" - <"$(prefix)/apt/accepted" >"$1.log" 2>&1 || {
        tail -n 15 "$1.log" >&2
        die "mmdebstrap could not make $IMAGE" "the whole output is in $1.log"
    }
}

make_image() {
    ensure_mmdebstrap
    archive=$(prefix)/base.tar
    bootstrap "$archive"
    docker import --change 'CMD ["bash"]' "$archive" "$IMAGE" >/dev/null
    rm -f "$archive" "$archive.log"
}

is_there() {
    docker image inspect "$IMAGE" >/dev/null 2>&1
}

if ! is_there && ! pull; then
    mkdir -p "$(prefix)"
    alone_on "$(prefix)"
    if ! is_there; then make_image; fi
fi
step image "ready ($IMAGE)"
