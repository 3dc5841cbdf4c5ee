"""Calls that leave the server, against listeners that must see nothing and servers that may."""

from __future__ import annotations

import http.server
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import LazySettings

from project import entra, outgoing
from project.outgoing.transport import Transport, connected, session
from secrets_app.managers import MANAGERS
from secrets_app.managers.azure_key_vault import AzureKeyVaultForm
from secrets_app.managers.base import ManagerError
from stores.flavors import reach
from stores.flavors.azure import AzureConfigForm, AzureFlavor
from stores.flavors.azure.address import AccountUrl
from stores.flavors.base import Backend, Category, SignIn, StoreError
from tests.support.azurite import Azurite
from tests.support.entra import Certificate, Entra
from tests.support.outgoing import Listener, Proxy, Resolver, allowing
from tests.support.vault import CLIENT, GOOD_SECRET, TENANT, Vault

KEY = "Y2FuYXJ5" * 11
VALUES = {"account_name": "acct", "account_key": KEY}
ACTION = "Correct the address. If it is meant, the operator can allow it in STOREROOM_ALLOW_HOSTS."

WIDE = "127。0。0。1"
PLAIN = [
    "169.254.169.254",
    "127.0.0.1",
    "[::1]",
    "10.0.0.1",
    "[::ffff:169.254.169.254]",
    "0.0.0.0",
    "224.0.0.1",
    "168.63.129.16",
    "[2002:7f00:1::]",
    "[64:ff9b::7f00:1]",
    "localhost",
]
DISGUISED = [
    "2130706433",
    "0x7f000001",
    "017700000001",
    "127.1",
    "0",
    "localhost.",
    "a.localhost",
    "user@127.0.0.1",
    "a.blob.core.windows.net@127.0.0.1",
    "acct.blob.core.windows.net.evil.test",
]


