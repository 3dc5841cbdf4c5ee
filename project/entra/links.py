"""The ways to get a token of Microsoft Entra: one class for each, around azure-identity's own
credential, with why it could not be used in words.

None of them falls back to another; `identity` decides which are tried.
"""

from __future__ import annotations

import os
import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from django.views.decorators.debug import sensitive_variables

from project import outgoing
from project.entra import (
    ANSWER,
    EntraError,
    authority,
    check_tenant,
    explain,
    options,
    service_principal,
)

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential

# Where Azure offers a virtual machine its identity, unless a variable says otherwise.
# https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
METADATA_HOST = "169.254.169.254"
ENDPOINTS = ("IDENTITY_ENDPOINT", "MSI_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST")
# Seconds that the Azure CLI may take.
CLI = 10


class NotHere(EntraError):
    """This way does not exist where the process runs; `why` tells it in a few words."""

    def __init__(self, name: str, reason: str, action: str = "") -> None:
        super().__init__(f"{name[0].upper()}{name[1:]} cannot be used here: {reason}.", action)
        self.why = reason


class Unreachable(EntraError):
    """The host that gives the tokens did not answer."""


class Forbidden(EntraError):
    """This server's policy for outgoing calls refuses the host that gives the tokens."""


class Link(ABC):
    """One way to get tokens for use at `host`. May be shared between threads."""

    name: ClassVar[str]
    _credential: TokenCredential | None = None

    def __init__(self, host: str = "") -> None:
        self._host = host

    @abstractmethod
    def _open(self) -> TokenCredential:
        """The credential; sends nothing yet. Raises `EntraError`."""

    def _unavailable(self, words: str) -> NotHere:
        """What it means that azure-identity finds this way not to be there."""
        return NotHere(self.name, "it is not offered")

    def _unreachable(self) -> EntraError:
        return Unreachable(
            f"`{self._place()}`, which gives the tokens, cannot be reached from here.",
            "Allow the worker to reach it; a firewall or a proxy may be between.",
        )

    def _place(self) -> str:
        """The host that gives the tokens."""
        return authority(self._host)

    @sensitive_variables()
    def token(self, scope: str, **asked: Any) -> AccessToken:
        """A token; `asked` is what else the SDK says of it, such as a tenant.

        Raises `EntraError`, `NotHere` where this way does not exist here; always outside of
        `except`, because the SDK's errors hold the request.
        """
        from azure.core.exceptions import (
            ClientAuthenticationError,
            HttpResponseError,
            ServiceRequestError,
            ServiceResponseError,
        )
        from azure.identity import CredentialUnavailableError

        failure: EntraError
        if self._credential is None:
            self._credential = self._open()
        try:
            return self._credential.get_token(scope, **asked)
        except CredentialUnavailableError as error:
            failure = self._unavailable(str(error))
        except ClientAuthenticationError as error:
            broken = (ServiceRequestError, ServiceResponseError, OSError, outgoing.Refused)
            unanswered = any(isinstance(cause, broken) for cause in outgoing.causes(error))
            failure = self._unanswered(error) if unanswered else _refused(str(error), asked)
        except (ServiceRequestError, ServiceResponseError, outgoing.Refused) as error:
            failure = self._unanswered(error)
        except HttpResponseError as error:
            failure = explain(str(error))
        raise failure

    def _unanswered(self, error: BaseException) -> EntraError:
        """What a call means that brought no answer."""
        refusal = outgoing.refusal_in(error)
        return Forbidden(refusal.text, refusal.action) if refusal else self._unreachable()

    def close(self) -> None:
        """Give back the connections."""
        close = getattr(self._credential, "close", None)
        if close:
            close()


class ServicePrincipal(Link):
    """An application with a client secret."""

    name = "service principal"

    def __init__(self, values: Mapping[str, str], host: str) -> None:
        """`values` has `tenant_id`, `client_id` and `client_secret`."""
        super().__init__(host)
        self._values = values

    def _open(self) -> TokenCredential:
        return service_principal(self._values, self._host)


