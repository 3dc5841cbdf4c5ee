"""Azure Key Vault through Azure's real SDKs, against a stand-in over TLS."""

from __future__ import annotations

import io
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from secrets_app.managers import MANAGERS
from secrets_app.managers.azure_key_vault import AzureKeyVaultForm, attributes_of, name_in_vault
from secrets_app.managers.base import ManagerError
from secrets_app.redaction import RedactingFormatter
from tests.support.serving import free_port
from tests.support.vault import CLIENT, GOOD_SECRET, TENANT, VERSION, Vault

KEY_VAULT = MANAGERS["azure"]
PRINCIPAL = {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": GOOD_SECRET}
VALUE = "AccountName=acct;AccountKey=canary-of-the-vault;EndpointSuffix=core.windows.net"


def fetch(vault: Vault, name: str = "az_secret", **principal: str) -> Any:
    return KEY_VAULT.fetch({"vault_url": vault.url}, PRINCIPAL | principal, name, 5)


def refusal(vault: Vault, name: str = "az_secret", **principal: str) -> ManagerError:
    with pytest.raises(ManagerError) as refused:
        fetch(vault, name, **principal)
    return refused.value


def test_what_is_written_is_fetched(vault: Vault) -> None:
    configuration = {"vault_url": vault.url}
    values = {"account_name": "acct", "account_key": "größer"}

    version = KEY_VAULT.write(configuration, PRINCIPAL, "az_secret", values, None, 5)
    fetched = KEY_VAULT.fetch(configuration, PRINCIPAL, "az_secret", 5)

    assert version == VERSION
    assert (fetched.values, fetched.version) == (values, VERSION)
    assert list(vault.secrets) == ["az-secret"]


def test_a_bare_connection_string_is_one(vault: Vault) -> None:
    vault.secrets["az-secret"] = VALUE

    assert fetch(vault).values == {"connection_string": VALUE}


def test_s25_the_vaults_own_end_is_read(vault: Vault) -> None:
    vault.secrets["az-secret"] = VALUE
    vault.expires["az-secret"] = 1_900_000_000

    assert fetch(vault).expires_at == datetime(2030, 3, 17, 17, 46, 40, tzinfo=UTC)


def test_s25_an_end_is_written_to_the_vault(vault: Vault) -> None:
    end = datetime(2030, 3, 17, 17, 46, 40, tzinfo=UTC)

    KEY_VAULT.write({"vault_url": vault.url}, PRINCIPAL, "az_secret", {"a": "b"}, end, 5)

    assert vault.expires == {"az-secret": 1_900_000_000}


def holds(vault: Vault) -> bool:
    return KEY_VAULT.holds({"vault_url": vault.url}, PRINCIPAL, "az_secret", 5)


def test_a_vault_says_whether_it_has_a_secret(vault: Vault) -> None:
    before = holds(vault)
    vault.secrets["az-secret"] = "whatever it is"

    assert (before, holds(vault)) == (False, True)


@pytest.mark.parametrize("state", ["SecretDisabled", "SecretNotYetValid", "SecretExpired"])
def test_a_secret_that_the_vault_does_not_give_out_is_there(vault: Vault, state: str) -> None:
    vault.answer_next(403, "Forbidden", state)

    assert holds(vault)


def test_whether_a_secret_is_there_is_not_guessed(vault: Vault) -> None:
    vault.answer_next(403, "Forbidden", "ForbiddenByRbac")

    with pytest.raises(ManagerError, match="may not read the secret"):
        holds(vault)


def test_a_deleted_secret_that_stands_in_the_way_is_said(vault: Vault) -> None:
    vault.answer_next(409, "Conflict", "ObjectIsDeletedButRecoverable")

    with pytest.raises(ManagerError) as refused:
        KEY_VAULT.write({"vault_url": vault.url}, PRINCIPAL, "az_secret", {"a": "b"}, None, 5)

    assert refused.value.text == (
        f"The vault `{vault.host}` still keeps a deleted secret `az-secret`, and takes no other of"
        " that name."
    )


def test_a_check_counts_the_secrets(vault: Vault) -> None:
    vault.secrets["one"] = "{}"

    words = KEY_VAULT.check({"vault_url": vault.url}, PRINCIPAL, 5)

    assert words == "The vault answers and lets us in; 1 secret is in it."


@pytest.mark.parametrize(
    ("status", "code", "inner", "category", "words"),
    [
        (404, "SecretNotFound", "", "secret_missing", "has no secret `az-secret`."),
        (
            403,
            "Forbidden",
            "SecretDisabled",
            "secret_missing",
            "The secret `az-secret` is disabled in the vault",
        ),
        (
            403,
            "Forbidden",
            "ForbiddenByRbac",
            "permission",
            "The identity may not read the secret `az-secret` in",
        ),
        (
            403,
            "Forbidden",
            "AccessDenied",
            "permission",
            "The identity may not read the secret `az-secret` in",
        ),
        (
            403,
            "Forbidden",
            "ForbiddenByFirewall",
            "permission",
            "refuses this machine's address.",
        ),
        (400, "BadParameter", "", "unknown", "(400 BadParameter)."),
    ],
)
def test_each_refusal_has_its_own_words(
    vault: Vault, status: int, code: str, inner: str, category: str, words: str
) -> None:
    vault.secrets["az-secret"] = VALUE
    vault.answer_next(status, code, inner, **{"x-ms-request-id": "7f0e"})

    error = refusal(vault)

    assert error.category == category
    assert words in error.text
    assert error.code == inner or code
    assert error.request_id == "7f0e"
    assert error.action


@pytest.mark.parametrize(
    ("status", "category", "words"),
    [
        (429, "throttled", "is throttling: too many requests."),
        (503, "unavailable", "answers that it cannot serve now (503)."),
    ],
)
def test_a_vault_that_goes_on_refusing_is_given_up(
    vault: Vault, status: int, category: str, words: str
) -> None:
    for _ in range(3):
        vault.answer_next(status, "Throttled")

    error = refusal(vault)

    assert error.category == category
    assert words in error.text


def test_no_permission_shows_the_command_that_gives_it(vault: Vault) -> None:
    vault.answer_next(403, "Forbidden", "ForbiddenByRbac")

    assert refusal(vault).action == (
        '`az role assignment create --role "Key Vault Secrets User" --assignee CLIENT_ID --scope'
        " $(az keyvault show --name localhost:"
        f"{vault.host.partition(':')[2]} --query id --output tsv)`"
    ).replace(f"localhost:{vault.host.partition(':')[2]}", vault.host.partition(".")[0])


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "AADSTS7000215",
            "Entra refused the client secret; often it is the secret's ID instead of its value.",
        ),
        ("AADSTS7000222", "The client secret has expired."),
        ("AADSTS700016", "Entra knows no application of this client ID in this tenant."),
        ("AADSTS90002", "Entra knows no tenant of this ID."),
        ("AADSTS99999", "Entra refused the sign-in."),
    ],
)
def test_a_refused_sign_in_says_why(vault: Vault, code: str, words: str) -> None:
    vault.refuse_sign_in = code

    error = refusal(vault)

    assert (error.category, error.text, error.code) == ("sign_in", words, code)


