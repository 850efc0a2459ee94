"""The URL of a database of one's own, from the reference in the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from controllers import up

from ralex_stack.errors import SecretError

if TYPE_CHECKING:
    from controllers import Make

SETTINGS = '[gateway]\ndatabase = { env = "DB" }\n'
URL = "postgresql://litellm:s3cret@db.example:5433/litellm?sslmode=require"


def test_it_is_kept_as_a_secret_and_shown_nowhere(make: Make) -> None:
    controller = make(SETTINGS, {"DB": URL})
    prepared = up(controller)
    assert controller.state.store.get("database_url") == URL
    assert "s3cret" not in repr(prepared.wanted.bundle)
    assert "database_url" in prepared.wanted.secrets


def test_it_stays_in_use_where_it_is_unset_later(make: Make) -> None:
    up(make(SETTINGS, {"DB": URL}))
    later = make(SETTINGS, {})
    prepared = later.prepare()
    assert any("stored one stays in use" in warning for warning in prepared.warnings)
    assert later.state.store.get("database_url") == URL


@pytest.mark.parametrize(
    "value",
    [None, "mysql://u:s3cret@db/x", "postgresql:///x", "postgresql://u:s3cret@db", "s3cret",
     "postgresql://u:s3cret@db:nope/x"],
)  # fmt: skip
def test_without_a_usable_one_nothing_is_brought_up(make: Make, value: str | None) -> None:
    controller = make(SETTINGS, {} if value is None else {"DB": value})
    with pytest.raises(SecretError, match=r"gateway\.database: .*environment variable DB") as found:
        controller.prepare()
    assert found.value.code == "database-url-unusable"
    assert "s3cret" not in str(found.value)


def test_another_stack_asks_for_none(make: Make) -> None:
    assert "database_url" not in up(make("")).wanted.secrets
