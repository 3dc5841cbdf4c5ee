"""The record of who did what: written once, never changed, read by whom it concerns."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from project import audit
from project.audit import AuditEntry
from stores.models import Component
from tests.support.pages import signed_in, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def thing(person: User) -> Component:
    return Component.objects.create(
        name="kubeflow", owner=person, type="orchestrator", flavor="kubeflow"
    )


def test_an_entry_names_who_what_and_which(thing: Component, person: User) -> None:
    audit.record(person, "added", thing, "by hand")

    entry = AuditEntry.objects.get()
    assert str(entry) == "bea added component kubeflow (orchestrator, kubeflow)"
    assert (entry.thing_id, entry.words) == (str(thing.pk), "by hand")


def test_what_nobody_did_was_storeroom(thing: Component) -> None:
    audit.record(None, "paused", thing)

    assert AuditEntry.objects.get().actor_name == "Storeroom"


def test_an_entry_is_never_changed_or_deleted(thing: Component, person: User) -> None:
    audit.record(person, "added", thing)
    entry = AuditEntry.objects.get()

    entry.words = "something else"
    with pytest.raises(TypeError, match="An audit entry is never changed"):
        entry.save()
    with pytest.raises(TypeError, match="An audit entry is never deleted"):
        entry.delete()


def test_an_entry_outlives_the_person(thing: Component, stranger: User) -> None:
    audit.record(stranger, "viewed", thing)

    was = stranger.pk
    stranger.delete()

    entry = AuditEntry.objects.get()
    assert (entry.actor_id, entry.actor_name) == (was, "carl")


def test_people_read_their_own_doings_and_superusers_all(
    thing: Component, person: User, stranger: User, admin_user: User
) -> None:
    audit.record(person, "added", thing, "by bea herself")
    audit.record(stranger, "added", thing, "by carl himself")

    own = signed_in(person).get("/project/auditentry/").content.decode()
    every = signed_in(admin_user).get("/project/auditentry/").content.decode()

    assert "by bea herself" in own
    assert "by carl himself" not in own
    assert "by bea herself" in every
    assert "by carl himself" in every


def test_w12_a_lock_leaves_one_line_however_often_they_try(person: User) -> None:
    browser = visitor()

    for _ in range(8):
        browser.post("/login/", {"username": "bea", "password": "wrong"})

    entry = AuditEntry.objects.get()
    assert str(entry) == "Storeroom locked sign-in bea"
    assert entry.words == "5 wrong passwords in a row from 127.0.0.1"


def test_w12_a_password_typed_as_a_name_is_not_kept(person: User) -> None:
    browser = visitor()

    for _ in range(6):
        browser.post("/login/", {"username": "correct horse battery", "password": "wrong"})

    assert AuditEntry.objects.get().thing_name == "(nobody of this name)"
