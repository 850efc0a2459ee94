"""LiteLLM's database: PostgreSQL, the job that migrates it, and what the gateway needs for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ralex_stack.settings.base import Resources
from ralex_stack.settings.secret import SecretReference
from ralex_stack.topology.model import Attachment, Mount, Network, Probe, Service

if TYPE_CHECKING:
    from ralex_stack.settings import Settings

DATABASE_URL = "database_url"
"""Name of the secret with the URL of a database that is not the stack's own."""

MIGRATE = "migrate"

_POSTGRES = "postgres"
_PASSWORD = "postgres_password"  # noqa: S105 - a name
_IMAGE = "gateway-database"
_INNER_NETWORK, _OUTER_NETWORK = "database", "database-outside"


def url_reference(settings: Settings) -> SecretReference | None:
    """Where the URL of a database of one's own is, if the settings name one."""
    database = settings.gateway.database
    return database if isinstance(database, SecretReference) else None


def database_networks(settings: Settings) -> tuple[Network, ...]:
    """The network of the database; two names, since Compose changes none that exists."""
    if not settings.gateway.has_database:
        return ()
    if url_reference(settings):
        return (Network(_OUTER_NETWORK, internal=False),)
    return (Network(_INNER_NETWORK),)


def database_services(settings: Settings) -> tuple[Service, ...]:
    """PostgreSQL, where it is the stack's own, and the job that brings its tables up to date."""
    if not settings.gateway.has_database:
        return ()
    return (_migrate(settings),) if url_reference(settings) else (_postgres(), _migrate(settings))


def with_database(settings: Settings, gateway: Service) -> Service:
    """The gateway with what it needs for a database, where it has one."""
    if not settings.gateway.has_database:
        return gateway
    return replace(
        gateway,
        image=_IMAGE,
        networks=(*gateway.networks, _attachment(settings)),
        secrets=tuple(sorted((*gateway.secrets, _secret(settings)))),
        after=(MIGRATE,),
        # What calls cost is written when the gateway ends, too.
        uses=_uses(settings),
        reaches_host=gateway.reaches_host or url_reference(settings) is not None,
    )


def _postgres() -> Service:
    return Service(
        name=_POSTGRES,
        image="postgres",
        resources=Resources(memory="1g", cpus=2, pids=256),
        networks=(Attachment(_INNER_NETWORK),),
        mounts=(Mount("postgres", "/data"),),
        secrets=(_PASSWORD,),
        probe=Probe(("health",)),
    )


def _migrate(settings: Settings) -> Service:
    return Service(
        name=MIGRATE,
        image=_IMAGE,
        command=("migrate",),
        resources=Resources(memory="512m", cpus=1, pids=64),
        networks=(_attachment(settings),),
        secrets=(_secret(settings),),
        reaches_host=url_reference(settings) is not None,
        is_job=True,
        uses=_uses(settings),
    )


def _attachment(settings: Settings) -> Attachment:
    return Attachment(_OUTER_NETWORK if url_reference(settings) else _INNER_NETWORK)


def _uses(settings: Settings) -> tuple[str, ...]:
    return () if url_reference(settings) else (_POSTGRES,)


def _secret(settings: Settings) -> str:
    return DATABASE_URL if url_reference(settings) else _PASSWORD
