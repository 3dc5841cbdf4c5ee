"""Every way to sign in, against an Azurite that takes tokens: each talks to its own account, says
whom it signed in as, and sends nothing to a host that must not have it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from stores.flavors.azure import AzureFlavor
from stores.flavors.base import Backend, Category, SignIn, StoreError
from tests.support.azurite import Azurite
from tests.support.entra import (
    ASSIGNED_IDENTITY,
    CLIENT,
    OBJECT,
    OWN_IDENTITY,
    TENANT,
    Certificate,
    Entra,
    Listener,
    cli_token,
)
from tests.support.outgoing import allowing
from tests.support.surroundings import PRINCIPAL, Surroundings

flavor = AzureFlavor()

WAYS = [
    SignIn.CONNECTION_STRING,
    SignIn.ACCOUNT_KEY,
    SignIn.SAS_TOKEN,
    SignIn.SERVICE_PRINCIPAL,
    SignIn.MANAGED_IDENTITY,
    SignIn.WORKLOAD_IDENTITY,
    SignIn.AZURE_CLI,
]
TOKEN_WAYS = WAYS[3:]
WHO = f"(object `{OBJECT}`, tenant `{TENANT}`)"


@pytest.fixture
def container(secure_azurite: Azurite) -> str:
    """A container of one name in both accounts."""
    return secure_azurite.make_container_in_both(f"c{uuid.uuid4().hex}")


def opened(
    surroundings: Surroundings, container: str, sign_in: SignIn, **configuration: str
) -> Backend:
    """The container, opened this way; implicit with what the environment offers."""
    values = surroundings.secret_for(sign_in)
    if sign_in == SignIn.IMPLICIT:
        values, _ = flavor.environment_values()
    settings = surroundings.configuration | configuration
    return flavor.open(f"az://{container}", settings, sign_in, values, timeout=10)


def refusal(surroundings: Surroundings, container: str, sign_in: SignIn) -> StoreError:
    """Why it cannot sign in this way."""
    with (
        opened(surroundings, container, sign_in) as backend,
        pytest.raises(StoreError) as refused,
    ):
        backend.identify()
    return refused.value


def put_in_other_account(azurite: Azurite, container: str) -> None:
    values = {"connection_string": azurite.other_connection_string}
    with flavor.open(f"az://{container}", {}, SignIn.CONNECTION_STRING, values) as backend:
        backend.write("of-the-other-account", [b"x"], size=1)


def names(backend: Backend) -> list[str]:
    return [artifact.name for artifact in backend.list()]


@pytest.mark.parametrize("sign_in", WAYS)
def test_each_way_talks_to_its_own_account_whatever_the_environment_holds(
    sign_in: SignIn, surroundings: Surroundings, container: str
) -> None:
    surroundings.offer_for(sign_in)
    surroundings.offer_other_account()
    put_in_other_account(surroundings.azurite, container)

    with opened(surroundings, container, sign_in) as backend:
        written = backend.write("model", [b"weights"], size=7)
        assert names(backend) == ["model"]
        assert b"".join(backend.read("model", etag=written.etag)) == b"weights"
        backend.delete("model")
        assert names(backend) == []


@pytest.mark.parametrize(
    ("sign_in", "words"),
    [
        (SignIn.SERVICE_PRINCIPAL, f"app `{CLIENT}` {WHO}; found through: service principal."),
        (SignIn.MANAGED_IDENTITY, f"app `{OWN_IDENTITY}` {WHO}; found through: managed identity."),
        (SignIn.WORKLOAD_IDENTITY, f"app `{CLIENT}` {WHO}; found through: workload identity."),
        (SignIn.AZURE_CLI, f"`ada@example.com` {WHO}; found through: Azure CLI."),
    ],
)
def test_a_token_says_who_signed_in_and_through_what(
    sign_in: SignIn, words: str, surroundings: Surroundings, container: str
) -> None:
    surroundings.offer_for(sign_in)

    with opened(surroundings, container, sign_in) as backend:
        assert backend.identify() == f"Signed in as {words}"


def test_a_key_and_a_sas_token_are_said_without_them(
    surroundings: Surroundings, container: str
) -> None:
    account = surroundings.azurite.account

    with opened(surroundings, container, SignIn.ACCOUNT_KEY) as backend:
        assert backend.identify() == f"Signs each request with the account key of `{account}`."
    with opened(surroundings, container, SignIn.SAS_TOKEN) as backend:
        assert backend.identify() == f"Sends a SAS token for `{account}` with each request."


def test_an_assigned_identity_is_named_by_its_client_id(
    surroundings: Surroundings, container: str
) -> None:
    surroundings.offer_machine()
    surroundings.set(AZURE_CLIENT_ID=CLIENT)

    with opened(
        surroundings, container, SignIn.MANAGED_IDENTITY, client_id=ASSIGNED_IDENTITY
    ) as backend:
        assert f"`{ASSIGNED_IDENTITY}`" in backend.identify()
        assert names(backend) == []


def test_the_machines_own_identity_is_used_whatever_client_the_environment_names(
    surroundings: Surroundings, container: str
) -> None:
    surroundings.offer_machine()
    surroundings.set(AZURE_CLIENT_ID=ASSIGNED_IDENTITY)

    with opened(surroundings, container, SignIn.MANAGED_IDENTITY) as backend:
        assert f"`{OWN_IDENTITY}`" in backend.identify()


def test_an_app_service_offers_its_identity_too(
    surroundings: Surroundings, container: str
) -> None:
    surroundings.set(**surroundings.machine.app_service_environment())

    with opened(surroundings, container, SignIn.MANAGED_IDENTITY) as backend:
        assert f"`{OWN_IDENTITY}`" in backend.identify()
        assert names(backend) == []


def test_managed_identity_does_not_turn_into_workload_identity(
    surroundings: Surroundings, container: str, entra: Entra
) -> None:
    surroundings.offer_cluster()

    error = refusal(surroundings, container, SignIn.MANAGED_IDENTITY)

    assert error.text.startswith("Managed identity cannot be used here: 127.0.0.1:")
    assert entra.requests == []


# Implicit: three sets in their order, then a chain


@pytest.mark.parametrize(
    ("given", "used", "words"),
    [
        (
            ["CONNECTION_STRING", "ACCOUNT_NAME", "ACCOUNT_KEY", "SAS_TOKEN"],
            "AZURE_STORAGE_CONNECTION_STRING",
            "Signs each request with the account key of",
        ),
        (
            ["ACCOUNT_NAME", "ACCOUNT_KEY", "SAS_TOKEN", "CLIENT_ID"],
            "AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY",
            "Signs each request with the account key of",
        ),
        (
            ["ACCOUNT_NAME", "SAS_TOKEN", "CLIENT_ID", "CLIENT_SECRET", "TENANT_ID"],
            "AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_SAS_TOKEN",
            "Sends a SAS token for",
        ),
        (
            ["ACCOUNT_NAME", "ACCOUNT_KEYS", "CLIENT_ID", "CLIENT_SECRET", "TENANT_ID"],
            "AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_TENANT_ID, AZURE_STORAGE_CLIENT_ID,"
            " AZURE_STORAGE_CLIENT_SECRET",
            f"Signed in as app `{CLIENT}`",
        ),
    ],
)
def test_the_seeds_sets_of_variables_are_used_in_its_order(
    given: list[str], used: str, words: str, surroundings: Surroundings, container: str
) -> None:
    offered = {
        "CONNECTION_STRING": surroundings.azurite.connection_string,
        "ACCOUNT_NAME": surroundings.azurite.account,
        "ACCOUNT_KEY": surroundings.azurite.key,
        "ACCOUNT_KEYS": "no variable of these",
        "SAS_TOKEN": surroundings.secret_for(SignIn.SAS_TOKEN)["sas_token"],
        **{name.upper(): value for name, value in PRINCIPAL.items()},
    }
    surroundings.set(**{f"AZURE_STORAGE_{name}": offered[name] for name in given})
    surroundings.offer_machine()

    assert flavor.environment_values()[1] == f"From the worker's environment: {used}."
    with opened(surroundings, container, SignIn.IMPLICIT) as backend:
        assert backend.identify().startswith(words)
        assert names(backend) == []


def test_without_a_complete_set_the_first_identity_that_is_there_is_used(
    surroundings: Surroundings, container: str
) -> None:
    surroundings.set(
        AZURE_STORAGE_ACCOUNT_NAME=surroundings.azurite.account,
        AZURE_STORAGE_CLIENT_ID=CLIENT,
        AZURE_STORAGE_TENANT_ID=TENANT,
    )
    surroundings.offer_machine()
    surroundings.offer_cli(cli_token(upn="ada@example.com"))

    with opened(surroundings, container, SignIn.IMPLICIT) as backend:
        assert backend.identify() == (
            f"Signed in as app `{OWN_IDENTITY}` {WHO}; found through: managed identity."
            " Tried before: environment (missing AZURE_STORAGE_CLIENT_SECRET), workload identity"
            " (no token file)."
        )
        assert names(backend) == []


def test_an_identity_that_entra_refuses_is_not_replaced_by_the_next(
    surroundings: Surroundings, container: str
) -> None:
    surroundings.offer_cluster(assertion="not.the-right.one")
    surroundings.offer_machine()

    error = refusal(surroundings, container, SignIn.IMPLICIT)

    assert (error.category, error.code) == (Category.SIGN_IN, "AADSTS7000215")
    assert error.text.endswith("It was found through: workload identity.")
    assert surroundings.machine.requests == []


def test_where_nothing_is_found_all_that_was_tried_is_said(
    surroundings: Surroundings, container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    surroundings.set(AZURE_STORAGE_CLIENT_ID=CLIENT, AZURE_STORAGE_TENANT_ID=TENANT)
    surroundings.set(AZURE_STORAGE_ACCOUNT_NAME=surroundings.azurite.account)
    monkeypatch.delenv("AZURE_POD_IDENTITY_AUTHORITY_HOST")
    monkeypatch.setattr("urllib3.util.connection.create_connection", _unreachable)

    error = refusal(surroundings, container, SignIn.IMPLICIT)

    assert error.category == Category.SIGN_IN
    assert error.text == (
        "Nothing found. Tried, in order: environment (missing AZURE_STORAGE_CLIENT_SECRET),"
        " workload identity (no token file), managed identity (169.254.169.254 not reachable),"
        " Azure CLI (not installed)."
    )


def _unreachable(*_: Any, **__: Any) -> Any:
    raise OSError("Network is unreachable")


def test_variables_that_name_no_account_need_one_in_the_store(surroundings: Surroundings) -> None:
    surroundings.offer_machine()

    with pytest.raises(StoreError) as refused:
        flavor.check_secret("az://models", {}, SignIn.IMPLICIT, {})

    assert refused.value.category == Category.SECRET_MISSING
    assert refused.value.text == (
        "The worker's environment holds no complete set of variables, and names no account. The"
        " sets: AZURE_STORAGE_CONNECTION_STRING; AZURE_STORAGE_ACCOUNT_NAME with"
        " AZURE_STORAGE_ACCOUNT_KEY; AZURE_STORAGE_ACCOUNT_NAME with AZURE_STORAGE_SAS_TOKEN;"
        " AZURE_STORAGE_ACCOUNT_NAME with AZURE_STORAGE_TENANT_ID with AZURE_STORAGE_CLIENT_ID"
        " with AZURE_STORAGE_CLIENT_SECRET."
    )


# Where nothing may go


@pytest.fixture
def elsewhere(certificate: Certificate) -> Iterator[Listener]:
    """A host over TLS that nobody allowed."""
    with Listener(certificate) as listener:
        yield listener


@pytest.mark.parametrize("sign_in", TOKEN_WAYS)
def test_s30_a_token_goes_to_no_host_that_nobody_allowed(
    sign_in: SignIn, surroundings: Surroundings, elsewhere: Listener, entra: Entra
) -> None:
    surroundings.offer_for(sign_in)
    url = f"{elsewhere.url}/{surroundings.azurite.account}"

    with pytest.raises(StoreError) as refused:
        opened(surroundings, "models", sign_in, account_url=url)

    assert refused.value.category == Category.SETTINGS
    assert refused.value.text == (
        f"`{elsewhere.host}` is no host of Azure Blob Storage, and tokens go to no other."
    )
    assert elsewhere.connections == 0
    assert entra.requests == surroundings.machine.requests == []


def test_s30_the_listener_would_have_seen_a_token_had_it_been_allowed(
    surroundings: Surroundings, elsewhere: Listener, settings: Any
) -> None:
    surroundings.offer_machine()
    settings.STOREROOM_TOKEN_HOSTS.append(elsewhere.host)
    url = f"{elsewhere.url}/{surroundings.azurite.account}"

    with (
        opened(surroundings, "models", SignIn.MANAGED_IDENTITY, account_url=url) as backend,
        pytest.raises(StoreError),
    ):
        names(backend)

    assert elsewhere.captured[0]["Authorization"].startswith("Bearer ey")


@pytest.mark.parametrize("variables", ["ACCOUNT_KEY", "SAS_TOKEN", "CLIENT_SECRET"])
def test_s30_what_the_environment_holds_goes_to_no_host_that_the_store_names(
    variables: str, surroundings: Surroundings, elsewhere: Listener
) -> None:
    account = surroundings.azurite.account
    offered = {
        "ACCOUNT_KEY": {"AZURE_STORAGE_ACCOUNT_KEY": surroundings.azurite.key},
        "SAS_TOKEN": {
            "AZURE_STORAGE_SAS_TOKEN": surroundings.secret_for(SignIn.SAS_TOKEN)["sas_token"]
        },
        "CLIENT_SECRET": {f"AZURE_STORAGE_{k.upper()}": v for k, v in PRINCIPAL.items()},
    }
    surroundings.set(AZURE_STORAGE_ACCOUNT_NAME=account, **offered[variables])

    with pytest.raises(StoreError, match="is no host of Azure Blob Storage"):
        opened(surroundings, "models", SignIn.IMPLICIT, account_url=f"{elsewhere.url}/{account}")

    assert elsewhere.connections == 0


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://acct.blob.core.windows.net.evil.test", "refused by this server's policy"),
        ("https://blob.core.windows.net.evil.test/acct", "refused by this server's policy"),
        ("https://evilblob.core.windows.net/acct", "is no host of Azure Blob Storage"),
        ("https://acct.blob.core.windows.net:8443", "is no host of Azure Blob Storage"),
    ],
)
def test_s30_a_host_that_only_looks_like_azures_gets_nothing(url: str, words: str) -> None:
    with pytest.raises(StoreError, match=words):
        flavor.check_settings("az://models", {"account_url": url}, SignIn.MANAGED_IDENTITY)


def test_a_token_is_not_sent_in_clear() -> None:
    with pytest.raises(StoreError) as refused:
        flavor.check_settings(
            "az://models",
            {"account_url": "http://acct.blob.core.windows.net"},
            SignIn.MANAGED_IDENTITY,
        )

    assert refused.value.text == (
        "`http://acct.blob.core.windows.net` is not encrypted, and tokens are sent over https"
        " only."
    )


@pytest.mark.parametrize(
    "host",
    [
        "acct.blob.core.windows.net",
        "acct.privatelink.blob.core.windows.net",
        "acct.blob.core.usgovcloudapi.net",
        "acct.blob.core.chinacloudapi.cn",
        "acct.z22.blob.storage.azure.net",
    ],
)
def test_each_cloud_takes_tokens(host: str) -> None:
    words = flavor.check_settings(
        "az://models", {"account_url": f"https://{host}"}, SignIn.MANAGED_IDENTITY
    )

    assert words == f"Address and sign-in fit together: container `models` at `https://{host}`."


# What a check keeps of it


@pytest.mark.parametrize("sign_in", TOKEN_WAYS)
def test_what_was_found_out_names_the_identity(
    sign_in: SignIn, surroundings: Surroundings, container: str
) -> None:
    surroundings.offer_for(sign_in)

    with opened(surroundings, container, sign_in) as backend:
        before = backend.facts()
        backend.identify()
        after = backend.facts()

    assert before["signed_with"] == after["signed_with"] == "token"
    assert "identity" not in before
    assert after["identity"].endswith(WHO)
    assert (after["tenant"], after["object_id"]) == (TENANT, OBJECT)


# Settings that do not fit


@pytest.mark.parametrize("sign_in", TOKEN_WAYS[1:])
def test_without_a_secret_the_store_names_the_account(sign_in: SignIn) -> None:
    with pytest.raises(StoreError) as refused:
        flavor.check_settings("az://models", {}, sign_in)

    assert refused.value.category == Category.SETTINGS
    assert refused.value.text == (
        "This way to sign in has no secret that names the account, so the store has to."
    )


def test_a_client_id_goes_with_managed_identity_only() -> None:
    with pytest.raises(StoreError, match="is for the sign-in “Managed identity” only"):
        flavor.check_settings("az://models", {"client_id": CLIENT}, SignIn.FROM_SECRET)


# What Entra refuses


def test_a_secret_that_entra_refuses_fails_at_the_identity(
    surroundings: Surroundings, container: str, entra: Entra
) -> None:
    entra.refuse_sign_in = "AADSTS7000222"

    error = refusal(surroundings, container, SignIn.SERVICE_PRINCIPAL)

    assert (error.category, error.code) == (Category.SIGN_IN, "AADSTS7000222")
    assert error.reason == "sp_secret_expired"
    assert error.text == "The client secret has expired."
    assert error.action == "`az ad app credential reset --id APP --append` makes a new one."


def test_an_entra_that_is_down_is_no_refusal(
    surroundings: Surroundings, container: str, entra: Entra
) -> None:
    entra.stop()

    error = refusal(surroundings, container, SignIn.SERVICE_PRINCIPAL)

    assert error.category == Category.CONNECT
    assert error.text == (f"`{entra.host}`, which gives the tokens, cannot be reached from here.")


@pytest.mark.parametrize("sign_in", [SignIn.SERVICE_PRINCIPAL, SignIn.WORKLOAD_IDENTITY])
def test_w23_an_entra_that_may_not_be_called_is_said_and_gets_nothing(
    sign_in: SignIn, surroundings: Surroundings, container: str, entra: Entra, settings: Any
) -> None:
    surroundings.offer_for(sign_in)
    settings.STOREROOM_ALLOW_HOSTS = allowing("127.0.0.1")

    error = refusal(surroundings, container, sign_in)

    assert error.category == Category.POLICY
    assert error.text == (
        "`localhost` is refused by this server's policy for outgoing calls. Nothing was sent."
    )
    assert entra.requests == []


def test_w30_a_tenant_that_leads_elsewhere_is_refused_before_anything_is_sent(
    surroundings: Surroundings, entra: Entra
) -> None:
    values = surroundings.secret_for(SignIn.SERVICE_PRINCIPAL) | {"tenant_id": "../../evil"}

    with pytest.raises(StoreError) as refused:
        flavor.open("az://models", surroundings.configuration, SignIn.SERVICE_PRINCIPAL, values)

    assert refused.value.category == Category.SECRET_SHAPE
    assert refused.value.text == "The tenant ID is not one that Entra could have."
    assert entra.requests == []
