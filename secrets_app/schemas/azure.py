"""The credentials of Azure storage: seven attributes, and what a good value of each looks like.

Only how texts look; keeps out whether Azure takes them, and every address.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import datetime

from django.core.exceptions import ValidationError

from secrets_app.schemas.base import BELONGS_ELSEWHERE, Attribute, Finding, Schema, Shape
from secrets_app.schemas.sas import parse_sas
from secrets_app.schemas.sas_findings import sas_findings

ACCOUNT_NAME = re.compile(r"[a-z0-9]{3,24}")
KEY_LENGTH = 88
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# Neither sign before a name can be in base64, so that no key is taken for one of these.
SAS_PART = re.compile(r"(^|[?&])(sig|sv)=", re.IGNORECASE)
CONNECTION_PART = re.compile(r"(^|;)(AccountKey|SharedAccessSignature)=", re.IGNORECASE)
WHAT_IT_IS = {
    "account_key": "an account key",
    "connection_string": "a connection string",
    "sas_token": "a SAS token",
    "client_secret": "a client secret",
}


def clean_account_name(value: str) -> str:
    """3–24 lower-case letters and digits, as emulators' accounts have as well."""
    if "." in value or "/" in value:
        raise ValidationError(
            "This looks like an address; only the account's name belongs here, the part before"
            " `.blob.core.windows.net`."
        )
    if not ACCOUNT_NAME.fullmatch(value):
        raise ValidationError("An account name has 3–24 lower-case letters and digits.")
    return value


def clean_account_key(value: str) -> str:
    """64 bytes in base64."""
    _refuse_what_belongs_elsewhere(value, "account_key")
    if len(value) != KEY_LENGTH:
        guess = "Was the end cut off?" if len(value) < KEY_LENGTH else "Was it pasted twice?"
        raise ValidationError(
            f"An account key is {KEY_LENGTH} characters ending in `==`; this has {len(value)}."
            f" {guess}"
        )
    if not is_account_key(value):
        raise ValidationError(
            "An account key is base64 ending in `==`; this has other characters in it."
        )
    return value


def clean_sas_token(value: str) -> str:
    """A query with a version and a signature, without its `?`. Whether it has expired, and what it
    allows, is for whoever uses it."""
    if re.match(r"https?://", value, re.IGNORECASE):
        raise ValidationError("This is a whole address; only the part after its `?` belongs here.")
    _refuse_what_belongs_elsewhere(value, "sas_token")
    value = value.removeprefix("?")
    parse_sas(value)
    return value


def clean_connection_string(value: str) -> str:
    """Parts that name an account or Blob endpoint, and a key or SAS token for it."""
    _refuse_what_belongs_elsewhere(value, "connection_string")
    parts = connection_parts(value)
    if parts.get("usedevelopmentstorage", "").lower() == "true":
        raise ValidationError(
            "This is a development string (`UseDevelopmentStorage=true`): works only with a local"
            " emulator. Paste the emulator's full connection string instead."
        )
    endpoints = [name for name in ("Table", "Queue", "File") if f"{name.lower()}endpoint" in parts]
    if endpoints and "blobendpoint" not in parts:
        raise ValidationError(
            f"This string has only a {'/'.join(endpoints)} endpoint; Blob is needed."
        )
    if "accountkey" in parts and "sharedaccesssignature" in parts:
        raise ValidationError(
            "This string has both `AccountKey=` and `SharedAccessSignature=`. Keep one of them."
        )
    if "accountkey" in parts:
        _check_key_part(parts["accountkey"])
        if not parts.get("accountname"):
            raise ValidationError("Part `AccountName=` is missing.")
    elif "sharedaccesssignature" in parts:
        _check_part("SharedAccessSignature", parts["sharedaccesssignature"], clean_sas_token)
        if not parts.get("blobendpoint") and not parts.get("accountname"):
            raise ValidationError("Part `BlobEndpoint=` is missing.")
    else:
        raise ValidationError("Part `AccountKey=` (or `SharedAccessSignature=`) is missing.")
    if "accountname" in parts:
        _check_part("AccountName", parts["accountname"], clean_account_name)
    return value


