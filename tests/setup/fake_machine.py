"""A machine for the set-up scripts: the real scripts, with chosen programs only on PATH."""

import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
# What every Debian has; all else that the scripts call is a fake or missing.
COMMON_PROGRAMS = (
    *("awk", "basename", "cat", "chmod", "cmp", "cp", "cut", "dirname", "env", "flock", "grep"),
    *(
        "head",
        "kill",
        "ln",
        "ls",
        "mkdir",
        "mktemp",
        "mv",
        "readlink",
        "rm",
        "sed",
        "seq",
        "sha256sum",
    ),
    *("sleep", "sort", "tail", "timeout", "touch", "tr"),
)

DOCKER = """
works() { [ -e "$MACHINE/$1" ] || grep -qs plugin "$HOME/.docker/cli-plugins/docker-$1"; }
case "$1 $2" in
    "version --format")
        if [ -e "$MACHINE/answers" ]; then echo 26.1.5; exit 0; fi
        cat "$MACHINE/complaint" >&2
        exit 1 ;;
    "context show") cat "$MACHINE/context" ;;
    "compose version") works compose && cat "$MACHINE/compose-version" ;;
    "buildx version") works buildx ;;
    "image inspect") [ -e "$MACHINE/image" ] ;;
    "pull --quiet") [ -e "$MACHINE/registry" ] ;;
    import*) [ -e "${@: -2:1}" ] ;;
esac
"""

APT_GET = """
case "$*" in
    *--print-uris*) cat "$MACHINE/uris" ;;
    *update*)
        [ -n "$APT_CONFIG" ] || exit 0
        if grep -qf "$MACHINE/unserved" "$(dirname "$APT_CONFIG")/sources.list"; then
            echo "E: The repository does not have a Release file."; exit 100
        fi ;;
    *download*) touch "${@: -1}_1_amd64.deb" ;;
    *install*) [ ! -e "$MACHINE/uninstallable" ] ;;
esac
"""

DPKG_DEB = """
plugins="$3/usr/libexec/docker/cli-plugins"
mkdir -p "$3/usr/sbin" "$3/usr/bin" "$plugins"
case "$2" in
    */docker.io_*) cp "$MACHINE/dockerd" "$3/usr/sbin/dockerd" ;;
    */docker-cli_*) cp "$MACHINE/bin/hidden-docker" "$3/usr/bin/docker" ;;
    */docker-compose_*) echo plugin >"$plugins/docker-compose" ;;
    */docker-buildx_*) echo plugin >"$plugins/docker-buildx" ;;
esac
"""

# Lives under the name it was started by, as the real one does.
DOCKERD = """#!/bin/bash
echo "dockerd $*" >>"$MACHINE/calls"
if [ -e "$MACHINE/dockerd-fails" ]; then echo "failed to start daemon: no space left"; exit 1; fi
while [ $# -gt 0 ]; do
    if [ "$1" = --pidfile ]; then echo $$ >"$2"; fi
    shift
done
touch "$MACHINE/answers"
exec -a "$0" sleep 600
"""

# As apt prints them for a machine with a third-party repository, a disabled and a source one.
URIS = """\
'http://mirror.example/debian/dists/bookworm/InRelease' mirror.example_InRelease 0
'http://mirror.example/debian/dists/bookworm/main/source/Sources.xz' x 0
'http://mirror.example/debian/dists/bookworm/main/binary-amd64/Packages.xz' x 0
'http://mirror.example/debian/dists/bookworm/main/binary-all/Packages.xz' x 0
'http://mirror.example/debian/dists/bookworm/contrib/binary-amd64/Packages.xz' x 0
'http://mirror.example/debian/dists/bookworm-updates/main/binary-amd64/Packages.xz' x 0
'https://security.example/debian-security/dists/bookworm-security/main/binary-amd64/Packages.xz' x 0
'cdrom://Debian/dists/bookworm/main/binary-amd64/Packages.xz' x 0
'https://node.example/node_20.x/dists/nodistro/main/binary-amd64/Packages.xz' x 0
'https://engine.example/linux/debian/dists/bookworm/stable/binary-amd64/Packages.xz' x 0
'http://sources.example/debian/dists/bookworm/main/source/Sources.xz' x 0
"""


