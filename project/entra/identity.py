"""Who signs in: one way to get tokens, or the first of several that there is, with what each of
those before it lacked. A token credential as Azure's SDKs take one.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.views.decorators.debug import sensitive_variables

from project.entra import EntraError
from project.entra.links import Link, NotHere

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken


class Identity:
    """Signs in to one kind of service. May be shared between threads.

    `links` are tried in their order until one is there; that one is then used for good, also
    where Entra refuses it: another identity would be a surprise. `passed_over` says what was
    found lacking before, such as "environment (missing AZURE_STORAGE_CLIENT_SECRET)".
    """

    said: Mapping[str, str] = MappingProxyType({})
    """What the token said of itself by which `describe` signed in."""

    def __init__(self, links: Sequence[Link], scope: str, passed_over: Sequence[str] = ()) -> None:
        self._links = links
        self._scope = scope
        self._tried = [*passed_over]
        self._found: Link | None = None
        self._lock = threading.Lock()

    @sensitive_variables()
    def get_token(self, *scopes: str, **asked: Any) -> AccessToken:
        """A token, as the SDK asks for it. Raises `EntraError`, also when it is asked for another
        service than this identity is for: a host that answers with a challenge could do so."""
        if scopes != (self._scope,):
            raise EntraError("The service asked for a token of another service; it got none.")
        with self._lock:
            if self._found is None:
                self._found, token = self._first(asked)
                return token
        return self._found.token(self._scope, **asked)

    @sensitive_variables()
    def describe(self) -> str:
        """Sign in, and say as whom, through what, and what was tried before. Raises
        `EntraError`."""
        self.said = claims(self.get_token(self._scope).token)
        through = self._found.name if self._found else ""
        words = f"Signed in as {holder(self.said)}; found through: {through}."
        return f"{words} Tried before: {', '.join(self._tried)}." if self._tried else words

    def close(self) -> None:
        """Give back the connections."""
        for link in self._links:
            link.close()

    @sensitive_variables()
    def _first(self, asked: dict[str, Any]) -> tuple[Link, AccessToken]:
        """The first link that is there, and its token."""
        if len(self._links) == 1:
            return self._links[0], self._links[0].token(self._scope, **asked)
        tried = [*self._tried]
        for link in self._links:
            try:
                token = link.token(self._scope, **asked)
            except NotHere as absent:
                tried.append(f"{link.name} ({absent.why})")
            except EntraError as refused:
                words = f"{refused.text} It was found through: {link.name}."
                raise type(refused)(words, refused.action, refused.code) from None
            else:
                self._tried = tried
                return link, token
        raise EntraError(
            f"Nothing found. Tried, in order: {', '.join(tried)}.",
            "Complete the first of these that should work, or name a secret in the store's"
            " settings.",
        )


def holder(said: Mapping[str, str]) -> str:
    """Whom a token is for, by its claims, in words."""
    person, app = said.get("upn") or said.get("unique_name"), said.get("appid")
    who = f"`{person}`" if person else f"app `{app}`" if app else "somebody"
    named = {"object": said.get("oid"), "tenant": said.get("tid")}
    more = ", ".join(f"{what} `{value}`" for what, value in named.items() if value)
    return f"{who} ({more})" if more else f"{who} (the token does not say more)"


def claims(token: str) -> dict[str, str]:
    """What a token says of itself, each as plain text; nothing where it cannot be read. Read, not
    proven: that is for the service that takes it.

    https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
    """
    try:
        body = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError):
        return {}
    if not isinstance(said, dict):
        return {}
    return {
        str(name): re.sub(r"[^A-Za-z0-9@._+#-]", "", str(value))[:100]
        for name, value in said.items()
    }
