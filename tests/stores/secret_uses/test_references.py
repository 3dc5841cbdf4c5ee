"""References to a secret's attributes, in components."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from secrets_app.models import Secret
from secrets_app.references import Dangling, dangling, malformed, resolve
from stores import stack_rules
from stores.models import Component, Stack
from stores.secret_uses import uses_of
from tests.stores.secret_uses.keys import KEY
from tests.support.pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def component(person: User) -> Component:
    return Component.objects.create(
        name="azureml",
        owner=person,
        type="step_operator",
        flavor="azureml",
        configuration={
            "key": "{{az_secret.account_key}}",
            "deep": ["{{ az_secret.account_name }}"],
        },
    )


def test_a_reference_is_resolved_at_use_and_stored_as_it_is(
    secret: Secret, component: Component
) -> None:
    assert resolve(component, component.configuration) == {"key": KEY, "deep": ["acct"]}
    component.refresh_from_db()
    assert component.configuration["key"] == "{{az_secret.account_key}}"


def test_a_dangling_reference_is_said(component: Component) -> None:
    assert dangling(component, component.configuration) == [
        "`{{az_secret.account_key}}`: there is no secret `az_secret`.",
        "`{{az_secret.account_name}}`: there is no secret `az_secret`.",
    ]
    with pytest.raises(Dangling, match="leads to no value"):
        resolve(component, component.configuration)


def test_a_reference_to_an_attribute_that_is_not_there_is_a_finding(
    secret: Secret, component: Component, stack: Stack
) -> None:
    component.configuration = {"key": "{{az_secret.sas_token}}"}
    component.save()
    stack.components.add(component)

    assert "`{{az_secret.sas_token}}`: `az_secret` holds no `sas_token`." in [
        finding.words for finding in stack_rules.findings(stack)
    ]


def test_a_strangers_secret_is_not_resolved(
    secret: Secret, component: Component, stranger: User
) -> None:
    Component.objects.filter(pk=component.pk).update(owner=stranger)
    component.refresh_from_db()

    with pytest.raises(Dangling):
        resolve(component, component.configuration)


@pytest.mark.parametrize("text", ["{{az_secret}}", "{{a.b.c}}", "{{ }}", "{{a. b}}"])
def test_a_malformed_reference_is_refused_at_the_form(text: str, person: User) -> None:
    reply = signed_in(person).post(
        "/stores/component/add/",
        {
            "type": "alerter",
            "name": "slack",
            "flavor": "slack",
            "configuration": f'{{"token": "{text}"}}',
        },
    )

    assert malformed({"token": text}) == [text]
    assert "1 reference is not written as" in reply.content.decode()


def test_a_reference_is_shown_as_a_chip(
    secret: Secret, component: Component, stack: Stack, person: User
) -> None:
    stack.components.add(component)

    page = signed_in(person).get(f"/stores/stack/{stack.pk}/overview/").content.decode()

    assert "az_secret.account_key</span>" in page
    assert KEY not in page
    assert uses_of(secret, person).components.seen == [component]
