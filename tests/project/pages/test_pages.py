"""Every page for everybody: that it is there."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.project.pages.addresses import FORMS, LISTS
from tests.support.pages import (
    World,
    addresses,
    signed_in,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/", "/password_change/", *LISTS, *FORMS])
@pytest.mark.parametrize("who", ["person", "admin_user"])
def test_a_page_is_there_while_nothing_else_is(address: str, who: str, request: Any) -> None:
    browser = signed_in(request.getfixturevalue(who))

    assert browser.get(address).status_code == 200


@pytest.mark.parametrize("address", ["/auth/user/", "/auth/user/add/"])
def test_people_are_for_superusers(address: str, person: User, admin_user: User) -> None:
    assert signed_in(admin_user).get(address).status_code == 200
    assert signed_in(person).get(address).status_code == 403


@pytest.mark.parametrize("who", ["person", "admin_user"])
def test_no_page_breaks(who: str, world: World, request: Any) -> None:
    browser = signed_in(request.getfixturevalue(who))

    for address in addresses(world):
        assert browser.get(address).status_code in (200, 302, 403, 404, 405), address


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
        "/stores/transfer/{transfer}/delete/",
        "/secrets_app/secret/{secret}/change/",
        "/secrets_app/secret/{secret}/delete/",
        "/secrets_app/secretsmanager/{secretsmanager}/change/",
        "/project/auditentry/{auditentry}/change/",
    ],
)
@pytest.mark.parametrize("who", ["person", "admin_user"])
def test_a_thing_has_its_pages(address: str, who: str, world: World, request: Any) -> None:
    keys = {kind: thing.pk for kind, thing in world.things.items()}

    reply = signed_in(request.getfixturevalue(who)).get(address.format(**keys))

    assert reply.status_code == 200


def test_what_cannot_be_changed_by_hand_leads_to_its_own_page(world: World, person: User) -> None:
    browser = signed_in(person)

    transfer = browser.get(f"/stores/transfer/{world.transfer.pk}/change/")
    check = browser.get(f"/stores/check/{world.check.pk}/change/")

    assert transfer["Location"] == f"/stores/transfer/{world.transfer.pk}/"
    assert check["Location"] == f"/stores/check/{world.check.pk}/"


def test_the_rows_of_a_list_lead_to_the_overview(world: World, person: User) -> None:
    page = signed_in(person).get("/stores/store/").content.decode()

    assert f'href="/stores/store/{world.store.pk}/overview/"' in page


@pytest.mark.parametrize("address", ["/", *LISTS, *FORMS, "/stores/store/1/overview/"])
def test_who_is_not_signed_in_is_asked_to(address: str) -> None:
    reply = Client().get(address)

    assert (reply.status_code, reply["Location"]) == (302, f"/login/?next={address}")


def test_who_is_no_staff_is_not_let_in(db: None) -> None:
    user = User.objects.create_user("dan", password="correct horse battery")

    assert signed_in(user).get("/stores/store/").status_code == 302


def test_health_says_ok_and_no_more() -> None:
    reply = Client().get("/healthz")

    assert (reply.status_code, reply.content) == (200, b"ok")
