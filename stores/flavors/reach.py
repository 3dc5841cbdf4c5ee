"""Look up and reach a host, and say in plain words why that failed. Signs in to nothing."""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import time
from collections.abc import Iterator
from http.client import RemoteDisconnected

import certifi
from cryptography import x509
from cryptography.x509.oid import NameOID

from stores.flavors.base import Category, StoreError

# Seconds until a connection that nobody answers is given up.
CONNECT = 5.0


def resolve(host: str, facts: dict[str, str]) -> str:
    """The addresses that the name stands for here, in a sentence; noted in `facts`, too. Raises
    `StoreError(DNS)`."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise explain(error, host) from error
    addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
    facts["addresses"] = ", ".join(sorted(addresses))
    return f"`{host}` → {', '.join(map(_shown, addresses))}."


def connect(scheme: str, host: str, port: int, facts: dict[str, str]) -> str:
    """Open a connection and, for https, prove the certificate; say so. Which address answered and
    who issued the certificate is noted in `facts`, also when that fails. Raises `StoreError`."""
    start = time.monotonic()
    try:
        with socket.create_connection((host, port), timeout=CONNECT) as connection:
            facts["peer"] = str(connection.getpeername()[0])
            reached = _shown(facts["peer"])
            if scheme != "https":
                return (
                    f"Port {port} answers at {reached}, {_ms_since(start)} ms. No TLS: the"
                    " address is http."
                )
            with _trust().wrap_socket(connection, server_hostname=host) as secured:
                version = (secured.version() or "").replace("TLSv", "TLS ")
                certificate = secured.getpeercert() or {}
                facts["issuer"] = _issuer_of(secured)
    except ssl.SSLCertVerificationError as error:
        facts["issuer"] = _issuer_shown_by(host, port)
        raise _untrusted(host, error.verify_message, facts["issuer"]) from error
    except (OSError, UnicodeError) as error:
        raise explain(error, host) from error
    until = certificate.get("notAfter", "an unknown day")
    return (
        f"{version}, certificate valid until {until}, issued by {facts['issuer']};"
        f" {reached} answered, {_ms_since(start)} ms."
    )


def _issuer_of(secured: ssl.SSLSocket) -> str:
    """Who issued the certificate that was shown, as a person would call them."""
    shown = x509.load_der_x509_certificate(secured.getpeercert(binary_form=True) or b"")
    parts = (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
    named = [
        str(name.value) for part in parts for name in shown.issuer.get_attributes_for_oid(part)
    ]
    return ", ".join(named)[:200] or "an issuer without a name"


def _issuer_shown_by(host: str, port: int) -> str:
    """Who issued the certificate that was just refused; nothing is sent to whom shows it."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), timeout=CONNECT) as connection,
            context.wrap_socket(connection, server_hostname=host) as secured,
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
    causes = list(_causes(error))
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


def _unresolved(host: str) -> str:
    """Why a name may be unknown here."""
    if ".blob." in host:
        return (
            "Either the account name is misspelt or this worker's network lacks the private DNS"
            " zone `privatelink.blob.core.windows.net`."
        )
    return "Either it is misspelt or this worker's network cannot look it up."


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything that it was raised for, wherever a library keeps that."""
    waiting: list[object] = [error]
    seen: list[BaseException] = []
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or cause in seen:
            continue
        seen.append(cause)
        yield cause
        waiting += [cause.__cause__, cause.__context__, *cause.args]
        waiting += [getattr(cause, name, None) for name in ("inner_exception", "reason")]


def bundle() -> str:
    """The file or folder of the authorities that are trusted here."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where()


def _trust() -> ssl.SSLContext:
    """Trusts whom the SDKs' HTTP libraries trust, so that all come to the same verdict."""
    trusted = bundle()
    if os.path.isdir(trusted):
        return ssl.create_default_context(capath=trusted)
    return ssl.create_default_context(cafile=trusted)


def _shown(address: str) -> str:
    return f"{address} ({_kind(address)})"


def _kind(address: str) -> str:
    parsed = ipaddress.ip_address(address)
    if parsed.is_loopback:
        return "this machine"
    return "private" if parsed.is_private else "public"


def _ms_since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
