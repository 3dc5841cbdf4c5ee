"""Reaching a host: names, connections and certificates, in sentences."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.client import RemoteDisconnected
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from stores.flavors import reach
from stores.flavors.azure.address import AccountUrl
from stores.flavors.base import Category, StoreError
from tests.support.outgoing import Resolver, allowing


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """A certificate for 127.0.0.1 that nobody signed but itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Tests")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2090, 1, 1, tzinfo=datetime.UTC))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def tls_port(certificate) -> Iterator[int]:
    """A port that speaks TLS to two connections at most."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve(listener: socket.socket) -> None:
        for _ in range(2):
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    context.wrap_socket(connection, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=(listener,), daemon=True)
        server.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        server.join(5)


def at(scheme: str, port: int, host: str = "127.0.0.1") -> AccountUrl:
    return AccountUrl(scheme, host, port, "acct", in_path=True)


def test_a_trusted_certificate_is_described(tls_port, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))

    facts: dict[str, str] = {}

    words = reach.connect(at("https", tls_port), facts)

    assert words.startswith(
        "TLS 1.3, certificate valid until Jan  1 00:00:00 2090 GMT, issued by Tests;"
        " 127.0.0.1 (this machine) answered, "
    )
    assert facts == {"peer": "127.0.0.1", "issuer": "Tests"}


def test_a04_an_unknown_issuer_is_named(tls_port, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    facts: dict[str, str] = {}

    with pytest.raises(StoreError, match="a certificate that is not trusted here") as caught:
        reach.connect(at("https", tls_port), facts)

    assert caught.value.category == Category.TLS
    assert "self-signed certificate. It was issued by Tests." in caught.value.text
    assert facts["issuer"] == "Tests"


def test_a_port_that_speaks_no_tls_is_said():
    def speak(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=speak, args=(listener,), daemon=True)
        server.start()
        with pytest.raises(StoreError, match="did not speak TLS as expected") as caught:
            reach.connect(at("https", listener.getsockname()[1]), {})
        server.join(5)

    assert caught.value.category == Category.TLS


def test_a_silent_host_is_a_timeout_and_not_a_wrong_key(monkeypatch):
    monkeypatch.setattr(reach, "CONNECT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(StoreError) as caught:
        reach.connect(at("https", mute.getsockname()[1]), {})

    assert caught.value.category == Category.TIMEOUT
    assert caught.value.text == (
        "Connection timed out after 0.2 s. A firewall drops it silently; a wrong key would answer."
    )


def test_addresses_are_told_apart(monkeypatch, settings):
    settings.STOREROOM_ALLOW_HOSTS = allowing("10.4.0.0/16")
    answers = {"acct.blob.core.windows.net": [["10.4.1.9", "20.60.1.2", "10.4.1.9"]]}
    Resolver(answers).take_over(monkeypatch)
    facts: dict[str, str] = {}

    words = reach.resolve(at("https", 443, "acct.blob.core.windows.net"), facts)

    assert words == "`acct.blob.core.windows.net` → 10.4.1.9 (private), 20.60.1.2 (public)."
    assert facts == {"addresses": "10.4.1.9, 20.60.1.2"}


@pytest.mark.parametrize("host", ["acct.blob.invalid", "a" * 70 + ".example"])
def test_a_name_that_cannot_be_looked_up_is_said(host):
    with pytest.raises(StoreError, match="does not resolve here") as caught:
        reach.resolve(at("https", 443, host), {})

    assert caught.value.category == Category.DNS


@pytest.mark.parametrize(
    ("cause", "scheme", "category", "reason"),
    [
        (socket.gaierror(), "https", Category.DNS, "dns"),
        (ConnectionRefusedError(), "https", Category.CONNECT, "network"),
        (TimeoutError(), "https", Category.TIMEOUT, "timeout"),
        (ssl.SSLError(), "https", Category.TLS, "protocol"),
        (RemoteDisconnected(), "http", Category.CONNECT, "protocol"),
        (RemoteDisconnected(), "https", Category.CONNECT, "broken_off"),
    ],
)
def test_a01_to_a05_no_answer_has_a_reason_wherever_a_library_hides_it(
    cause: BaseException, scheme: str, category: Category, reason: str
) -> None:
    wrapped = RuntimeError("The library's own.", cause)

    error = reach.explain(wrapped, "acct.blob.core.windows.net", scheme)

    assert (error.category, error.reason) == (category, reason)
    assert "own" not in error.text


@pytest.mark.parametrize(
    ("host", "why"),
    [
        (
            "acct.blob.invalid",
            "Either the account name is misspelt or this worker's network lacks the private DNS"
            " zone `privatelink.blob.core.windows.net`.",
        ),
        (
            "s3.eu-wst-1.invalid",
            "Either it is misspelt or this worker's network cannot look it up.",
        ),
    ],
)
def test_why_a_name_may_be_unknown_fits_the_cloud(host, why):
    with pytest.raises(StoreError) as caught:
        reach.resolve(at("https", 443, host), {})

    assert caught.value.text == f"`{host}` does not resolve here. {why}"
