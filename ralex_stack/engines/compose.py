"""The Compose engine: `docker compose` does the convergence."""

from __future__ import annotations

import os
import secrets as random
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from ralex_stack.bundle import PROJECT_FILE, digest_of
from ralex_stack.engines import failures, jobs, leftovers, listing, logs, rolling
from ralex_stack.errors import CommandError, EngineError
from ralex_stack.files import write_atomically
from ralex_stack.plan import secrets_digest
from ralex_stack.render.compose import SECRETS_LABEL
from ralex_stack.render.serialize import to_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from ralex_stack.bundle import Bundle
    from ralex_stack.engines.docker import ContainerState, DockerFacts
    from ralex_stack.engines.rolling import Rollout
    from ralex_stack.runner import Result, Runner

_OVERLAYS = "compose.secrets.{}.yaml"
_HEALTHY_WITHIN = 180
"""Seconds that all services have to become healthy; a cold gateway takes 5 to 30."""
_ENDS_WITHIN = 2 * _HEALTHY_WITHIN
"""Seconds that Compose has for making containers and waiting for them."""
_CHECKED_WITHIN = 30.0
"""Seconds in which each service's health is checked again."""
_STOPPED_WITHIN = 120
"""Seconds that Compose has for removing all containers, each of which has 15 to end."""
_ANSWERED_WITHIN = 60
"""Seconds for a container's log, which is rotated, or its removal."""
_EXECUTED_WITHIN = 180
"""Seconds for a program in a container; those that are run there have limits of their own."""


