"""The seed's page as a transcript: each of its command lines, with `./manage.py` for `zenml` and
what a reader would fill in for the page's placeholders, one tab after the other in two empty
installations; and a third in which the page's warning applies.
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
# The commands of the tab "Implicit Authentication" are those of "How do you deploy it?".
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

# Not on the page: what its reader has besides, where pipelines run in the cloud.
COMPONENTS_IN_THE_CLOUD = """
zenml orchestrator register kubeflow -f kubeflow --kubernetes_context=train
zenml step-operator register azureml -f azureml
zenml model-deployer register seldon -f seldon
"""
# What stands for `...` and the placeholder, for somebody who has nothing else yet.
FILLED_IN = {
    "--flavor=<FLAVOR_OF_YOUR_CHOICE> ...": "--flavor=local --description=Ours",
    "-a az_store ...": "-a az_store -o default",
    "-x secrets_manager ...": "-x secrets_manager -o default",
}
IN_THE_CLOUD = {"-a az_store ...": "-a az_store -o kubeflow -s azureml -d seldon"}

Manage = Callable[..., "subprocess.CompletedProcess[str]"]


def lines(page: str, filled_in: dict[str, str] = FILLED_IN) -> list[list[str]]:
    """The words of each of the page's command lines, as a shell reads them, without `zenml`."""
    text = page
    for placeholder, words in filled_in.items():
        text = text.replace(placeholder, words)
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
        "production": False,
        "artifact_store": "az_store",
        "secrets_manager": None,
        "components": {"orchestrator": "default"},
        "owner": "admin",
        "team": None,
        "findings": [
            "warning: The store was never checked. Check it.",
            "loses: You lose: showing and deleting artifacts from a ZenML server; implicit sign-in"
            " is off there by default. Name a secret in the store.",
        ],
    }
    assert described(manage, "stack", "get") == {"name": "custom_stack"}
    assert described(manage, "artifact-store", "get") == {"names": ["az_store"]}


def test_the_tabs_warning_names_each_component_that_runs_elsewhere(manage: Manage) -> None:
    for words in lines(COMPONENTS_IN_THE_CLOUD):
        carried_out(manage, words)

    *_, registered = [carried_out(manage, words) for words in lines(IMPLICIT, IN_THE_CLOUD)]

    warned = [line for line in registered.splitlines() if line.startswith("Problem: ")]
    assert [
        line.partition(" runs elsewhere and cannot see this machine's")[0] for line in warned
    ] == [
        "Problem: seldon (model deployer, seldon)",
        "Problem: kubeflow (orchestrator, kubeflow)",
        "Problem: azureml (step operator, azureml)",
    ]
    stack = described(manage, "stack", "describe")
    assert stack["components"] == {
        "model_deployer": "seldon",
        "orchestrator": "kubeflow",
        "step_operator": ["azureml"],
    }


def test_the_tab_secrets_manager(manage: Manage) -> None:
    key = base64.b64encode(secrets.token_bytes(64)).decode()
    connection = f"DefaultEndpointsProtocol=https;AccountName=youraccount;AccountKey={key}"
    *before, misspelt = lines(
        INSTALL + WITH_A_SECRETS_MANAGER.replace("your-Azure-connection-string", connection)
    )

    printed = [carried_out(manage, words) for words in before]
    refused = manage(*misspelt)
    kept = described(manage, "secrets-manager", "secret", "list")
    registered = carried_out(
        manage, [word.replace("--connection_sting", "--connection_string") for word in misspelt]
    )

    assert "The secret `az_secret` is not there yet" in printed[1]
    assert printed[2] == (
        "Registered secrets manager `secrets_manager`: this database, sealed with Fernet.\n"
    )
    assert "Problem: There is no secret az_secret. Create it." in printed[3]
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "There is no option --connection_sting; did you mean --connection_string?\n"
    )
    assert kept == []
    assert registered.splitlines() == [
        "Registered secret `az_secret` (azure) in `secrets_manager`, sealed: connection_string.",
        "The artifact store `az_store` uses it from now on.",
    ]
    stack = described(manage, "stack", "describe")
    assert stack == {
        "name": "custom_stack",
        "description": "",
        "active": True,
        "production": False,
        "artifact_store": "az_store",
        "secrets_manager": "secrets_manager",
        "components": {"orchestrator": "default"},
        "owner": "admin",
        "team": None,
        "findings": ["warning: The store was never checked. Check it."],
    }
    store = described(manage, "artifact-store", "describe")
    assert (store["path"], store["secret_state"]) == ("az://your-container", "sealed, version 1")
    assert described(manage, "secrets-manager", "get") == {"names": ["secrets_manager"]}
