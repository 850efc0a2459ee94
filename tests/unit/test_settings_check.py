"""What is wrong with settings: every problem at once, with path, line and what is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ralex_stack.settings.load import load
from ralex_stack.settings.problem import InvalidSettingsError, Problem

if TYPE_CHECKING:
    from pathlib import Path

LOCAL = """
[providers.local]
paid = false
[models.a]
upstream = "local/a"
[models.b]
upstream = "local/b"
[models.e]
upstream = "local/e"
mode = "embedding"
"""


def problems(tmp_path: Path, text: str) -> list[Problem]:
    file = tmp_path / "ralex-stack.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidSettingsError) as caught:
        load(file, {}, ())
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("text", "path", "line", "words", "nearest"),
    [
        ("[netwrk]", "netwrk", 1, "unknown key", "network"),
        ("[network]\nport = 1", "network.port", 2, "unknown key", None),
        ("[network]\ngatway_port = 1", "network.gatway_port", 2, "unknown key", "gateway_port"),
        ("[network]\ngateway_port = 'x'", "network.gateway_port", 2, "a whole number", None),
        ("[network]\ngateway_port = true", "network.gateway_port", 2, "a whole number", None),
        ("[budget]\ndaily = true", "budget.daily", 2, "a number", None),
        ("[network]\ngateway_port = 70000", "network.gateway_port", 2, "65535", None),
        ("[network]\ngateway_port = 4096", "network.gateway_port", 2, "used twice", None),
        ("[network]\nopencode_port = 4000", "network.opencode_port", 2, "used twice", None),
        ("[network]\nbind = '300.1.1.1'", "network.bind", 2, "no IPv4 address", None),
        ("[network]\nbind = 'here'", "network.bind", 2, "right form", None),
        ("network = 3", "network", 1, "must be a table", None),
        ("[budget]\ndaily = -1", "budget.daily", 2, "greater than or equal to 0", None),
        ("[budget]\ndaily = nan", "budget.daily", 2, "finite number", None),
        ("[budget]\ntime_zone = 'Berlin'", "budget.time_zone", 2, "no time zone", None),
        ("[gateway]\nledger = 'postgres'", "gateway.ledger", 2, "needs a database", None),
        (
            "[budget]\nkeys.'virtual:ada'.daily = 1",
            'budget.keys."virtual:ada"',
            2,
            "needs a database",
            None,
        ),
        ("[budget]\nkeys.'virtual:'.daily = 1", 'budget.keys."virtual:"', 2, "no valid name", None),
        ("[stack]\nprovider = 'reel'", "stack.provider", 2, "'auto', 'real'", "real"),
        (f"{LOCAL}[stack]\nprovider = 'record'", "stack.provider", 12, "none of the models", None),
        (
            "[stack]\nprovider = 'record'\n[providers.openrouter]\napi_base = 'http://a/v1'",
            "providers.openrouter.api_base",
            4,
            'must end with "/api/v1"',
            None,
        ),
        ("[stack]\nname = 2024-01-01", "stack.name", 2, "dates", None),
        ("[tiers.t]\nmodels = ['glm', 'glmm']", "tiers.t.models.1", 2, "names no model", "glm"),
        ("[tiers.t]\nmodels = []", "tiers.t.models", 2, "at least 1", None),
        ("[tiers.t]", "tiers.t.models", 1, "is required", None),
        ("[tiers.t]\nmodels = ['glm', 'glm']", "tiers.t.models.1", 2, "named twice", None),
        ("[tiers.A]\nmodels = ['glm']", "tiers.A", 1, "no valid name", None),
        (f"{LOCAL}[tiers.t]\nmodels = ['e']", "tiers.t.models.0", 12, "no chat model", None),
        ("[routing.fallbacks]\nglmm = []", "routing.fallbacks.glmm", 2, "names no model", "glm"),
        ("[routing.fallbacks]\nglm = ['x']", "routing.fallbacks.glm.0", 2, "no model", None),
        (
            "[routing.fallbacks]\nglm = ['claude-sonnet']\nclaude-sonnet = ['glm']",
            "routing.fallbacks.glm",
            2,
            "cycle: glm → claude-sonnet → glm",
            None,
        ),
        ("[routing.fallbacks]\nglm = ['glm']", "routing.fallbacks.glm", 2, "glm → glm", None),
        (f"{LOCAL}[routing.fallbacks]\na = ['e']", "routing.fallbacks.a.0", 12, "mode", None),
        ("[models.x]\nupstream = 'openrouter/x'", "models.x.price", 1, "prices are", None),
        (
            "[[models.x.deployments]]\nupstream = 'openrouter/x'\nprice = {input=1, output=1}\n"
            "[[models.x.deployments]]\nupstream = 'openrouter/y'\n",
            "models.x.deployments.1.price",
            4,
            "prices are required",
            None,
        ),
        ("[models.x]\nupstream = 'openruter/x'", "models.x.upstream", 2, "provider", "openrouter"),
        ("[models.x]\ntitle = 'x'", "models.x", 1, "either upstream or deployments", None),
        (
            f"{LOCAL}[models.c]\nupstream = 'local/c'\ncontext = 2000\noutput = 3000",
            "models.c.output",
            14,
            "exceeds the context",
            None,
        ),
        (
            f"{LOCAL}[models.c]\nupstream = 'local/c'\nparameters = {{ rpm = 3 }}",
            "models.c.parameters.rpm",
            13,
            "use limits",
            None,
        ),
        ("[budget.tiers.smrat]\ndaily = 1", "budget.tiers.smrat", 1, "names no tier", "smart"),
        ("[budget]\nlimit = 5", "budget.limit", 2, "it is `budget.hourly`", None),
        ("[providers.openrouter.budget]\nlimit = 5", "providers.openrouter.budget", 1,
         "it is `budget.providers.openrouter`", None),
        ("[budget.keys.me]\ndaily = 1", "budget.keys.me", 1, "names no key", None),
        ("[budget]\nwarn_at = [1.5]", "budget.warn_at.0", 2, "less than or equal to 1", None),
        ("[providers.open-router]\n[providers.'open.router']", 'providers."open.router"', 2,
         "too like", None),
        ("[opencode]\nmodel = 'tier:smrt'", "opencode.model", 2, "model or tier", "tier:smart"),
        ("[opencode]\nsmall_model = 'gml'", "opencode.small_model", 2, "model or tier", "glm"),
        (
            "[opencode.agents.a]\ndescription='d'\nprompt='p'\nmodel='x-y'",
            "opencode.agents.a.model", 4, "names no model or tier", None,
        ),
        (
            "[opencode.commands.c]\ndescription='d'\ntemplate='p'\nagent='plann'",
            "opencode.commands.c.agent", 4, "names no agent", "plan",
        ),
        ("[opencode.extra]\nmodel = 'x'", "opencode.extra.model", 2, "opencode.model", None),
        ("[opencode.permissions]\nbash = 'alow'", "opencode.permissions.bash", 2, "'allow'",
         "allow"),
        ("[opencode.mcp.m]\ntimeout = 3", "opencode.mcp.m", 1, "either command or url", None),
        ("[sandbox]\npackages = ['a; rm']", "sandbox.packages.0", 2, "right form", None),
        ("[sandbox]\npackages = 'jq'", "sandbox.packages", 2, "must be an array", None),
        ("[providers.p]\napi_key = {env = 'A', file = 'b'}", "providers.p.api_key", 2,
         "exactly one", None),
        ("[providers.p]\napi_key = 'hunter2'", "providers.p.api_key", 2, "a reference", None),
        ("[stack]\nsettings_version = 'x'", "stack.settings_version", 2, "must be 1", None),
        ("[gateway]\nexpose_admin = 3", "gateway.expose_admin", 2, "true or false", None),
    ],
)  # fmt: skip
def test_one_problem(
    tmp_path: Path, text: str, path: str, line: int, words: str, nearest: str | None
) -> None:
    [problem] = problems(tmp_path, text)
    assert (problem.path, problem.line, problem.nearest) == (path, line, nearest)
    assert words in problem.message


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    text = """
    [network]
    gateway_port = "x"
    gatway_port = 1
    [models.a]
    upstream = "openruter/x"
    output = "many"
    [models.b]
    deployments = [{ upstream = "openrouter/y", wieght = 3 }]
    [tiers.smart]
    models = ["a", "b", "c"]
    [routing.fallbacks]
    a = ["b"]
    b = ["a"]
    [agent]
    """
    found = {problem.path: problem.line for problem in problems(tmp_path, text)}
    assert found == {
        "network.gateway_port": 3,
        "network.gatway_port": 4,
        "models.a.upstream": 6,
        "models.a.output": 7,
        "models.b.deployments.0.wieght": 9,
        "tiers.smart.models.2": 11,
        "routing.fallbacks.a": 13,
        "agent": 15,
    }


def test_fallbacks_that_meet_again_are_no_cycle(tmp_path: Path) -> None:
    text = f"{LOCAL}[routing.fallbacks]\na = ['b', 'c']\nb = ['d']\nc = ['d']\n"
    text += "[models.c]\nupstream = 'local/c'\n[models.d]\nupstream = 'local/d'\n"
    file = tmp_path / "ralex-stack.toml"
    file.write_text(text, encoding="utf-8")
    assert load(file, {}, ()).settings.models_of("a") == ("a", "b", "c")


def test_a_long_cycle_is_told_in_the_order_of_the_calls(tmp_path: Path) -> None:
    text = "[routing.fallbacks]\nglm = ['gemini-flash-lite']\nclaude-sonnet = ['glm']\n"
    [problem] = problems(tmp_path, text + "gemini-flash-lite = ['claude-sonnet']\n")
    names = problem.message.removeprefix("fallback cycle: ").split(" → ")
    following = {"glm": "gemini-flash-lite", "gemini-flash-lite": "claude-sonnet"}
    following["claude-sonnet"] = "glm"
    assert names[0] == names[-1]
    assert [following[name] for name in names[:-1]] == names[1:]


def test_a_broken_model_still_counts_as_named(tmp_path: Path) -> None:
    text = "[models.a]\ntitle = 3\n[tiers.smart]\nmodels = ['a']\n[opencode]\nmodel = 'a'\n"
    assert {problem.path for problem in problems(tmp_path, text)} == {"models.a.title"}


def test_the_message_lists_what_where_and_what_is_allowed(tmp_path: Path) -> None:
    file = tmp_path / "ralex-stack.toml"
    file.write_text("[network]\nprot = 1\n[stack]\nprovider = 'x'\n", encoding="utf-8")
    with pytest.raises(InvalidSettingsError) as caught:
        load(file, {}, ())
    assert str(caught.value) == (
        "2 problems in the settings:\n"
        f"  {file}:2: network.prot: unknown key "
        "(allowed: admin_port, bind, gateway_port, opencode_port, prometheus_port)\n"
        f"  {file}:4: stack.provider: must be 'auto', 'real', 'simulator' or 'record'"
        " (allowed: auto, real, simulator, record)"
    )
    assert caught.value.exit_code == 2
    assert "ralex-stack validate" in caught.value.hint
