"""Getting tokens of Microsoft Entra: from whom, as whom, and what each refusal says."""

from __future__ import annotations

import base64
import json
import traceback
from typing import Any

import pytest

from project import entra as under_test
from project.entra import EntraError
from project.entra.identity import Identity, claims, holder
from project.entra.links import (
    AzureCli,
    ManagedIdentity,
    NotHere,
    ServicePrincipal,
    WorkloadIdentity,
)
from tests.support.entra import (
    ASSIGNED_IDENTITY,
    CLIENT,
    GOOD_ASSERTION,
    GOOD_SECRET,
    OBJECT,
    TENANT,
    Entra,
    cli_token,
    token_for,
)
from tests.support.surroundings import PRINCIPAL, Surroundings

HOST = "acct.blob.core.windows.net"
STORAGE = "https://storage.azure.com/.default"
CLOUDS = (".vault.azure.net",)


def refusal(*links: Any, **options: Any) -> EntraError:
    with pytest.raises(EntraError) as refused:
        Identity(links, STORAGE).get_token(STORAGE, **options)
    return refused.value


# Whom tokens are asked of


@pytest.mark.parametrize(
    ("named", "host", "authority"),
    [
        ("", HOST, "login.microsoftonline.com"),
        ("", "acct.blob.core.usgovcloudapi.net", "login.microsoftonline.us"),
        ("", "acct.blob.core.chinacloudapi.cn", "login.chinacloudapi.cn"),
        ("", "team.vault.azure.cn", "login.chinacloudapi.cn"),
        ("https://login.microsoftonline.us/", "data.example.com", "login.microsoftonline.us"),
        ("login.microsoftonline.us", "data.example.com", "login.microsoftonline.us"),
        (
            "https://login.microsoftonline.com/",
            "acct.blob.core.usgovcloudapi.net",
            "login.microsoftonline.us",
        ),
        ("https://login.private.example:8443", HOST, "login.private.example:8443"),
    ],
)
def test_each_cloud_has_its_authority(
    named: str, host: str, authority: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.STOREROOM_TOKEN_HOSTS = ["login.private.example:8443"]
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", named)

    assert under_test.authority(host) == authority


@pytest.mark.parametrize(
    "named",
    [
        "https://evil",
        "evil",
        "https://login.microsoftonline.com.evil.test",
        "https://login.microsoftonline.com@evil.test",
        "https://login.microsoftonline.com:8443",
        "http://login.microsoftonline.com",
        "http://login.private.example:8443",
    ],
)
def test_w30_an_authority_of_no_known_cloud_is_refused(
    named: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.STOREROOM_TOKEN_HOSTS = ["login.private.example:8443"]
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", named)

    error = refusal(ServicePrincipal(PRINCIPAL, HOST))

    assert error.text == (
        "AZURE_AUTHORITY_HOST names an authority of no known cloud; nothing is sent to it."
    )


@pytest.mark.parametrize(
    "tenant", ["../../evil", "evil.com#", "..", ".", "a/b", "a?b", "a%2fb", "tenant\n", ""]
)
def test_w30_a_tenant_that_entra_could_not_have_is_refused(tenant: str, entra: Entra) -> None:
    refusal(ServicePrincipal(PRINCIPAL | {"tenant_id": tenant}, HOST))

    assert entra.requests == []


@pytest.mark.parametrize("tenant", [TENANT, "contoso.onmicrosoft.com"])
def test_a_directory_is_named_by_its_id_or_a_domain(tenant: str) -> None:
    under_test.check_tenant(tenant)


def test_w30_aks_may_not_name_such_a_tenant_either(
    surroundings: Surroundings, entra: Entra
) -> None:
    surroundings.offer_cluster()
    surroundings.set(AZURE_TENANT_ID="../../evil")

    error = refusal(WorkloadIdentity(HOST))

    assert error.text == "The tenant ID is not one that Entra could have."
    assert entra.requests == []


def test_what_a_service_principal_lacks_is_named() -> None:
    error = refusal(ServicePrincipal({"tenant_id": TENANT}, HOST))

    assert error.text == (
        "A service principal needs `tenant_id`, `client_id`, `client_secret`; `client_id`,"
        " `client_secret` is missing."
    )


# Why a way is not there


def test_a_pod_without_a_token_file_has_no_workload_identity(surroundings: Surroundings) -> None:
    assert refusal(WorkloadIdentity(HOST)).text == (
        "Workload identity cannot be used here: no token file."
    )


def test_a_token_file_that_is_gone_is_said(surroundings: Surroundings) -> None:
    surroundings.offer_cluster()
    (surroundings.folder / "token").unlink()

    assert refusal(WorkloadIdentity(HOST)).text == (
        "Workload identity cannot be used here: AZURE_FEDERATED_TOKEN_FILE names no file that can"
        " be read."
    )


def test_the_variables_that_a_pod_lacks_are_named(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    surroundings.offer_cluster()
    monkeypatch.delenv("AZURE_CLIENT_ID")
    monkeypatch.delenv("AZURE_TENANT_ID")

    assert refusal(WorkloadIdentity(HOST)).text == (
        "Workload identity cannot be used here: missing AZURE_CLIENT_ID and AZURE_TENANT_ID."
    )


def test_a_machine_outside_of_azure_has_no_managed_identity(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9")

    assert refusal(ManagedIdentity()).text == (
        "Managed identity cannot be used here: 127.0.0.1:9 not reachable."
    )


def test_an_app_service_that_does_not_answer_is_said(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    surroundings.set(IDENTITY_ENDPOINT="http://127.0.0.1:9/msi/token", IDENTITY_HEADER="header")

    assert refusal(ManagedIdentity()).text == (
        "Managed identity cannot be used here: 127.0.0.1:9 not reachable."
    )


@pytest.mark.parametrize("app_service", [False, True])
def test_an_identity_that_was_not_assigned_is_said(
    app_service: bool, surroundings: Surroundings
) -> None:
    surroundings.offer_machine()
    if app_service:
        surroundings.set(**surroundings.machine.app_service_environment())
    surroundings.machine.assigned.clear()

    assert refusal(ManagedIdentity(ASSIGNED_IDENTITY)).text == (
        f"Managed identity cannot be used here: no identity of client ID `{ASSIGNED_IDENTITY}` is"
        " assigned to this machine."
    )


def test_without_an_azure_cli_that_is_said(surroundings: Surroundings) -> None:
    assert refusal(AzureCli()).text == "Azure CLI cannot be used here: not installed."


def test_an_azure_cli_that_nobody_signed_in_to_is_said(surroundings: Surroundings) -> None:
    surroundings.offer_cli("ERROR: Please run 'az login' to setup account.", status=1)

    error = refusal(AzureCli())

    assert isinstance(error, NotHere)
    assert error.text == "Azure CLI cannot be used here: nobody is signed in."
    assert error.action == "`az login`"


def test_what_the_cli_answers_is_searched_for_a_code_and_not_repeated(
    surroundings: Surroundings,
) -> None:
    surroundings.offer_cli("ERROR: AADSTS53003: blocked for canary@example.com", status=1)

    error = refusal(AzureCli())

    assert error.code == "AADSTS53003"
    assert error.text == "A conditional-access policy of the tenant refuses this sign-in."


# One after the other


def test_the_first_that_is_there_is_used_for_good(surroundings: Surroundings) -> None:
    surroundings.offer_cli(cli_token(upn="ada@example.com"))
    identity = Identity([WorkloadIdentity(HOST), ManagedIdentity(), AzureCli()], STORAGE)
    before = identity.describe()
    surroundings.offer_cluster()

    assert identity.describe() == before
    assert before.startswith("Signed in as `ada@example.com`")


def test_a_chain_that_found_nothing_tries_again(surroundings: Surroundings) -> None:
    identity = Identity([WorkloadIdentity(HOST), AzureCli()], STORAGE)
    with pytest.raises(EntraError, match="Nothing found"):
        identity.describe()
    surroundings.offer_cli(cli_token(upn="ada@example.com"))

    assert identity.describe().endswith("Tried before: workload identity (no token file).")


# What a token is good for, and what it says


@pytest.mark.parametrize("scopes", [("https://vault.azure.net/.default",), (STORAGE, STORAGE), ()])
def test_s30_no_other_service_gets_a_token(
    scopes: tuple[str, ...], surroundings: Surroundings
) -> None:
    surroundings.offer_machine()

    with pytest.raises(EntraError) as refused:
        Identity([ManagedIdentity()], STORAGE).get_token(*scopes)

    assert refused.value.text == "The service asked for a token of another service; it got none."
    assert surroundings.machine.requests == []


def test_a_tenant_that_nobody_named_is_not_asked(entra: Entra) -> None:
    error = refusal(ServicePrincipal(PRINCIPAL, HOST), tenant_id="another-tenant")

    assert error.text == (
        "The account lives in tenant `another-tenant`; this identity signs in to another."
    )
    assert entra.requests == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"appid": CLIENT}, f"app `{CLIENT}` (object `{OBJECT}`, tenant `{TENANT}`)"),
        (
            {"appid": CLIENT, "upn": "ada@example.com"},
            f"`ada@example.com` (object `{OBJECT}`, tenant `{TENANT}`)",
        ),
        (
            {"unique_name": "live.com#ada@example.com"},
            f"`live.com#ada@example.com` (object `{OBJECT}`, tenant `{TENANT}`)",
        ),
        (
            {"appid": "<b>`x`</b>\n", "oid": "", "tid": ""},
            "app `bxb` (the token does not say more)",
        ),
    ],
)
def test_the_holder_is_read_from_the_tokens_claims(said: dict[str, str], words: str) -> None:
    assert holder(claims(token_for("https://storage.azure.com", **said))) == words


@pytest.mark.parametrize("middle", ["", "!", "bm90IGpzb24", base64.b64encode(b"[1]").decode()])
def test_a_token_of_another_form_names_nobody(middle: str) -> None:
    assert holder(claims(f"a.{middle}.c")) == "somebody (the token does not say more)"
    assert holder(claims("opaque")) == "somebody (the token does not say more)"


def test_s18_no_refusal_brings_a_secret_or_a_token_along(
    surroundings: Surroundings, entra: Entra
) -> None:
    surroundings.offer_cluster()
    entra.refuse_sign_in = "AADSTS7000215"
    surroundings.offer_cli(json.dumps({"accessToken": "canary-token"}))
    errors = [
        refusal(ServicePrincipal(PRINCIPAL, HOST)),
        refusal(WorkloadIdentity(HOST)),
        refusal(WorkloadIdentity(HOST), AzureCli()),
        refusal(AzureCli()),
    ]

    for error in errors:
        shown = "".join(traceback.format_exception(error, chain=True)) + repr(vars(error))
        assert GOOD_SECRET not in shown
        assert GOOD_ASSERTION not in shown
        assert "canary" not in shown
        assert isinstance(error.__context__, EntraError | None)


# To which hosts a token may go


@pytest.mark.parametrize("host", ["x.vault.azure.net", "X.Vault.Azure.Net", "own.example:8443"])
def test_s30_a_clouds_host_and_a_named_one_may_have_a_token(host: str, settings: Any) -> None:
    settings.STOREROOM_TOKEN_HOSTS = ["own.example:8443"]

    assert under_test.may_receive_tokens(host, CLOUDS)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "own.example",
        "evil.example\\.vault.azure.net",
        "evil.example/.vault.azure.net",
        "evil.example?.vault.azure.net",
        "evil.example#.vault.azure.net",
        "evil.example@x.vault.azure.net",
        "evil.example\t.vault.azure.net",
        "evil.example\n.vault.azure.net",
        "x.vault.azure.net\n",
        "\u24e7.vault.azure.net",
        "",
    ],
)
def test_s30_what_is_no_such_host_gets_none(host: str, settings: Any) -> None:
    settings.STOREROOM_TOKEN_HOSTS = ["own.example:8443"]

    assert not under_test.may_receive_tokens(host, CLOUDS)
