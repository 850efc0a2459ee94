"""The command that prints the shell's completion."""

from __future__ import annotations

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
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"there is no completion for {shell}")
    made = found(cli, {}, "ralex-stack", VARIABLE)
    # Not `source()`: for bash it runs one to see its version.
    click.echo(made.source_template % made.source_vars())
