"""How connections to Google are set up: for one store's key and endpoint alone."""

from __future__ import annotations

import logging
from typing import Any

from google.auth.transport.requests import AuthorizedSession, Request
from google.cloud.storage import Client
from google.oauth2.service_account import Credentials

from project.outgoing.transport import PolicyAdapter
from project.outgoing.transport import session as session_by_policy
from stores.flavors.buckets import Endpoint
from stores.flavors.gcp.credentials import ServiceAccount

# All that storing and reading takes; no rights over buckets' policies.
SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"

# Below WARNING they may write headers into the log, and a header holds the token.
for name in ("google", "urllib3"):
    logging.getLogger(name).setLevel(logging.WARNING)


def connect_to(endpoint: Endpoint, account: ServiceAccount) -> Client:
    """A client of the SDK for one store: the one place where connections to Google are made.

    It signs in with `account` alone, and goes to `endpoint` and to where the account gets its
    tokens alone: neither a redirect nor a reply nor a setting of the SDK leads it elsewhere.
    """
    credentials = Credentials.from_service_account_info(account.info, scopes=[SCOPE])
    session = _Session(credentials, account.token_endpoint)
    _keep_to(session, endpoint)
    client = Client(
        project=account.info.get("project_id") or "-",
        credentials=credentials,
        client_options={"api_endpoint": str(endpoint)},
        _http=session,
    )
    # Otherwise a thread of the SDK's would ask for the bucket itself, for traces that nobody takes
    # and with a right that a store needs not have.
    client._bucket_metadata_cache = None
    return client


class _Session(AuthorizedSession):
    """Adds the account's token to what it sends; gets tokens through a session of their own."""

    def __init__(self, credentials: Credentials, token_endpoint: Endpoint) -> None:
        self._tokens = session_by_policy()
        _keep_to(self._tokens, token_endpoint)
        super().__init__(credentials, auth_request=Request(self._tokens))

    def close(self) -> None:
        super().close()
        self._tokens.close()


def _keep_to(session: Any, endpoint: Endpoint) -> None:
    """Let the session reach one host alone, and follow no redirect."""
    session.adapters.clear()
    session.mount(f"{endpoint}/", PolicyAdapter())
    session.max_redirects = 0
    # Otherwise a name and password in `~/.netrc` would take the token's place.
    session.auth = _unchanged


def _unchanged(request: Any) -> Any:
    return request