def connection_parts(value: str) -> dict[str, str]:
    """The parts of a connection string by lower-case name. Raises `ValidationError`."""
    parts: dict[str, str] = {}
    for number, part in enumerate(value.rstrip(";").split(";"), start=1):
        name, _, rest = part.partition("=")
        if not name or "=" not in part:
            raise ValidationError(
                "A connection string is parts like `AccountName=…` joined by semicolons; part"
                f" {number} of this is not."
            )
        if name.lower() in parts:
            raise ValidationError(f"Part {number} of this string repeats an earlier one.")
        parts[name.lower()] = rest
    return parts


def clean_guid(value: str) -> str:
    """An ID as Entra shows it."""
    if not GUID.fullmatch(value):
        raise ValidationError("This is not a GUID.")
    return value


def clean_client_secret(value: str) -> str:
    """Anything but the secret's own ID, which stands beside it in the portal."""
    if GUID.fullmatch(value):
        raise ValidationError(
            "This is the secret's ID, not its value. The value was shown once when the secret was"
            " made; make a new one: `az ad app credential reset --id APP --append`."
        )
    _refuse_what_belongs_elsewhere(value, "client_secret")
    return value


def contradictions(values: Mapping[str, str]) -> dict[str, list[str]]:
    """Two names for one account, and one ID in two places."""
    wrong: dict[str, list[str]] = {}
    account, connection = values.get("account_name"), values.get("connection_string")
    if account and connection:
        named = connection_parts(connection).get("accountname", account)
        if named != account:
            wrong["account_name"] = [
                f"`account_name` is `{account}`, the connection string names `{named}`."
                " Which is right?"
            ]
    tenant, client = values.get("tenant_id", ""), values.get("client_id", "")
    if tenant and tenant.lower() == client.lower():
        wrong["client_id"] = ["Tenant and client ID are the same value."]
    return wrong


def expires_at(values: Mapping[str, str]) -> datetime | None:
    """When the SAS token among the values ends, as it says itself."""
    token = _sas_in(values)
    try:
        return parse_sas(token).expires if token else None
    except ValidationError:
        return None


def findings(values: Mapping[str, str], now: datetime) -> list[Finding]:
    """What well-formed values tell without asking Azure; nothing of it is secret."""
    said = []
    if values.get("connection_string"):
        parts = connection_parts(values["connection_string"])
        what = "an account key" if parts.get("accountkey") else "a SAS token"
        name = parts.get("accountname", "")
        suffix = parts.get("endpointsuffix", "core.windows.net")
        address = parts.get("blobendpoint") or f"https://{name}.blob.{suffix}"
        address = address.partition("?")[0]  # a SAS token may follow
        account = f"Account `{name}`" if name else "An account"
        said.append(Finding("ok", "connection_string", f"{account} at {address}, with {what}."))
    if values.get("account_key"):
        said.append(
            Finding(
                "ok",
                "account_key",
                "An account key: 88 characters of base64. It gives full"
                " rights to the whole account.",
            )
        )
    if values.get("client_id"):
        tenant = f" in tenant `{values['tenant_id']}`" if values.get("tenant_id") else ""
        said.append(Finding("ok", "client_id", f"Application `{values['client_id']}`{tenant}."))
    token = _sas_in(values)
    field = "sas_token" if values.get("sas_token") else "connection_string"
    return [*said, *(sas_findings(token, now, field) if token else [])]


def _sas_in(values: Mapping[str, str]) -> str:
    """The SAS token among the values, or inside their connection string."""
    if values.get("sas_token"):
        return values["sas_token"]
    try:
        parts = connection_parts(values.get("connection_string", ""))
    except ValidationError:
        return ""
    return parts.get("sharedaccesssignature", "")


