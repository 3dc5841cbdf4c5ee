"""Transfers in the console: planned by a form, started by a button, refused in a circle."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from project.audit import AuditEntry
from stores.models import Store, Transfer
from tests.support.pages import World, furnish, make_transfer, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(person: User) -> World:
    return furnish(person)


def folder(owner: User, name: str, below: str) -> Store:
    path = f"{settings.HOME.local_stores}/{below}"
    return Store.objects.create(name=name, owner=owner, flavor="local", path=path, sign_in="none")


def plan(source: Store, target: Store, user: User, **fields: str) -> Any:
    typed = {"source": source.pk, "target": target.pk, "conflict": "skip_same", **fields}
    return signed_in(user).post("/stores/transfer/add/", typed)


def complaints(reply: Any) -> dict[str, list[str]]:
    assert reply.status_code == 200
    errors = reply.context["adminform"].form.errors
    return {field: [str(each) for each in words] for field, words in errors.items()}


def test_a_transfer_is_planned_when_it_is_added(world: World, person: User) -> None:
    reply = plan(world.store, world.other, person, source_prefix="runs//7/")

    transfer = Transfer.objects.first()
    run = transfer.runs.get()
    assert reply["Location"] == f"/stores/transfer/{transfer.pk}/"
    assert (transfer.state, transfer.owner) == ("planning", person)
    assert transfer.source_prefix == "runs/7"
    assert str(transfer) == f"Transfer {transfer.pk}: thing/runs/7 → thing-folder"
    assert (run.kind, run.status) == ("plan", "queued")
    assert AuditEntry.objects.get(action="planned").thing_id == str(transfer.pk)


def test_a_transfer_onto_itself_is_refused(world: World, person: User) -> None:
    reply = plan(world.other, world.other, person)

    assert complaints(reply) == {"target": ["Source and target are the same folder."]}
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize(
    ("source", "target"), [("data", "data/copy"), ("", "copy"), ("data/", "data//copy/deep")]
)
def test_a_transfer_into_its_own_source_is_refused(
    source: str, target: str, world: World, person: User
) -> None:
    reply = plan(world.other, world.other, person, source_prefix=source, target_prefix=target)

    assert complaints(reply) == {
        "target": [
            "The target lies inside the source: copies would be copied again. Choose a folder"
            " outside of it."
        ]
    }


def test_folders_are_compared_part_by_part(world: World, person: User) -> None:
    reply = plan(world.other, world.other, person, source_prefix="data", target_prefix="data-copy")

    assert reply.status_code == 302


def test_two_names_for_one_place_are_seen_through(person: User) -> None:
    outer = folder(person, "outer", "shared")
    inner = folder(person, "inner", "shared/inside")

    same = plan(outer, inner, person, source_prefix="inside")
    inside = plan(outer, inner, person)
    outwards = plan(inner, outer, person)

    assert complaints(same) == {"target": ["Source and target are the same folder."]}
    assert list(complaints(inside)) == ["target"]
    assert outwards.status_code == 302


@pytest.mark.parametrize("prefix", ["../up", "a/../b", ".", "a/./b"])
@pytest.mark.parametrize("side", ["source_prefix", "target_prefix"])
def test_w31_a_prefix_that_leads_out_is_refused(
    side: str, prefix: str, world: World, person: User
) -> None:
    reply = plan(world.store, world.other, person, **{side: prefix})

    assert complaints(reply) == {
        side: ["A prefix is a folder inside the store: no <code>.</code> and no <code>..</code>."]
    }


def test_a_foreign_store_is_neither_source_nor_target(
    world: World, person: User, stranger: User
) -> None:
    theirs = folder(stranger, "carl's", "carl")

    from_there = plan(theirs, world.other, person)
    to_there = plan(world.other, theirs, person)

    assert list(complaints(from_there)) == ["source"]
    assert list(complaints(to_there)) == ["target"]
    assert "carl" not in from_there.content.decode()


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("start", "planned", "running"),
        ("cancel", "running", "cancelled"),
        ("cancel", "planned", "cancelled"),
        ("retry", "with_errors", "running"),
        ("retry", "cancelled", "running"),
    ],
)
def test_a_button_moves_the_transfer_on(
    action: str, before: str, after: str, world: World, person: User
) -> None:
    transfer = make_transfer(world.store, world.other, before)

    reply = signed_in(person).post(f"/stores/transfer/{transfer.pk}/{action}/")

    transfer.refresh_from_db()
    assert reply["Location"] == f"/stores/transfer/{transfer.pk}/"
    assert transfer.state == after


@pytest.mark.parametrize(
    ("action", "state", "words"),
    [
        ("start", "running", "There is no plan to start."),
        ("start", "completed", "There is no plan to start."),
        ("cancel", "completed", "It has ended already."),
        ("retry", "completed", "There is nothing to try again."),
        ("retry", "planned", "There is nothing to try again."),
    ],
)
def test_w47_a_button_that_comes_too_late_changes_nothing(
    action: str, state: str, words: str, world: World, person: User
) -> None:
    transfer = make_transfer(world.store, world.other, state)

    reply = signed_in(person).post(f"/stores/transfer/{transfer.pk}/{action}/", follow=True)

    transfer.refresh_from_db()
    assert transfer.state == state
    assert words in reply.content.decode()


def test_a_transfer_that_has_ended_can_be_deleted(world: World, person: User) -> None:
    browser = signed_in(person)
    running = make_transfer(world.store, world.other, "running")

    ended = browser.post(f"/stores/transfer/{world.transfer.pk}/delete/", {"post": "yes"})
    under_way = browser.post(f"/stores/transfer/{running.pk}/delete/", {"post": "yes"})

    assert (ended.status_code, under_way.status_code) == (302, 403)
    assert list(Transfer.objects.all()) == [running]


def test_w37_the_report_is_a_download_of_csv(world: World, person: User) -> None:
    transfer = make_transfer(world.store, world.other, "completed", "=SUM(A1)")
    transfer.items.filter(name__startswith="0-").update(name="=SUM(A1)")

    reply = signed_in(person).get(f"/stores/transfer/{transfer.pk}/report.csv")
    lines = b"".join(reply).decode().split("\r\n")

    assert reply["Content-Type"] == "text/csv; charset=utf-8"
    assert reply["Content-Disposition"] == (
        f'attachment; filename="storeroom-transfer-{transfer.pk}.csv"'
    )
    assert len(lines) == 5
    assert lines[1].startswith("'=SUM(A1),")