class ComposeEngine:
    """Runs the project in a directory."""

    def __init__(self, runner: Runner, directory: Path, facts: DockerFacts) -> None:
        self.runner = runner
        self.directory = directory
        self.facts = facts

    def up(
        self,
        bundle: Bundle,
        secrets: Mapping[str, str],
        changed: Collection[str],
        *,
        anew: Collection[str] = (),
    ) -> None:
        """Converge on the installed bundle and wait until every service is healthy.

        `changed` are the services whose containers are to be made or started, `anew` those of
        them whose containers are made anew even if Compose sees no reason to. Raises
        UnhealthyError with state and last log lines of the services that are not healthy, and
        EngineError for all else, e.g. a port that is taken.
        """
        self._write_overlay(bundle, secrets)
        named = [name for name in bundle.services if name in bundle.started and name in changed]
        try:
            if leftovers.unpause(self.runner, self.facts.project):
                self._wait_for_checks()
            half = leftovers.remove_half_made(self.runner, self.facts.project)
            named += [name for name in half if name not in named]
            rollouts = self._rollouts(bundle, secrets, set(named) - set(half))
            order = jobs.order(bundle, named)
            self._make(order.first, anew, rollouts)
            for job in order.jobs:
                self._make((job,), anew, rollouts)
                jobs.wait_for_end(self.runner, self.facts, job, self._container(job))
            self._make(order.then, anew, rollouts)
            # Compose looks at a whole project for as long as all else here takes.
            if named or changed or not self._all_healthy():
                self._wait("--remove-orphans")
        except CommandError as error:
            raise failures.explained(error, self.facts, _HEALTHY_WITHIN) from None

    def _make(
        self, names: Collection[str], anew: Collection[str], rollouts: Mapping[str, Rollout]
    ) -> None:
        """Make or start services, by name: Compose makes everything anew that depends on what it
        makes anew."""
        for name in names:
            if name in rollouts:
                rolling.roll(rollouts[name], self._remove, partial(self._complete, name))
        forced = [name for name in names if name in anew and name not in rollouts]
        if forced:
            self._compose("up", "--detach", "--no-deps", "--force-recreate", *forced)
        if plain := [name for name in names if name not in forced]:
            self._compose("up", "--detach", "--remove-orphans", "--no-deps", *plain)

    def _rollouts(
        self, bundle: Bundle, secrets: Mapping[str, str], names: Collection[str]
    ) -> dict[str, Rollout]:
        """Services of several containers, and how these change one after the other."""
        found = listing.counts(self.runner, self.facts.project)
        several = [
            name for name in names if found[name] and max(found[name], bundle.replicas[name]) > 1
        ]
        facts = self.facts.facts() if several else ()
        plans = {
            name: rolling.rollout(
                bundle.services[name], secrets, [fact for fact in facts if fact.service == name]
            )
            for name in several
        }
        return {name: plan for name, plan in plans.items() if plan is not None}

    def _remove(self, container: str) -> None:
        """Have a container end what is in flight on it, and remove it."""
        self.runner.run(["docker", "stop", container], within=_STOPPED_WITHIN)
        self.runner.run(["docker", "rm", container], within=_STOPPED_WITHIN)

    def _complete(self, service: str, count: int) -> None:
        """Make what is missing of so many containers, and wait until all of them are healthy."""
        waiting = ("--wait", "--wait-timeout", str(_HEALTHY_WITHIN))
        options = ("--no-deps", "--no-recreate", "--scale", f"{service}={count}", *waiting)
        self._compose("up", "--detach", *options, service)

    def _wait(self, *options: str) -> None:
        """Start what does not run, change nothing that does, and wait for health."""
        if named := jobs.lasting(self.directory / PROJECT_FILE):
            options += ("--no-deps",)
        waiting = ("--wait", "--wait-timeout", str(_HEALTHY_WITHIN))
        self._compose("up", "--detach", "--no-recreate", *options, *waiting, *named)

    def _write_overlay(self, bundle: Bundle, secrets: Mapping[str, str]) -> None:
        """Digests of secrets as labels: a rotated secret is a changed service to Compose."""
        services = {
            name: {
                "labels": {SECRETS_LABEL: secrets_digest(definition.get("secrets", ()), secrets)}
            }
            for name, definition in bundle.services.items()
        }
        overlay = self._overlay(bundle.files[PROJECT_FILE])
        write_atomically(overlay, to_yaml({"services": services}))
        for old in set(self.directory.glob(_OVERLAYS.format("*"))) - {overlay}:
            old.unlink()

    def _overlay(self, project: bytes) -> Path:
        """Where the overlay of a project's file is: one of another would not fit."""
        return self.directory / _OVERLAYS.format(digest_of({PROJECT_FILE: project}))

    def down(self) -> None:
        """Remove containers and networks; volumes stay.

        Found by their labels: files on the disk may be of another time, damaged or gone. Without
        a directory Compose would take a project that stands in the caller's.
        """
        project = ["--project-directory", "/", "--project-name", self.facts.project]
        arguments = ["docker", "compose", *project, "down", "--remove-orphans", "--timeout", "15"]
        try:
            leftovers.unpause(self.runner, self.facts.project)
            self.runner.run(arguments, environment=self.environment(), within=_STOPPED_WITHIN)
        except CommandError as error:
            raise failures.explained(error, self.facts, _HEALTHY_WITHIN) from None

    def _wait_for_checks(self) -> None:
        """Give health checks time: the engine takes what is paused for unhealthy until the next.

        Compose would give up at once.
        """
        deadline = time.monotonic() + _CHECKED_WITHIN
        while time.monotonic() < deadline and any(
            c.health == "unhealthy" and not c.one_off for c in self.facts.containers()
        ):
            time.sleep(0.2)

    def restart(self, services: Sequence[str]) -> None:
        """Restart services, all where none is named, and wait until they are healthy.

        Containers of a service that is named are restarted one after the other: the rest serves.
        """
        try:
            leftovers.unpause(self.runner, self.facts.project)
            alone = [name for name in services if not self._restarted_in_turn(name)]
            if alone or not services:
                self._compose("restart", *(alone or jobs.lasting(self.directory / PROJECT_FILE)))
            self._wait()
        except CommandError as error:
            raise failures.explained(error, self.facts, _HEALTHY_WITHIN) from None

    def _restarted_in_turn(self, service: str) -> bool:
        """Restart each of several containers of a service; False where there are not several."""
        names = listing.names(self.runner, self.facts.project, service)
        if len(names) <= 1:
            return False
        for name in names:
            self.runner.run(["docker", "restart", name], within=_STOPPED_WITHIN)
            self._wait()
        return True

    def logs(self, services: Sequence[str], *, follow: bool, tail: str) -> int:
        """Print logs to the caller's terminal; returns Compose's exit code."""
        follow_options = ["--follow"] if follow else []
        return self.runner.interact(
            self.command("logs", "--tail", tail, *follow_options, *services),
            environment=self.environment(),
        )

    def hear(self, service: str, on_line: Callable[[str], None], *, follow: bool) -> int:
        """Hand over each line that a service prints; the exit code of `docker logs`.

        Not by Compose, which puts codes for terminals into the lines. Raises EngineError.
        """
        names = [state.name for state in self._services() if state.service == service]
        if not names:
            raise EngineError(
                f"{service} has no container", hint="run `ralex-stack up`", code="stack-not-up"
            )
        return (
            logs.follow(self.runner, names, on_line)
            if follow
            else logs.read(self.runner, names, on_line)
        )

    def execute(
        self,
        service: str,
        arguments: Sequence[str],
        *,
        check: bool = True,
        stdin: str | None = None,
    ) -> Result:
        """Run a program that ends by itself in a running service's container.

        Not by Compose, which reads the whole project before it starts.
        """
        command = ["docker", "exec", "--interactive", self._container(service), *arguments]
        return self.runner.run(command, check=check, stdin=stdin, within=_EXECUTED_WITHIN)

    def _container(self, service: str) -> str:
        """Name of a service's container, of one that works if there is any.

        The one that Compose gives it where there is none.
        """
        found = [state for state in self._services() if state.service == service]
        found.sort(key=lambda state: not state.well)
        return found[0].name if found else f"{self.facts.project}-{service}-1"

    @contextmanager
    def one_off(
        self, service: str, options: Sequence[str], arguments: Sequence[str]
    ) -> Iterator[list[str]]:
        """The command that runs a container made after a service; it is gone in the end.

        Compose removes it only where it is not interrupted itself, and leaves it running where it
        is told to end. Raises EngineError where it cannot be removed in time.
        """
        name = f"{self.facts.project}-{service}-run-{random.token_hex(6)}"
        own = ("--rm", "--no-deps", "--name", name)
        remove = ["docker", "rm", "--force", "--volumes", name]
        with self.runner.when_killed(remove):
            try:
                yield self.command("run", *own, *options, service, *arguments)
            finally:
                self.runner.run(remove, check=False, within=_ANSWERED_WITHIN)

    def command(self, *arguments: str) -> list[str]:
        """Arguments of `docker compose` for this project."""
        project = self.directory / PROJECT_FILE
        overlay = self._overlay(project.read_bytes() if project.is_file() else b"")
        files = [project, *([overlay] if overlay.is_file() else [])]
        named = [part for file in files for part in ("--file", str(file))]
        return ["docker", "compose", "--project-directory", str(self.directory), *named, *arguments]

    def environment(self) -> dict[str, str]:
        """The caller's environment without what would change the project."""
        return {name: v for name, v in os.environ.items() if not name.startswith("COMPOSE_")}

    def _compose(self, *arguments: str) -> Result:
        # An engine that stops answering in between would be waited for without end.
        return self.runner.run(
            self.command(*arguments), environment=self.environment(), within=_ENDS_WITHIN
        )

    def _all_healthy(self) -> bool:
        states = self._services()
        return bool(states) and all(state.well for state in states)

    def _services(self) -> list[ContainerState]:
        return [state for state in self.facts.containers() if not state.one_off]
