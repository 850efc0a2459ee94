"""What the way out of the sandbox refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ralex_stack.cli.output import current
from ralex_stack.egress_log import WHY, Refusal, Refusals, read, summary
from ralex_stack.plan.egress_effects import mode_of
from ralex_stack.topology.egress import SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from ralex_stack.controller import Controller
    from ralex_stack.settings.egress import EgressMode

_NO_PROXY: dict[EgressMode, str] = {
    "none": "nothing leaves the sandbox, so there is no proxy and no log of it; for a way out to "
    'hosts that you list set `sandbox.egress.mode = "allowlist"`, then `ralex-stack up`',
    "open": "the sandbox is open: there is no proxy that would refuse or log anything; for one set "
    '`sandbox.egress.mode = "allowlist"`, then `ralex-stack up`',
}


def show_refusals(controller: Controller, *, as_json: bool, follow: bool) -> int:
    """Print what the proxy refused, counted, or with `follow` one by one; the exit code."""
    applied = controller.state.applied()
    mode = mode_of(applied.bundle) if applied else "none"
    if mode != "allowlist":
        click.echo(_as_json(mode, ()) if as_json else _NO_PROXY[mode])
        return 0
    if follow:
        return _hear(controller, lambda refusal: _tell(refusal, as_json=as_json), follow=True)
    heard: list[Refusal] = []
    code = _hear(controller, heard.append, follow=False)
    found = summary(heard)
    if as_json:
        click.echo(_as_json(mode, found))
    elif found:
        _print(found)
    else:
        click.echo("nothing was refused since the proxy was started")
    return code


def _as_json(mode: EgressMode, found: tuple[Refusals, ...]) -> str:
    data = {"mode": mode, "refused": [refusals.to_json() for refusals in found]}
    return json.dumps(data, indent=2)


def _hear(controller: Controller, refused: Callable[[Refusal], None], *, follow: bool) -> int:
    def line(text: str) -> None:
        if (refusal := read(text)) is not None:
            refused(refusal)

    return controller.engine.hear(SERVICE, line, follow=follow)


def _tell(refusal: Refusal, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(refusal.to_json()))
    else:
        why = WHY.get(refusal.reason, refusal.reason)
        click.echo(f"{_clock(refusal)}  {refusal.method} {refusal.address}: {why}")


def _clock(refusal: Refusal) -> str:
    return refusal.time.replace("T", " ").rstrip("Z")


def _print(found: tuple[Refusals, ...]) -> None:
    from rich.table import Table

    table = Table()
    for column in ("last (UTC)", "times", "method", "refused", "why"):
        table.add_column(column, overflow="fold")
    for refusals in found:
        last = refusals.last
        why = WHY.get(last.reason, last.reason)
        table.add_row(_clock(last), str(refusals.count), last.method, last.address, why)
    # Hosts are what a sandbox asked for, and may have square brackets.
    current().console().print(table, markup=False)
