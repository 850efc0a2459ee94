"""Sends request lines to the proxy as they are; reads a JSON array of them.

Prints `[[status, body], ...]`, status 0 where there is no answer; arguments are host and port.
"""

import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO


def answer(stream: BinaryIO) -> tuple[int, str]:
    status = int(stream.readline().split()[1])
    length = 0
    while (header := stream.readline().strip().lower()) != b"":
        if header.startswith(b"content-length:"):
            length = int(header.partition(b":")[2])
    # A tunnel has no length, and stays open.
    return status, stream.read(length).decode(errors="replace")


def ask(line: str) -> tuple[int, str]:
    try:
        with socket.create_connection((sys.argv[1], int(sys.argv[2])), 10) as connection:
            connection.sendall(
                f"{line} HTTP/1.1\r\nHost: ignored\r\nConnection: close\r\n\r\n".encode()
            )
            return answer(connection.makefile("rb"))
    except OSError as error:
        return 0, str(error)


with ThreadPoolExecutor(16) as pool:
    print(json.dumps(list(pool.map(ask, json.load(sys.stdin)))))
