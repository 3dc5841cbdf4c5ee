"""Refusals in the console: each leaves one line in the audit, and stands without it as well."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError

from project import audit
from project.access import Role
from project.audit import AuditEntry
from secrets_app.models import Secret, SecretsManager
from stores.models import Schedule, Store
from tests.support.pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret() -> Secret:
    """A secret that everybody may use, and superusers alone may change or delete."""
    secret = Secret.objects.create(
        name="shared",
        manager=SecretsManager.objects.built_in(),
        schema="arbitrary",
    )
    secret.replace({"token": "canary"})
    return secret


@pytest.mark.parametrize(
    ("address", "typed", "what"),
    [
        ("/secrets_app/secret/{}/change/", {"name": "mine"}, "to change it"),
        ("/secrets_app/secret/{}/delete/", {"post": "yes"}, "to delete it"),
        ("/secrets/read/?secret={}", {"schema": "arbitrary"}, "to change it"),
        ("/secrets/secret/{}/replace/", {"other": "1"}, "to replace it everywhere"),
        ("/secrets/secret/{}/1/destroy/", {}, "to destroy version 1"),
    ],
)
def test_what_a_person_may_not_do_is_noted_once_with_the_address(
    address: str, typed: dict[str, str], what: str, secret: Secret, person: User
) -> None:
    reply = signed_in(person, REMOTE_ADDR="192.0.2.7").post(address.format(secret.pk), typed)

    entry = AuditEntry.objects.get()
    assert reply.status_code == 403
    assert str(entry) == "bea refused secret shared"
    assert (entry.thing_id, entry.words, entry.address) == (str(secret.pk), what, "192.0.2.7")
    assert secret.reveal() == {"token": "canary"}


def test_each_thing_that_a_list_may_not_delete_is_noted(secret: Secret, person: User) -> None:
    mine = Secret.objects.create(
        name="mine", owner=person, manager=SecretsManager.objects.built_in()
    )
    chosen = {"action": "delete_selected", "_selected_action": [secret.pk, mine.pk]}

    asked = signed_in(person).post("/secrets_app/secret/", chosen)
    reply = signed_in(person).post("/secrets_app/secret/", chosen | {"post": "yes"})

    assert (asked.status_code, reply.status_code) == (200, 403)
    assert [str(entry) for entry in AuditEntry.objects.all()] == ["bea refused secret shared"]
    assert Secret.objects.count() == 2


def test_other_things_are_noted_by_what_their_button_is_called(
    person: User, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.objects.create(name="folder", flavor="local", path="/tmp/x", sign_in="none")
    schedule = Schedule.objects.create(store=store, every_minutes=5)
    monkeypatch.setattr(Schedule, "allows", lambda thing, user, role: role == Role.VIEWER)

    reply = signed_in(person).post(f"/stores/schedule/{schedule.pk}/pause/")

    assert reply.status_code == 403
    assert AuditEntry.objects.get().words == "to pause schedule"


def test_what_a_stranger_does_not_find_is_not_noted(
    secret: Secret, person: User, stranger: User
) -> None:
    Secret.objects.filter(pk=secret.pk).update(owner=stranger)

    reply = signed_in(person).post(f"/secrets_app/secret/{secret.pk}/delete/", {"post": "yes"})

    assert reply.status_code == 404
    assert not AuditEntry.objects.exists()


def test_looking_at_a_question_leaves_nothing(secret: Secret, person: User) -> None:
    reply = signed_in(person).get(f"/secrets_app/secret/{secret.pk}/delete/")

    assert reply.status_code == 403
    assert not AuditEntry.objects.exists()


def test_a_refusal_stands_where_the_audit_cannot_be_written(
    secret: Secret, person: User, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(audit, "record", full)

    reply = signed_in(person).post(f"/secrets_app/secret/{secret.pk}/delete/", {"post": "yes"})

    assert reply.status_code == 403
    assert "A refusal to delete it could not be written to the audit." in caplog.text
    assert Secret.objects.filter(pk=secret.pk).exists()
