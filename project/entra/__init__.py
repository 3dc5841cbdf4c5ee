"""Token credentials of Microsoft Entra, and what its errors mean. The one place that knows which
identity a process may use, and to which hosts a token may go.

Here is what every way to sign in shares; `links` has one class for each way, `identity` uses one
of them, or the first of several that there is. azure-identity is imported at use only, so that
the web process never loads it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

# https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
MICROSOFT_HOSTS = (
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
)
# Which of them signs in to the hosts of a cloud; to all others the first.
AUTHORITIES = {
    ".usgovcloudapi.net": "login.microsoftonline.us",
    ".chinacloudapi.cn": "login.chinacloudapi.cn",
    ".azure.cn": "login.chinacloudapi.cn",
}
# Seconds that Entra has for its answer.
ANSWER = 10.0
# A directory's ID, or one of its domains: nothing that could lead to another path.
TENANT = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
# What a service principal needs, named as in a secret, with azure-identity's variables.
VARIABLES = {
    "tenant_id": "AZURE_TENANT_ID",
    "client_id": "AZURE_CLIENT_ID",
    "client_secret": "AZURE_CLIENT_SECRET",
}
FEDERATE = (
    "Compare the token's issuer and subject with `az ad app federated-credential list --id APP`;"
    " audience `api://AzureADTokenExchange`."
)
RESET = "`az ad app credential reset --id APP --append` makes a new one."
# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
MEANINGS = {
    "AADSTS7000215": (
        "Entra refused the client secret; often it is the secret's ID instead of its value.",
        RESET,
    ),
    "AADSTS7000222": ("The client secret has expired.", RESET),
    "AADSTS700016": (
        "Entra knows no application of this client ID in this tenant.",
        "Compare client ID and tenant ID with the portal: App registrations → your app.",
    ),
    "AADSTS90002": (
        "Entra knows no tenant of this ID.",
        "`az account show --query tenantId` shows yours.",
    ),
    "AADSTS53003": (
        "A conditional-access policy of the tenant refuses this sign-in.",
        "Ask the tenant's administrator which policy; the sign-in log names it by this code.",
    ),
    "AADSTS7000112": (
        "The application is switched off in this tenant.",
        "Ask the tenant's administrator: `az ad sp update --id APP --set accountEnabled=true`"
        " switches it on.",
    ),
    "AADSTS70021": (
        "The application trusts no federated credential of this issuer and subject.",
        FEDERATE,
    ),
    "AADSTS700213": (
        "The application trusts no federated credential of this subject: most often another"
        " service account or namespace.",
        FEDERATE,
    ),
}
# Finer than "the sign-in failed", as a store's check tells it.
REASONS = {
    "AADSTS7000215": "sp_secret",
    "AADSTS7000222": "sp_secret_expired",
    "AADSTS700016": "sp_app",
    "AADSTS90002": "sp_tenant",
    "AADSTS53003": "sp_policy",
    "AADSTS7000112": "sp_disabled",
    "AADSTS70021": "sp_federation",
    "AADSTS700213": "sp_federation",
}
# What azure-identity says itself where Entra knows no tenant, in the place of a code.
NO_TENANT = "Unable to get authority configuration"
# A host as it may stand in an address, with its port where it has one. Nothing else may: where one
# program reads `evil.example\.vault.azure.net` as a host of Azure, another ends it at `\`.
HOST = re.compile(r"[a-z0-9.-]+(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)


class EntraError(Exception):
    """Signing in to Entra failed, or may not be tried; `action` is what to do about it. Neither
    ever holds a credential."""

    def __init__(self, text: str, action: str = "", code: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.action = action
        self.code = code

    @property
    def reason(self) -> str:
        """What was wrong, in a word: "sp_secret"; "unknown" for codes that have none."""
        return REASONS.get(self.code, "unknown")


def service_principal(values: Mapping[str, str], host: str = "") -> TokenCredential:
    """A credential for the service principal that `tenant_id`, `client_id` and `client_secret`
    name, for use at `host`. Sends nothing yet. Raises `EntraError` where one is missing or
    malformed, or the authority is none of a known cloud."""
    missing = [name for name in VARIABLES if not values.get(name)]
    if missing:
        raise EntraError(
            f"A service principal needs {_named(VARIABLES)}; {_named(missing)} is missing."
        )
    check_tenant(values["tenant_id"])
    how = options(host)
    from azure.identity import ClientSecretCredential

    from project.outgoing.transport import Transport

    return ClientSecretCredential(
        values["tenant_id"],
        values["client_id"],
        values["client_secret"],
        transport=Transport(read=ANSWER),
        **how,
    )


def from_environment(environ: Mapping[str, str] = os.environ) -> TokenCredential:
    """A credential for the service principal in azure-identity's own variables, where the operator
    allows that. Raises `EntraError`.

    https://learn.microsoft.com/python/api/azure-identity/azure.identity.environmentcredential
    """
    if not settings.STOREROOM_ALLOW_IMPLICIT:
        raise EntraError(
            "No secret is named to sign in with, and what the environment offers is off here.",
            "Name a secret with a service principal, or let the operator set"
            " STOREROOM_ALLOW_IMPLICIT=true.",
        )
    values = {name: environ.get(variable, "") for name, variable in VARIABLES.items()}
    if not all(values.values()):
        raise EntraError(
            "The environment holds no service principal.",
            f"Set {', '.join(VARIABLES.values())}, or name a secret.",
        )
    return service_principal(values)


def check_tenant(tenant: str) -> None:
    """Raise `EntraError` for a tenant that Entra could not have: it becomes a part of a path."""
    if not TENANT.fullmatch(tenant):
        raise EntraError(
            "The tenant ID is not one that Entra could have.",
            "`az account show --query tenantId` shows yours.",
        )


def options(host: str) -> dict[str, Any]:
    """How every credential that asks Entra is made, beside its transport: where it asks for a
    token for `host`, and how often. Raises `EntraError`."""
    chosen = authority(host)
    return {
        "authority": f"https://{chosen}",
        "disable_instance_discovery": chosen not in MICROSOFT_HOSTS,
        "retry_total": 1,
    }


def authority(host: str = "") -> str:
    """The host that a token for `host` is asked of: one that AZURE_AUTHORITY_HOST and
    STOREROOM_TOKEN_HOSTS both name, else that of the cloud that `host` lies in, else Microsoft's
    that AZURE_AUTHORITY_HOST names, else the public cloud's.

    Raises `EntraError` where the variable names anybody else.
    """
    text = os.environ.get("AZURE_AUTHORITY_HOST") or MICROSOFT_HOSTS[0]
    url = urlsplit(text if "//" in text else f"https://{text}")
    named = url.netloc.lower()
    if url.scheme == "https" and named in settings.STOREROOM_TOKEN_HOSTS:
        return named
    if url.scheme != "https" or named not in MICROSOFT_HOSTS:
        raise EntraError(
            "AZURE_AUTHORITY_HOST names an authority of no known cloud; nothing is sent to it.",
            "Unset it for the workers, or let the operator name its host in"
            " STOREROOM_TOKEN_HOSTS.",
        )
    for suffix, of_cloud in AUTHORITIES.items():
        if host.lower().endswith(suffix):
            return of_cloud
    return named


def may_receive_tokens(host: str, clouds: tuple[str, ...]) -> bool:
    """Whether a token may go to `host` (with its port, where it has one): beneath one of the
    clouds' own domains, or exactly one that the operator named in STOREROOM_TOKEN_HOSTS. What is
    no host gets none."""
    if not HOST.fullmatch(host):
        return False
    host = host.lower()
    return host.endswith(clouds) or host in settings.STOREROOM_TOKEN_HOSTS


def explain(answer: str) -> EntraError:
    """What a refusal of Entra means; its answer is searched for a code, and never repeated."""
    found = re.search(r"AADSTS\d+", answer)
    code = found[0] if found else "AADSTS90002" if NO_TENANT in answer else ""
    text, action = MEANINGS.get(
        code,
        ("Entra refused the sign-in.", "Look the code up in Microsoft's list." if code else ""),
    )
    return EntraError(text, action, code)


def _named(names: Mapping[str, str] | list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
