"""The credentials of Azure storage: seven attributes, and what a good value of each looks like.

Only how texts look; keeps out whether Azure takes them, and every address.
"""

from __future__ import annotations

from secrets_app.schemas.azure.connection_string import clean_connection_string
from secrets_app.schemas.azure.findings import contradictions, expires_at, findings
from secrets_app.schemas.azure.values import (
    CONNECTION_PART,
    SAS_PART,
    clean_account_key,
    clean_account_name,
    clean_client_secret,
    clean_guid,
    clean_sas_token,
    is_account_key,
)
from secrets_app.schemas.base import Attribute, Schema, Shape

__all__ = ["AZURE", "CONNECTION_PART", "SAS_PART", "clean_guid", "is_account_key"]

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
