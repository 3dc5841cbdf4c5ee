"""Look up and reach a host, and say in plain words why that failed. Signs in to nothing."""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import time
from http.client import RemoteDisconnected
from typing import Any, Protocol

import certifi
from cryptography import x509
from cryptography.x509.oid import NameOID
from urllib3.exceptions import HTTPError, ProxyError

from project import hosts, outgoing
from project.outgoing.transport import CONNECT, connected, open_socket, proxy_for
from stores.flavors.base import Category, StoreError


class Place(Protocol):
    """Where a service answers; as text its address."""

    @property
    def scheme(self) -> str:
        """ "http" or "https"."""

    @property
    def host(self) -> str:
        """The host's name or address."""

    @property
    def port(self) -> int:
        """The port."""


def resolve(place: Place, facts: dict[str, str]) -> str:
    """The addresses that the host stands for here, in a sentence; noted in `facts`, too. None may
    be forbidden. Raises `StoreError`."""
    proxied = proxy_for(str(place)) is not None
    try:
        found = outgoing.look_up(place.host, place.port)
    except socket.gaierror as error:
        if not proxied:
            raise explain(error, place.host) from error
        return f"`{place.host}` is not known here; the worker's proxy looks it up."
    except outgoing.Refused as refusal:
        raise explain(refusal, place.host) from refusal
    addresses = dict.fromkeys(str(where[0]) for _, where in found)
    facts["addresses"] = ", ".join(sorted(addresses))
    through = " The worker's proxy is called for it." if proxied else ""
    return f"`{place.host}` → {', '.join(map(_shown, addresses))}.{through}"


def connect(place: Place, facts: dict[str, str]) -> str:
    """Open a connection as a request would and, for https, prove the certificate; say so. Which
    address answered and who issued the certificate is noted in `facts`, also when that fails.
    Raises `StoreError`."""
    start = time.monotonic()
    try:
        with connected(str(place), CONNECT) as connection:
            took = f"{_ms_since(start)} ms"
            secured: Any = connection.sock
            through = " through the proxy" if connection.proxy else ""
            if not connection.proxy:
                facts["peer"] = str(secured.getpeername()[0])
            if place.scheme != "https" and connection.proxy:
                return f"The proxy answers, {took}. No TLS: the address is http."
            if place.scheme != "https":
                reached = _shown(facts["peer"])
                return (
                    f"Port {place.port} answers at {reached}, {took}. No TLS: the address is http."
                )
            version = (secured.version() or "").replace("TLSv", "TLS ")
            certificate = secured.getpeercert() or {}
            facts["issuer"] = _issuer_of(secured)
    except (OSError, HTTPError, outgoing.Refused) as error:
        for cause in outgoing.causes(error):
            if isinstance(cause, ssl.SSLCertVerificationError):
                facts["issuer"] = _issuer_shown_by(place)
                raise _untrusted(place.host, cause.verify_message, facts["issuer"]) from error
        raise explain(error, place.host, place.scheme) from error
    until = certificate.get("notAfter", "an unknown day")
    answered = "" if through else f"; {_shown(facts['peer'])} answered"
    return (
        f"{version}{through}, certificate valid until {until}, issued by {facts['issuer']}"
        f"{answered}, {took}."
    )


def _issuer_of(secured: ssl.SSLSocket) -> str:
    """Who issued the certificate that was shown, as a person would call them."""
    shown = x509.load_der_x509_certificate(secured.getpeercert(binary_form=True) or b"")
    parts = (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
    named = [
        str(name.value) for part in parts for name in shown.issuer.get_attributes_for_oid(part)
    ]
    return ", ".join(named)[:200] or "an issuer without a name"


def _issuer_shown_by(place: Place) -> str:
    """Who issued the certificate that was just refused; nothing is sent to whom shows it."""
    if proxy_for(str(place)):
        return "an issuer beyond the proxy"
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            open_socket(place.host, place.port, CONNECT) as connection,
            context.wrap_socket(connection, server_hostname=place.host) as secured,
        ):
            return _issuer_of(secured)
    except (OSError, ValueError):
        return "an unknown issuer"


