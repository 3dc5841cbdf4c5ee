"""The operators' page of the keys: what it says, what it starts, and for whom it is."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from project.keys import key_id
from secrets_app.models import SecretValue
from stores import runs
from stores.models import Resealing
from tests.support.pages import KEY, make_secret, signed_in

pytestmark = pytest.mark.django_db

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture(autouse=True)
def sealed_with_the_old_key(person: User, settings: Any) -> None:
    settings.FERNET_KEYS = [OLD]
    make_secret(person, "az_secret")
    settings.FERNET_KEYS = [NEW, OLD]


@pytest.fixture
def operator(admin_user: User) -> Client:
    return signed_in(admin_user)


def words(operator: Client) -> str:
    """What the page says below its title."""
    page = operator.get("/keys/").content.decode().partition('id="content-main"')[2]
    page = re.sub(r'<span class="material-symbols[^>]*>\w*</span>', "", page)
    page = re.sub(r"</?(code|em|strong|time)\b[^>]*>", "", page)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def start(operator: Client, kind: str) -> Resealing:
    assert operator.post(f"/keys/{kind}/")["Location"] == "/keys/"
    return Resealing.objects.latest("pk")


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "/keys/"),
        ("get", "/keys/progress/"),
        ("post", "/keys/rotate/"),
        ("post", "/keys/verify/"),
    ],
)
def test_the_page_is_for_superusers(method: str, address: str, person: User) -> None:
    assert getattr(signed_in(person), method)(address).status_code == 403
    assert "/login/" in getattr(Client(), method)(address)["Location"]
    assert not Resealing.objects.exists()


def test_the_navigation_shows_it_to_superusers(operator: Client, person: User) -> None:
    assert 'href="/keys/"' in operator.get("/").content.decode()
    assert 'href="/keys/"' not in signed_in(person).get("/").content.decode()


def test_a_pass_is_started_by_post_alone_and_is_one_of_two(operator: Client) -> None:
    assert operator.get("/keys/rotate/").status_code == 405
    assert operator.post("/keys/everything/").status_code == 404
    assert not Resealing.objects.exists()


def test_the_page_says_what_still_needs_the_old_key(operator: Client) -> None:
    page = words(operator)

    assert "2 rows still need an older key. Seal them anew before you remove that key." in page
    assert f"{key_id(NEW)} Seals and opens 0 {key_id(OLD)} Opens 2" in page
    assert "Seal anew: 2 rows" in page


def test_the_page_says_which_key_is_needed_and_not_loaded(operator: Client, settings: Any) -> None:
    settings.FERNET_KEYS = [NEW]

    page = words(operator)

    assert (
        f"2 rows cannot be opened: key {key_id(OLD)} sealed them and is not loaded. Add it at the"
        " end of FERNET_KEYS, or enter the values again." in page
    )
    assert f"{key_id(OLD)} Not loaded 2" in page
    assert "Seal anew: 2" not in page


def test_the_page_says_how_many_rows_hold_no_sealed_value(operator: Client) -> None:
    SecretValue.objects.update(sealed="no sealed text")

    assert "1 row cannot be opened: what it holds is no sealed value." in words(operator)


def test_a_pass_is_followed_until_its_end(operator: Client, admin_user: User) -> None:
    run = start(operator, "rotate")
    waiting = operator.get("/keys/progress/")
    runs.run_resealing(run.pk)
    done = operator.get("/keys/progress/")
    page = words(operator)

    assert run.requested_by == admin_user
    assert 'hx-get="/keys/progress/"' in waiting.content.decode()
    assert "HX-Refresh" not in waiting
    assert "hx-get" not in done.content.decode()
    assert done["HX-Refresh"] == "true"
    assert f"Key {key_id(OLD)} seals nothing now and may be removed from FERNET_KEYS." in page
    assert "Done Seal anew just now by ada 2 2 0" in page


def test_a_second_click_shows_the_pass_that_is_under_way(operator: Client) -> None:
    first = start(operator, "rotate")

    second = start(operator, "verify")

    assert second == first
    assert operator.get("/keys/").content.decode().count("disabled") == 2


def test_a_pass_that_no_worker_takes_says_so(operator: Client) -> None:
    start(operator, "verify")
    Resealing.objects.update(queued_at=timezone.now() - timedelta(minutes=1))

    assert "No worker is listening on queue checks." in words(operator)


def test_s09_what_cannot_be_opened_is_named_without_its_value(operator: Client) -> None:
    value = SecretValue.objects.get()
    value.sealed = value.sealed[:-10] + "AAAAAAAA=="
    value.save()
    runs.run_resealing(start(operator, "verify").pk)

    page = words(operator)

    assert "Done, not all opened" in page
    assert f"secrets_app.secretvalue {value.pk}" in page
    assert f"sealed with key {key_id(OLD)}" in page
    assert value.sealed not in page
    assert KEY not in page


def test_the_last_ten_passes_are_shown(operator: Client, admin_user: User) -> None:
    for number in range(12):
        Resealing.objects.create(kind="verify", requested_by=admin_user, rows=1000 + number)

    page = words(operator)

    assert "1,002" in page
    assert "1,001" not in page
