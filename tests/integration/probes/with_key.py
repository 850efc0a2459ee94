"""Asks the gateway itself; reads `[key, [[method, path], ...]]` from standard input.

Prints the statuses.
"""

import http.client
import json
import sys

BODY = json.dumps({"model": "glm", "messages": []})

key, doors = json.load(sys.stdin)


def status(method: str, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", 4000, timeout=30)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        connection.request(method, path, BODY if method == "POST" else None, headers)
        return connection.getresponse().status
    finally:
        connection.close()


print(json.dumps([status(*door) for door in doors]))
