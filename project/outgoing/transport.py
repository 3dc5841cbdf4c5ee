"""How calls leave the server: the only module that opens a socket to elsewhere.

Each connection looks its host up once, has every address checked, and goes to one of these; so
no name can lead elsewhere between check and call. Redirects are never followed.

Proxies that the environment names (HTTPS_PROXY, HTTP_PROXY, NO_PROXY) are the operator's and are
called as they are. Of what is asked through them the policy still decides, by the name and by the
addresses that it has here; a name that only the proxy can look up is left to the proxy, which
should refuse private addresses itself, as Stripe's Smokescreen does.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import certifi
import requests
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Retry
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
)
from urllib3.util.ssl_ import ALPN_PROTOCOLS, create_urllib3_context

from project import outgoing

# Seconds until a connection that nobody answers is given up.
CONNECT = 5.0
# What the SDK reads at once.
BLOCK = 32 * 1024
# What says how an address is called: through which proxy, and whom to trust.
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
VARIABLES = (*PROXIES, *map(str.upper, PROXIES), "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def open_socket(host: str, port: int, timeout: Any, options: Any = ()) -> socket.socket:
    """A connection to the first of the host's addresses that takes one. Raises `Refused` before
    any is tried, and `OSError`."""
    failure: OSError = OSError("The name has no address.")
    for family, place in outgoing.look_up(host, port):
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            for option in options or ():
                connection.setsockopt(*option)
            connection.settimeout(timeout)
            connection.connect(place)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure


class CheckedConnection(HTTPConnection):
    """A connection whose socket goes where the policy looked; fails as urllib3's own does."""

    def _new_conn(self) -> socket.socket:
        try:
            return open_socket(self._dns_host, self.port, self.timeout, self.socket_options)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"{self.host} took no connection in time") from error
        except OSError as error:
            raise NewConnectionError(self, f"{self.host} took no connection: {error}") from error


class _CheckedSecure(CheckedConnection, HTTPSConnection):
    """The same with TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = CheckedConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _CheckedSecure


class PolicyAdapter(HTTPAdapter):
    """Sends requests as the policy wants it: straight, over checked connections; or through the
    environment's proxy, after the one that is asked for was checked."""

    def __init__(self) -> None:
        # Whoever uses this retries by itself, as Azure's SDKs do.
        super().__init__(max_retries=Retry(total=False, redirect=False, raise_on_status=False))

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """urllib3's pools, with our connections in them."""
        super().init_poolmanager(*args, **options, blocksize=BLOCK)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """The pools behind a proxy; one that is called by https is trusted as all others are."""
        if proxy.lower().startswith("https:"):
            options["proxy_ssl_context"] = _trusting(_environment(proxy)["verify"])
        return super().proxy_manager_for(proxy, **options)

    def get_connection_with_tls_context(
        self, request: Any, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """The pool for a request; every request comes by here. Raises `Refused`."""
        if select_proxy(request.url, proxies):
            check_for_proxy(request.url)
        return super().get_connection_with_tls_context(request, verify, proxies, cert)

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Where a request goes, and whom its pool trusts."""
        place, options = super().build_connection_pool_key_attributes(request, verify, cert)
        if place["scheme"] == "https":
            options = {"ssl_context": _trusting(verify)}
        return place, options

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing: whom to trust stands in the pool's context, and would be read anew here."""

    def build_response(self, req: Any, resp: Any) -> requests.Response:
        """The answer; of a redirect without where it leads, so that nobody can follow it."""
        response = super().build_response(req, resp)
        if response.is_redirect:
            del response.headers["Location"]
        return response


def check_for_proxy(url: str) -> None:
    """Let the policy decide on what a proxy is to be asked for. Raises `Refused`."""
    host, port = _target(url)
    try:
        outgoing.look_up(host, port)
    except socket.gaierror:
        return  # Its name was checked, and only the proxy knows its addresses.


class Session(requests.Session):
    """Calls as the environment says, whatever a request says itself."""

    def merge_environment_settings(
        self, url: str, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> dict[str, Any]:
        """Proxies, whom to trust, and whether the answer is read at once."""
        return {**_environment(url), "stream": stream}


def session() -> requests.Session:
    """A session that calls by the policy alone, trusting whom REQUESTS_CA_BUNDLE names."""
    made = Session()
    # Without this, a .netrc of the server's would add its passwords to calls.
    made.auth = lambda request: request
    adapter = PolicyAdapter()
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made


class Transport(RequestsTransport):
    """What every client of Azure's SDKs sends by. `read` is how many seconds an answer may take,
    `connect` a connection."""

    def __init__(self, *, read: float, connect: float = CONNECT) -> None:
        self._by_policy = session()
        # Not the owner: after close() an owner would go on with a session of its own.
        super().__init__(
            session=self._by_policy,
            session_owner=False,
            connection_timeout=connect,
            read_timeout=read,
        )

    def close(self) -> None:
        """Give back the connections."""
        self._by_policy.close()


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for this address."""
    return select_proxy(url, _environment(url)["proxies"])


@contextmanager
def connected(url: str, timeout: float = CONNECT) -> Iterator[HTTPConnection]:
    """A connection, opened as a request to this address would be and used for nothing: for https
    to its very end, with its certificate proven, else maybe to a proxy only. Raises `Refused`, and
    `OSError` or urllib3's errors."""
    said = _environment(url)
    with closing(PolicyAdapter()) as adapter:
        request = requests.Request("GET", url).prepare()
        pool = adapter.get_connection_with_tls_context(request, said["verify"], said["proxies"])
        connection = pool._new_conn()
        connection.timeout = timeout
        try:
            if pool.proxy is not None and url.startswith("https:"):
                pool._prepare_proxy(connection)
            else:
                connection.connect()
        except (OSError, HTTPError) as error:
            if connection.proxy and not connection.has_connected_to_proxy:
                raise ProxyError("The proxy took no connection", error) from error
            raise
        with closing(connection):
            yield connection


def _environment(url: str) -> dict[str, Any]:
    """What the environment says of calls to this address: proxies, and whom to trust."""
    parts = urlsplit(url)
    return _said_of(f"{parts.scheme}://{parts.netloc}", tuple(map(os.environ.get, VARIABLES)))


@lru_cache(maxsize=256)
def _said_of(place: str, environment: tuple[str | None, ...]) -> dict[str, Any]:
    """What an environment says of calls to this place. Kept: it takes longer to find out than to
    send a request, as all variables are gone through several times."""
    said = requests.Session().merge_environment_settings(place, {}, None, None, None)
    return {name: said[name] for name in ("proxies", "verify", "cert")}


def _trusting(bundle: str | bool) -> ssl.SSLContext:
    """A context that trusts who stands in this file or folder; True: those whom certifi names.
    Raises `OSError`."""
    where = bundle if isinstance(bundle, str) else certifi.where()
    return _context(where, os.stat(where).st_mtime_ns)


@lru_cache(maxsize=8)
def _context(bundle: str, changed: int) -> ssl.SSLContext:
    """Kept as long as the bundle stays as it is, and shared by all connections: it holds nobody's
    key, and to read all authorities takes longer than everything else that a check does."""
    context = create_urllib3_context()
    folder = os.path.isdir(bundle)
    context.load_verify_locations(None if folder else bundle, bundle if folder else None)
    context.set_alpn_protocols(ALPN_PROTOCOLS)
    # urllib3 does that for each connection, which is not safe while another thread begins one.
    context.set_alpn_protocols = lambda alpn_protocols: None  # type: ignore[method-assign]
    return context


def _target(url: str) -> tuple[str, int]:
    """Host and port that an address leads to."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
