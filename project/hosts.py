"""Hosts: how an operator names those that may be called, and what an address leads to.

Pure text: looks nothing up, opens nothing, knows no settings.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Kind(StrEnum):
    """What an address leads to, in words."""

    PUBLIC = "public"
    PRIVATE = "private"
    LOOPBACK = "this machine"
    SPECIAL = "special"


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(map(ipaddress.ip_network, texts))


# RFC 1918, RFC 6598 and RFC 4193.
PRIVATE = _networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
# What a cloud's own machinery answers at, some of it with credentials, though the address looks
# public or private.
# https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
MACHINERY = _networks("168.63.129.16", "192.0.0.0/24", "100.100.100.200", "fd00:ec2::254")
# The only part of IPv6 that is handed out (RFC 4291), and IPv4 seen through NAT64 (RFC 6052).
GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

_LABEL = "[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
# https://url.spec.whatwg.org/#ends-in-a-number-checker
_ENDS_IN_A_NUMBER = re.compile(r"(^|\.)([0-9]+|0x[0-9a-f]*)$")
_AZURE = re.compile(
    r"\.(windows\.net|azure\.(net|com|cn)|chinacloudapi\.cn|usgovcloudapi\.net"
    r"|microsoftonline\.(com|us))[.-]"
)


def normal_form(host: str) -> str:
    """The host in lower case, without brackets and the dot at its end; "" for one that hides where
    it leads: numbers that are no plain address, and signs that no name has."""
    name = host.lower().removesuffix(".")
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    if address_of(name) or (_NAME.fullmatch(name) and not _ENDS_IN_A_NUMBER.search(name)):
        return name
    return ""


def address_of(host: str) -> Address | None:
    """The address that the host is, written as such; None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def names_this_machine(name: str) -> bool:
    """Whether the name stands for this machine wherever it is looked up (RFC 6761)."""
    return name == "localhost" or name.endswith(".localhost")


def imitates_azure(name: str) -> bool:
    """Whether one of Azure's domains stands in the name, but not at its end."""
    return _AZURE.search(f".{name}") is not None


def kind_of(address: Address) -> Kind:
    """What the address leads to; an IPv4 address inside of an IPv6 one decides."""
    address = _inner(address)
    if any(address in network for network in MACHINERY):
        return Kind.SPECIAL
    if address.is_loopback:
        return Kind.LOOPBACK
    if any(address in network for network in PRIVATE):
        return Kind.PRIVATE
    handed_out = address.version == 4 or address in GLOBAL_IPV6
    return Kind.PUBLIC if handed_out and _is_ordinary(address) else Kind.SPECIAL


def _is_ordinary(address: Address) -> bool:
    return address.is_global and not address.is_multicast


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one only wraps (mapped, 6to4 or NAT64), else the address."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


@dataclass(frozen=True, slots=True)
class AllowedHost:
    """What one entry of STOREROOM_ALLOW_HOSTS allows beside public addresses: a range, or what a
    name leads to. `name` begins with a dot where it stands for all names beneath."""

    name: str = ""
    network: Network | None = None
    port: int | None = None

    def names(self, host: str, port: int) -> bool:
        """Whether the entry names this host."""
        beneath = self.name.startswith(".") and host.endswith(self.name)
        return (host == self.name or beneath) and self.port in (None, port)

    def permits(self, host: str, port: int, address: Address) -> bool:
        """Whether the host may be called at this address: a range allows every address in it, a
        host's own name private ones and this machine, a suffix private ones alone."""
        if self.network is not None:
            inside = address in self.network or _inner(address) in self.network
            return inside and self.port in (None, port)
        kinds = (Kind.PRIVATE,) if self.name.startswith(".") else (Kind.PRIVATE, Kind.LOOPBACK)
        return self.names(host, port) and kind_of(address) in kinds


def parse_allowed(entry: str) -> AllowedHost:
    """Read `host`, `host:port`, `.suffix`, an address or a range such as `10.1.0.0/16`. Raises
    `ValueError` with what is wrong."""
    text = entry.lower()
    if "://" in text:
        raise ValueError("is an address of the web; write its host, and its port where it matters")
    if "/" in text:
        return AllowedHost(network=_range(text))
    whole = address_of(text.strip("[]"))
    host, _, port = (text, "", "") if whole else _split(text)
    address = whole or address_of(host.strip("[]"))
    if port and not (port.isdecimal() and 0 < int(port) < 65536):
        raise ValueError("has no port after its colon; ports go from 1 to 65535")
    number = int(port) if port else None
    if address:
        return AllowedHost(network=ipaddress.ip_network(address), port=number)
    name = normal_form(host.removeprefix("."))
    if not name or host.endswith("."):
        raise ValueError("is no host, `host:port`, `.suffix` or range such as `10.1.0.0/16`")
    return AllowedHost(name=f".{name}" if host.startswith(".") else name, port=number)


def _split(text: str) -> tuple[str, str, str]:
    """The host and the port; without a colon, or with one inside of brackets only, no port."""
    if ":" not in text or text.endswith("]"):
        return text, "", ""
    host, colon, port = text.rpartition(":")
    return host, colon, port or "-"


def _range(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        pass
    try:
        wider = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError("is no range of addresses, such as `10.1.0.0/16`") from None
    raise ValueError(f"is no range of addresses; `{wider}` is")
