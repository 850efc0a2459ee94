"""Mode `open`: it is agreed to first, and lets out; and back again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from containers import inside, probe
from letting_out import ALLOWED, egress
from outside import address_in, listener_on_the_host, make_certificates, start_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from docker import DockerClient
    from harness import Stack


def test_an_open_sandbox_is_agreed_to_and_reaches_the_world(
    another: Callable[..., Stack], engine: DockerClient
) -> None:
    opened = another(settings=egress("open"))

    refused = opened.run("up", code=None)
    assert refused.returncode != 0
    assert "reach all of the internet" in refused.stderr
    assert opened.containers() == {}

    opened.up()
    image = opened.container("opencode").attrs["Config"]["Image"]
    network = engine.networks.get(f"{opened.project}_open")
    world = start_world(network, image, [ALLOWED], make_certificates(engine, image, [ALLOWED]))
    try:
        opencode = opened.container("opencode")
        address = address_in(world, network)
        gateway = network.attrs["IPAM"]["Config"][0]["Gateway"]
        with listener_on_the_host() as port:
            targets = [f"{address}:80", f"{ALLOWED}:443", f"{gateway}:{port}", "edge-inner:8080"]
            assert probe(opencode, "connect", data={"addresses": targets})["addresses"] == targets
        assert probe(opencode, "datagrams", data=[f"{address}:5300"]) == [f"{address}:5300"]
        word = inside(opencode, "curl", "-fsS", f"http://{ALLOWED}/word").stdout
        assert word.strip() == "the world answers"
        assert "egress" not in opened.containers()
        assert 'mode = "allowlist"' in opened.run("logs", "--egress").stdout
        findings = opened.json("doctor", code=None)["findings"]
        assert [f["level"] for f in findings if "it is open" in f["found"]] == ["warning"]

        opened.configure({})
        plan = opened.json("plan")
        texts = [effect["text"] for effect in plan["effects"] if effect["subject"] == "egress"]
        assert texts == [
            "egress: open → none: OpenCode and what it runs reach nothing but the models"
        ]
        assert plan["confirmations"] == []
        world.remove(force=True)
        opened.run("up")
        closed = probe(opened.container("opencode"), "connect", data={"addresses": targets})
        assert closed["addresses"] == ["edge-inner:8080"]
        assert json.loads(opened.run("status", "--json").stdout)["egress"] == "none"
    finally:
        for left in engine.containers.list(all=True, filters={"id": str(world.id)}):
            left.remove(force=True)
