"""Look up and reach a host, and say in plain words why that failed. Signs in to nothing."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from typing import Any

from urllib3.exceptions import HTTPError, ProxyError

from project import hosts, outgoing
from project.outgoing.transport import CONNECT, connected, proxy_for
from stores.flavors.azure.address import AccountUrl
from stores.flavors.base import Category, StoreError


def resolve(url: AccountUrl) -> str:
    """The addresses that the host stands for here, in a sentence; none may be forbidden. Raises
    `StoreError`."""
    proxied = proxy_for(str(url)) is not None
    try:
        places = outgoing.look_up(url.host, url.port)
    except socket.gaierror as error:
        if not proxied:
            raise explain(error, url.host) from error
        return f"`{url.host}` is not known here; the worker's proxy looks it up."
    except outgoing.Refused as refusal:
        raise explain(refusal, url.host) from refusal
    addresses = [str(place[0]) for _, place in places]
    found = ", ".join(f"{address} ({_kind(address)})" for address in addresses)
    through = " The worker's proxy is called for it." if proxied else ""
    return f"`{url.host}` → {found}.{through}"


def connect(url: AccountUrl) -> str:
    """Open a connection as a request would and, for https, prove the certificate; say so. Raises
    `StoreError`."""
    start = time.monotonic()
    try:
        with connected(str(url), CONNECT) as connection:
            took = f"{_ms_since(start)} ms"
            if url.scheme != "https" and connection.proxy:
                return f"The proxy answers, {took}. No TLS: the address is http."
            if url.scheme != "https":
                return f"Port {url.port} answers, {took}. No TLS: the address is http."
            secured: Any = connection.sock
            version = (secured.version() or "").replace("TLSv", "TLS ")
            certificate = secured.getpeercert() or {}
            through = " through the proxy" if connection.proxy else ""
    except (OSError, HTTPError, outgoing.Refused) as error:
        raise explain(error, url.host) from error
    until = certificate.get("notAfter", "an unknown day")
    return f"{version}{through}, certificate valid until {until}, {took}."


def explain(error: BaseException, host: str) -> StoreError:
    """The error for a call that brought no answer, by what lies at its root."""
    causes = list(outgoing.causes(error))
    refusal = outgoing.refusal_in(error)
    if refusal:
        return StoreError(Category.POLICY, refusal.text, action=refusal.action)
    at_proxy = _explain_proxy(causes, host)
    if at_proxy:
        return at_proxy
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return StoreError(
            Category.DNS,
            f"`{host}` does not resolve here. Either the account name is misspelt or this worker's"
            " network lacks the private DNS zone `privatelink.blob.core.windows.net`.",
            action=f"`nslookup {host}`",
        )
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return StoreError(
                Category.TLS,
                f"`{host}` showed a certificate that is not trusted here:"
                f" {cause.verify_message}. Most often a proxy that inspects traffic answers in its"
                " place.",
                action="Point REQUESTS_CA_BUNDLE to a bundle that holds its issuer, too.",
            )
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return StoreError(
            Category.TLS,
            f"`{host}` did not speak TLS as expected.",
            action="Compare `http://` and `https://` in the account's address, and its port.",
        )
    if any(isinstance(cause, TimeoutError) for cause in causes):
        return StoreError(
            Category.TIMEOUT,
            f"Connection timed out after {CONNECT:g} s. A firewall drops it silently; a wrong key"
            " would answer.",
            action="Allow this machine in the firewall, or run the worker inside of it.",
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return StoreError(
            Category.CONNECT,
            f"`{host}` was found, but nothing answers at that port.",
            action="Check port and address; a firewall or proxy may refuse in its place.",
        )
    return StoreError(
        Category.CONNECT,
        f"The connection to `{host}` broke off before the answer was complete.",
        action="Try again; if it stays, compare http and https in the account's address.",
    )


def _explain_proxy(causes: list[BaseException], host: str) -> StoreError | None:
    """The error for a call that got no further than the environment's proxy. Neither its address
    nor its words are repeated: both may hold a password."""
    if any(str(cause).startswith("Tunnel connection failed") for cause in causes):
        return StoreError(
            Category.CONNECT,
            f"The proxy in this worker's environment does not connect to `{host}`.",
            action=f"Let the proxy's operator allow `{host}`, or name it in NO_PROXY.",
        )
    if any(isinstance(cause, ProxyError) for cause in causes):
        return StoreError(
            Category.CONNECT,
            "The proxy in this worker's environment cannot be reached.",
            action="Correct HTTPS_PROXY or HTTP_PROXY for the workers, or name the host in"
            " NO_PROXY.",
        )
    return None


def _kind(address: str) -> str:
    return str(hosts.kind_of(ipaddress.ip_address(address)))


def _ms_since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
