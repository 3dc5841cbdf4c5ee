"""What it takes in Azure to be allowed something: the least role, the letter of a SAS token, and
the command that grants it at the narrowest scope. Pure, and without any credential.

https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage
https://learn.microsoft.com/rest/api/storageservices/create-service-sas
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stores.flavors.azure.access import Access, SignedWith
from stores.flavors.base import Grant

READER = "Storage Blob Data Reader"
CONTRIBUTOR = "Storage Blob Data Contributor"
OWNER = "Storage Blob Data Owner"
DELEGATOR = "Storage Blob Delegator"
# Each includes those before it.
DATA_ROLES = (READER, CONTRIBUTOR, OWNER)
# The order in which Azure wants the letters.
LETTERS = "racwdxyltfmeopi"


@dataclass(frozen=True, slots=True)
class Right:
    """Something that one may do: how it is said after "may not", and the least that allows it.
    `letter` is "" where no letter of a container's SAS token does."""

    words: str
    role: str
    letter: str = ""


RIGHTS = {
    "container": Right("look at the container's properties", READER),
    "list": Right("list", READER, "l"),
    "read": Right("read", READER, "r"),
    "write": Right("write", CONTRIBUTOR, "w"),
    "overwrite": Right("replace what is there", CONTRIBUTOR, "w"),
    "delete": Right("delete", CONTRIBUTOR, "d"),
    "tags": Right("set and read tags", OWNER, "t"),
    "tier": Right("change the access tier", CONTRIBUTOR, "w"),
    "share": Right("make share links", DELEGATOR),
}


def grant(access: Access, rights: Iterable[str]) -> Grant:
    """What to do, and what to type, so that all these rights are allowed."""
    wanted = [RIGHTS[right] for right in rights if right in RIGHTS]
    if not wanted:
        return Grant()
    if access.signed_with == SignedWith.SAS:
        return _by_token(access, wanted)
    if access.signed_with == SignedWith.TOKEN:
        return _by_role(access, wanted)
    return Grant("An account key may do all of this: look at the account's own locks and rules.")


def needs(right: str, signed_with: str) -> str:
    """The least that allows the right, in few words."""
    wanted = RIGHTS[right]
    if not signed_with:
        letter = f", or SAS letter `{wanted.letter}`" if wanted.letter else ""
        return f"Role “{wanted.role}”{letter}"
    if signed_with == SignedWith.SAS:
        return f"SAS letter `{wanted.letter}`" if wanted.letter else "An identity or a key"
    if signed_with == SignedWith.TOKEN:
        return f"Role “{wanted.role}”"
    return "Account key"


def _by_role(access: Access, wanted: list[Right]) -> Grant:
    """One assignment: of the highest data role that is wanted, or of the delegator's alone."""
    data = [right.role for right in wanted if right.role in DATA_ROLES]
    role = max(data, key=DATA_ROLES.index) if data else DELEGATOR
    where = "the container" if data else "the account"
    scope = (
        "/subscriptions/SUBSCRIPTION-ID/resourceGroups/RESOURCE-GROUP/providers"
        f"/Microsoft.Storage/storageAccounts/{access.account or 'ACCOUNT'}"
    )
    if data:
        scope += f"/blobServices/default/containers/{access.container or 'CONTAINER'}"
    return Grant(
        f"Give the identity the role “{role}” on {where}. It may take minutes to work.",
        f"az role assignment create --assignee-object-id {access.object_id or 'OBJECT-ID'}"
        f" --assignee-principal-type {access.principal or 'ServicePrincipal'}"
        f' --role "{role}" --scope "{scope}"',
    )


def _by_token(access: Access, wanted: list[Right]) -> Grant:
    """One new SAS token that allows what is wanted beside what the present one does."""
    letters = {right.letter for right in wanted if right.letter}
    if not letters:
        return Grant(
            "A SAS token cannot be allowed this. Sign in with an identity or an account key."
        )
    every = "".join(sorted(letters | set(access.letters), key=LETTERS.find))
    named = " and ".join(f"`{letter}`" for letter in sorted(letters, key=LETTERS.find))
    account = access.account or "ACCOUNT"
    made = (
        f"az storage account generate-sas --account-name {account} --services b"
        f" --resource-types co"
        if access.services
        else f"az storage container generate-sas --account-name {account}"
        f" --name {access.container or 'CONTAINER'}"
    )
    return Grant(
        f"Make a SAS token that has the letter {named} in `sp`, and put it into the secret.",
        f"{made} --permissions {every} --https-only --expiry EXPIRY",
    )
