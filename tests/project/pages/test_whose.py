"""Whose things the pages show."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User

from secrets_app.models import SecretsManager
from stores.models import Component, Store, Transfer
from tests.support.pages import (
    World,
    addresses,
    furnish,
    make_transfer,
    signed_in,
    words,
)

pytestmark = pytest.mark.django_db


def test_w_idor_one_persons_things_are_nowhere_for_another(person: User, stranger: User) -> None:
    world = furnish(person, "confidential")
    make_transfer(world.store, world.other, "running", "confidential")
    browser = signed_in(stranger)

    for address in addresses(world):
        reply = browser.get(address)
        assert b"confidential" not in b"".join(reply), address

    of_a_thing = [address for address in addresses(world) if re.search(r"/\d+/", address)]
    mine = [a for a in of_a_thing if a.startswith(("/stores/", "/secrets_app/", "/project/"))]
    assert len(mine) > 40
    for address in mine:
        assert browser.get(address).status_code in (302, 403, 404, 405), address


@pytest.mark.parametrize(
    "address",
    [
        "/stores/store/{store}/overview/",
        "/stores/store/{store}/change/",
        "/stores/store/{store}/delete/",
        "/stores/check/{check}/",
        "/stores/check/{check}/steps/",
        "/stores/stack/{stack}/overview/",
        "/stores/stack/{stack}/change/",
        "/stores/component/{component}/change/",
        "/stores/schedule/{schedule}/change/",
        "/stores/transfer/{transfer}/",
        "/stores/transfer/{transfer}/progress/",
        "/stores/transfer/{transfer}/report.csv",
        "/secrets_app/secret/{secret}/change/",
        "/secrets_app/secret/{secret}/delete/",
        "/secrets_app/secretsmanager/{secretsmanager}/change/",
        "/project/auditentry/{auditentry}/change/",
    ],
)
def test_w_idor_a_foreign_thing_is_not_found(address: str, world: World, stranger: User) -> None:
    keys = {kind: thing.pk for kind, thing in world.things.items()}

    assert signed_in(stranger).get(address.format(**keys)).status_code == 404


@pytest.mark.parametrize(
    "action",
    [
        "/stores/store/{store}/check/",
        "/stores/stack/{stack}/activate/",
        "/stores/schedule/{schedule}/pause/",
        "/stores/transfer/{transfer}/start/",
        "/stores/transfer/{transfer}/cancel/",
        "/stores/transfer/{transfer}/retry/",
        "/stores/store/{store}/delete/",
        "/secrets_app/secret/{secret}/change/",
        "/secrets_app/secret/{secret}/delete/",
    ],
)
def test_w_idor_nothing_can_be_done_with_a_foreign_thing(
    action: str, world: World, stranger: User
) -> None:
    keys = {kind: thing.pk for kind, thing in world.things.items()}

    reply = signed_in(stranger).post(action.format(**keys), {"post": "yes"})

    assert reply.status_code == 404


@pytest.mark.parametrize("kind", ["store", "stack", "component", "schedule", "transfer"])
def test_w_idor_a_lists_action_leaves_foreign_things_alone(
    kind: str, world: World, stranger: User
) -> None:
    chosen = {"_selected_action": [world.things[kind].pk], "post": "yes"}

    signed_in(stranger).post(f"/stores/{kind}/", {"action": "delete_selected", **chosen})

    assert type(world.things[kind]).objects.filter(pk=world.things[kind].pk).exists()


def test_what_comes_with_the_installation_is_not_anybodys_to_delete(person: User) -> None:
    orchestrator = Component.objects.default_orchestrator()
    manager = SecretsManager.objects.built_in()
    browser = signed_in(person)

    one = browser.post(f"/stores/component/{orchestrator.pk}/delete/", {"post": "yes"})
    many = [
        browser.post(
            address,
            {"action": "delete_selected", "_selected_action": [thing.pk], "post": "yes"},
        )
        for address, thing in (
            ("/stores/component/", orchestrator),
            ("/secrets_app/secretsmanager/", manager),
        )
    ]

    assert [reply.status_code for reply in (one, *many)] == [403, 403, 403]
    assert Component.objects.filter(pk=orchestrator.pk).exists()
    assert SecretsManager.objects.filter(pk=manager.pk).exists()


def test_a_transfer_under_way_is_not_deleted_by_the_lists_action(
    world: World, person: User
) -> None:
    running = make_transfer(world.store, world.other, "running")
    chosen = {"action": "delete_selected", "_selected_action": [running.pk], "post": "yes"}

    reply = signed_in(person).post("/stores/transfer/", chosen)

    assert reply.status_code == 403
    assert Transfer.objects.filter(pk=running.pk).exists()


def test_the_counts_beside_the_navigation_are_ones_own(
    world: World, person: User, stranger: User
) -> None:
    Store.objects.update(state="healthy")

    own = words(signed_in(person), "/project/auditentry/")
    other = words(signed_in(stranger), "/project/auditentry/")

    assert re.search(r"Stores 2\b", own)
    assert re.search(r"Secrets 1\b", own)
    assert not re.search(r"(Stores|Stacks|Secrets) \d", other)
