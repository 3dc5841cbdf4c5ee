"""A stack as a file, without any secret's value."""

from __future__ import annotations

import pytest
import yaml
from django.contrib.auth.models import User

from secrets_app.models import SecretsManager
from stores.exporting import export, secrets_of
from stores.models import Component, Stack, Store

pytestmark = pytest.mark.django_db


@pytest.fixture
def stack(person: User) -> Stack:
    """A stack whose parts name three secrets, one of them under another's settings."""
    store = Store.objects.create(
        name="az_store",
        owner=person,
        flavor="azure",
        path="az://your-container",
        sign_in="from_secret",
        authentication_secret="az_secret",
    )
    manager = SecretsManager.objects.create(
        name="vault",
        owner=person,
        flavor="azure",
        configuration={"key_vault_name": "team"},
        authentication_secret="az_sp",
    )
    alerter = Component.objects.create(
        name="slack",
        owner=person,
        type="alerter",
        flavor="slack",
        configuration={"slack_token": "{{slack.token}}", "channel": "{{slack.channel}}"},
    )
    stack = Stack.objects.create(name="s", owner=person, store=store, secrets_manager=manager)
    stack.components.add(alerter)
    return stack


def test_m32_the_header_lists_the_secrets_that_are_not_in_the_file(stack: Stack) -> None:
    assert secrets_of(stack) == ["az_secret", "az_sp", "slack"]
    assert export(stack).splitlines()[1] == (
        "# 3 secrets are not in this file: az_secret, az_sp, slack."
    )


def test_a_reference_to_a_secret_stays_what_it_is(stack: Stack) -> None:
    found = yaml.safe_load(export(stack))["components"]["alerter"]["configuration"]

    assert found == {"slack_token": "{{slack.token}}", "channel": "{{slack.channel}}"}


def test_a_credential_that_somebody_put_into_a_setting_is_left_out_and_said(stack: Stack) -> None:
    component = stack.components.get()
    component.configuration = {
        "slack_token": "xoxb-12345",
        "more": {"password": "hunter2", "a": 1},
    }
    component.save()

    text = export(stack)

    assert "xoxb-12345" not in text
    assert "hunter2" not in text
    assert "# slack_token of slack is left out, as it looks like a credential.\n" in text
    assert yaml.safe_load(text)["components"]["alerter"]["configuration"] == {"more": {"a": 1}}


def test_from_0_40_on_the_secrets_manager_is_left_out_and_the_header_says_so(stack: Stack) -> None:
    old, new = export(stack, "0.39.0"), export(stack, "0.40.0")

    assert "secrets_manager" in yaml.safe_load(old)["components"]
    assert "secrets_manager" not in yaml.safe_load(new)["components"]
    assert (
        "# ZenML has no secrets managers from 0.40 on: `vault` is kept under x_storeroom," in new
    )


def test_a_credential_in_a_description_or_in_a_kept_field_is_not_written(stack: Stack) -> None:
    stack.description = "For training. password=hunter2"
    stack.imported = {"fields": {"note": {"api_key": "of-no-worth-1"}}}

    text = export(stack)

    assert "hunter2" not in text
    assert "of-no-worth-1" not in text
    assert yaml.safe_load(text)["x_storeroom"]["description"].startswith("For training. ")
