"""The policy for every call that leaves the server: who may be called, decided on the addresses
that are then really called.

Public addresses may be called. Private ones, this machine and a cloud's own machinery may not,
unless the operator names them in STOREROOM_ALLOW_HOSTS. Calls are made by `transport`; this half
opens nothing and loads no HTTP library, so that forms can ask it.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from project import hosts
from project.hosts import Address


class Refused(Exception):
    """The policy forbids a call, and nothing was sent. The words are the same whatever the host
    leads to and whoever listens there: they must not tell what could not be asked."""

    def __init__(self, host: str) -> None:
        self.host = host.encode("ascii", "backslashreplace").decode()[:200]
        self.text = (
            f"`{self.host}` is refused by this server's policy for outgoing calls. Nothing was"
            " sent."
        )
        self.action = (
            "Correct the address. If it is meant, the operator can allow it in"
            " STOREROOM_ALLOW_HOSTS."
        )
        super().__init__(self.text)

    @property
    def words(self) -> str:
        """Text and action in one."""
        return f"{self.text} {self.action}"


def check_name(host: str, port: int) -> str:
    """The host in its normal form, as far as that can be told without looking it up. Raises
    `Refused`."""
    name = hosts.normal_form(host)
    if not name:
        raise Refused(host)
    address = hosts.address_of(name)
    if address is not None:
        _check_address(name, port, address)
    elif (hosts.names_this_machine(name) or hosts.imitates_azure(name)) and not any(
        entry.names(name, port) for entry in settings.STOREROOM_ALLOW_HOSTS
    ):
        raise Refused(host)
    return name


def look_up(host: str, port: int) -> list[tuple[int, Any]]:
    """Where the host answers, each as family and address for a socket, every one of them checked.
    Raises `Refused` where a single one may not be called, and `socket.gaierror`."""
    name = check_name(host, port)
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise socket.gaierror(socket.EAI_NONAME, "no name that could be looked up") from None
    places = list(dict.fromkeys((int(family), place) for family, _, _, _, place in found))
    for _, place in places:
        _check_address(name, port, ipaddress.ip_address(place[0]))
    return places


def _check_address(name: str, port: int, address: Address) -> None:
    allowed = settings.STOREROOM_ALLOW_HOSTS
    if hosts.kind_of(address) != hosts.Kind.PUBLIC and not any(
        entry.permits(name, port, address) for entry in allowed
    ):
        raise Refused(name)


def causes(error: BaseException) -> Iterator[BaseException]:
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


def refusal_in(error: BaseException) -> Refused | None:
    """The policy's refusal that a library wrapped into its own error, where there is one."""
    return next((cause for cause in causes(error) if isinstance(cause, Refused)), None)
