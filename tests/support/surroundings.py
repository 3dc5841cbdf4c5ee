"""What can surround a process that signs in to Azure: variables, AKS's token file, a machine's
identity, an Azure CLI; and for each way to sign in a secret and settings for it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from azure.storage.blob import AccountSasPermissions, ResourceTypes, generate_account_sas

from stores.flavors.base import SignIn
from tests.support.azurite import Azurite
from tests.support.entra import (
    CLIENT,
    GOOD_ASSERTION,
    GOOD_SECRET,
    TENANT,
    Machine,
    azure_cli,
    cli_token,
)
from tests.support.serving import free_port

PRINCIPAL = {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": GOOD_SECRET}


@dataclass
class Surroundings:
    """A process with nothing around it, until something is offered. Never the real metadata
    service of the machine that the tests run on."""

    azurite: Azurite
    machine: Machine
    monkeypatch: pytest.MonkeyPatch
    folder: Path

    def __post_init__(self) -> None:
        for name in [*os.environ]:
            if name.startswith("AZURE_") and name != "AZURE_AUTHORITY_HOST":
                self.monkeypatch.delenv(name)
        nowhere = f"http://127.0.0.1:{free_port()}"
        self.monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", nowhere)
        self.monkeypatch.setenv("PATH", f"{self.folder}:/usr/bin:/bin")

    @property
    def configuration(self) -> dict[str, str]:
        """The settings of a store in the emulator."""
        return {"account_url": self.azurite.url}

    def secret_for(self, sign_in: SignIn) -> dict[str, str]:
        """The values of a secret for this way, nothing for those that need none."""
        account = {"account_name": self.azurite.account}
        return {
            SignIn.CONNECTION_STRING: {"connection_string": self.azurite.connection_string},
            SignIn.ACCOUNT_KEY: account | {"account_key": self.azurite.key},
            SignIn.SAS_TOKEN: account | {"sas_token": self._sas_token()},
            SignIn.SERVICE_PRINCIPAL: account | PRINCIPAL,
        }.get(sign_in, {})

    def offer_for(self, sign_in: SignIn) -> None:
        """Surround the process with what this way looks for, and no more."""
        if sign_in == SignIn.MANAGED_IDENTITY:
            self.offer_machine()
        if sign_in == SignIn.WORKLOAD_IDENTITY:
            self.offer_cluster()
        if sign_in == SignIn.AZURE_CLI:
            self.offer_cli(cli_token(upn="ada@example.com"))
        if sign_in == SignIn.IMPLICIT:
            self.set(AZURE_STORAGE_CONNECTION_STRING=self.azurite.connection_string)

    def offer_machine(self) -> None:
        """A virtual machine in Azure."""
        self.set(**self.machine.environment())

    def offer_cluster(self, assertion: str = GOOD_ASSERTION) -> None:
        """A pod in AKS."""
        file = self.folder / "token"
        file.write_text(assertion)
        self.set(
            AZURE_FEDERATED_TOKEN_FILE=str(file), AZURE_CLIENT_ID=CLIENT, AZURE_TENANT_ID=TENANT
        )

    def offer_cli(self, answer: str, status: int = 0) -> None:
        """A developer's machine with an Azure CLI that answers so."""
        azure_cli(self.folder, answer, status)

    def offer_other_account(self) -> None:
        """Variables that lead to the emulator's other account, in every set there is."""
        self.set(
            AZURE_STORAGE_CONNECTION_STRING=self.azurite.other_connection_string,
            AZURE_STORAGE_ACCOUNT_NAME=self.azurite.other_account,
            AZURE_STORAGE_ACCOUNT_KEY=self.azurite.other_key,
            AZURE_STORAGE_CLIENT_ID="99999999-0000-0000-0000-000000000000",
            AZURE_STORAGE_CLIENT_SECRET="another.secret",
            AZURE_STORAGE_TENANT_ID="99999999-0000-0000-0000-000000000001",
        )

    def set(self, **variables: str) -> None:
        """Set variables of the process."""
        for name, value in variables.items():
            self.monkeypatch.setenv(name, value)

    def _sas_token(self) -> str:
        return str(
            generate_account_sas(
                self.azurite.account,
                self.azurite.key,
                resource_types=ResourceTypes(container=True, object=True),
                permission=AccountSasPermissions(read=True, write=True, list=True, delete=True),
                expiry=datetime.now(UTC) + timedelta(hours=1),
            )
        )
