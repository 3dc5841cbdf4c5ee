"""References to what a vault keeps."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import User

from secrets_app.models import Secret, SecretsManager
from secrets_app.references import Dangling, dangling, resolve
from tests.support.vault import CLIENT, GOOD_SECRET, TENANT, Vault

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret(vault: Vault, person: User) -> Secret:
    """A secret that a vault keeps."""
    principal = Secret.objects.create(
        name="az_sp", owner=person, manager=SecretsManager.objects.built_in(), schema="arbitrary"
    )
    principal.replace({"tenant_id": TENANT, "client_id": CLIENT, "client_secret": GOOD_SECRET})
    manager = SecretsManager.objects.create(
        name="kv",
        owner=person,
        flavor="azure",
        configuration={"vault_url": vault.url},
        authentication_secret="az_sp",
    )
    vault.secrets["slack"] = json.dumps({"token": "the token", "channel": "alerts"})
    return Secret.objects.create(name="slack", owner=person, manager=manager, schema="arbitrary")


def test_references_into_a_vault_are_resolved_by_one_fetch(secret: Secret, vault: Vault) -> None:
    value = {"token": "{{slack.token}}", "deep": ["#{{slack.channel}}"]}

    resolved = resolve(secret, value)

    assert resolved == {"token": "the token", "deep": ["#alerts"]}
    assert [path for _, path in vault.requests].count("/secrets/slack/") == 2


def test_what_a_vault_holds_is_not_asked_when_it_is_saved(secret: Secret, vault: Vault) -> None:
    assert dangling(secret, "{{slack.nothing}}") == []
    assert vault.requests == []


def test_a_reference_to_what_a_vault_does_not_hold_is_dangling(secret: Secret) -> None:
    with pytest.raises(Dangling, match=r"`\{\{slack\.nothing\}\}` leads to no value\."):
        resolve(secret, "{{slack.nothing}}")


def test_a_vault_that_refuses_leaves_a_reference_dangling(secret: Secret, vault: Vault) -> None:
    vault.answer_next(403, "Forbidden", "ForbiddenByRbac")

    with pytest.raises(Dangling, match="`slack`: The identity may not read the secret `slack` in"):
        resolve(secret, "{{slack.token}}")