@pytest.fixture(autouse=True)
def nothing_is_allowed(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default of an installation, and no proxy."""
    settings.STOREROOM_ALLOW_HOSTS = []
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as listening:
        yield listening


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy() as running:
        yield running


def refused_words(host: str) -> str:
    return f"`{host}` is refused by this server's policy for outgoing calls. Nothing was sent."


def open_at(host: str, port: int, scheme: str = "http") -> Backend:
    """A store whose account answers at this very host, past all that looks at settings."""
    from stores.flavors.azure.address import StorePath
    from stores.flavors.azure.client import AzureBackend
    from stores.flavors.azure.credentials import Credentials

    url = AccountUrl(scheme, host, port, "acct", in_path=True)
    return AzureBackend(StorePath("az", "ml"), Credentials(url, "acct", KEY), timeout=2)


def failure(call: Any) -> StoreError:
    with pytest.raises(StoreError) as caught:
        call()
    return caught.value


# W23, W24: hosts that stand for what may not be called


@pytest.mark.parametrize("host", [*PLAIN, *DISGUISED, WIDE])
def test_w23_w24_it_is_refused_when_a_store_is_saved(host: str) -> None:
    form = AzureConfigForm({"account_url": f"http://{host}:10000/acct"})

    assert not form.is_valid()
    assert "account_url" in form.errors


@pytest.mark.parametrize("host", [*PLAIN, *DISGUISED, WIDE])
def test_w23_w24_it_is_refused_when_a_vault_is_saved(host: str) -> None:
    form = AzureKeyVaultForm({"vault_url": f"https://{host}"})

    assert not form.is_valid()
    assert "vault_url" in form.errors


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://127.0.0.1:70/", "//127.0.0.1"])
def test_w23_other_schemes_are_refused_when_saved(url: str) -> None:
    assert not AzureConfigForm({"account_url": url}).is_valid()
    assert not AzureKeyVaultForm({"vault_url": url}).is_valid()


def test_w23_the_complaint_names_the_setting() -> None:
    form = AzureConfigForm({"account_url": "http://127.0.0.1:10000/acct"})

    assert form.errors == {"account_url": [f"{refused_words('127.0.0.1')} {ACTION}"]}


def test_w23_an_allowed_host_may_be_saved(settings: LazySettings) -> None:
    settings.STOREROOM_ALLOW_HOSTS = allowing("127.0.0.1:10000")

    assert AzureConfigForm({"account_url": "http://127.0.0.1:10000/acct"}).is_valid()
    assert not AzureConfigForm({"account_url": "http://127.0.0.1:10001/acct"}).is_valid()


@pytest.mark.parametrize("host", PLAIN + DISGUISED)
def test_w23_w24_no_call_reaches_it(host: str, listener: Listener) -> None:
    with open_at(host.strip("[]"), listener.port) as backend:
        for call in (backend.resolve, backend.connect, lambda: list(backend.list())):
            error = failure(call)
            assert error.category == Category.POLICY
            assert error.action == ACTION

    assert listener.connections == 0


def test_w24_wide_dots_lead_nowhere(listener: Listener) -> None:
    with open_at(WIDE, listener.port) as backend:
        assert failure(backend.resolve).category == Category.POLICY
        for call in (backend.connect, lambda: list(backend.list())):
            failure(call)

    assert listener.connections == 0


def test_w23_no_call_reaches_the_loopback_of_ipv6() -> None:
    with Listener("::1") as listener, open_at("::1", listener.port) as backend:
        error = failure(lambda: list(backend.list()))

    assert error.text == refused_words("::1")
    assert listener.connections == 0


def test_w23_a_secrets_own_address_is_refused_before_a_call(listener: Listener) -> None:
    string = (
        f"AccountName=acct;AccountKey={KEY};BlobEndpoint=http://127.0.0.1:{listener.port}/acct;"
    )

    error = failure(
        lambda: AzureFlavor().check_secret(
            "az://ml", {}, SignIn.FROM_SECRET, {"connection_string": string}
        )
    )

    assert (error.category, error.text) == (Category.POLICY, refused_words("127.0.0.1"))


def test_w23_a_vault_is_not_called_either(listener: Listener, settings: LazySettings) -> None:
    host = f"127.0.0.1:{listener.port}"
    settings.STOREROOM_TOKEN_HOSTS = [host]
    principal = {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": GOOD_SECRET}

    with pytest.raises(ManagerError) as caught:
        MANAGERS["azure"].fetch({"vault_url": f"https://{host}"}, principal, "az_secret", 2)

    assert caught.value.category == "policy"
    assert (caught.value.text, caught.value.action) == (refused_words("127.0.0.1"), ACTION)
    assert listener.connections == 0


def test_w23_entra_is_not_called_where_it_leads_to_a_refused_address(
    listener: Listener, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    principal = {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": GOOD_SECRET}
    authority = f"127.0.0.1:{listener.port}"
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", f"https://{authority}")
    with Vault() as vault:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", vault.ca_file)
        settings.STOREROOM_ALLOW_HOSTS = allowing(vault.host)
        settings.STOREROOM_TOKEN_HOSTS = [vault.host, authority]
        with pytest.raises(ManagerError) as caught:
            MANAGERS["azure"].fetch({"vault_url": vault.url}, principal, "az_secret", 2)

    assert (caught.value.category, caught.value.text) == ("policy", refused_words("127.0.0.1"))
    assert listener.connections == 0


# W25: names that lead elsewhere at the second look


def test_w25_a_name_that_changes_after_the_check_is_refused(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    Resolver({"rebind.test": [["20.60.1.2"], ["127.0.0.1"]]}).take_over(monkeypatch)

    with open_at("rebind.test", listener.port) as backend:
        assert backend.resolve() == "`rebind.test` → 20.60.1.2 (public)."
        assert failure(backend.connect).text == refused_words("rebind.test")
        assert failure(lambda: list(backend.list())).text == refused_words("rebind.test")

    assert listener.connections == 0


def test_w25_a_connection_looks_its_host_up_once_and_goes_there(
    settings: LazySettings, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STOREROOM_ALLOW_HOSTS = allowing("127.0.0.1")
    resolver = Resolver({"rebind.test": [["127.0.0.1"], ["127.0.0.2"]]}).take_over(monkeypatch)

    with connected(f"http://rebind.test:{listener.port}") as connection:
        place = connection.sock.getpeername()

    assert place == ("127.0.0.1", listener.port)
    assert resolver.asked == ["rebind.test"]


@pytest.mark.parametrize("bad", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"])
def test_w25_one_bad_address_among_good_ones_is_enough(
    bad: str, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    Resolver({"both.test": [["20.60.1.2", bad]]}).take_over(monkeypatch)

    with pytest.raises(outgoing.Refused):
        session().get(f"http://both.test:{listener.port}")

    assert listener.connections == 0


def test_w25_a_closed_client_is_not_opened_again_without_the_policy(listener: Listener) -> None:
    backend = open_at("127.0.0.1", listener.port)
    backend.close()

    assert failure(lambda: list(backend.list())).category == Category.POLICY
    assert listener.connections == 0


# W26: redirects


@pytest.fixture
def redirecting(listener: Listener) -> Iterator[int]:
    """The port of a server that sends everybody on to the listener."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{listener.port}/internal")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Stay quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_w26_the_storage_client_does_not_follow_a_redirect(
    redirecting: int, listener: Listener, settings: LazySettings
) -> None:
    settings.STOREROOM_ALLOW_HOSTS = allowing("127.0.0.1")

    with open_at("127.0.0.1", redirecting) as backend:
        error = failure(lambda: list(backend.list()))

    assert "redirects to another address (302)" in error.text
    assert listener.connections == 0


