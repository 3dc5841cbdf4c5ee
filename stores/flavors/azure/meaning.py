"""What an address of Azure means, said while it is typed."""

from __future__ import annotations

from collections.abc import Mapping

from stores.flavors.azure.address import AccountUrl
from stores.flavors.azure.credentials import account_of
from stores.flavors.azure.typed import Typed
from stores.flavors.base import SignIn
from stores.flavors.explaining import Meaning

# Who reads which variables, where nobody hands over credentials; each program has its own.
READERS = (
    (
        "ZenML, pandas (adlfs)",
        "`AZURE_STORAGE_CONNECTION_STRING`; or `AZURE_STORAGE_ACCOUNT_NAME` with `_ACCOUNT_KEY`,"
        " with `_SAS_TOKEN`, or with `_CLIENT_ID`, `_CLIENT_SECRET` and `_TENANT_ID`",
    ),
    (
        "Azure's own libraries",
        "`AZURE_CLIENT_ID`, `AZURE_TENANT_ID` and `AZURE_CLIENT_SECRET` or"
        " `AZURE_FEDERATED_TOKEN_FILE`",
    ),
    (
        "az",
        "`AZURE_STORAGE_CONNECTION_STRING`; or `AZURE_STORAGE_ACCOUNT` with `AZURE_STORAGE_KEY` or"
        " `AZURE_STORAGE_SAS_TOKEN`; or `az login`",
    ),
    (
        "AzCopy",
        "`AZCOPY_AUTO_LOGIN_TYPE` with `AZCOPY_SPA_APPLICATION_ID`, `AZCOPY_SPA_CLIENT_SECRET` and"
        " `AZCOPY_TENANT_ID`; or a SAS token in the address",
    ),
    (
        "rclone",
        "`RCLONE_AZUREBLOB_ACCOUNT` with `_KEY`, or with `_CLIENT_ID`, `_CLIENT_SECRET` and"
        " `_TENANT`; or `RCLONE_AZUREBLOB_SAS_URL`",
    ),
)
_OTHERS = "pandas, az, AzCopy, rclone"
_BY_HAND = "not by themselves: the store's page has a text to copy for each"


def explain(
    typed: Typed, url: AccountUrl | None, way: str, secret: str, values: Mapping[str, str]
) -> Meaning:
    """What it means; `url` is the account's address in the settings."""
    account = account_of(url, values)
    facts = [
        ("Address", f"`{typed.path}`"),
        ("Container", f"`{typed.path.container}`"),
        ("Folder", f"`{'/'.join(typed.path.parts)}`" if typed.path.parts else "none: all of it"),
    ]
    notes = list(typed.notes)
    if account is None:
        facts.append(("Account", "not known"))
        notes.append(_unknown(typed, secret))
    else:
        told = "" if url else ", as the secret says"
        facts.append(("Account", f"`{account.account}`{told}" if account.account else "not named"))
        facts.append(("Answers at", f"`{account}`"))
    return Meaning(tuple(facts), tuple(notes), _finders(way, secret))


def _unknown(typed: Typed, secret: str) -> str:
    """What to do where nothing tells the account's name."""
    missing = f"`{typed.path}` does not carry the account's name"
    if secret:
        return (
            f"{missing}, and no secret `{secret}` that tells it could be read here. Fill in the"
            " account's address, unless the secret will have it."
        )
    return f"{missing}. Fill in the account's address, or name a secret that has it."


def _finders(way: str, secret: str) -> tuple[tuple[str, str], ...]:
    if secret:
        return (
            (
                "ZenML",
                f"by the name `{secret}`, which the stack's secrets manager has to have as well",
            ),
            (_OTHERS, _BY_HAND),
        )
    if way == SignIn.IMPLICIT:
        return READERS
    return (
        ("ZenML, pandas (adlfs), Azure's own libraries", "where the same identity is at hand"),
        ("az, AzCopy, rclone", _BY_HAND),
    )
