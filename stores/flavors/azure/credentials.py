"""What a secret of Azure's kind holds to sign in with.

Pure: reads no network and no environment, and shows no value of what it is handed.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.core.exceptions import ValidationError

from project import entra
from secrets_app.redaction.in_clear import InClear
from stores.flavors.azure.address import (
    PUBLIC_CLOUD,
    AccountUrl,
    account_url_of,
    parse_account_url,
)
from stores.flavors.azure.choosing import choose, given_in, misshapen
from stores.flavors.azure.identities import check_encrypted, check_receiver
from stores.flavors.base import SignIn, StoreError


@dataclass(frozen=True, slots=True)
class Credentials(InClear):
    """An account's address and the one thing to sign in with: a key, a SAS token, or a way to get
    tokens, for a service principal with what that needs."""

    account_url: AccountUrl
    account_name: str
    account_key: str = field(default="", repr=False)
    sas_token: str = field(default="", repr=False)
    token_way: SignIn | None = None
    principal: Mapping[str, str] = field(default_factory=dict, repr=False)


def sign_in_with(
    sign_in: SignIn, values: Mapping[str, str], account_url: AccountUrl | None = None
) -> Credentials:
    """The credentials that the values hold for this way to sign in, checked for form.

    Raises `StoreError(SECRET_SHAPE)`, also when the secret and `account_url` name two accounts,
    and `StoreError(SETTINGS)` for an address that must not be sent a token, or whatever else the
    environment holds.
    """
    way = choose(sign_in, values, account_url)
    given = given_in(values, account_url)
    if way == SignIn.CONNECTION_STRING:
        credentials = parse_connection_string(given["connection_string"])
        _check_same_account(account_url, credentials, "the connection string")
    else:
        credentials = _credentials(way, given, account_url)
        _check_same_account(account_url, credentials, "the secret")
    credentials = replace(credentials, account_url=account_url or credentials.account_url)
    if credentials.token_way:
        check_encrypted(credentials.account_url)
    if credentials.token_way or (sign_in == SignIn.IMPLICIT and account_url):
        check_receiver(credentials.account_url)
    return credentials


def _credentials(
    way: SignIn, given: Mapping[str, str], account_url: AccountUrl | None
) -> Credentials:
    """What is given, for every way but a connection string."""
    name = given.get("account_name", "")
    try:
        url = account_url or account_url_of(name)
    except ValidationError as error:
        raise misshapen(f"`account_name` is not right: {error.message}") from None
    if way == SignIn.ACCOUNT_KEY:
        return Credentials(url, name, account_key=_account_key(given["account_key"]))
    if way == SignIn.SAS_TOKEN:
        return Credentials(url, name, sas_token=_sas_token(given["sas_token"]))
    if way != SignIn.SERVICE_PRINCIPAL:
        return Credentials(url, name, token_way=way)
    principal = {attribute: given[attribute] for attribute in entra.VARIABLES}
    try:
        entra.check_tenant(principal["tenant_id"])
    except entra.EntraError as error:
        raise misshapen(error.text, error.action) from None
    return Credentials(url, name, token_way=way, principal=principal)


def account_of(account_url: AccountUrl | None, values: Mapping[str, str]) -> AccountUrl | None:
    """Which account the settings and the secret's values lead to, None where they do not tell.
    Never raises: this is for comparing and showing, not for opening."""
    if account_url is not None:
        return account_url
    try:
        if values.get("connection_string"):
            return parse_connection_string(values["connection_string"]).account_url
        return account_url_of(values.get("account_name", "").strip())
    except (StoreError, ValidationError):
        return None


def place_of(account_url: AccountUrl | None, values: Mapping[str, str]) -> str:
    """As `account_of`, in the form that is compared (see `AccountUrl.place`), "" for None."""
    account = account_of(account_url, values)
    return account.place if account else ""


def parse_connection_string(text: str) -> Credentials:
    """What a connection string names: the account, its address, and a key or a SAS token.

    Raises `StoreError(SECRET_SHAPE)`. An emulator's `UseDevelopmentStorage=true` is refused: it
    stands for an address and a key that everybody knows.
    """
    parts = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        label, separator, value = part.partition("=")
        if not separator:
            raise misshapen(
                "The connection string has a part without `=`.", "Copy it again as a whole."
            )
        parts[label.strip().lower()] = value.strip()
    if "usedevelopmentstorage" in parts:
        raise misshapen(
            "This is a development string (`UseDevelopmentStorage=true`): it names no account.",
            "Give the emulator's full connection string, with AccountName, AccountKey and"
            " BlobEndpoint.",
        )
    url = _endpoint(parts)
    name = parts.get("accountname", "") or url.account
    if "accountname" in parts and url.account and name != url.account:
        raise misshapen(
            f"The connection string contradicts itself: AccountName is `{name}`, BlobEndpoint"
            f" names `{url.account}`."
        )
    key, token = parts.get("accountkey", ""), parts.get("sharedaccesssignature", "")
    if bool(key) == bool(token):
        raise misshapen(
            "The connection string needs exactly one of AccountKey and SharedAccessSignature.",
            "Copy it again: portal → storage account → Access keys → Connection string.",
        )
    if key:
        if not name:
            raise misshapen("The connection string has an AccountKey, but no AccountName.")
        return Credentials(url, name, account_key=_account_key(key, "Part `AccountKey=`"))
    return Credentials(url, name, sas_token=_sas_token(token))


def _endpoint(parts: Mapping[str, str]) -> AccountUrl:
    """The address of the blob service that a connection string names or implies."""
    try:
        if parts.get("blobendpoint"):
            return parse_account_url(parts["blobendpoint"])
        if parts.get("accountname"):
            return account_url_of(
                parts["accountname"],
                parts.get("endpointsuffix") or PUBLIC_CLOUD,
                parts.get("defaultendpointsprotocol") or "https",
            )
    except ValidationError as error:
        raise misshapen(f"The connection string is not right: {error.message}") from None
    if any(label.endswith("endpoint") for label in parts):
        raise misshapen(
            "This string has only an endpoint of another service (Table, Queue or File); Blob is"
            " needed."
        )
    raise misshapen("The connection string names neither an AccountName nor a BlobEndpoint.")


def _check_same_account(
    account_url: AccountUrl | None, credentials: Credentials, holder: str
) -> None:
    """Raise `StoreError(SECRET_SHAPE)` when the store's address and its secret disagree."""
    if account_url is None or not account_url.account:
        return
    if credentials.account_name and credentials.account_name != account_url.account:
        raise misshapen(
            f"Your address names account `{account_url.account}`, {holder} names"
            f" `{credentials.account_name}`.",
            "Correct the account's address, or name a secret of that account.",
        )
    named = credentials.account_url
    if not (named.in_path or account_url.in_path) and named.place != account_url.place:
        raise misshapen(
            f"Your address names `{account_url.host}`, {holder} names `{named.host}`: the same"
            " name in two clouds.",
            "Correct the account's address, or name a secret of that account.",
        )


def _account_key(text: str, what: str = "The account key") -> str:
    if "sig=" in text:
        raise misshapen(
            f"{what} looks like a SAS token, not a key.", "Choose the sign-in with a SAS token."
        )
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise misshapen(
            f"{what} is cut off (not valid base64): it has {len(text)} characters, an account"
            " key has 88 and ends in `==`.",
            "Copy the key again.",
            "bad_key_format",
        ) from None
    return text


def _sas_token(text: str) -> str:
    token = text.removeprefix("?")
    if not re.search(r"(^|&)sig=[^&]", token) or re.search(r"[\s#?]", token):
        raise misshapen(
            "This is not a whole SAS token: its part `sig=` is missing, or it has a space, `#` or"
            " `?` in it.",
            "Copy the token again, without the address before it.",
        )
    return token
