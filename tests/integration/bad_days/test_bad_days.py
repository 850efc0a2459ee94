"""Each bad day ends in a clear message, and a repeated command converges."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from cases import CASES, Case
from converged import require_converged

if TYPE_CHECKING:
    from harness import Stack

ENDS_WITHIN_SECONDS = 120
"""No command may wait for ever; three times what an engine has to answer, and more."""


CASES_BY_LENGTH = [
    pytest.param(case, id=case.name, marks=[pytest.mark.long] if case.long else [])
    for case in CASES
]


@pytest.mark.parametrize("case", CASES_BY_LENGTH)
def test_a_bad_day(unlucky: Stack, case: Case) -> None:
    kept = {name: value for name, value in unlucky.secrets.items() if "key_client" not in name}
    with case.broken(unlucky) as variables:
        done = unlucky.tell(
            [*case.before, *unlucky.arguments(*case.command)],
            environment=variables,
            within=ENDS_WITHIN_SECONDS,
        )
    assert done.returncode == case.code, done.stdout
    for said in case.said:
        assert re.search(said, done.stdout), done.stdout
    assert "Traceback" not in done.stdout
    assert "has a defect" not in done.stdout
    require_converged(unlucky)
    assert kept.items() <= unlucky.secrets.items()
