"""The command that tells other clients where the stack is, and with which keys."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import click

from ralex_stack.addresses import urls
from ralex_stack.cli.options import json_option
from ralex_stack.errors import SecretError
from ralex_stack.secrets.store import PASSWORD, PROMETHEUS_PASSWORD

if TYPE_CHECKING:
    from ralex_stack.cli.context import Context
    from ralex_stack.controller import Controller


@click.command()
@click.option("--admin", is_flag=True, help="LiteLLM's admin UI and its master key instead.")
@click.option("--metrics", is_flag=True, help="Prometheus and its password instead.")
@json_option("Print as JSON.")
@click.pass_obj
def env(context: Context, admin: bool, metrics: bool, as_json: bool) -> None:
    """Print shell exports for other clients: eval "$(ralex-stack env)"."""
    controller = context.controller()
    found = _metrics if metrics else admin_environment if admin else client_environment
    variables = found(controller)
    if as_json:
        click.echo(json.dumps(variables, indent=2))
    else:
        for name, value in variables.items():
            click.echo(f"export {name}={shlex.quote(value)}")


def client_environment(controller: Controller) -> dict[str, str]:
    """What OpenAI's, Anthropic's and OpenCode's clients read. Raises SecretError before `up`."""
    addresses = urls(controller.settings, controller.state.applied())
    key = controller.secret("gateway_key_client")
    variables = {
        "OPENAI_BASE_URL": f"{addresses['gateway']}/v1",
        "OPENAI_API_KEY": key,
        "ANTHROPIC_BASE_URL": addresses["gateway"],
        "ANTHROPIC_API_KEY": key,
    }
    if "opencode" in addresses:
        variables["OPENCODE_URL"] = addresses["opencode"]
        variables["OPENCODE_SERVER_USERNAME"] = "opencode"
        variables["OPENCODE_SERVER_PASSWORD"] = controller.secret(PASSWORD)
    return variables


def admin_environment(controller: Controller) -> dict[str, str]:
    """What administers LiteLLM. Raises SecretError before `up`, and without a database."""
    addresses = urls(controller.settings, controller.state.applied())
    if "admin" not in addresses:
        raise SecretError(
            f"the stack `{controller.settings.stack.name}` has no database to administer",
            hint='set `gateway.database = "postgres"`, and run `ralex-stack up`',
            code="database-none",
        )
    return {
        "LITELLM_ADMIN_URL": addresses["admin"],
        "LITELLM_MASTER_KEY": controller.secret("gateway_master_key"),
    }


def _metrics(controller: Controller) -> dict[str, str]:
    """What reads the metrics. Raises SecretError before `up`, and without Prometheus."""
    addresses = urls(controller.settings, controller.state.applied())
    if "prometheus" not in addresses:
        raise SecretError(
            f"the stack `{controller.settings.stack.name}` has no Prometheus",
            hint="set `metrics.enabled = true`, and run `ralex-stack up`",
            code="metrics-none",
        )
    return {
        "PROMETHEUS_URL": addresses["prometheus"],
        "PROMETHEUS_USERNAME": "prometheus",
        "PROMETHEUS_PASSWORD": controller.secret(PROMETHEUS_PASSWORD),
    }
