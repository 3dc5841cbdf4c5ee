"""The record of who did what: written once, never changed, read by whom it concerns."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction

from project import audit
from project.audit import AuditEntry
from stores.models import Component
from stores.run_pages import link_runs
from tests.support.pages import World, furnish, signed_in, visitor

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


def test_all_entries_are_never_changed_or_deleted(thing: Component, person: User) -> None:
    audit.record(person, "added", thing)

    with pytest.raises(TypeError, match="Audit entries are never changed"):
        AuditEntry.objects.update(words="something else")
    with pytest.raises(TypeError, match="Audit entries are never deleted"):
        AuditEntry.objects.all().delete()


@pytest.mark.database
@pytest.mark.parametrize(
    "sql", ["UPDATE project_auditentry SET words = 'x'", "DELETE FROM project_auditentry"]
)
def test_s24_postgresql_itself_refuses_to_change_the_audit(
    sql: str, thing: Component, person: User
) -> None:
    """SQLite has no such trigger: whoever writes its file by hand is not kept from anything."""
    audit.record(person, "added", thing, "as it was")

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                cursor.execute(sql)
            assert AuditEntry.objects.get().words == "as it was"
        else:
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'")
            assert cursor.fetchone() == (0,)


def test_the_export_holds_what_the_filters_show(
    thing: Component, person: User, stranger: User, admin_user: User
) -> None:
    audit.record(person, "added", thing, "=1+1", fingerprint="ab:cd", run="check 7")
    audit.record(stranger, "deleted", thing, "not asked for")

    reply = signed_in(admin_user).get("/project/auditentry/export.csv?action__exact=added")

    rows = list(csv.reader(b"".join(reply.streaming_content).decode().splitlines()))
    assert "no-store" in reply["Cache-Control"]
    assert [row[1:4] + row[6:] for row in rows] == [
        ["actor_name", "action", "kind", "words", "fingerprint", "run", "address"],
        ["bea", "added", "component", "'=1+1", "ab:cd", "check 7", ""],
    ]
    assert rows[1][0].endswith("+00:00")


def test_others_export_their_own_doings_only(
    thing: Component, person: User, stranger: User
) -> None:
    audit.record(person, "added", thing, "by bea")
    audit.record(stranger, "added", thing, "by carl")

    reply = signed_in(person).get("/project/auditentry/export.csv")

    text = b"".join(reply.streaming_content).decode()
    assert "by bea" in text
    assert "by carl" not in text


def test_the_list_says_what_is_exported(thing: Component, person: User) -> None:
    audit.record(person, "added", thing)
    browser = signed_in(person)

    every = browser.get("/project/auditentry/").content.decode()
    filtered = browser.get(
        "/project/auditentry/?action__exact=deleted&within=day"
    ).content.decode()

    assert "Exports the 1 row." in every
    assert "Exports the 0 filtered rows." in filtered
    assert "export.csv?action__exact=deleted&amp;within=day" in filtered


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


@pytest.fixture
def world(person: User) -> World:
    return furnish(person)


def test_a_run_is_a_link_while_it_is_there(world: World, person: User) -> None:
    audit.record(person, "used", world.secret, "in a check", run=f"check {world.check.pk}")
    audit.record(person, "used", world.secret, "in a copy", run=f"transfer {world.transfer.pk}")
    audit.record(person, "used", world.secret, "long ago", run="check 4711")
    audit.record(person, "used", world.secret, "by hand", run=f"check {'9' * 30}")
    browser = signed_in(person)

    listed = browser.get("/project/auditentry/").content.decode()
    activity = browser.get(f"/secrets/secret/{world.secret.pk}/overview/").content.decode()

    for page in (listed, activity):
        assert f'href="/stores/check/{world.check.pk}/">check {world.check.pk}</a>' in page
        assert (
            f'href="/stores/transfer/{world.transfer.pk}/">transfer {world.transfer.pk}</a>'
            in page
        )
        assert "check 4711" in page
        assert ">check 4711</a>" not in page


def test_a_run_that_the_reader_may_not_see_is_no_link(
    world: World, person: User, stranger: User
) -> None:
    audit.record(stranger, "used", world.secret, run=f"check {world.check.pk}")

    page = signed_in(stranger).get("/project/auditentry/").content.decode()

    assert f"check {world.check.pk}" in page
    assert "/stores/check/" + str(world.check.pk) not in page


def test_the_links_of_a_page_cost_one_query_for_each_kind_of_run(
    world: World, person: User, django_assert_num_queries: Any
) -> None:
    entries = [
        AuditEntry(run=f"{kind} {number}")
        for kind in ("check", "transfer", "rehearsal")
        for number in range(20)
    ]

    with django_assert_num_queries(3):
        link_runs(entries, person)

    assert {entry.run_page for entry in entries} == {
        "",
        f"/stores/check/{world.check.pk}/",
        f"/stores/transfer/{world.transfer.pk}/",
    }
