"""Hosts as text: what an address leads to, and what an operator's entry allows."""

from __future__ import annotations

import ipaddress
import re

import pytest

from project.hosts import AllowedHost, Kind, imitates_azure, kind_of, normal_form, parse_allowed


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("20.60.1.2", Kind.PUBLIC),
        ("2603:1030:8:5::1", Kind.PUBLIC),
        ("127.0.0.1", Kind.LOOPBACK),
        ("127.255.255.254", Kind.LOOPBACK),
        ("::1", Kind.LOOPBACK),
        ("10.0.0.1", Kind.PRIVATE),
        ("172.31.255.255", Kind.PRIVATE),
        ("192.168.1.1", Kind.PRIVATE),
        ("100.64.0.1", Kind.PRIVATE),
        ("fd12::1", Kind.PRIVATE),
        ("169.254.169.254", Kind.SPECIAL),
        ("fe80::1", Kind.SPECIAL),
        ("0.0.0.0", Kind.SPECIAL),
        ("::", Kind.SPECIAL),
        ("224.0.0.1", Kind.SPECIAL),
        ("ff02::1", Kind.SPECIAL),
        ("255.255.255.255", Kind.SPECIAL),
        ("240.0.0.1", Kind.SPECIAL),
        ("168.63.129.16", Kind.SPECIAL),
        ("100.100.100.200", Kind.SPECIAL),
        ("192.0.0.192", Kind.SPECIAL),
        ("fd00:ec2::254", Kind.SPECIAL),
        ("::127.0.0.1", Kind.SPECIAL),
        ("64:ff9b:1::1", Kind.SPECIAL),
        ("2001:db8::1", Kind.SPECIAL),
    ],
)
def test_w23_an_address_leads_somewhere(address: str, kind: Kind) -> None:
    assert kind_of(ipaddress.ip_address(address)) == kind


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("::ffff:20.60.1.2", Kind.PUBLIC),
        ("::ffff:169.254.169.254", Kind.SPECIAL),
        ("::ffff:10.0.0.1", Kind.PRIVATE),
        ("2002:7f00:1::", Kind.LOOPBACK),
        ("64:ff9b::a9fe:a9fe", Kind.SPECIAL),
        ("64:ff9b::143c:102", Kind.PUBLIC),
    ],
)
def test_w23_an_ipv4_address_in_ipv6_counts_as_what_it_is(address: str, kind: Kind) -> None:
    assert kind_of(ipaddress.ip_address(address)) == kind


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "017700000001",
        "127.1",
        "0",
        "0x7f.1",
        "127.0.0.01",
        "1.2.3.4.5",
        "a.0x7f",
        "127。0。0。1",
        "１２７.0.0.1",
        "user@127.0.0.1",
        "host name",
        "a..b",
        "-a.example",
        "",
        "%31%32%37.0.0.1",
        "host\n",
    ],
)
def test_w24_a_host_that_hides_where_it_leads_has_no_normal_form(host: str) -> None:
    assert normal_form(host) == ""


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("Acct.Blob.Core.Windows.net", "acct.blob.core.windows.net"),
        ("localhost.", "localhost"),
        ("[::1]", "::1"),
        ("10.0.0.1", "10.0.0.1"),
        ("my_host-1", "my_host-1"),
        ("3com.example", "3com.example"),
    ],
)
def test_a_host_has_one_normal_form(host: str, name: str) -> None:
    assert normal_form(host) == name


@pytest.mark.parametrize(
    ("host", "imitates"),
    [
        ("a.blob.core.windows.net.evil.test", True),
        ("a.blob.core.windows.net-evil.test", True),
        ("login.microsoftonline.com.evil.test", True),
        ("team.vault.azure.net.evil.test", True),
        ("a.blob.core.windows.net", False),
        ("a.blob.core.chinacloudapi.cn", False),
        ("storage.example.com", False),
    ],
)
def test_w24_azures_domain_in_the_middle_is_an_imitation(host: str, imitates: bool) -> None:
    assert imitates_azure(host) is imitates


