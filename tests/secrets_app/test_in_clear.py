"""What holds values in clear for a moment: nothing that is made of it shows one (S21)."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from secrets_app.changes import Change
from secrets_app.managers.azure_key_vault import AzureKeyVault
from secrets_app.managers.azure_key_vault_client import VaultClient
from secrets_app.managers.base import Fetched
from secrets_app.models import Secret, SecretsManager
from secrets_app.schemas import Pasted
from secrets_app.vaults import Identity, OpenVault
from stores.flavors.azure import AzureFlavor
from stores.flavors.azure.address import AccountUrl
from stores.flavors.azure.credentials import Credentials
from stores.flavors.base import SignIn

CANARY = "Y2FuYXJ5IG9mIGEgdmFsdWUgaW4gY2xlYXIsIG9mIDY0IGJ5dGVzLCBhcyBhIGtleSBoYXMgaXQsIHRydWx5ISE="
PRINCIPAL = {
    "tenant_id": "3c0a7c4e-0000-4000-8000-000000000001",
    "client_id": "3c0a7c4e-0000-4000-8000-000000000002",
    "client_secret": CANARY,
}


def change() -> Any:
    return Change({"account_key": CANARY})


def pasted() -> Any:
    return Pasted({"account_key": CANARY}, "Read as an account key.")


def fetched() -> Any:
    return Fetched({"account_key": CANARY})


def open_vault() -> Any:
    manager = SecretsManager(name="vault", flavor="azure")
    return OpenVault(
        Secret(name="az_secret", manager=manager), AzureKeyVault(), Identity(PRINCIPAL)
    )


def vault_client() -> Any:
    return VaultClient("team-vault.vault.azure.net", PRINCIPAL, 5)


def storage_client() -> Any:
    values = {"account_name": "acct", "account_key": CANARY}
    return AzureFlavor().open("az://artifacts", {}, SignIn.ACCOUNT_KEY, values, timeout=5)


def storage_client_with_a_sas() -> Any:
    values = {"account_name": "acct", "sas_token": f"sv=2024-11-04&sig={CANARY}"}
    return AzureFlavor().open("az://artifacts", {}, SignIn.SAS_TOKEN, values, timeout=5)


def credentials() -> Any:
    url = AccountUrl("https", "acct.blob.core.windows.net", 443, "acct")
    return Credentials(url, "acct", CANARY)


def shown(thing: Any) -> str:
    """All that Python tells of a thing, as far as it tells anything."""
    parts = [repr(thing), str(thing), f"{thing!r:>9}"]
    for make in (vars, pickle.dumps, copy.copy, copy.deepcopy):
        try:
            parts.append(repr(make(thing)))
        except TypeError as refused:
            parts.append(str(refused))
    return "\n".join(parts)


@pytest.mark.parametrize(
    "make",
    [
        change,
        pasted,
        fetched,
        open_vault,
        vault_client,
        storage_client,
        storage_client_with_a_sas,
        credentials,
    ],
)
def test_s21_nothing_made_of_a_value_in_clear_shows_it(make: Callable[[], Any]) -> None:
    thing = make()

    assert CANARY not in shown(thing)
    assert CANARY[:20] not in shown(thing)


@pytest.mark.parametrize(
    "make", [change, pasted, fetched, open_vault, vault_client, storage_client, credentials]
)
def test_s21_a_value_in_clear_goes_into_no_pickle_and_no_copy(make: Callable[[], Any]) -> None:
    thing = make()

    for move in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="holds values in clear: it is never pickled"):
            move(thing)