def _check_part(label: str, value: str, clean: Callable[[str], str]) -> None:
    """Hold a part of a connection string to the rule of the attribute that it is."""
    try:
        clean(value)
    except ValidationError as error:
        raise ValidationError(f"Part `{label}=`: {error.messages[0]}") from None


def _check_key_part(value: str) -> None:
    if is_account_key(value):
        return
    if not _is_base64(value):
        raise ValidationError("Part `AccountKey=` is cut off (not valid base64).")
    raise ValidationError(
        f"Part `AccountKey=` has {len(value)} characters; an account key has {KEY_LENGTH}."
    )


def _refuse_what_belongs_elsewhere(value: str, wanted: str) -> None:
    """Raise `ValidationError(code=BELONGS_ELSEWHERE)` for the value of another attribute, which
    its params name."""
    looks = _looks_like(value)
    if looks and looks != wanted:
        raise ValidationError(
            f"This looks like {WHAT_IT_IS[looks]}; the field wants {WHAT_IT_IS[wanted]}.",
            code=BELONGS_ELSEWHERE,
            params={"attribute": looks},
        )


def _looks_like(value: str) -> str:
    """The attribute that a value is one of by its looks, "" where they do not tell."""
    if is_account_key(value):
        return "account_key"
    if CONNECTION_PART.search(value):
        return "connection_string"
    return "sas_token" if SAS_PART.search(value) else ""


def is_account_key(value: str) -> bool:
    """64 bytes in base64, as Azure writes them."""
    return len(value) == KEY_LENGTH and value.endswith("==") and _is_base64(value)


def _is_base64(value: str) -> bool:
    try:
        return bool(base64.b64decode(value, validate=True))
    except ValueError:
        return False


AZURE = Schema(
    "azure",
    "Azure storage",
    (
        Attribute(
            "account_name",
            "Account name",
            "Portal → Storage accounts: the name in the first column."
            ' `az storage account list --query "[].name"`',
            clean_account_name,
            sensitive=False,
            directs=True,
        ),
        Attribute(
            "account_key",
            "Account key",
            "Portal → storage account → Access keys → Key → Show."
            " `az storage account keys list --account-name ACCOUNT`"
            " Gives full rights to the whole account.",
            clean_account_key,
        ),
        Attribute(
            "sas_token",
            "SAS token",
            "Portal → container → Shared access tokens → Blob SAS token."
            " `az storage container generate-sas --account-name ACCOUNT --name CONTAINER"
            " --permissions rcwdl --expiry 2030-01-31 --https-only`",
            clean_sas_token,
            multiline=True,
        ),
        Attribute(
            "connection_string",
            "Connection string",
            "Portal → storage account → Access keys → Connection string → Show."
            " `az storage account show-connection-string --name ACCOUNT`",
            clean_connection_string,
            multiline=True,
        ),
        Attribute(
            "client_id",
            "Client ID",
            "Portal → Microsoft Entra ID → App registrations → your app → Application (client)"
            ' ID. `az ad app list --display-name APP --query "[].appId"`',
            clean_guid,
            sensitive=False,
        ),
        Attribute(
            "client_secret",
            "Client secret",
            "Portal → your app → Certificates & secrets → Value, not Secret ID; it is shown once."
            " `az ad app credential reset --id APP --append`",
            clean_client_secret,
        ),
        Attribute(
            "tenant_id",
            "Tenant ID",
            "Portal → Microsoft Entra ID → Overview → Tenant ID."
            " `az account show --query tenantId`",
            clean_guid,
            sensitive=False,
            directs=True,
        ),
    ),
    contradictions=contradictions,
    shapes=(
        Shape("connection_string", "Connection string", ("connection_string",), ("account_name",)),
        Shape("account_key", "Account name and key", ("account_name", "account_key")),
        Shape("sas_token", "Account name and SAS token", ("account_name", "sas_token")),
        Shape(
            "service_principal",
            "Service principal",
            ("account_name", "tenant_id", "client_id", "client_secret"),
        ),
    ),
    findings=findings,
    expires_at=expires_at,
)
