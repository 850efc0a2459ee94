"""Completion as it is typed: real bash, zsh and fish in a container, with the script of each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pexpect
import pytest
import samples

from ralex_stack.engines import images
from ralex_stack.progress import nobody
from ralex_stack.runner import SystemRunner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Stack

PACKAGE = Path(images.__file__).parents[1]
PROGRAM = "#!/usr/bin/python3\nfrom ralex_stack.cli.main import main\nmain()\n"
PATIENCE_SECONDS = 60

SHELLS = {
    "bash": ["bash", "--norc", "--noprofile"],
    "zsh": ["zsh", "--no-rcs"],
    "fish": ["fish", "--no-config"],
}
SETTINGS = {
    "bash": 'eval "$(ralex-stack completion bash)"',
    "zsh": 'autoload -Uz compinit; compinit -u; eval "$(ralex-stack completion zsh)"',
    "fish": "ralex-stack completion fish | source",
}


@pytest.fixture(scope="module")
def image(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """OpenCode's image, which has bash and Python, with zsh and fish from Debian."""
    settings = samples.settings({"sandbox": {"packages": ["fish", "zsh"]}})
    directory = tmp_path_factory.mktemp("image")
    reference = images.references(settings, directory)["opencode"]
    log = directory / "build.log"
    builder = images.ImageBuilder(SystemRunner(), settings, directory, log, nobody, lambda: None)
    builder.build(frozenset({reference}))
    return reference


@pytest.fixture(params=SHELLS)
def shell(
    image: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[pexpect.spawn[str]]:
    """A shell that has read its completion script."""
    (tmp_path / "ralex-stack").write_text(PROGRAM)
    (tmp_path / "ralex-stack").chmod(0o755)
    mounts = {
        PACKAGE: "/opt/python/ralex_stack",
        Path(click.__file__).parent: "/opt/python/click",
        tmp_path / "ralex-stack": "/usr/local/bin/ralex-stack",
    }
    options = [part for a, b in mounts.items() for part in ("--volume", f"{a}:{b}:ro")]
    options += ["--env", "PYTHONPATH=/opt/python", "--env", "TERM=xterm", "--network", "none"]
    program, *arguments = SHELLS[request.param]
    run = ["run", "--rm", "--interactive", "--tty", "--init", *options, "--workdir", "/"]
    child = pexpect.spawn(
        "docker",
        [*run, "--entrypoint", program, image, *arguments],
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
        dimensions=(40, 200),
    )
    child.sendline(f"{SETTINGS[request.param]}; echo the script is $(echo read)")
    child.expect("the script is read")
    yield child
    child.close(force=True)


@pytest.mark.parametrize(
    ("typed", "becomes"),
    [
        ("ralex-stack expl", "ain"),
        ("ralex-stack explain port-", "taken"),
        ("ralex-stack run hello --model tier:st", "andard"),
        ("ralex-stack restart gat", "eway"),
        ("ralex-stack --set stack.provider=sim", "ulator"),
        ("ralex-stack --set network.gateway_p", "ort="),
    ],
)
def test_what_is_typed_is_completed(shell: pexpect.spawn[str], typed: str, becomes: str) -> None:
    shell.send(f"{typed}\t")
    # Between the letters a shell may put colours and movements of the cursor.
    between = r"(?:\x1b\[[0-9;?]*[A-Za-z]|[\x08\s])*"
    shell.expect(between.join(re.escape(letter) for letter in becomes))
