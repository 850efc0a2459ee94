"""The URL of a database of one's own: a secret as providers' keys are."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ralex_stack.errors import SecretError
from ralex_stack.secrets.resolve import resolve
from ralex_stack.topology import DATABASE_URL, url_reference

if TYPE_CHECKING:
    from ralex_stack.controller import Controller
    from ralex_stack.settings.secret import SecretReference

_SCHEMES = ("postgres", "postgresql")


def database_url(controller: Controller) -> tuple[dict[str, str], tuple[str, ...]]:
    """The secret as far as it resolves now, and warnings where a stored one stays in use.

    Empty where the settings name none. Raises SecretError where there is none at all, and where it
    is no URL of a PostgreSQL; the message never holds it.
    """
    reference = url_reference(controller.settings)
    if reference is None:
        return {}, ()
    value = resolve(
        reference,
        environment=controller.environment,
        base=controller.base,
        runner=controller.runner,
    )
    if value is not None:
        _check(reference, value)
        return {DATABASE_URL: value}, ()
    if controller.state.store.get(DATABASE_URL) is None:
        raise _unusable(f"{reference} gives no URL")
    return {}, (f"{reference} gives no URL of the database now; the stored one stays in use",)


def _check(reference: SecretReference, value: str) -> None:
    try:
        parts = urlsplit(value)
        whole = bool(parts.scheme in _SCHEMES and parts.hostname and parts.path.strip("/"))
        whole = whole and (parts.port or 5432) > 0
    except ValueError:
        whole = False
    if not whole:
        raise _unusable(f"what {reference} gives is no URL of a PostgreSQL database")


def _unusable(why: str) -> SecretError:
    return SecretError(
        f"gateway.database: {why}",
        hint="it has the form postgresql://USER:PASSWORD@HOST:5432/NAME, with what is special in "
        'the password percent-encoded; or set `gateway.database = "postgres"`',
        code="database-url-unusable",
    )
