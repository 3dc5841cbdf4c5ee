"""Twelve stacks whose outcome is known: what the rules say, and who can reach the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from secrets_app.models import Secret, SecretsManager
from stores.models import Check, Component, Stack, Store
from stores.stack_rules import Sketch, collect, judge, matrix, verdict

pytestmark = pytest.mark.django_db

KEY = "a2V5" * 22
CLIENT = "11111111-2222-4333-8444-555555555555"
AZURE = {"flavor": "azure", "path": "az://ml", "state": "healthy"}
IMPLICIT = {**AZURE, "sign_in": "implicit"}
WITH_SECRET = {**AZURE, "sign_in": "from_secret", "authentication_secret": "az_secret"}
FOLDER = {"flavor": "local", "path": "/nowhere/artifacts", "sign_in": "none", "state": "healthy"}


@dataclass(frozen=True)
class Case:
    """A stack, and what is known of it: the rules that speak, and the matrix's marks by component,
    in the order of read, write, list, delete."""

    store: dict[str, str]
    components: list[dict[str, str]]
    rules: list[str]
    state: str
    marks: dict[str, str]
    manager: bool = True
    secret: dict[str, Any] = field(default_factory=dict)
    stack: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)


def orchestrator(flavor: str, runs_on: str = "unknown", identity: str = "") -> dict[str, str]:
    return {"type": "orchestrator", "flavor": flavor, "runs_on": runs_on, "identity": identity}


TWELVE = {
    "everything on the machine where the variables are": Case(
        store=IMPLICIT,
        components=[orchestrator("local", "this_machine")],
        rules=["implicit-loses"],
        state="fine",
        marks={"local": "inferred inferred inferred inferred"},
    ),
    "implicit in AKS, as the identity that the check proved": Case(
        store=IMPLICIT,
        components=[orchestrator("kubernetes", "aks", CLIENT)],
        rules=["implicit-loses"],
        state="fine",
        marks={"kubernetes": "proven proven proven proven"},
        facts={"signed_with": "token", "identity": f"application `{CLIENT}`"},
    ),
    "implicit in AKS, nothing proven": Case(
        store=IMPLICIT,
        components=[orchestrator("kubernetes", "aks")],
        rules=["aks-identity-unproven", "implicit-loses"],
        state="warning",
        marks={"kubernetes": "unknown unknown unknown unknown"},
        facts={"signed_with": "token", "identity": f"application `{CLIENT}`"},
    ),
    "implicit, and Kubeflow runs in another cloud": Case(
        store=IMPLICIT,
        components=[orchestrator("kubeflow", "cloud")],
        rules=["implicit-out-of-reach", "implicit-loses"],
        state="problem",
        marks={"kubeflow": "broken broken broken broken"},
    ),
    "implicit, a step operator and a model deployer elsewhere": Case(
        store=IMPLICIT,
        components=[
            orchestrator("local"),
            {"type": "step_operator", "flavor": "azureml"},
            {"type": "model_deployer", "flavor": "seldon"},
            {"type": "experiment_tracker", "flavor": "wandb"},
        ],
        rules=["implicit-out-of-reach", "implicit-out-of-reach", "implicit-loses"],
        state="problem",
        marks={
            "local": "inferred inferred inferred inferred",
            "azureml": "broken broken broken broken",
            "seldon": "broken broken broken broken",
        },
    ),
    "a secret, and Kubeflow elsewhere": Case(
        store=WITH_SECRET,
        components=[orchestrator("kubeflow", "cloud")],
        rules=[],
        state="fine",
        marks={"kubeflow": "proven proven proven proven"},
    ),
    "a secret, but no secrets manager": Case(
        store=WITH_SECRET,
        components=[orchestrator("kubeflow", "cloud")],
        manager=False,
        rules=["no-manager"],
        state="problem",
        marks={"kubeflow": "broken broken broken broken"},
    ),
    "a secret that is not there": Case(
        store={**WITH_SECRET, "authentication_secret": "other"},
        components=[orchestrator("local")],
        rules=["secret-missing"],
        state="problem",
        marks={"local": "broken broken broken broken"},
    ),
    "a secret that has ended": Case(
        store=WITH_SECRET,
        components=[orchestrator("local")],
        secret={"expires_at": -timedelta(days=2)},
        rules=["secret-over"],
        state="problem",
        marks={"local": "broken broken broken broken"},
    ),
    "a folder, and everything on this server": Case(
        store=FOLDER,
        components=[orchestrator("local", "this_server")],
        manager=False,
        rules=[],
        state="fine",
        marks={"local": "proven proven proven proven"},
    ),
    "a folder, and Kubernetes elsewhere, in production": Case(
        store=FOLDER,
        components=[orchestrator("kubernetes")],
        manager=False,
        stack={"production": True},
        rules=["folder-out-of-reach", "folder-in-production"],
        state="problem",
        marks={"kubernetes": "broken broken broken broken"},
    ),
    "no orchestrator, and a store that was never checked": Case(
        store={**WITH_SECRET, "state": "never"},
        components=[{"type": "model_deployer", "flavor": "kserve"}],
        rules=["no-orchestrator", "store-unchecked"],
        state="problem",
        marks={"kserve": "unknown unknown unknown unknown"},
    ),
}


def make(case: Case, owner: User) -> Stack:
    """The stack, with the secret `az_secret`, and with a check that succeeded where its store was
    checked."""
    manager = SecretsManager.objects.built_in()
    secret = Secret.objects.create(name="az_secret", owner=owner, manager=manager)
    end = timezone.now() + case.secret["expires_at"] if case.secret else None
    secret.replace({"account_name": "mlacct", "account_key": KEY}, expires=end)
    store = Store.objects.create(name="az_store", owner=owner, **case.store)
    steps = [{"name": "connect", "mark": "ok", "words": "", "facts": case.facts}]
    rights = ("list", "read", "write", "delete")
    steps += [{"name": name, "mark": "ok", "words": "Done."} for name in rights]
    used = {"secret": secret, "secret_version": 1} if store.authentication_secret else {}
    Check.objects.create(store=store, status="done", verdict="healthy", steps=steps, **used)
    stack = Stack.objects.create(
        name="train",
        owner=owner,
        store=store,
        secrets_manager=manager if case.manager else None,
        **case.stack,
    )
    for fields in case.components:
        stack.components.add(
            Component.objects.create(name=fields["flavor"], owner=owner, **fields)
        )
    return stack


@pytest.mark.parametrize("name", TWELVE)
def test_a_stack_of_known_outcome_is_classified_rightly(name: str, person: User) -> None:
    case = TWELVE[name]

    (facts,) = collect([Sketch.of(make(case, person))], person)
    found = judge(facts)
    rows = matrix(facts, found)

    assert [finding.rule for finding in found] == case.rules
    assert verdict(found).state == case.state
    assert rows[0].component is None
    assert {
        row.component.name: " ".join(cell.mark for cell in row.cells)
        for row in rows
        if row.component
    } == case.marks
