# shellcheck shell=sh
# Debian packages without changing the machine's apt: a private configuration with the mirror that
# the machine itself uses, and the suite that has a current engine. Sourced after lib.sh.

# Debian 12's own engine is 20.10, without Compose v2 and buildx; these binaries run on it as they are.
SUITE=trixie
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# Repositories of the machine as `URI SUITE`, from apt's own reading of both source formats.
machine_repositories() {
    # Reading the sources needs neither the network nor root.
    apt-get update --print-uris 2>/dev/null |
        sed -n "s#^'\(https\{0,1\}://[^']*\)/dists/\([^/']*\)/main/binary-[^/']*/Packages.*#\1 \2#p" |
        awk '!seen[$0]++'
}

# Mirrors that may have Debian's main archive, best first.
mirror_candidates() {
    if [ -n "${RALEX_DEBIAN_MIRROR:-}" ]; then
        printf '%s\n' "$RALEX_DEBIAN_MIRROR"
        return
    fi
    machine_repositories | awk '$2 !~ /-/ && !seen[$1]++ { print $1 }'
}

security_candidates() {
    machine_repositories | awk '$2 ~ /-security$/ && !seen[$1]++ { print $1 }'
}

# Source lines with everything that mirror $1 may have for the suite.
all_sources() {
    printf 'deb %s %s main\ndeb %s %s-updates main\n' "$1" "$SUITE" "$1" "$SUITE"
    security_candidates | while read -r uri; do
        printf 'deb %s %s-security main\n' "$uri" "$SUITE"
    done
}

private_apt_get() {
    APT_CONFIG="$(prefix)/apt/apt.conf" apt-get -qq "$@"
}

write_private_configuration() {
    apt=$(prefix)/apt
    mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/sources.d"
    : >"$apt/status"
    cat >"$apt/apt.conf" <<CONFIGURATION
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt";
Dir::Cache::archives "$apt/archives";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "$apt/sources.d";
Acquire::Languages "none";
Acquire::Retries "2";
APT::Sandbox::User "";
APT::Update::Error-Mode "any";
CONFIGURATION
}

# True when apt can read and verify every line of standard input; then they are the private sources.
accept_sources() {
    apt=$(prefix)/apt
    cat >"$apt/offered"
    if [ ! -s "$apt/offered" ]; then return 1; fi
    if [ -f "$KEYRING" ]; then
        sed "s#^deb #deb [signed-by=$KEYRING] #" "$apt/offered" >"$apt/sources.list"
    else
        cp "$apt/offered" "$apt/sources.list"
    fi
    private_apt_get update >"$apt/update.log" 2>&1 || return 1
    mv "$apt/offered" "$apt/accepted"
}

# Find the sources to use, once per set-up. The plain lines are then in PREFIX/apt/accepted.
find_sources() {
    if [ -n "${SOURCES_FOUND:-}" ]; then return; fi
    have apt-get || die "packages of Debian $SUITE are needed and this machine has no apt" \
        "install Docker Engine with the Compose and buildx plugins in the way your system does, start it," \
        "and run this again"
    write_private_configuration
    for mirror in $(mirror_candidates); do
        if all_sources "$mirror" | accept_sources ||
            all_sources "$mirror" | sed 1q | accept_sources; then
            SOURCES_FOUND=yes
            return
        fi
    done
    if [ -f "$(prefix)/apt/update.log" ]; then tail -n 5 "$(prefix)/apt/update.log" >&2; fi
    die "none of the machine's package mirrors serves Debian $SUITE: $(mirror_candidates | tr '\n' ' ')" \
        "name one that does: RALEX_DEBIAN_MIRROR=http://HOST/debian" \
        "or install Docker Engine with the Compose and buildx plugins yourself and start it"
}

# Unpack packages of the suite under PREFIX/root; apt verifies their signatures.
unpack_packages() {
    root=$(prefix)/root
    missing=""
    for package in "$@"; do
        if [ ! -f "$root/.unpacked/$package" ]; then missing="$missing $package"; fi
    done
    if [ -z "$missing" ]; then return; fi
    find_sources
    step apt "downloading$missing from $(sed -n '1s/^deb \([^ ]*\).*/\1/p' "$(prefix)/apt/accepted")"
    downloads=$(prefix)/apt/downloads
    rm -rf "$downloads"
    mkdir -p "$downloads" "$root/.unpacked"
    for package in $missing; do
        (cd "$downloads" && private_apt_get download "$package") >"$(prefix)/apt/download.log" 2>&1 || {
            tail -n 5 "$(prefix)/apt/download.log" >&2
            die "package $package could not be downloaded" "the whole output is in $(prefix)/apt/download.log"
        }
        dpkg-deb -x "$downloads/$package"_*.deb "$root"
        : >"$root/.unpacked/$package"
    done
    rm -rf "$downloads"
}

# Install packages of the machine's own distribution, as root.
install_packages() {
    log=$(mktemp)
    if ! try_install "$@" >"$log" 2>&1; then
        # A fresh machine may have no package lists yet.
        apt-get -qq update >>"$log" 2>&1 || true
        try_install "$@" >>"$log" 2>&1 || {
            tail -n 15 "$log" >&2
            die "apt-get could not install: $*" "install these packages by hand and run this again"
        }
    fi
    rm -f "$log"
}

try_install() {
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        -o DPkg::Lock::Timeout=300 "$@" </dev/null
}
