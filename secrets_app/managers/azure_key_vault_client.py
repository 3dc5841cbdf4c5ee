"""The only place that talks to Azure Key Vault: calls of its SDK, with every failure in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import islice
from typing import Self, TypeVar

from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.keyvault.secrets import SecretClient
from django.views.decorators.debug import sensitive_variables

from project import entra, outgoing
from project.outgoing.transport import Transport
from secrets_app.managers.base import ManagerCategory, ManagerError
from secrets_app.redaction.in_clear import InClear

# https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#dns-suffixes-for-object-identifiers
CLOUDS = (".vault.azure.net", ".vault.azure.cn", ".vault.usgovcloudapi.net")
# Why a vault does not give out a secret that it has, by the inner code of its refusal.
WITHHELD = {
    "SecretDisabled": "is disabled",
    "SecretNotYetValid": "is not valid yet",
    "SecretExpired": "has expired",
}
# How many names a check counts at most.
COUNTED = 25

Answer = TypeVar("Answer")


class VaultClient(InClear):
    """One vault, opened with one way to sign in; closes itself at the end of a `with` block."""

    @sensitive_variables("credentials")
    def __init__(self, host: str, credentials: Mapping[str, str], timeout: float) -> None:
        """Sends nothing yet. `host` has its port where that is not 443; `timeout` is seconds for
        connecting and for each answer. Raises `ManagerError(SETTINGS)` for a host that must not
        get a token."""
        self._host = host
        if not entra.may_receive_tokens(self._host, CLOUDS):
            raise ManagerError(
                ManagerCategory.SETTINGS,
                f"`{self._host}` is no host of Azure Key Vault, and tokens go to no other.",
                action="Correct the vault's address, or let the operator name the host in"
                " STOREROOM_TOKEN_HOSTS.",
            )
        try:
            credential = (
                entra.service_principal(credentials) if credentials else entra.from_environment()
            )
        except entra.EntraError as error:
            raise _refused(error, ManagerCategory.SETTINGS) from None
        self._client = SecretClient(
            f"https://{host}",
            credential,
            # A host that the operator named need not be one that the challenge could name.
            verify_challenge_resource=self._host.endswith(CLOUDS),
            permit_redirects=False,
            retry_total=1,
            retry_backoff_max=1,
            transport=Transport(connect=timeout, read=timeout),
            timeout=timeout,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._client.close()

    def count(self) -> tuple[int, bool]:
        """How many secrets the vault has, and whether there are more than were counted."""

        def names() -> list[object]:
            return list(islice(self._client.list_properties_of_secrets(), COUNTED + 1))

        found = len(self._ask(names, "list secrets", ""))
        return min(found, COUNTED), found > COUNTED

    @sensitive_variables()
    def get(self, name: str) -> tuple[str, str, datetime | None]:
        """The secret's text, the name of its version, and when the vault says that it ends."""
        found = self._ask(lambda: self._client.get_secret(name), "read the secret", name)
        properties = found.properties
        return found.value or "", properties.version or "", properties.expires_on

    def holds(self, name: str) -> bool:
        """Whether there is a secret of this name, also one that the vault does not give out."""
        try:
            self.get(name)
        except ManagerError as error:
            if error.category != ManagerCategory.SECRET_MISSING:
                raise
            return error.code in WITHHELD
        return True

    @sensitive_variables()
    def set(self, name: str, text: str, expires: datetime | None) -> str:
        """Write the secret's next version, which ends at `expires`; its name."""
        made = self._ask(
            lambda: self._client.set_secret(name, text, expires_on=expires),
            "write the secret",
            name,
        )
        return made.properties.version or ""

    @sensitive_variables()
    def _ask(self, call: Callable[[], Answer], what: str, name: str) -> Answer:
        """What the call answers. Raises `ManagerError`, outside of `except`: the SDK's errors hold
        the request, and that its token."""
        try:
            return call()
        except outgoing.Refused as refusal:
            failure = _not_allowed(refusal)
        except ClientAuthenticationError as error:
            failure = _refused(entra.explain(str(error)), ManagerCategory.SIGN_IN)
            if error.status_code == 401 and not failure.code:
                failure = self._not_signed_in()
            wrapped = outgoing.refusal_in(error)
            if wrapped:
                failure = _not_allowed(wrapped)
        except HttpResponseError as error:
            failure = self._answered(error, what, name)
        except (ServiceRequestError, ServiceResponseError) as error:
            failure = self._unreachable(str(error))
        except OSError:
            failure = ManagerError(
                ManagerCategory.SETTINGS,
                "The certificates that this process is to trust cannot be read.",
                action="Look at REQUESTS_CA_BUNDLE in its environment.",
            )
        except ValueError:
            failure = ManagerError(
                ManagerCategory.SETTINGS,
                f"`{self._host}` cannot be the host of a key vault, or does not answer as one.",
                action="Compare the vault's address with the portal: Key vaults → Vault URI.",
            )
        raise failure

    def _answered(self, error: HttpResponseError, what: str, name: str) -> ManagerError:
        """What the vault's refusal means.
        https://learn.microsoft.com/azure/key-vault/general/rest-error-codes"""
        code, inner = _codes(error)
        headers = getattr(error.response, "headers", {})
        request_id = headers.get("x-ms-request-id", "")
        category, text, action = _meaning(error.status_code, code, inner, self._host, what, name)
        return ManagerError(category, text, inner or code, request_id, action)

    def _not_signed_in(self) -> ManagerError:
        return ManagerError(
            ManagerCategory.SIGN_IN,
            f"`{self._host}` did not take the identity's token.",
            action="Compare the tenant of the vault with that of the service principal.",
        )

    def _unreachable(self, reason: str) -> ManagerError:
        """Why no answer came, as far as the SDK's words tell."""
        words = reason.lower()
        if any(sign in words for sign in ("resolve", "getaddrinfo", "name or service")):
            text = f"There is no host `{self._host}`: the name does not resolve."
            action = "Compare the vault's name with the portal: Key vaults."
        elif any(sign in words for sign in ("certificate", "ssl", "tls")):
            text = f"`{self._host}` shows a certificate that is not trusted here."
            action = "Name the authority's certificate in REQUESTS_CA_BUNDLE for the workers."
        elif "timed out" in words or "timeout" in words:
            text = f"`{self._host}` did not answer in time."
            action = "Try again; look at Azure's status and at what lies between."
        else:
            text = f"`{self._host}` cannot be reached."
            action = "Look at the network between this machine and the vault."
        return ManagerError(ManagerCategory.UNAVAILABLE, text, action=action)


