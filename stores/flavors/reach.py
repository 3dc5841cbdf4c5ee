"""Look up and reach a host, and say in plain words why that failed. Signs in to nothing."""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import time
from collections.abc import Iterator

import certifi

from stores.flavors.base import Category, StoreError

# Seconds until a connection that nobody answers is given up.
CONNECT = 5.0


def resolve(host: str) -> str:
    """The addresses that the name stands for here, in a sentence. Raises `StoreError(DNS)`."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise explain(error, host) from error
    addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
    return f"`{host}` → {', '.join(f'{address} ({_kind(address)})' for address in addresses)}."


def connect(scheme: str, host: str, port: int) -> str:
    """Open a connection and, for https, prove the certificate; say so. Raises `StoreError`."""
    start = time.monotonic()
    try:
        with socket.create_connection((host, port), timeout=CONNECT) as connection:
            if scheme != "https":
                return f"Port {port} answers, {_ms_since(start)} ms. No TLS: the address is http."
            with _trust().wrap_socket(connection, server_hostname=host) as secured:
                version = (secured.version() or "").replace("TLSv", "TLS ")
                certificate = secured.getpeercert() or {}
    except (OSError, UnicodeError) as error:
        raise explain(error, host) from error
    until = certificate.get("notAfter", "an unknown day")
    return f"{version}, certificate valid until {until}, {_ms_since(start)} ms."


def explain(error: BaseException, host: str) -> StoreError:
    """The error for a call that brought no answer, by what lies at its root."""
    causes = list(_causes(error))
    if any(isinstance(cause, socket.gaierror | UnicodeError) for cause in causes):
        return StoreError(
            Category.DNS,
            f"`{host}` does not resolve here. {_unresolved(host)}",
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
            action="Compare `http://` and `https://` in the service's address, and its port.",
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
        action="Try again; if it stays, compare http and https in the service's address.",
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


def _kind(address: str) -> str:
    parsed = ipaddress.ip_address(address)
    if parsed.is_loopback:
        return "this machine"
    return "private" if parsed.is_private else "public"


def _ms_since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
