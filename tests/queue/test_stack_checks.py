"""A real worker checks a whole stack: its store, and every secret that its parts name."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from secrets_app.models import Secret, SecretsManager
from stores import dispatch
from stores.models import Check, Component, Stack, StackCheck, Store
from tests.support.pages import signed_in, words
from tests.support.servers import Broker, Process, wait_until
from tests.support.vault import CLIENT, GOOD_SECRET, TENANT, Vault

pytestmark = [pytest.mark.queue, pytest.mark.django_db(transaction=True)]


def test_a_worker_opens_what_a_vault_keeps_for_a_stack(
    embedded_broker: Broker,
    workers: Callable[..., Process],
    azure_store: Callable[..., Store],
    owner: User,
    vault: Vault,
) -> None:
    workers(embedded_broker, **vault.environment())
    principal = Secret.objects.create(
        name="az_sp",
        owner=owner,
        manager=SecretsManager.objects.built_in(),
        schema="arbitrary",
    )
    principal.replace({"tenant_id": TENANT, "client_id": CLIENT, "client_secret": GOOD_SECRET})
    manager = SecretsManager.objects.create(
        name="kv",
        owner=owner,
        flavor="azure",
        configuration={"vault_url": vault.url},
        authentication_secret="az_sp",
    )
    Secret.objects.create(name="tracker", owner=owner, manager=manager, schema="arbitrary")
    vault.secrets["tracker"] = json.dumps({"user": "ada"})
    stack = Stack.objects.create(
        name="train", owner=owner, store=azure_store("az"), secrets_manager=manager
    )
    stack.components.add(
        Component.objects.create(
            name="mlflow",
            owner=owner,
            type="experiment_tracker",
            flavor="mlflow",
            configuration={"tracking_password": "{{tracker.password}}"},
        )
    )

    dispatch.check_stack(stack, by=owner)
    wait_until(lambda: StackCheck.objects.filter(status="done").exists())
    wait_until(lambda: Check.objects.filter(status="done").exists())

    results = StackCheck.objects.get().results
    assert {result["name"]: result["mark"] for result in results} == {
        "azurite": "ok",
        "az_sp": "ok",
        "tracker": "failed",
    }
    page = words(signed_in(owner), f"/stores/stack/{stack.pk}/overview/")
    assert "{{tracker.password}} leads to no value in tracker." in page
    assert "2 of 3 secrets opened by a worker" in page