def test_a_vault_that_is_down_cannot_be_reached(vault: Vault, settings: Any) -> None:
    nowhere = f"localhost:{free_port()}"
    settings.STOREROOM_TOKEN_HOSTS = [vault.host, nowhere]

    with pytest.raises(ManagerError) as refused:
        KEY_VAULT.fetch({"vault_url": f"https://{nowhere}"}, PRINCIPAL, "az_secret", 2)

    assert refused.value.category == "unavailable"
    assert refused.value.text == f"`{nowhere}` cannot be reached."


def test_a_name_that_does_not_resolve_says_so(vault: Vault) -> None:
    configuration = {"vault_url": "https://no-such-vault.vault.azure.net"}

    with pytest.raises(ManagerError) as refused:
        KEY_VAULT.fetch(configuration, PRINCIPAL, "az_secret", 2)

    assert refused.value.category == "unavailable"
    assert refused.value.text == (
        "There is no host `no-such-vault.vault.azure.net`: the name does not resolve."
    )


def test_a_certificate_that_is_not_trusted_stops_it(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")

    error = refusal(vault)

    assert error.category == "unavailable"
    assert error.text == f"`{vault.host}` shows a certificate that is not trusted here."


def test_certificates_that_are_not_there_are_said(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/file.pem")

    error = refusal(vault)

    assert error.category == "settings"
    assert error.text == "The certificates that this process is to trust cannot be read."


def test_a_host_that_nobody_allowed_gets_nothing(vault: Vault, settings: Any) -> None:
    settings.STOREROOM_TOKEN_HOSTS = []

    error = refusal(vault)

    assert error.category == "settings"
    assert error.text == (
        f"`{vault.host}` is no host of Azure Key Vault, and tokens go to no other."
    )
    assert vault.requests == []


@pytest.mark.parametrize(
    "rest", ["\\.vault.azure.net", "\\@x.vault.azure.net", "?.vault.azure.net"]
)
def test_s30_an_address_that_two_programs_read_differently_gets_nothing(
    vault: Vault, rest: str
) -> None:
    with pytest.raises(ManagerError) as refused:
        KEY_VAULT.fetch({"vault_url": vault.url + rest}, PRINCIPAL, "az_secret", 5)

    assert refused.value.category == "settings"
    assert "is no host of Azure Key Vault" in refused.value.text
    assert vault.requests == []


@pytest.mark.parametrize(
    ("host", "category"), [("a" * 64, "unavailable"), ("a..b", "policy"), ("a.", "policy")]
)
def test_a_host_that_could_be_none_is_said(vault: Vault, host: str, category: str) -> None:
    with pytest.raises(ManagerError) as refused:
        KEY_VAULT.fetch(
            {"vault_url": f"https://{host}.vault.azure.net"}, PRINCIPAL, "az_secret", 5
        )

    assert refused.value.category == category
    assert f"`{host}.vault.azure.net`" in refused.value.text
    assert vault.requests == []


def test_without_a_secret_the_environment_is_off(vault: Vault) -> None:
    with pytest.raises(ManagerError) as refused:
        KEY_VAULT.fetch({"vault_url": vault.url}, {}, "az_secret", 5)

    assert refused.value.text == (
        "No secret is named to sign in with, and what the environment offers is off here."
    )
    assert vault.requests == []


def test_the_environment_serves_where_the_operator_allows_it(
    vault: Vault, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STOREROOM_ALLOW_IMPLICIT = True
    vault.secrets["az-secret"] = VALUE
    monkeypatch.setenv("AZURE_TENANT_ID", TENANT)
    monkeypatch.setenv("AZURE_CLIENT_ID", CLIENT)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", GOOD_SECRET)

    fetched = KEY_VAULT.fetch({"vault_url": vault.url}, {}, "az_secret", 5)

    assert fetched.values == {"connection_string": VALUE}


def test_s18_no_failure_brings_a_value_or_a_credential_along(vault: Vault) -> None:
    vault.secrets["az-secret"] = "canary-that-is-no-json"
    errors = [refusal(vault), refusal(vault, client_secret="wrong~canary.secret")]
    vault.answer_next(403, "Forbidden")
    errors.append(refusal(vault))

    for error in errors:
        shown = "".join(traceback.format_exception(error, chain=True)) + repr(vars(error))
        assert "canary" not in shown
        assert GOOD_SECRET not in shown
        assert "Bearer ey" not in shown
        assert (error.__cause__, error.__context__) == (None, None)


def test_s17_debug_logs_show_neither_value_nor_token(vault: Vault) -> None:
    vault.secrets["az-secret"] = VALUE
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(RedactingFormatter("{name} {message}", style="{"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        fetch(vault)
    finally:
        root.setLevel(level)
        root.removeHandler(handler)

    logged = output.getvalue()
    assert "token_endpoint" in logged
    assert "canary-of-the-vault" not in logged
    assert GOOD_SECRET not in logged
    assert "eyJ" not in logged


def test_what_a_vault_holds_is_read() -> None:
    assert attributes_of('{"account_name": "acct", "sastoken": "sv=1"}') == {
        "account_name": "acct",
        "sastoken": "sv=1",
    }


@pytest.mark.parametrize("text", ["", "[1]", '{"a": 1}', "just words"])
def test_what_is_no_set_of_names_and_texts_is_refused_without_it(text: str) -> None:
    with pytest.raises(ManagerError, match="neither a JSON object of names and texts nor"):
        attributes_of(text)


def test_names_that_a_vault_does_not_tell_apart_have_one_spelling() -> None:
    assert {KEY_VAULT.spelling(name) for name in ("k_s", "k-s", "K_S")} == {"k-s"}


def test_underscores_become_dashes_in_a_vault() -> None:
    assert name_in_vault("az_secret") == "az-secret"
    with pytest.raises(ManagerError, match="takes no secret of the name `größer`"):
        name_in_vault("größer")


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({}, "key_vault_name", "Give the vault's name, or else its whole address."),
        (
            {"key_vault_name": "1vault"},
            "key_vault_name",
            "A key vault's name has 3–24 letters, digits and single dashes, and begins with a"
            " letter.",
        ),
        (
            {"vault_url": "http://vault.azure.net"},
            "vault_url",
            "A vault's address looks like `https://NAME.vault.azure.net`.",
        ),
        (
            {"vault_url": "https://me:pw@x.vault.azure.net"},
            "vault_url",
            "A vault's address has no name or password in it.",
        ),
        *(
            (
                {"vault_url": url},
                "vault_url",
                "A vault's address looks like `https://NAME.vault.azure.net`.",
            )
            for url in (
                "https://evil.example\\.vault.azure.net",
                "https://evil.example#.vault.azure.net",
                "https://x.vault.azure.net/path",
                "https://x.vault.azure.net?query",
                "https://x vault.azure.net",
                "https://\u24e7.vault.azure.net",
                "https://[::1]",
                "https://",
            )
        ),
    ],
)
def test_a_wrong_address_is_refused_at_the_form(
    given: dict[str, str], field: str, words: str
) -> None:
    form = AzureKeyVaultForm({"key_vault_name": "", "vault_url": "", **given})

    assert not form.is_valid()
    assert form.errors[field] == [words]
    assert isinstance(form.errors.as_data()[field][0], ValidationError)


def test_an_address_is_kept_without_the_slash_at_its_end() -> None:
    form = AzureKeyVaultForm({"key_vault_name": "", "vault_url": "https://X.vault.azure.cn/"})

    assert form.is_valid()
    assert form.cleaned_data["vault_url"] == "https://X.vault.azure.cn"
    assert KEY_VAULT.destination(form.cleaned_data) == "x.vault.azure.cn"
