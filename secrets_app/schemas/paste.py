"""Takes apart what people have at hand: connection strings, SAS addresses, blocks of variables,
the JSON of a service principal, a `zenml` command.

Gives names and values as they stand there; whether a value is good is for the schema's rules.
"""

from __future__ import annotations

import difflib
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

from secrets_app.redaction.in_clear import InClear
from secrets_app.schemas.azure import AZURE, CONNECTION_PART, SAS_PART, is_account_key

ATTRIBUTES = [attribute.name for attribute in AZURE.attributes]
# Names that other programs give our attributes, in lower case without separators: azure-identity,
# AzCopy, rclone, `az ad sp create-for-rbac` with and without --sdk-auth.
# https://learn.microsoft.com/cli/azure/ad/sp#az-ad-sp-create-for-rbac
OTHER_NAMES = {
    "appid": "client_id",
    "password": "client_secret",
    "tenant": "tenant_id",
    "azureclientid": "client_id",
    "azureclientsecret": "client_secret",
    "azuretenantid": "tenant_id",
    "azcopyspaapplicationid": "client_id",
    "azcopyspaclientsecret": "client_secret",
    "azcopytenantid": "tenant_id",
    "rcloneazureblobaccount": "account_name",
    "rcloneazureblobkey": "account_key",
    "rcloneazureblobclientid": "client_id",
    "rcloneazureblobclientsecret": "client_secret",
    "rcloneazureblobtenant": "tenant_id",
    "azurestorageaccount": "account_name",
    "azurestoragekey": "account_key",
}
VARIABLE = "azurestorage"
LINE = re.compile(
    r"""^\s*(?:export\s+|set\s+|\$env:|-\s+)?["']?([A-Za-z_][\w-]*)["']?\s*[:=]\s*(.*)$""",
    re.IGNORECASE,
)
# Windows writes `setx NAME value` and `set "NAME=value"`.
SETX = re.compile(r"^\s*setx\s+([A-Za-z_]\w*)\s+", re.IGNORECASE)
SET_QUOTED = re.compile(r'^\s*set\s+"(.*)"\s*$', re.IGNORECASE)
COMMAND = re.compile(
    r"(?:[$%>]\s+)?(?:\S*python[\d.]*\s+)?(?:\S*/)?(zenml|manage\.py)\b.*\bsecret\b", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Pasted(InClear):
    """What a text was read as: attributes with their values, in words what it was, and what was
    tolerated on the way. Neither words nor notes show a value that is secret."""

    values: Mapping[str, str] = field(repr=False)
    words: str
    notes: tuple[str, ...] = ()


def read_paste(text: str) -> Pasted:
    """Read a text. Raises `ValidationError` where it is nothing that is known."""
    text = text.strip()
    for reader in (_command, _principal, _sas_url, _bare, _block):
        pasted = reader(text)
        if pasted:
            return pasted
    raise ValidationError(
        "This is no connection string, SAS address, block of `AZURE_STORAGE_*` variables, JSON of"
        " a service principal or `zenml` command that could be read."
    )


def _bare(text: str) -> Pasted | None:
    """One value by itself, known by how it looks."""
    if "\n" in text:
        return None
    if is_account_key(text):
        return Pasted({"account_key": text}, "Read as an account key.")
    named = LINE.match(text)
    attribute = _attribute(named[1]) if named else None
    if CONNECTION_PART.search(text) and ";" in text and attribute != "connection_string":
        return Pasted({"connection_string": text}, "Read as a connection string.")
    if attribute:
        return None
    if SAS_PART.search(text) and "&" in text:
        return Pasted({"sas_token": text}, "Read as a SAS token.")
    return None


def _sas_url(text: str) -> Pasted | None:
    """`https://account.blob.core.windows.net/container?sv=…&sig=…`."""
    if not re.match(r"https?://\S+$", text, re.IGNORECASE):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if not SAS_PART.search(parts.query):
        return None
    values = {"sas_token": parts.query}
    notes = []
    host = parts.hostname or ""
    if ".blob." in host or ".dfs." in host:
        values["account_name"] = host.partition(".")[0]
    else:
        notes.append("The address does not name the account: fill it in.")
    container = parts.path.strip("/")
    if container:
        notes.append("The path belongs to the store's address, and is left out here.")
    return Pasted(values, "Read as a SAS address.", tuple(notes))


def _principal(text: str) -> Pasted | None:
    """A JSON object whose names are known."""
    if not text.startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise ValidationError("This begins like JSON, but is none. Was a part cut off?") from None
    named = {name: part for name, part in found.items() if isinstance(part, str)}
    return _named(named, "Read as JSON")


def _block(text: str) -> Pasted | None:
    """Lines of `NAME=value`, as shells, dotenv files and YAML write them."""
    found = {}
    for line in text.splitlines():
        match = LINE.match(SET_QUOTED.sub(r"\1", SETX.sub(r"\1=", line)))
        if match:
            found[match[1]] = _unquoted(match[2].rstrip(", \t"))
    return _named(found, "Read as a block of variables")


def _command(text: str) -> Pasted | None:
    """`zenml secrets-manager secret register NAME -s azure --connection_string=…`."""
    if not COMMAND.match(text):
        return None
    try:
        words = shlex.split(text.replace("\\\n", " "))
    except ValueError:
        raise ValidationError("A quotation mark of this command is not closed.") from None
    found = {}
    for place, word in enumerate(words):
        option, equals, value = word.partition("=")
        if not option.startswith("--"):
            continue
        if equals:
            found[option[2:]] = value
        elif place + 1 < len(words) and not words[place + 1].startswith("-"):
            found[option[2:]] = words[place + 1]
    return _named(found, "Read as a command")


def _named(found: Mapping[str, str], words: str) -> Pasted | None:
    """Values under the names that are known, with a note for each that was spelled otherwise."""
    values: dict[str, str] = {}
    notes = []
    older = []
    for name, value in found.items():
        attribute, guessed = _attribute(name), False
        if attribute is None:
            attribute, guessed = _guess(name), True
        if attribute is None or not value:
            continue
        values[attribute] = value
        if guessed:
            notes.append(f"Read `{name}` as `{attribute}`.")
        elif name == attribute.replace("_", ""):
            older.append(name)
    if not values:
        return None
    if older:
        names = ", ".join(f"`{name}`" for name in older)
        notes.append(f"Read {names} in the older ZenML spelling.")
    return Pasted(values, f"{words}: {', '.join(values)}.", tuple(notes))


def _attribute(name: str) -> str | None:
    """The attribute that a name means for certain."""
    bare = re.sub(r"[-_]", "", name).casefold()
    if bare in OTHER_NAMES:
        return OTHER_NAMES[bare]
    spellings = {attribute.replace("_", ""): attribute for attribute in ATTRIBUTES}
    return spellings.get(bare) or spellings.get(bare.removeprefix(VARIABLE))


def _guess(name: str) -> str | None:
    """The attribute that a misspelled name most likely means."""
    near = difflib.get_close_matches(name.replace("-", "_"), ATTRIBUTES, n=1, cutoff=0.85)
    return near[0] if near else None


def _unquoted(text: str) -> str:
    """A value without the quotation marks around it."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text
