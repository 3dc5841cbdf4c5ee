"""What good values tell without asking Azure: contradictions, an end, what they allow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError

from secrets_app.schemas.azure.connection_string import connection_parts
from secrets_app.schemas.base import Finding
from secrets_app.schemas.sas import parse_sas
from secrets_app.schemas.sas_findings import sas_findings


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
