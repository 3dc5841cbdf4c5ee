"""Which line of the sidebar a page belongs to, and what stands beside the lines."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory

from project.navigation import sections
from stores.models import Store
from tests.support.pages import furnish

pytestmark = pytest.mark.django_db


def entries(person: User, path: str) -> list[dict[str, Any]]:
    request = RequestFactory().get(path)
    request.user = person
    return [entry for section in sections(request) for entry in section["items"]]


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "Dashboard"),
        ("/stores/stack/", "Stacks"),
        ("/stores/stack/7/overview/", "Stacks"),
        ("/stores/store/7/overview/", "Stores"),
        ("/stores/import/finish/", "Import"),
        ("/secrets_app/secret/add/", "Secrets"),
        ("/secrets/secret/7/overview/", "Secrets"),
        ("/secrets_app/secretsmanager/", "Secrets managers"),
        ("/teams/7/", "Teams"),
        ("/keys/", "Keys"),
        ("/auth/user/", "People"),
    ],
)
def test_a_page_belongs_to_one_line(path: str, title: str, admin_user: User) -> None:
    active = [entry["title"] for entry in entries(admin_user, path) if entry["active"]]

    assert active == [title]


@pytest.mark.database
def test_stores_that_fail_are_counted_in_the_place_of_all(person: User) -> None:
    furnish(person)

    before = {entry["title"]: entry for entry in entries(person, "/")}["Stores"]
    Store.objects.update(state="healthy")
    after = {entry["title"]: entry for entry in entries(person, "/")}["Stores"]

    assert (before["badge"], before["badge_variant"]) == ("1 failing", "danger")
    assert (after["badge"], after["badge_variant"]) == (2, "info")
