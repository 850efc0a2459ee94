"""Who listens on a port: this very process, and others as far as they can be seen."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from ralex_stack.listeners import listener

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("family", "address"), [("AF_INET", "127.0.0.1"), ("AF_INET6", "::1")])
def test_a_process_that_listens(family: str, address: str) -> None:
    with socket.socket(getattr(socket, family)) as listens:
        listens.bind((address, 0))
        assert listener(listens.getsockname()[1]) == ""
        listens.listen()
        assert listener(listens.getsockname()[1]).startswith(f"process {os.getpid()} (")


def test_a_process_of_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    row = "   0: 0100007F:0FA0 00000000:0000 0A 00000000:00000000 00:00000000 0  1001 0 777 1"
    (tmp_path / "net" / "tcp").write_text(f"  sl  local_address rem_address   st\n{row}\n")
    assert listener(4000, tmp_path) == "a process of user 1001"
    assert listener(4001, tmp_path) == ""
