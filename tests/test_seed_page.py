"""The seed's page as a transcript: each of its command lines, with `./manage.py` for `zenml`,
`local` for the placeholder flavor and nothing for `...`, one tab after the other in two empty
installations.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
NOT_PASSED_ON = ("STOREROOM_", "DJANGO", "CELERY_", "AZURE_", "PYTHONDONTWRITEBYTECODE")
NOT_PASSED_ON += ("SECRET_KEY", "FERNET_KEYS", "DATABASE_URL")

INSTALL = """
zenml integration install azure -y
"""
IMPLICIT = """
# Register the Azure artifact store
zenml artifact-store register az_store -f azure --path=az://container-name

# Register and set a stack with the new artifact store
zenml stack register custom_stack -a az_store ... --set
"""
WITH_A_SECRETS_MANAGER = """
# Register the Azure artifact store
zenml artifact-store register az_store -f azure \\
    --path='az://your-container' \\
    --authentication_secret=az_secret

# Register a secrets manager
zenml secrets-manager register secrets_manager \\
    --flavor=<FLAVOR_OF_YOUR_CHOICE> ...

# Register and set a stack with the new artifact store and secrets manager
zenml stack register custom_stack -a az_store -x secrets_manager ... --set

# Create the secret referenced in the artifact store
zenml secrets-manager secret register az_secret -s azure \\
    --connection_sting='your-Azure-connection-string'
"""

Manage = Callable[..., "subprocess.CompletedProcess[str]"]


def lines(page: str) -> list[list[str]]:
    """The words of each of the page's command lines, as a shell reads them, without `zenml`."""
    text = page.replace("<FLAVOR_OF_YOUR_CHOICE>", "local").replace(" ...", "")
    text = text.replace("\\\n", " ")
    commands = [line for line in text.splitlines() if line.startswith("zenml ")]
    return [shlex.split(command)[1:] for command in commands]


@pytest.fixture(scope="module")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all these processes find the modules that the first of them compiled."""
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture
def manage(tmp_path: Path, bytecode: Path) -> Manage:
    """A function that runs `./manage.py` in a new installation."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(NOT_PASSED_ON)
    }
    environment["STOREROOM_HOME"] = str(tmp_path / "home")
    environment["PYTHONPYCACHEPREFIX"] = str(bytecode)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    prepared = run("up", "--prepare-only")
    assert prepared.returncode == 0, prepared.stderr
    return run


def carried_out(manage: Manage, words: list[str]) -> str:
    """What the command prints, once it has succeeded."""
    done = manage(*words)
    assert (done.returncode, done.stderr) == (0, ""), words
    return done.stdout


def described(manage: Manage, *words: str) -> Any:
    """The JSON that a command prints."""
    return json.loads(carried_out(manage, [*words, "--output", "json"]))


def test_the_tab_implicit_authentication(manage: Manage) -> None:
    printed = [carried_out(manage, words) for words in lines(INSTALL + IMPLICIT)]

    assert "nothing to do" in printed[0]
    assert printed[1].startswith("Registered artifact store `az_store`: az://container-name.\n")
    assert "signs in implicitly" in printed[1]
    assert printed[2].splitlines() == [
        "Registered stack `custom_stack`: artifact store `az_store`, orchestrator `default`.",
        "`custom_stack` is the active stack now.",
    ]
    stack = described(manage, "stack", "describe")
    assert stack == {
        "name": "custom_stack",
        "description": "",
        "active": True,
        "artifact_store": "az_store",
        "secrets_manager": None,
        "components": {"orchestrator": "default"},
        "owner": "admin",
        "findings": ["warning: The store was never checked. Check it."],
    }


def test_the_tab_secrets_manager(manage: Manage) -> None:
    key = base64.b64encode(secrets.token_bytes(64)).decode()
    connection = f"DefaultEndpointsProtocol=https;AccountName=youraccount;AccountKey={key}"
    *before, misspelt = lines(
        WITH_A_SECRETS_MANAGER.replace("your-Azure-connection-string", connection)
    )

    printed = [carried_out(manage, words) for words in before]
    refused = manage(*misspelt)
    registered = carried_out(
        manage, [word.replace("--connection_sting", "--connection_string") for word in misspelt]
    )

    assert "The secret `az_secret` is not there yet" in printed[0]
    assert printed[1] == (
        "Registered secrets manager `secrets_manager`: this database, sealed with Fernet.\n"
    )
    assert "Problem: There is no secret az_secret. Create it." in printed[2]
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "There is no option --connection_sting; did you mean --connection_string?\n"
    )
    assert registered.splitlines() == [
        "Registered secret `az_secret` (azure) in `secrets_manager`, sealed: connection_string.",
        "The artifact store `az_store` uses it from now on.",
    ]
    stack = described(manage, "stack", "describe")
    assert stack == {
        "name": "custom_stack",
        "description": "",
        "active": True,
        "artifact_store": "az_store",
        "secrets_manager": "secrets_manager",
        "components": {"orchestrator": "default"},
        "owner": "admin",
        "findings": ["warning: The store was never checked. Check it."],
    }
    store = described(manage, "artifact-store", "describe")
    assert (store["path"], store["secret_state"]) == ("az://your-container", "sealed, version 1")
