"""The command that tells what the model `auto` would choose for a prompt, and why."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ralex_stack.cli.options import json_option
from ralex_stack.cli.output import current
from ralex_stack.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ralex_stack.cli.context import Context
    from ralex_stack.controller import Controller
    from ralex_stack.engines.routing import Choice
    from ralex_stack.settings import Settings
    from ralex_stack.settings.load import Loaded

MODES = ("complexity", "intent", "patterns")


@click.command()
@click.argument("prompt", required=False)
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True, exists=True),
    help="A prompt a line, or JSON lines with `prompt`; - for standard input.",
)
@click.option("--mode", type=click.Choice(MODES), help="Another mode than the settings have.")
@json_option("Print as JSON.")
@click.pass_obj
def route(
    context: Context, prompt: str | None, file: Path | None, mode: str | None, as_json: bool
) -> None:
    """Explain which tier `auto` chooses for a PROMPT, and why, with intent, model and price.

    Nothing is sent anywhere: the stack need not be up, and no model is asked.
    """
    if (prompt is None) == (file is None):
        raise click.UsageError("give one PROMPT, or --file")
    prompts = [prompt] if prompt is not None else _read(file or Path("-"))
    # Patterns are only read; containers are run by what the settings say.
    loaded = context.load()
    settings = _in_mode(loaded.settings, mode)
    if settings.routing.auto.mode != "patterns":
        loaded = context.trusted()
    rows = [_row(settings, choice) for choice in _choices(context, loaded, settings, prompts)]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif prompt is not None:
        current().print(_text(rows[0], settings.routing.auto.mode))
    else:
        _print(rows)


def _in_mode(settings: Settings, mode: str | None) -> Settings:
    wanted = mode or settings.routing.auto.mode
    if wanted == "off":
        raise SettingsError(
            'routing.auto.mode is "off": there is no model `auto`',
            hint=f"set it, or see what one would choose: `--mode {'|'.join(MODES)}`",
            code="routing-off",
        )
    auto = settings.routing.auto.model_copy(update={"mode": wanted})
    return settings.model_copy(
        update={"routing": settings.routing.model_copy(update={"auto": auto})}
    )


def _read(file: Path) -> list[str]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{file} is no text in UTF-8: {error.reason}") from None
    return [
        _prompt(line, number) for number, line in enumerate(text.splitlines(), 1) if line.strip()
    ]


def _prompt(line: str, number: int) -> str:
    if not line.startswith("{"):
        return line
    try:
        return str(json.loads(line)["prompt"])
    except (ValueError, LookupError, TypeError):
        raise click.UsageError(
            f"line {number} begins with {{ and is no JSON object with `prompt`"
        ) from None


def _choices(
    context: Context, loaded: Loaded, settings: Settings, prompts: Sequence[str]
) -> list[Choice]:
    from ralex_stack.engines import images, routing

    if not routing.images_for(settings.routing.auto.mode):
        # Nothing is run for them: they are told without an engine, too.
        return routing.choices(context.programs(), {}, settings, prompts)
    controller = context.controller(loaded)
    references = images.references(settings, controller.base)
    wanted = {references[target] for target in routing.images_for(settings.routing.auto.mode)}
    if missing := controller.facts.missing_images(wanted):
        _build(controller, settings, missing)
    return routing.choices(controller.runner, references, settings, prompts)


def _build(controller: Controller, settings: Settings, missing: frozenset[str]) -> None:
    from ralex_stack.cli.progress import shown
    from ralex_stack.engines.images import ImageBuilder
    from ralex_stack.progress import Phase

    log = controller.state.path / "build.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with shown(current()) as listener:
        listener(Phase("building the images that choose", f"log: {log}"))
        runner, base = controller.runner, controller.base
        builder = ImageBuilder(runner, settings, base, log, listener, controller.facts.data_root)
        builder.build(missing)


def _row(settings: Settings, choice: Choice) -> dict[str, Any]:
    """The choice with the model that would serve it; prices in USD per million tokens."""
    route = choice.route
    name = settings.tiers[route.tier].models[0]
    deployment = settings.models[name].all_deployments[0]
    price = deployment.price
    return {
        "prompt": choice.prompt,
        "intent": route.intent,
        "tier": route.tier,
        "model": name,
        "upstream": deployment.upstream,
        "input": price.input if price else None,
        "output": price.output if price else None,
        "reason": route.reason,
        "because": list(choice.because),
    }


def _text(row: dict[str, Any], mode: str) -> str:
    kind = "grade" if mode == "complexity" else "intent"
    lines = {
        kind: row["intent"] or "none",
        "tier": row["tier"],
        "model": f"{row['model']} ({row['upstream']})",
        "price": _price(row),
        "why": row["reason"],
    }
    told = [f"{name:<8}{value}" for name, value in lines.items()]
    return "\n".join([*told, *(f"        {because}" for because in row["because"])])


def _price(row: dict[str, Any]) -> str:
    if row["input"] is None:
        return "free"
    return f"{row['input']:g} USD in, {row['output']:g} USD out, per million tokens"


def _print(rows: list[dict[str, Any]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table()
    for column in ("prompt", "intent", "tier", "model", "USD/M in, out", "why"):
        table.add_column(column, overflow="fold")
    for row in rows:
        prices = "free" if row["input"] is None else f"{row['input']:g}, {row['output']:g}"
        prompt = row["prompt"] if len(row["prompt"]) <= 60 else f"{row['prompt'][:59]}…"
        cells = (prompt, row["intent"] or "none", row["tier"], row["model"], prices, row["reason"])
        table.add_row(*map(escape, cells))
    current().console().print(table)
