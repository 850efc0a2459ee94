"""The few questions that the entry point asks the server."""

from __future__ import annotations

import base64
import http.client

TIMEOUT_SECONDS = 10.0


class RefusedError(Exception):
    """The server answered with an error, or not at all."""


class Client:
    """GET requests with basic authentication to a server on the loopback."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self._port = port
        credential = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {credential}"} if user else {}

    def get(self, path: str, timeout: float = TIMEOUT_SECONDS) -> str:
        """The body of the answer; the timeout is in seconds. Raises RefusedError."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=timeout)
        try:
            connection.request("GET", path, headers=self._headers)
            answer = connection.getresponse()
            body = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise RefusedError(f"{path}: {error}") from error
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise RefusedError(f"{path}: status {answer.status}")
        return body

    def answers(self, path: str, timeout: float = TIMEOUT_SECONDS) -> bool:
        """Whether the request succeeds within the timeout in seconds."""
        try:
            self.get(path, timeout)
        except RefusedError:
            return False
        return True
