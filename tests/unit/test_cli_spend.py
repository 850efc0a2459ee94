"""What calls have cost, and what is left of limits, as people and programs are told."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from commands import call, up

from ralex_stack.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import RecordingRunner

REPORT = "ralex_stack.gateway.accounts.report"
LIMITS = "ralex_stack.gateway.budgets.report"


def total(group: str | None, cost: float, **more: Any) -> dict[str, Any]:
    tokens = {"calls": 2, "prompt_tokens": 1000, "completion_tokens": 50}
    return {"group": [group], **tokens, "cost": cost, "estimated": 0.0, **more}


ROWS = [total("small", 0.25), total("[bold]large", 1.5, estimated=0.5), total(None, 0.0)]


@pytest.fixture
def spent(runner: RecordingRunner) -> RecordingRunner:
    up(runner)
    return runner.on("docker", "exec", REPORT, stdout=json.dumps(ROWS))


def asked(runner: RecordingRunner) -> list[str]:
    """The options that the gateway's program was last given."""
    arguments = [made.arguments for made in runner.calls if REPORT in made.arguments][-1]
    return list(arguments[arguments.index(REPORT) + 1 :])


def test_the_dearest_comes_first_with_the_longest_bar(spent: RecordingRunner) -> None:
    shown = call(spent, "spend").stdout
    lines = [line for line in shown.splitlines() if re.search(r"small|large|none", line)]
    assert [line.count("█") for line in lines] == [24, 4, 0]
    assert "[bold]large" in lines[0]
    assert "1.5000" in lines[0]
    assert "in all 1.7500 USD, 0.5000 of it estimated" in shown
    assert asked(spent) == ["--by", "model", "--zone", "UTC"]


def test_totals_as_json_and_csv(spent: RecordingRunner) -> None:
    data = json.loads(call(spent, "spend", "--by", "key", "--json").stdout)
    assert data[0] == {
        "key": "[bold]large",
        "calls": 2,
        "prompt_tokens": 1000,
        "completion_tokens": 50,
        "cost": 1.5,
        "estimated": 0.5,
    }
    lines = call(spent, "spend", "--by", "key", "--csv").stdout.splitlines()
    assert lines[:2] == [
        "key,calls,prompt_tokens,completion_tokens,cost,estimated",
        "[bold]large,2,1000,50,1.5,0.5",
    ]


def test_days_are_in_their_order(spent: RecordingRunner) -> None:
    days = [total("2026-11-03", 1), total("2026-11-01", 9), total("2026-11-02", 5)]
    spent.on("docker", "exec", REPORT, stdout=json.dumps(days))
    data = json.loads(call(spent, "spend", "--by", "day", "--json").stdout)
    assert [row["day"] for row in data] == ["2026-11-01", "2026-11-02", "2026-11-03"]


@pytest.mark.parametrize(
    ("since", "sent"),
    [
        ("2026-11-24", "2026-11-24T00:00:00+01:00"),
        ("2026-11-24T10:30", "2026-11-24T10:30:00+01:00"),
        ("2026-11-24T10:30Z", "2026-11-24T10:30:00+00:00"),
    ],
)
def test_a_date_is_of_the_zone_of_the_settings(
    spent: RecordingRunner, since: str, sent: str
) -> None:
    zone = ("--set", "budget.time_zone=Europe/Berlin")
    assert call(spent, *zone, "spend", "--since", since).exit_code == 0
    assert asked(spent)[2:] == ["--since", sent, "--zone", "Europe/Berlin"]


@pytest.mark.parametrize("since", ["7d", "12h", "4w"])
def test_a_span_ends_now(spent: RecordingRunner, since: str) -> None:
    assert call(spent, "spend", "--since", since).exit_code == 0
    assert re.fullmatch(r"2\d{3}-.*\+00:00", asked(spent)[3])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--since", "soon"], "is no date"),
        (["--since", "9999999d"], "there was no time 9999999d ago"),
        (["--since", "99999999999999d"], "there was no time"),
        (["--json", "--csv"], "choose one of"),
        (["--by", "colour"], "colour"),
    ],
)
def test_wrong_options_are_told(spent: RecordingRunner, options: list[str], said: str) -> None:
    result = call(spent, "spend", *options)
    assert result.exit_code == 2
    assert said in result.stderr


def test_an_empty_ledger_says_so(spent: RecordingRunner) -> None:
    spent.on("docker", "exec", REPORT, stdout="[]")
    assert "no calls" in call(spent, "spend").stdout


