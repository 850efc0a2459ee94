"""Tries to resolve names and to connect; reads its targets from standard input, as JSON.

Prints as JSON what was reached: `{"names": [...], "addresses": ["HOST:PORT", ...]}`.
"""

import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

SECONDS = 3.0


def resolves(name: str) -> bool:
    try:
        return bool(socket.getaddrinfo(name, None))
    except OSError:
        return False


def connects(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), SECONDS).close()
    except OSError:
        return False
    return True


def reached(check, targets):
    with ThreadPoolExecutor(32) as pool:
        return [t for t, ok in zip(targets, pool.map(check, targets), strict=True) if ok]


wanted = json.load(sys.stdin)
print(
    json.dumps(
        {
            "names": reached(resolves, wanted.get("names", [])),
            "addresses": reached(connects, wanted.get("addresses", [])),
        }
    )
)