class WorkloadIdentity(Link):
    """What AKS gives a pod: a token file, and variables that say whose it is.

    https://learn.microsoft.com/azure/aks/workload-identity-overview
    """

    name = "workload identity"

    def _open(self) -> TokenCredential:
        file = os.environ.get("AZURE_FEDERATED_TOKEN_FILE", "")
        if not file:
            raise self._absent("no token file")
        if not os.access(file, os.R_OK):
            raise self._absent("AZURE_FEDERATED_TOKEN_FILE names no file that can be read")
        needs = ("AZURE_CLIENT_ID", "AZURE_TENANT_ID")
        missing = [variable for variable in needs if not os.environ.get(variable)]
        if missing:
            raise self._absent(f"missing {' and '.join(missing)}")
        check_tenant(os.environ["AZURE_TENANT_ID"])
        how = options(self._host)
        from azure.identity import WorkloadIdentityCredential

        from project.outgoing.transport import Transport

        return WorkloadIdentityCredential(
            tenant_id=os.environ["AZURE_TENANT_ID"],
            client_id=os.environ["AZURE_CLIENT_ID"],
            token_file_path=file,
            transport=Transport(read=ANSWER),
            **how,
        )

    def _absent(self, reason: str) -> NotHere:
        return NotHere(
            self.name,
            reason,
            "In AKS, label the workers' pods `azure.workload.identity/use: true` and give their"
            " service account the application's client ID.",
        )


class ManagedIdentity(Link):
    """The identity that Azure gives a machine, an app or a container: its own, or with `client_id`
    the one of this ID that was assigned to it.

    https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/overview
    """

    name = "managed identity"

    def __init__(self, client_id: str = "") -> None:
        super().__init__()
        self._client_id = client_id

    def _open(self) -> TokenCredential:
        from azure.identity import ManagedIdentityCredential

        return ManagedIdentityCredential(
            client_id=self._client_id or None,
            # It would turn into workload identity where AKS's variables are set.
            _exclude_workload_identity_credential=True,
            # Without these, a machine outside of Azure waits half a minute. The endpoint is never
            # to be asked through a proxy.
            retry_total=1,
            connection_timeout=2,
            read_timeout=5,
            use_env_settings=False,
        )

    def _unavailable(self, words: str) -> NotHere:
        if "Token request error" not in words and "No identity" not in words:
            return self._unreachable()
        which = f"of client ID `{self._client_id}` " if self._client_id else ""
        return NotHere(
            self.name,
            f"no identity {which}is assigned to this machine",
            "Portal → the machine, app or cluster that runs the workers → Identity.",
        )

    def _unreachable(self) -> NotHere:
        return NotHere(
            self.name,
            f"{self._place()} not reachable",
            "Run the workers in Azure with a managed identity, or choose another way to sign in.",
        )

    def _place(self) -> str:
        named = next(filter(None, (os.environ.get(variable) for variable in ENDPOINTS)), "")
        return urlsplit(named).netloc or METADATA_HOST


class AzureCli(Link):
    """Whom `az login` signed in on this machine: for a developer's own.

    https://learn.microsoft.com/cli/azure/authenticate-azure-cli
    """

    name = "Azure CLI"

    def _open(self) -> TokenCredential:
        if not shutil.which("az"):
            raise NotHere(self.name, "not installed", "Install it, and sign in: `az login`")
        from azure.identity import AzureCliCredential

        return AzureCliCredential(process_timeout=CLI)

    def _unavailable(self, words: str) -> NotHere:
        if "az login" in words:
            return NotHere(self.name, "nobody is signed in", "`az login`")
        return NotHere(
            self.name, "`az` did not answer", "`az account get-access-token` shows why."
        )


def _refused(answer: str, asked: Mapping[str, Any]) -> EntraError:
    """What a refusal means; azure-identity itself refuses to ask a tenant that nobody named."""
    tenant = asked.get("tenant_id") or ""
    if tenant and "not configured to acquire tokens for tenant" in answer:
        return EntraError(
            f"The account lives in tenant `{re.sub(r'[^A-Za-z0-9.-]', '', tenant)[:80]}`; this"
            " identity signs in to another.",
            "Sign in with an application of the account's own tenant.",
        )
    return explain(answer)
