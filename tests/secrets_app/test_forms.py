"""What a person may type about a secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from secrets_app.admin import conditions
from secrets_app.expiry import expiry_of
from secrets_app.forms import Misplaced, SecretForm
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


def test_what_a_vault_keeps_is_not_typed_here(person: User) -> None:
    manager = SecretsManager.objects.create(
        name="kv", owner=person, flavor="azure", configuration={"key_vault_name": "team-vault"}
    )

    form = fill(person, manager=manager.pk, value_account_key=KEY, expires_on="2030-01-31")

    assert form.errors == {
        "__all__": [
            "<code>kv</code> keeps its values itself: set them there, or with"
            " <code>./manage.py secrets-manager secret register</code>. Here only the name is"
            " kept."
        ],
        "expires_on": [
            "<code>kv</code> tells itself when a value ends: set it there, or with"
            " <code>./manage.py secrets-manager secret update NAME --expires_on=DAY</code>."
        ],
    }


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
        (
            {"schema": "arbitrary", "pairs": "a=1\n\nb=2\n a =3"},
            "pairs",
            "Line 4 has the key of line 1 again.",
        ),
        (
            {"schema": "aws", "value_aws_session_token": "canary"},
            "value_aws_session_token",
            "This alone is no way to sign in.",
        ),
        (
            {"schema": "basic_auth", "value_username": "bea"},
            "value_password",
            "<code>username</code> needs <code>password</code> beside it.",
        ),
        (
            {"value_account_name": "acct", "value_account_key": KEY, "remind_after_days": "3651"},
            "remind_after_days",
            "Ensure this value is less than or equal to 3650.",
        ),
        (
            {"value_account_name": "acct", "value_account_key": KEY, "expires_on": "9999-12-31"},
            "expires_on",
            "Ensure this value is less than or equal to 2199-12-31.",
        ),
        (
            {"value_account_name": "acct", "value_account_key": KEY, "remind_after_days": "0"},
            "remind_after_days",
            "Ensure this value is greater than or equal to 1.",
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


@pytest.fixture
def stored(person: User) -> Callable[..., Secret]:
    """A function that seals values as a secret."""

    def seal(schema: str = "azure", **values: str) -> Secret:
        secret = Secret.objects.create(
            name="az_secret",
            owner=person,
            manager=SecretsManager.objects.built_in(),
            schema=schema,
        )
        secret.replace(values, by=person)
        return secret

    return seal


@pytest.mark.parametrize("days", [0, 3651, 4_000_000, 10**12])
def test_a_reminder_that_no_calendar_holds_is_not_stored(
    days: int, stored: Callable[..., Secret]
) -> None:
    secret = stored(account_name="acct", account_key=KEY)

    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        Secret.objects.filter(pk=secret.pk).update(remind_after_days=days)


def test_a_reminder_that_is_stored_nevertheless_breaks_nothing(
    stored: Callable[..., Secret],
) -> None:
    secret = stored(account_name="acct", account_key=KEY)
    secret.remind_after_days = 10**12

    expiry = expiry_of(secret, timezone.now())

    assert expiry is not None
    assert expiry.words == "Due to be replaced in 3649 days"


@pytest.mark.parametrize("sign", ["\u2028", "\u0085", "\v", "\f"])
def test_s14_a_value_goes_on_to_the_end_of_its_line(sign: str, person: User) -> None:
    form = fill(person, schema="arbitrary", pairs=f"a=one{sign}two\r\nb=three\rc=four\nd=5")

    assert form.is_valid(), form.errors
    assert form.change.values == {"a": f"one{sign}two", "b": "three", "c": "four", "d": "5"}


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        (
            {
                "schema": "aws",
                "value_aws_access_key_id": "AKIACANARY0000000000",
                "value_aws_secret_access_key": "canary",
            },
            {"aws_access_key_id": "AKIACANARY0000000000", "aws_secret_access_key": "canary"},
        ),
        ({"schema": "arbitrary", "pairs": "a=1"}, {"a": "1"}),
    ],
)
def test_what_stands_in_a_field_that_is_not_shown_spoils_nothing(
    kind: dict[str, str], kept: dict[str, str], person: User
) -> None:
    form = fill(person, paste=f"AccountName=acct;AccountKey={KEY}", **kind)

    assert form.is_valid(), form.errors
    assert form.change.values == kept


def test_where_there_is_one_way_to_sign_in_the_form_asks_for_none(person: User) -> None:
    shown = conditions()

    assert shown["shape"] == "schema == 'azure'"
    assert shown["value_aws_session_token"] == "schema == 'aws'"
    assert shown["value_username"] == "schema == 'basic_auth'"
    assert [slug for slug, _ in fill(person).fields["shape"].choices] == [
        "",
        "connection_string",
        "account_key",
        "sas_token",
        "service_principal",
    ]


GUID = "1f0c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f"
OTHER_GUID = "2f0c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f"


def test_a_client_id_that_is_the_stored_tenant_is_refused(
    stored: Callable[..., Secret], person: User
) -> None:
    secret = stored(
        account_name="acct", tenant_id=GUID, client_id=OTHER_GUID, client_secret="kept"
    )

    form = fill(person, secret, shape="service_principal", value_client_id=GUID)

    assert not form.is_valid()
    assert form.errors["value_client_id"] == ["Tenant and client ID are the same value."]


def test_a_tenant_that_is_the_stored_client_id_is_refused_where_it_was_typed(
    stored: Callable[..., Secret], person: User
) -> None:
    secret = stored(
        account_name="acct", tenant_id=GUID, client_id=OTHER_GUID, client_secret="kept"
    )

    form = fill(
        person,
        secret,
        shape="service_principal",
        value_tenant_id=OTHER_GUID,
        value_client_secret="new",
    )

    assert not form.is_valid()
    assert form.errors["value_tenant_id"] == ["Tenant and client ID are the same value."]


def test_an_account_that_the_stored_connection_string_does_not_name_is_refused(
    stored: Callable[..., Secret], person: User
) -> None:
    secret = stored(connection_string=f"AccountName=acct;AccountKey={KEY}")

    form = fill(person, secret, shape="connection_string", value_account_name="other")

    assert not form.is_valid()
    assert form.errors["value_account_name"] == [
        "<code>account_name</code> is <code>other</code>, the connection string names"
        " <code>acct</code>. Which is right?"
    ]
    assert KEY not in str(form.errors)


def test_a_value_in_the_wrong_field_comes_with_the_way_that_it_belongs_to(person: User) -> None:
    form = fill(person, shape="account_key", value_account_key="sv=2024-11-04&sig=canary")

    (found,) = form.findings()

    assert found == Misplaced(
        "problem",
        "Account key",
        "This looks like a SAS token; the field wants an account key.",
        shape="sas_token",
        source="value_account_key",
        target="value_sas_token",
    )


@pytest.mark.parametrize("around", ["\n", " ", "\r\n", "\u200b"])
def test_s14_what_is_left_out_around_a_key_is_said(around: str, person: User) -> None:
    form = fill(person, value_account_name="acct", value_account_key=f"{KEY}{around}")

    assert form.is_valid(), form.errors
    assert form.change.values["account_key"] == KEY
    assert form.trimmed == ["Account key: left out the spaces or line ends around it."]


def test_s14_what_was_right_as_it_was_typed_needs_no_words(person: User) -> None:
    form = fill(person, value_account_name="acct", value_account_key=KEY)

    assert form.is_valid(), form.errors
    assert form.trimmed == []
