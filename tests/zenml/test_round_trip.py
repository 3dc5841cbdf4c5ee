"""The real ZenML client reads what Storeroom writes, and the other way round.

Run by `make test-zenml`, which installs the client into an environment of its own.
"""

from __future__ import annotations

import os
import subprocess
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.auth.models import User

from secrets_app.models import SecretsManager
from stores.exporting import export
from stores.importing import carry_out, plan
from stores.models import Component, Stack, Store
from stores.zenml_yaml import OURS, read

pytestmark = [pytest.mark.zenml, pytest.mark.django_db]

VERSION = os.environ.get("ZENML_VERSION", "0.98.0")
CLIENT = os.environ.get("ZENML_CLIENT", f".cache/zenml-{VERSION}/bin/zenml")
HAS_SECRETS = VERSION != "0.33.0"

AZURE = {
    "flavor": "azure",
    "path": "az://your-container/runs",
    "sign_in": "account_key",
    "authentication_secret": "az_secret",
    "configuration": {"account_url": "https://team.blob.core.windows.net"},
}
S3 = {
    "flavor": "s3",
    "path": "s3://team-bucket",
    "sign_in": "implicit",
    "configuration": {
        "region": "eu-central-1",
        "client_kwargs": {"endpoint_url": "https://s3.example.com"},
    },
}
GCP = {"flavor": "gcp", "path": "gs://team-bucket/a", "sign_in": "implicit"}
ABFS = {"flavor": "azure", "path": "abfs://other-container", "sign_in": "implicit"}
AKS = {"kubernetes_context": "aks-train"}
# Name: the store, and each component's type, name, flavor and settings.
STACKS: dict[str, tuple[dict[str, Any], list[tuple[str, str, str, dict[str, Any]]]]] = {
    "with_secret": (AZURE, [("orchestrator", "aks", "kubernetes", AKS)]),
    "bucket": (
        S3,
        [
            ("orchestrator", "plain", "local", {}),
            ("container_registry", "ecr", "default", {"uri": "localhost:5000"}),
        ],
    ),
    "google": (
        GCP,
        [
            ("orchestrator", "gke", "kubernetes", {"kubernetes_context": "gke-train"}),
            ("container_registry", "acr", "azure", {"uri": "team.azurecr.io"}),
            ("data_validator", "evidently", "evidently", {}),
        ],
    ),
    "tracked": (
        ABFS,
        [
            ("orchestrator", "plain", "local", {}),
            (
                "experiment_tracker",
                "mlflow",
                "mlflow",
                {
                    "tracking_uri": "https://mlflow.example.com",
                    "tracking_username": "{{mlflow.user}}",
                    "tracking_password": "{{mlflow.password}}",
                },
            ),
        ],
    ),
    "several": (
        AZURE | {"path": "az://several"},
        [
            ("orchestrator", "aks", "kubernetes", AKS),
            ("step_operator", "steps_a", "kubernetes", AKS),
            ("step_operator", "steps_b", "kubernetes", {"kubernetes_context": "aks-gpu"}),
        ],
    ),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the client keeps its state, and the files that it reads and writes."""
    folder = tmp_path_factory.mktemp("zenml")
    if HAS_SECRETS:
        zenml(folder, "secret", "create", "mlflow", "--user=ada", "--password=of-no-worth")
    return folder


def zenml(home: Path, *words: str) -> str:
    """Run the client, offline and with nobody to ask."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "ZENML_CONFIG_PATH": str(home / "config"),
        "ZENML_ANALYTICS_OPT_IN": "false",
        "AUTO_OPEN_DASHBOARD": "false",
        "ZENML_LOGGING_VERBOSITY": "ERROR",
    }
    done = subprocess.run(
        [os.path.abspath(CLIENT), *words],
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def made(name: str, owner: User) -> Stack:
    """One of the stacks, with a secrets manager and what Storeroom alone knows of it."""
    store, components = STACKS[name]
    stack = Stack.objects.create(
        name=name,
        owner=owner,
        description="For training",
        store=Store.objects.create(
            name=f"store_of_{name}", owner=owner, labels={"tier": "hot"}, **store
        ),
        secrets_manager=SecretsManager.objects.create(
            name="secrets_manager", owner=owner, flavor="local"
        ),
    )
    for kind, own_name, flavor, configuration in components:
        stack.components.add(
            Component.objects.create(
                type=kind,
                name=own_name,
                owner=owner,
                flavor=flavor,
                configuration=configuration,
                runs_on="aks",
            )
        )
    return stack


def normal(text: str) -> dict[str, list[dict[str, Any]]]:
    """The components of a file by type, as lists in the order of names, without what is ours."""
    return {
        kind: sorted(
            (
                {key: value for key, value in each.items() if key not in (OURS, "id")}
                for each in (several if isinstance(several, list) else [several])
            ),
            key=itemgetter("name"),
        )
        for kind, several in yaml.safe_load(text)["components"].items()
    }


@pytest.mark.parametrize("name", STACKS)
def test_x12_the_real_client_reads_our_export_and_we_read_its(
    name: str, home: Path, person: User, stranger: User
) -> None:
    if name == "several" and not HAS_SECRETS:
        pytest.skip("ZenML 0.33.0 reads no lists, so a stack with two of a type cannot be read.")
    ours = export(made(name, person), VERSION)
    (home / f"{name}.yaml").write_text(ours)

    zenml(home, "stack", "import", name, "-f", f"{name}.yaml")
    zenml(home, "stack", "export", name, f"{name}_back.yaml")

    theirs = (home / f"{name}_back.yaml").read_text()
    assert normal(theirs) == normal(ours)
    again = carry_out(plan(read(theirs.encode()), stranger))[0]
    assert normal(export(again, VERSION)) == normal(ours)


def test_m31_the_client_s_own_default_stack_comes_in_and_goes_out_unchanged(
    home: Path, person: User
) -> None:
    zenml(home, "stack", "export", "default", "default_stack.yaml")
    theirs = (home / "default_stack.yaml").read_text()

    stack = carry_out(plan(read(theirs.encode()), person))[0]

    assert normal(export(stack, VERSION)) == normal(theirs)
