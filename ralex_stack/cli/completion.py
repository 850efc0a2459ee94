"""The command that prints the shell's completion."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import get_completion_class

from ralex_stack.cli.main import cli

VARIABLE = "_RALEX_STACK_COMPLETE"
"""Read by click when the shell asks for completions."""

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the shell's completion of commands, options and names.

    \b
    bash: eval "$(ralex-stack completion bash)"                    in ~/.bashrc
    zsh:  eval "$(ralex-stack completion zsh)"                     in ~/.zshrc, after compinit
    fish: ralex-stack completion fish | source                     in ~/.config/fish/config.fish
    """
    click.echo(_script(shell))


def _script(shell: str) -> str:
    if shell == "bash":
        return Path(__file__).with_name("completion.bash").read_text(encoding="utf-8")
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"there is no completion for {shell}")
    return found(cli, {}, "ralex-stack", VARIABLE).source()
