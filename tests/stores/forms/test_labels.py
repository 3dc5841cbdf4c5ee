"""Labels of stores, secrets managers and components, as the forms take them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from secrets_app.forms import SecretsManagerForm
from secrets_app.models import SecretsManager
from stores.forms import ComponentForm, ComponentSettingsForm, StoreForm
from stores.models import Component, Store

pytestmark = pytest.mark.django_db

STORE = {"name": "one", "flavor": "azure", "path": "az://models"}
COMPONENT = {"name": "one", "flavor": "kubeflow", "type": "orchestrator"}
MANAGER = {"name": "one", "flavor": "local"}
EACH_FORM = pytest.mark.parametrize(
    ("form", "fields"),
    [
        (StoreForm, STORE),
        (ComponentForm, COMPONENT),
        (ComponentSettingsForm, COMPONENT),
        (SecretsManagerForm, MANAGER),
    ],
)


@EACH_FORM
def test_labels_are_typed_one_a_line(form: Any, fields: dict[str, str], person: User) -> None:
    saved = form({**fields, "labels": "stage = prod\nbuild = 42"}, user=person).save()

    assert saved.labels == {"stage": "prod", "build": 42}


@EACH_FORM
def test_a_form_that_is_sent_without_labels_leaves_them(
    form: Any, fields: dict[str, str], person: User
) -> None:
    thing = form({**fields, "labels": "stage = prod"}, user=person).save()

    form({**fields, "description": "new"}, instance=thing, user=person).save()
    assert (thing.labels, thing.description) == ({"stage": "prod"}, "new")

    form({**fields, "labels": ""}, instance=thing, user=person).save()
    assert thing.labels == {}


@pytest.mark.parametrize(
    "thing",
    [
        Store(flavor="azure", path="az://models", sign_in="implicit"),
        Component(flavor="kubeflow", type="orchestrator"),
        SecretsManager(flavor="local"),
    ],
    ids=["store", "component", "secretsmanager"],
)
def test_what_cannot_be_read_stands_at_the_field(thing: Any, person: User) -> None:
    forms = {Store: StoreForm, Component: ComponentForm, SecretsManager: SecretsManagerForm}

    form = forms[type(thing)]({"name": "one", "labels": "prod"}, instance=thing, user=person)

    assert [str(each) for each in form.errors["labels"]] == [
        "Line 1 is no <code>name = value</code>."
    ]


def test_a_store_with_new_labels_is_still_proven(admin_user: User) -> None:
    fields = {**STORE, "sign_in": "implicit", "allow_implicit": "on"}
    store = StoreForm(fields, user=admin_user).save()
    Store.objects.update(state="healthy")
    store.refresh_from_db()

    StoreForm({**fields, "labels": "stage = prod"}, instance=store, user=admin_user).save()

    store.refresh_from_db()
    assert (store.state, store.labels, store.allow_implicit) == (
        "healthy",
        {"stage": "prod"},
        True,
    )
