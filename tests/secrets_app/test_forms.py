"""What a person may type about a secret."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from secrets_app.forms import SecretForm
from secrets_app.models import Secret, SecretsManager

pytestmark = pytest.mark.django_db

KEY = "A" * 86 + "=="


def fill(user: User, instance: Secret | None = None, **typed: Any) -> SecretForm:
    """The form as it comes back from a browser."""
    manager = SecretsManager.objects.built_in()
    data = {"name": "az_secret", "schema": "azure", "manager": manager.pk, **typed}
    return SecretForm(data, user=user, instance=instance)


def test_typed_values_are_cleaned(person: User) -> None:
    form = fill(person, value_account_name="acct", value_account_key=f" {KEY}\n")

    assert form.is_valid(), form.errors
    assert form.change.values == {"account_name": "acct", "account_key": KEY}


def test_a_name_that_a_vault_does_not_tell_from_another_is_refused(person: User) -> None:
    manager = SecretsManager.objects.create(
        name="kv", owner=person, flavor="azure", configuration={"key_vault_name": "team-vault"}
    )
    Secret.objects.create(name="k_s", owner=person, manager=manager)
    renamed = Secret.objects.create(name="other", owner=person, manager=manager)

    made = fill(person, name="k-s", manager=manager.pk)
    changed = fill(person, renamed, name="K_S", manager=manager.pk)

    words = "<code>kv</code> keeps another secret as <code>k-s</code> already."
    assert [form.errors["name"] for form in (made, changed)] == [[words], [words]]


@pytest.mark.parametrize(
    ("typed", "field", "complaint"),
    [
        (
            {"value_account_key": "A" * 85 + "=="},
            "value_account_key",
            "An account key is 88 characters ending in <code>==</code>; this has 87."
            " Was the end cut off?",
        ),
        (
            {
                "value_connection_string": "AccountName=acct;AccountKey=AAAA;"
                "EndpointSuffix=core.windows.net"
            },
            "value_connection_string",
            "Part <code>AccountKey=</code> has 4 characters; an account key has 88.",
        ),
        (
            {"value_sas_token": "sv=2024-11-04&se=2030-01-01"},
            "value_sas_token",
            "A SAS token has <code>sig=</code>, and this has not. Was a part cut off?",
        ),
        ({}, "__all__", "A secret needs at least one value."),
        ({"schema": "nonsense"}, "schema", "Select a valid choice. nonsense is not one of"),
        (
            {"schema": "arbitrary", "pairs": "no equals sign"},
            "pairs",
            "Line 1 is not KEY=VALUE.",
        ),
    ],
)
def test_what_cannot_be_right_is_refused_with_the_rule(
    typed: dict[str, str], field: str, complaint: str, person: User
) -> None:
    form = fill(person, **typed)

    assert not form.is_valid()
    assert complaint in str(form.errors[field])


@pytest.mark.parametrize("name", ["two\nlines", "nul\0byte", "bidi\u202e", "zero\u200bwidth"])
def test_w44_a_name_that_does_not_show_is_refused(name: str, person: User) -> None:
    form = fill(person, name=name, value_account_name="acct", value_account_key=KEY)

    assert list(form.errors) == ["name"]


def test_a_second_secret_of_one_name_is_refused(person: User) -> None:
    Secret.objects.create(
        name="az_secret", owner=person, manager=SecretsManager.objects.built_in()
    )

    form = fill(person, value_account_name="acct", value_account_key=KEY)

    assert not form.is_valid()
    assert "You have one of this name already." in str(form.errors)


def test_a_name_that_somebody_else_uses_is_free(person: User, stranger: User) -> None:
    Secret.objects.create(
        name="az_secret", owner=stranger, manager=SecretsManager.objects.built_in()
    )

    assert fill(person, value_account_name="acct", value_account_key=KEY).is_valid()


def test_a_foreign_manager_is_not_offered(person: User, stranger: User) -> None:
    foreign = SecretsManager.objects.create(name="carl's", owner=stranger)

    form = fill(person, manager=foreign.pk, value_account_name="acct", value_account_key=KEY)

    assert list(form.errors) == ["manager"]
    assert foreign not in form.fields["manager"].queryset


def test_the_kind_is_fixed_once_there_are_values(person: User) -> None:
    secret = Secret.objects.create(
        name="az_secret", owner=person, manager=SecretsManager.objects.built_in()
    )
    secret.replace({"account_key": KEY})

    form = fill(person, secret, schema="arbitrary", pairs="a=b")

    assert form.is_valid(), form.errors
    assert form.cleaned_data["schema"] == "azure"
    assert form.change.values == {}


@pytest.mark.parametrize("schema", ["azure", "arbitrary"])
def test_s12_a_refused_form_does_not_give_back_what_was_typed(schema: str, person: User) -> None:
    form = fill(
        person,
        name="",
        schema=schema,
        value_account_key=KEY,
        value_connection_string="AccountName=canary;AccountKey=broken",
        pairs="token=canary",
    )

    assert not form.is_valid()
    assert KEY not in form.as_p()
    assert "canary" not in form.as_p()