class Machine:
    """A Debian on which root finds a docker client, no engine, no plugins and no registry.

    What is true of it are files in its root: `answers` (the engine does), `compose` and `buildx`
    (the plugin works), `image`, `registry`, `dockerd-fails`, `uninstallable`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bin = root / "bin"
        self.home = root / "home"
        self.prefix = root / "prefix"
        self.run_directory = root / "run"
        self.environment: dict[str, str] = {}
        self.bin.mkdir()
        self.home.mkdir()
        for name in COMMON_PROGRAMS:
            program = shutil.which(name)
            assert program is not None, f"{name} is missing on this system"
            (self.bin / name).symlink_to(program)
        self.fake("docker", DOCKER)
        self.fake("apt-get", APT_GET)
        self.fake("dpkg-deb", DPKG_DEB)
        for name in ("runc", "iptables", "pidof"):
            self.fake(name, "")
        self.become("root", 0)
        (root / "dockerd").write_text(DOCKERD)
        (root / "dockerd").chmod(0o755)
        self.set("uris", URIS)
        self.set("unserved", "")
        self.set("complaint", "Cannot connect to the Docker daemon")
        self.set("context", "default")
        self.set("compose-version", "2.26.1-4")

    def fake(self, name: str, body: str) -> None:
        """Put a shell script on PATH that records how it was called."""
        path = self.bin / name
        # Some names are links to the real programs.
        path.unlink(missing_ok=True)
        path.write_text(f'#!/bin/bash\necho "{name} $*" >>"$MACHINE/calls"\n{body}\n')
        path.chmod(0o755)

    def become(self, user: str, uid: int) -> None:
        """Let the scripts run as this user."""
        self.fake("id", f'if [ "$1" = -u ]; then echo {uid}; else echo {user}; fi')

    def set(self, name: str, value: str = "") -> None:
        """Make a fact about the machine true."""
        (self.root / name).write_text(value)

    def calls(self, name: str) -> list[str]:
        """Calls of one program so far, without its name."""
        record = self.root / "calls"
        lines = record.read_text().splitlines() if record.exists() else []
        return [line.removeprefix(f"{name} ") for line in lines if line.split(" ")[0] == name]

    def run(
        self,
        script: str,
        *arguments: str,
        project: Path = PROJECT,
        keep_open: tuple[int, ...] = (),
    ) -> subprocess.CompletedProcess[str]:
        """Run a script of the project on this machine."""
        environment = {
            "PATH": str(self.bin),
            "HOME": str(self.home),
            "PYTHON": sys.executable,
            "RALEX_ENGINE_PREFIX": str(self.prefix),
            "RALEX_ENGINE_RUN": str(self.run_directory),
            "RALEX_ENGINE_SOCKET": str(self.root / "docker.sock"),
            "MACHINE": str(self.root),
        } | self.environment
        return subprocess.run(
            [str(project / script), *arguments],
            env={name: value for name, value in environment.items() if value},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            pass_fds=keep_open,
        )

    def is_alive(self, pid: int) -> bool:
        """Whether the process runs; one that ended but was not collected has no command line."""
        path = Path(f"/proc/{pid}/cmdline")
        return path.exists() and path.read_bytes() != b""

    def shell(self, code: str) -> subprocess.CompletedProcess[str]:
        """Run code with the set-up's shell functions at hand."""
        script = self.root / "snippet"
        script.write_text(
            f"#!/bin/sh\nset -eu\n. {PROJECT}/setup/lib.sh\n. {PROJECT}/setup/apt.sh\n{code}\n"
        )
        script.chmod(0o755)
        return self.run("snippet", project=self.root)
