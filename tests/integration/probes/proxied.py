"""Sends request lines to the proxy as they are; reads a JSON array of them.

Prints `[[status, body], ...]`, status 0 where there is no answer; arguments are host and port.
"""

import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor


def ask(line: str) -> tuple[int, str]:
    try:
        with socket.create_connection((sys.argv[1], int(sys.argv[2])), 10) as connection:
            connection.sendall(
                f"{line} HTTP/1.1\r\nHost: ignored\r\nConnection: close\r\n\r\n".encode()
            )
            # A tunnel stays open: what came is enough.
            connection.settimeout(10)
            answer = connection.recv(65536).decode(errors="replace")
    except OSError as error:
        return 0, str(error)
    head, _, body = answer.partition("\r\n\r\n")
    return int(head.split()[1]), body


with ThreadPoolExecutor(16) as pool:
    print(json.dumps(list(pool.map(ask, json.load(sys.stdin)))))