def _meaning(
    status: int | None, code: str, inner: str, host: str, what: str, name: str
) -> tuple[ManagerCategory, str, str]:
    """Category, words and first action for an answer of the vault."""
    named = f" `{name}`" if name else ""
    vault = host.partition(".")[0]
    if status == 404:
        return (
            ManagerCategory.SECRET_MISSING,
            f"The vault `{host}` has no secret{named}.",
            f"`az keyvault secret set --vault-name {vault} --name {name} --file FILE`",
        )
    if inner in WITHHELD:
        return (
            ManagerCategory.SECRET_MISSING,
            f"The secret{named} {WITHHELD[inner]} in the vault `{host}`.",
            f"`az keyvault secret set-attributes --vault-name {vault} --name {name} --enabled"
            " true`",
        )
    if inner == "ObjectIsDeletedButRecoverable":
        return (
            ManagerCategory.SETTINGS,
            f"The vault `{host}` still keeps a deleted secret{named}, and takes no other of that"
            " name.",
            f"`az keyvault secret purge --vault-name {vault} --name {name}` removes it for good;"
            " `az keyvault secret recover` brings it back.",
        )
    if inner in ("ForbiddenByFirewall", "ForbiddenByConnection"):
        return (
            ManagerCategory.PERMISSION,
            f"The firewall of `{host}` refuses this machine's address.",
            f"`az keyvault network-rule add --name {vault} --ip-address ADDRESS`",
        )
    if status == 403:
        role = (
            "Key Vault Secrets Officer" if what.startswith("write") else "Key Vault Secrets User"
        )
        return (
            ManagerCategory.PERMISSION,
            f"The identity may not {what}{named} in `{host}`.",
            f'`az role assignment create --role "{role}" --assignee CLIENT_ID --scope'
            f" $(az keyvault show --name {vault} --query id --output tsv)`",
        )
    if status == 429:
        return (
            ManagerCategory.THROTTLED,
            f"`{host}` is throttling: too many requests.",
            "Wait a minute; check less often, or spread the secrets over vaults.",
        )
    if status is not None and status >= 500:
        return (
            ManagerCategory.UNAVAILABLE,
            f"`{host}` answers that it cannot serve now ({status}).",
            "Try again in a minute.",
        )
    return (
        ManagerCategory.UNKNOWN,
        f"`{host}` refused to {what}{named} ({status} {inner or code}).".replace(" )", ")"),
        "Look the code up in Azure's documentation of Key Vault.",
    )


def _codes(error: HttpResponseError) -> tuple[str, str]:
    """The code of the answer's error, and the more exact one inside it, "" where there is none."""
    outer = getattr(error, "error", None)
    inner = getattr(outer, "innererror", None) or {}
    return str(getattr(outer, "code", "") or ""), str(inner.get("code", "") or "")


def _not_allowed(refusal: outgoing.Refused) -> ManagerError:
    return ManagerError(ManagerCategory.POLICY, refusal.text, action=refusal.action)


def _refused(error: entra.EntraError, category: ManagerCategory) -> ManagerError:
    return ManagerError(category, error.text, error.code, action=error.action)