@pytest.mark.parametrize(
    ("entry", "allowed"),
    [
        ("Storage.example.com", AllowedHost("storage.example.com")),
        ("localhost:10000", AllowedHost("localhost", port=10000)),
        (".corp.example", AllowedHost(".corp.example")),
        (".corp.example:443", AllowedHost(".corp.example", port=443)),
        ("10.1.0.0/16", AllowedHost(network=ipaddress.ip_network("10.1.0.0/16"))),
        ("127.0.0.1", AllowedHost(network=ipaddress.ip_network("127.0.0.1/32"))),
        ("127.0.0.1:80", AllowedHost(network=ipaddress.ip_network("127.0.0.1/32"), port=80)),
        ("fd12::/16", AllowedHost(network=ipaddress.ip_network("fd12::/16"))),
        ("::1", AllowedHost(network=ipaddress.ip_network("::1/128"))),
        ("[::1]", AllowedHost(network=ipaddress.ip_network("::1/128"))),
        ("[::1]:80", AllowedHost(network=ipaddress.ip_network("::1/128"), port=80)),
    ],
)
def test_an_entry_names_a_host_a_suffix_or_a_range(entry: str, allowed: AllowedHost) -> None:
    assert parse_allowed(entry) == allowed


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("https://host", "is an address of the web; write its host, and its port"),
        ("10.1.2.3/16", "is no range of addresses; `10.1.0.0/16` is"),
        ("10.1.0.0/33", "is no range of addresses, such as `10.1.0.0/16`"),
        ("host/path", "is no range of addresses, such as `10.1.0.0/16`"),
        ("host:", "has no port after its colon; ports go from 1 to 65535"),
        ("host:http", "has no port after its colon; ports go from 1 to 65535"),
        ("host:70000", "has no port after its colon; ports go from 1 to 65535"),
        ("127.1", "is no host, `host:port`, `.suffix` or range"),
        ("*.corp.example", "is no host, `host:port`, `.suffix` or range"),
        (".", "is no host, `host:port`, `.suffix` or range"),
        ("a b", "is no host, `host:port`, `.suffix` or range"),
    ],
)
def test_an_entry_that_is_not_understood_is_explained(entry: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        parse_allowed(entry)


@pytest.mark.parametrize(
    ("entry", "host", "port", "address", "permitted"),
    [
        ("10.1.0.0/16", "any.example", 443, "10.1.2.3", True),
        ("10.1.0.0/16", "any.example", 443, "10.2.2.3", False),
        ("10.1.0.0/16", "any.example", 443, "::ffff:10.1.2.3", True),
        ("169.254.169.254", "169.254.169.254", 80, "169.254.169.254", True),
        ("127.0.0.1:10000", "127.0.0.1", 10000, "127.0.0.1", True),
        ("127.0.0.1:10000", "127.0.0.1", 10001, "127.0.0.1", False),
        ("store.corp.example", "store.corp.example", 443, "10.1.2.3", True),
        ("store.corp.example", "store.corp.example", 443, "127.0.0.1", True),
        ("store.corp.example", "store.corp.example", 443, "169.254.169.254", False),
        ("store.corp.example", "other.corp.example", 443, "10.1.2.3", False),
        ("store.corp.example:443", "store.corp.example", 80, "10.1.2.3", False),
        (".corp.example", "store.corp.example", 443, "10.1.2.3", True),
        (".corp.example", "store.corp.example", 443, "127.0.0.1", False),
        (".corp.example", "store.corp.example", 443, "169.254.169.254", False),
        (".corp.example", "corp.example", 443, "10.1.2.3", False),
        (".corp.example", "evilcorp.example", 443, "10.1.2.3", False),
    ],
)
def test_w27_each_kind_of_entry_allows_its_own(
    entry: str, host: str, port: int, address: str, permitted: bool
) -> None:
    allowed = parse_allowed(entry)

    assert allowed.permits(host, port, ipaddress.ip_address(address)) is permitted
