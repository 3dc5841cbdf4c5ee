"""A stand-in for Azure Key Vault, and for the Microsoft Entra that lets one in, over TLS."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.entra import CLIENT, GOOD_SECRET, TENANT, Answer, Entra

__all__ = ["CLIENT", "GOOD_SECRET", "TENANT", "VERSION", "Vault"]

VERSION = "0123456789abcdef0123456789abcdef"


class Vault(Entra):
    """A running vault, and its Entra; stops at the end of the `with` block.

    `secrets` holds text by name, `expires` seconds since 1970 by name. `meanwhile` is called while
    a secret is being written.
    """

    def __init__(self) -> None:
        super().__init__()
        self.secrets: dict[str, str] = {}
        self.expires: dict[str, int] = {}
        self.meanwhile: Callable[[], None] = lambda: None
        self._answers: list[Answer] = []

    def answer_next(self, status: int, code: str, inner: str = "", **headers: str) -> None:
        """Refuse the next request for a secret so."""
        error: dict[str, Any] = {"code": code, "message": "as the test wants it"}
        if inner:
            error["innererror"] = {"code": inner}
        self._answers.append((status, {"error": error}, headers))

    def answer(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> Answer:
        if not path.startswith("/secrets"):
            return super().answer(method, path, body, headers)
        bare = path.partition("?")[0]
        self.requests.append((method, bare))
        if "Authorization" not in headers:
            return 401, {}, {"WWW-Authenticate": self._challenge()}
        if self._answers:
            return self._answers.pop(0)
        return self._secret(method, bare, body)

    def _challenge(self) -> str:
        return f'Bearer authorization="{self.url}/{TENANT}", resource="https://vault.azure.net"'

    def _secret(self, method: str, path: str, body: str) -> Answer:
        if path.rstrip("/") == "/secrets":
            listed = [
                {"id": f"{self.url}/secrets/{name}", "attributes": {}} for name in self.secrets
            ]
            return 200, {"value": listed, "nextLink": None}, {}
        name = re.sub(r"^/secrets/([^/]+).*", r"\1", path)
        if method == "PUT":
            self.meanwhile()
            written = json.loads(body)
            self.secrets[name] = written["value"]
            self.expires.pop(name, None)
            if "exp" in written.get("attributes", {}):
                self.expires[name] = written["attributes"]["exp"]
        if name not in self.secrets:
            error = {"code": "SecretNotFound", "message": "there is none"}
            return 404, {"error": error}, {"x-ms-request-id": "7f0e"}
        attributes: dict[str, Any] = {"enabled": True}
        if name in self.expires:
            attributes["exp"] = self.expires[name]
        identifier = f"{self.url}/secrets/{name}/{VERSION}"
        found = {"value": self.secrets[name], "id": identifier, "attributes": attributes}
        return 200, found, {}