def test_w26_nobody_can_follow_a_redirect(
    redirecting: int, listener: Listener, settings: LazySettings
) -> None:
    settings.STOREROOM_ALLOW_HOSTS = allowing("127.0.0.1")

    answer = session().get(f"http://127.0.0.1:{redirecting}/", allow_redirects=True)

    assert (answer.status_code, "Location" in answer.headers) == (302, False)
    assert listener.connections == 0


# W27: private endpoints


@pytest.mark.parametrize(
    ("entries", "address", "allowed"),
    [
        ([], "10.1.2.3", False),
        ([".blob.private.test"], "10.1.2.3", True),
        ([".blob.other.test"], "10.1.2.3", False),
        ([".blob.private.test"], "127.0.0.1", False),
        ([".blob.private.test"], "169.254.169.254", False),
        (["10.1.0.0/16"], "10.1.2.3", True),
        (["10.2.0.0/16"], "10.1.2.3", False),
        (["acct.blob.private.test"], "10.1.2.3", True),
        (["acct.blob.private.test:8443"], "10.1.2.3", False),
    ],
)
def test_w27_a_private_endpoint_is_called_where_the_operator_allows_it(
    entries: list[str],
    address: str,
    allowed: bool,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.STOREROOM_ALLOW_HOSTS = allowing(*entries)
    Resolver({"acct.blob.private.test": [[address]]}).take_over(monkeypatch)

    def places() -> list[Any]:
        return outgoing.look_up("acct.blob.private.test", 443)

    if allowed:
        assert places() == [(socket.AF_INET, (address, 443))]
    else:
        with pytest.raises(outgoing.Refused):
            places()


def test_w27_an_allowed_name_is_called_at_its_private_address(
    azurite: Azurite, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = f"{azurite.account}.blob.private.test"
    settings.STOREROOM_ALLOW_HOSTS = allowing(f"{host}:{azurite.port}")
    Resolver({host: [["127.0.0.1"]]}).take_over(monkeypatch)
    azurite.make_container("private-endpoint")
    url = f"http://{host}:{azurite.port}"
    values = {"account_key": azurite.key}

    with AzureFlavor().open(
        "az://private-endpoint", {"account_url": url}, SignIn.ACCOUNT_KEY, values
    ) as backend:
        assert backend.resolve() == f"`{host}` → 127.0.0.1 (this machine)."
        assert list(backend.list()) == []


# W28: proxies of the environment


def test_w28_a_refused_host_is_not_asked_of_a_proxy(
    proxy: Proxy, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    Resolver({"inside.test": [["10.0.0.1"]]}).take_over(monkeypatch)

    for scheme in ("http", "https"):
        for host in ("127.0.0.1", "2130706433", "inside.test"):
            with open_at(host, listener.port, scheme) as backend:
                for call in (backend.resolve, backend.connect, lambda: list(backend.list())):
                    assert failure(call).category == Category.POLICY

    assert (proxy.asked, listener.connections) == ([], 0)


def test_w28_a_name_that_only_the_proxy_knows_is_asked_of_it(
    azurite: Azurite, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    azurite.make_container("behind-a-proxy")
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    host = f"{azurite.account}.blob.outside.test"
    Resolver({host: [[]]}).take_over(monkeypatch)
    url = f"http://{host}:{azurite.port}"
    values = {"account_key": azurite.key}

    with AzureFlavor().open(
        "az://behind-a-proxy", {"account_url": url}, SignIn.ACCOUNT_KEY, values
    ) as backend:
        resolved, reached = backend.resolve(), backend.connect()
        assert list(backend.list()) == []

    assert resolved == f"`{host}` is not known here; the worker's proxy looks it up."
    assert reached.startswith("The proxy answers, ")
    assert proxy.asked == [("GET", host)]


def test_w28_tls_goes_to_its_end_through_the_proxy(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.STOREROOM_ALLOW_HOSTS = allowing("localhost")
    with Vault() as vault:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", vault.ca_file)
        host, port = vault.host.split(":")
        url = AccountUrl("https", host, int(port), "acct", in_path=True)

        words = reach.connect(url, {})
        vault.secrets["az-secret"] = '{"account_name": "acct"}'
        monkeypatch.setenv("AZURE_AUTHORITY_HOST", vault.url)
        settings.STOREROOM_TOKEN_HOSTS = [vault.host]
        principal = {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": GOOD_SECRET}
        found = MANAGERS["azure"].fetch({"vault_url": vault.url}, principal, "az_secret", 5)

    assert words.startswith("TLS 1.3 through the proxy, certificate valid until ")
    assert found.values == {"account_name": "acct"}
    assert set(proxy.asked) == {("CONNECT", "localhost")}


def test_w28_a_proxy_that_speaks_tls_is_trusted_as_the_others_are(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.STOREROOM_ALLOW_HOSTS = allowing("localhost")
    certificate = Certificate()
    certificate.serve_on(proxy._server)
    monkeypatch.setenv("HTTPS_PROXY", f"https://localhost:{proxy.port}")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate.ca_file)

    with Entra(certificate) as server:
        answer = session().get(f"{server.url}/nothing")

    assert answer.status_code == 404
    assert proxy.asked == [("CONNECT", "localhost")]


def test_w28_no_proxy_goes_straight(
    proxy: Proxy, listener: Listener, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.STOREROOM_ALLOW_HOSTS = allowing("127.0.0.1")
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    words = reach.connect(AccountUrl("http", "127.0.0.1", listener.port, "acct", in_path=True), {})

    assert words.startswith(f"Port {listener.port} answers at 127.0.0.1 (this machine), ")
    assert proxy.asked == []


def test_w28_a_proxy_that_refuses_is_said(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.STOREROOM_ALLOW_HOSTS = allowing("10.0.0.0/8")
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    proxy.refusing = True

    with open_at("10.0.0.1", 443, "https") as backend:
        for call in (backend.connect, lambda: list(backend.list())):
            error = failure(call)
            assert error.category == Category.CONNECT
            assert error.text == (
                "The proxy in this worker's environment does not connect to `10.0.0.1`."
            )


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_w28_a_proxy_that_is_down_is_said_without_its_password(
    scheme: str, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.STOREROOM_ALLOW_HOSTS = allowing("10.0.0.0/8")
    with Listener() as gone:
        pass
    monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://me:canary@127.0.0.1:{gone.port}")

    with open_at("10.0.0.1", 443, scheme) as backend:
        for call in (backend.connect, lambda: list(backend.list())):
            error = failure(call)
            assert error.category == Category.CONNECT
            assert error.text == "The proxy in this worker's environment cannot be reached."
            assert "canary" not in f"{error.text}{error.action}{error.code}"


def test_w28_no_password_of_the_servers_netrc_is_sent(
    proxy: Proxy, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password canary\n")
    monkeypatch.setenv("NETRC", str(netrc))

    sent = session().prepare_request(requests.Request("GET", "http://storage.outside.test/"))

    assert "Authorization" not in sent.headers


# Whom to trust


def test_the_authorities_are_read_once_for_all_connections(
    monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.STOREROOM_ALLOW_HOSTS = allowing("localhost")
    read: list[object] = []
    load = ssl.SSLContext.load_verify_locations

    def counted(context: ssl.SSLContext, *places: Any) -> None:
        read.append(places)
        load(context, *places)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counted)
    with Vault() as vault:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", vault.ca_file)

        with connected(vault.url), connected(vault.url):
            session().get(f"{vault.url}/nothing")

        assert read == [(vault.ca_file, None)]


def test_authorities_that_were_renewed_are_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.STOREROOM_ALLOW_HOSTS = allowing("localhost")
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(Path(Certificate().ca_file).read_text())
    os.utime(bundle, (1, 1))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with Vault() as vault:
        with pytest.raises(ssl.SSLCertVerificationError), connected(vault.url):
            pass

        bundle.write_text(Path(vault.ca_file).read_text())

        with connected(vault.url) as connection:
            assert connection.is_verified


# W29: nothing is learned of what is refused


@pytest.mark.parametrize("host", ["127.0.0.1", "inside.test"])
def test_w29_the_words_do_not_tell_whether_anybody_listens(
    host: str, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    Resolver({"inside.test": [["127.0.0.1"]]}).take_over(monkeypatch)
    with Listener() as gone:
        pass

    def said(port: int) -> list[tuple[str, ...]]:
        with open_at(host, port) as backend:
            calls = (backend.resolve, backend.connect, lambda: list(backend.list()))
            errors = [failure(call) for call in calls]
        return [(each.category, each.text, each.action, each.code) for each in errors]

    assert said(listener.port) == said(gone.port)
    assert said(gone.port) == [("policy", refused_words(host), ACTION, "")] * 3
    assert listener.connections == 0


# W30: whom tokens are asked of


@pytest.mark.parametrize("tenant", ["../../evil", "evil.com#", "a/b", "a?b", "a b", "t@evil"])
def test_w30_a_tenant_cannot_change_whom_tokens_are_asked_of(tenant: str) -> None:
    values = {"tenant_id": tenant, "client_id": CLIENT, "client_secret": GOOD_SECRET}

    with pytest.raises(entra.EntraError) as caught:
        entra.service_principal(values)

    assert caught.value.text == "The tenant ID is not one that Entra could have."


@pytest.mark.parametrize(
    "authority",
    [
        "https://evil",
        "evil.test",
        "https://login.microsoftonline.com.evil.test",
        "https://login.microsoftonline.com@evil.test",
    ],
)
def test_w30_a_client_secret_goes_to_known_clouds_only(
    authority: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", authority)
    values = {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": GOOD_SECRET}

    with pytest.raises(entra.EntraError) as caught:
        entra.service_principal(values)

    assert caught.value.text == (
        "AZURE_AUTHORITY_HOST names an authority of no known cloud; nothing is sent to it."
    )
    assert "STOREROOM_TOKEN_HOSTS" in caught.value.action


def test_calls_have_an_end(settings: LazySettings) -> None:
    settings.STOREROOM_ALLOW_HOSTS = allowing("127.0.0.1")

    transport = Transport(read=7)

    assert (transport.connection_config.timeout, transport.connection_config.read_timeout) == (
        5,
        7,
    )