def test_a_gateway_that_cannot_tell_is_told(spent: RecordingRunner) -> None:
    spent.on("docker", "exec", REPORT, code=1, stderr="Traceback\nsqlite3.Error: disk I/O error")
    with pytest.raises(EngineError, match="disk I/O error"):
        call(spent, "spend")


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_needs_nothing_else_and_takes_names_for_text(
    spent: RecordingRunner, tmp_path: Path
) -> None:
    rows = [total("<script>alert(1)</script>", 2.0, estimated=0.5), total("b", 1.0)]
    spent.on("docker", "exec", REPORT, stdout=json.dumps(rows))
    file = tmp_path / "spend.html"
    assert call(spent, "spend", "--html", str(file)).exit_code == 0
    text = file.read_text()
    page = Page()
    page.feed(text)
    tags = [tag for tag, _ in page.tags]
    # A chart for each group, with frames for the names beside two bars.
    assert tags.count("svg") == 5 * 3
    assert "script" not in tags
    assert "&lt;script&gt;" in text
    # Neither styles, pictures nor links come from elsewhere.
    assert not [name for _, given in page.tags for name in given if name in ("src", "href")]
    widths = [float(given["width"] or 0) for tag, given in page.tags if tag == "rect"]
    assert widths[:4] == [450.0, 112.5, 225.0, 0.0]


def test_a_page_without_calls_has_no_charts_and_one_with_many_says_what_is_drawn(
    spent: RecordingRunner, tmp_path: Path
) -> None:
    file = tmp_path / "spend.html"
    texts = []
    for rows in ([], [total(f"model-{number}-{'x' * 60}", 40 - number) for number in range(40)]):
        spent.on("docker", "exec", REPORT, stdout=json.dumps(rows))
        assert call(spent, "spend", "--html", str(file)).exit_code == 0
        texts.append(file.read_text())
    empty, many = texts
    assert "0 calls" in empty
    assert "<svg" not in empty
    assert "Bars: the 30 dearest of 40." in many
    assert many.count("model-0-xxxxxxxxxxxxxxxxxxxxx…<") == 4


@pytest.mark.parametrize("width", [60, 80, 200])
def test_bars_are_in_proportion_on_any_terminal(
    spent: RecordingRunner, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ralex_stack.cli.output._WIDTH_WITHOUT_TERMINAL", width)
    rows = [total("ses_df1c60794ffeBS7AMIhtS33xof", 2), total("half", 1)]
    spent.on("docker", "exec", REPORT, stdout=json.dumps(rows))
    lines = call(spent, "spend", "--by", "session").stdout.splitlines()
    assert max(map(len, lines)) <= width
    whole, half = (sum("█" in letter for letter in line) for line in lines if "█" in line)
    assert 0 < whole <= 24
    assert abs(whole / 2 - half) <= 0.5


def limit(scope: str, name: str, spent: float, held: float = 0.0) -> dict[str, Any]:
    ends = "2026-11-25T00:00:00+01:00"
    figures = {"limit": 10.0, "spent": spent, "held": held}
    return {"scope": scope, "name": name, "window": "daily", "ends": ends, **figures}


def test_status_tells_what_is_left_of_each_limit(runner: RecordingRunner) -> None:
    limits = [limit("stack", "stack", 2.5, 0.5), limit("tier", "smart", 9.0)]
    runner.on("docker", "exec", LIMITS, stdout=json.dumps(limits))
    assert call(runner, "--set", "budget.daily=10", "up").exit_code == 0
    shown = [line for line in call(runner, "status").stdout.splitlines() if "budget" in line]
    assert shown == [
        "budget      the stack, daily: 2.50 + 0.50 held for calls in flight of 10 USD (30%), "
        "until 2026-11-25 00:00",
        "budget      tier smart, daily: 9.00 of 10 USD (90%), until 2026-11-25 00:00; "
        "WARNING: past 80%",
    ]
    data = json.loads(call(runner, "status", "--json").stdout)
    assert data["budgets"] == [{**limits[0], "passed": None}, {**limits[1], "passed": 0.8}]


def test_without_limits_status_asks_for_none(runner: RecordingRunner) -> None:
    up(runner)
    assert json.loads(call(runner, "status", "--json").stdout)["budgets"] == []
    assert not [made for made in runner.calls if LIMITS in made.arguments]


def test_a_gateway_that_does_not_tell_keeps_nobody_from_the_rest(runner: RecordingRunner) -> None:
    assert call(runner, "--set", "budget.daily=10", "up").exit_code == 0
    runner.on("docker", "exec", LIMITS, code=1, stderr="ConnectionError: nobody there")
    result = call(runner, "status")
    assert result.exit_code == 0
    assert "ledger cannot be read: ConnectionError: nobody there" in result.stdout
    assert json.loads(call(runner, "status", "--json").stdout)["budgets"] is None