def _untrusted(host: str, why: str, issuer: str = "") -> StoreError:
    by = f" It was issued by {issuer}." if issuer else ""
    return StoreError(
        Category.TLS,
        f"`{host}` showed a certificate that is not trusted here: {why}.{by} Most often a proxy"
        " that inspects traffic answers in its place.",
        action="Point REQUESTS_CA_BUNDLE to a bundle that holds its issuer, too.",
    )


def explain(error: BaseException, host: str, scheme: str = "https") -> StoreError:
    """The error for a call that brought no answer, by what lies at its root."""
    causes = list(outgoing.causes(error))
    refusal = outgoing.refusal_in(error)
    if refusal:
        return StoreError(Category.POLICY, refusal.text, action=refusal.action)
    at_proxy = _explain_proxy(causes, host)
    if at_proxy:
        return at_proxy
    if any(isinstance(cause, socket.gaierror | UnicodeError) for cause in causes):
        return StoreError(
            Category.DNS,
            f"`{host}` does not resolve here. {_unresolved(host)}",
            action="Compare what the name stands for here and elsewhere"
            + (
                ": a public address, or an alias with `privatelink` in it."
                if ".blob." in host
                else "."
            ),
            command=f"nslookup {host}",
        )
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _untrusted(host, cause.verify_message)
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return StoreError(
            Category.TLS,
            f"`{host}` did not speak TLS as expected.",
            action="Compare `http://` and `https://` in the service's address, and its port.",
            reason="protocol",
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
            reason="network",
        )
    text = f"The connection to `{host}` broke off before the answer was complete."
    if scheme == "http" and any(isinstance(cause, RemoteDisconnected) for cause in causes):
        return StoreError(
            Category.CONNECT,
            f"{text} A port that expects https does that to http.",
            action="Write `https://` in the service's address; otherwise try again.",
            reason="protocol",
        )
    return StoreError(
        Category.CONNECT,
        text,
        action="Try again; if it stays, compare http and https in the service's address.",
        reason="broken_off",
    )


def silent(host: str, timeout: float) -> StoreError:
    """The error for a call that was taken, and never answered."""
    return StoreError(
        Category.TIMEOUT,
        f"`{host}` took the request, but sent nothing for {timeout:g} s.",
        action="Try again later.",
    )


def misunderstood(host: str) -> StoreError:
    """The error for an answer that is not what was asked for, and says that all is well."""
    return StoreError(
        Category.UNKNOWN,
        f"`{host}` answered, but not as the service does.",
        action="Compare the service's address; a proxy or a network's own page may answer in its"
        " place.",
    )


def _unresolved(host: str) -> str:
    """Why a name may be unknown here."""
    if ".blob." in host:
        return (
            "Either the account name is misspelt or this worker's network lacks the private DNS"
            " zone `privatelink.blob.core.windows.net`."
        )
    return "Either it is misspelt or this worker's network cannot look it up."


def _explain_proxy(causes: list[BaseException], host: str) -> StoreError | None:
    """The error for a call that got no further than the environment's proxy. Neither its address
    nor its words are repeated: both may hold a password."""
    if any(str(cause).startswith("Tunnel connection failed") for cause in causes):
        return StoreError(
            Category.CONNECT,
            f"The proxy in this worker's environment does not connect to `{host}`.",
            action=f"Let the proxy's operator allow `{host}`, or name it in NO_PROXY.",
            reason="proxy",
        )
    if any(isinstance(cause, ProxyError) for cause in causes):
        return StoreError(
            Category.CONNECT,
            "The proxy in this worker's environment cannot be reached.",
            action="Correct HTTPS_PROXY or HTTP_PROXY for the workers, or name the host in"
            " NO_PROXY.",
            reason="proxy",
        )
    return None


def bundle() -> str:
    """The file or folder of the authorities that are trusted here."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where()


def _shown(address: str) -> str:
    return f"{address} ({_kind(address)})"


def _kind(address: str) -> str:
    return str(hosts.kind_of(ipaddress.ip_address(address)))


def _ms_since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
