"""The end of a secret: said in time, everywhere, and held to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from secrets_app.expiry import Expiry, expiry_of
from secrets_app.models import Secret, Snooze
from stores import runs, stack_rules
from stores.models import Check, Stack, Store, Transfer, TransferItem
from tests.stores.secret_uses.keys import sas
from tests.support.pages import signed_in, words

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("left", "level", "reminder", "said"),
    [
        (timedelta(days=40), "fine", None, "Expires in 40 days"),
        (timedelta(days=30, seconds=1), "fine", None, "Expires in 30 days"),
        (timedelta(days=30), "soon", 30, "Expires in 30 days"),
        (timedelta(days=30, seconds=-1), "soon", 30, "Expires in 29 days"),
        (timedelta(days=14, seconds=1), "soon", 30, "Expires in 14 days"),
        (timedelta(days=14), "soon", 14, "Expires in 14 days"),
        (timedelta(days=14, seconds=-1), "soon", 14, "Expires in 13 days"),
        (timedelta(days=7, seconds=1), "soon", 14, "Expires in 7 days"),
        (timedelta(days=7), "urgent", 7, "Expires in 7 days"),
        (timedelta(days=7, seconds=-1), "urgent", 7, "Expires in 6 days"),
        (timedelta(days=1, seconds=1), "urgent", 7, "Expires in 1 day"),
        (timedelta(days=1), "urgent", 1, "Expires in 1 day"),
        (timedelta(days=1, seconds=-1), "urgent", 1, "Expires in 23 hours"),
        (timedelta(seconds=1), "urgent", 1, "Expires in less than a minute"),
        (timedelta(), "over", 0, "Expired less than a minute ago"),
        (timedelta(seconds=-1), "over", 0, "Expired less than a minute ago"),
        (timedelta(hours=-3), "over", 0, "Expired 3 hours ago"),
    ],
)
def test_s25_the_end_is_said_in_time(
    left: timedelta, level: str, reminder: int | None, said: str
) -> None:
    now = timezone.now()

    expiry = Expiry(now + left, True, now)

    assert (expiry.level, expiry.reminder, expiry.words) == (level, reminder, said)


def test_s25_a_key_is_due_by_its_age(secret: Secret) -> None:
    secret.remind_after_days = 90
    now = timezone.now() + timedelta(days=91)

    expiry = expiry_of(secret, now)

    assert expiry is not None
    assert (expiry.words, expiry.refused) == ("Due to be replaced since 1 day", False)
    assert expiry.brief == "Due since 1 day"


def test_s25_a_sas_that_ends_shows_on_secret_store_stack_and_dashboard(
    secret: Secret, stores: list[Store], stack: Stack, person: User
) -> None:
    end = timezone.now() + timedelta(days=6, hours=1)
    secret.replace({"sas_token": sas(end)}, clear=frozenset({"account_key"}))
    browser = signed_in(person)

    pages = [
        f"/secrets/secret/{secret.pk}/overview/",
        "/secrets_app/secret/",
        f"/stores/store/{stores[0].pk}/overview/",
        f"/stores/stack/{stack.pk}/overview/",
        "/",
    ]

    for address in pages:
        assert "Expires in 6 days" in words(browser, address), address
    assert "az_secret: Expires in 6 days." in [
        finding.words for finding in stack_rules.findings(stack)
    ]


def test_s25_the_page_says_what_will_fail_and_what_does(
    secret: Secret, stores: list[Store], stack: Stack, person: User
) -> None:
    browser = signed_in(person)
    address = f"/secrets/secret/{secret.pk}/overview/"

    secret.replace(
        {"sas_token": sas(timezone.now() + timedelta(days=6, hours=1))},
        clear=frozenset({"account_key"}),
    )
    soon = words(browser, address)
    secret.replace({"sas_token": sas(timezone.now() - timedelta(hours=3, minutes=1))})
    over = words(browser, address)

    assert "3 stores, 1 stack will fail then." in soon
    assert "Rotate now Remind me in 2 days Access Delete" in soon
    assert "Failing because of it: first, second, third." in over
    assert "Rotate now Access Delete" in over
    assert "Remind me in 2 days" not in over


@pytest.mark.parametrize(
    ("end", "zone"),
    [("9999-12-31T23:59:59Z", "Europe/Berlin"), ("0001-01-01", "America/New_York")],
)
def test_s25_an_end_at_the_calendars_edge_is_shown_in_every_time_zone(
    end: str, zone: str, secret: Secret, person: User, settings: Any
) -> None:
    settings.TIME_ZONE = zone

    secret.replace(
        {"sas_token": f"sv=2024-11-04&sr=c&sp=rl&se={end}&sig=abc%3D"},
        clear=frozenset({"account_key"}),
    )

    browser = signed_in(person)
    for address in ("/", "/secrets_app/secret/", f"/secrets/secret/{secret.pk}/overview/"):
        assert browser.get(address).status_code == 200, address


def test_s25_a_reminder_is_put_off_for_two_days_and_for_one_person(
    secret: Secret, person: User, admin_user: User
) -> None:
    secret.replace(
        {"sas_token": sas(timezone.now() + timedelta(days=6, hours=1))},
        clear=frozenset({"account_key"}),
    )
    browser = signed_in(person)

    reply = browser.post(f"/secrets/secret/{secret.pk}/remind-later/", follow=True)

    assert "Your dashboard is silent about az_secret for 2 days." in reply.content.decode()
    assert "Remind me in 2 days" not in reply.content.decode()
    assert "Expires in 6 days" not in words(browser, "/")
    assert "Expires in 6 days" in words(signed_in(admin_user), "/")
    Snooze.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert "Expires in 6 days" in words(browser, "/")


def test_s25_what_has_ended_is_said_whatever_was_put_off(secret: Secret, person: User) -> None:
    secret.replace(
        {"sas_token": sas(timezone.now() - timedelta(minutes=5))},
        clear=frozenset({"account_key"}),
    )
    Snooze.objects.pause(secret, person)

    assert "Expired 5 minutes ago" in words(signed_in(person), "/")


def test_a_strangers_reminder_is_not_put_off(secret: Secret, stranger: User) -> None:
    reply = signed_in(stranger).post(f"/secrets/secret/{secret.pk}/remind-later/")

    assert reply.status_code == 404
    assert not Snooze.objects.exists()


def test_s25_an_expired_sas_is_refused_without_a_request(
    secret: Secret, stores: list[Store], person: User
) -> None:
    secret.replace(
        {"sas_token": sas(timezone.now() - timedelta(hours=3, minutes=1))},
        clear=frozenset({"account_key"}),
    )
    check = Check.objects.create(store=stores[0], requested_by=person)

    runs.run_check(check.pk)

    check.refresh_from_db()
    failed = check.steps[1]
    assert failed["category"] == "secret_expired"
    assert failed["words"] == (
        "`az_secret` expired 3 hours ago: its SAS token says so. Nothing was sent."
    )
    assert {step["mark"] for step in check.steps[2:]} == {"skipped"}


def test_s25_a_transfer_that_outlasts_its_sas_is_warned_of_before_the_start(
    secret: Secret, stores: list[Store], person: User
) -> None:
    """30 GiB take 51 minutes at the assumed 10 MiB/s."""
    transfer = Transfer.objects.create(
        owner=person, source=stores[0], target=stores[1], conflict="skip_same", state="planned"
    )
    TransferItem.objects.create(
        transfer=transfer, name="a", target_name="a", action="copy", size=30 * 2**30, etag="1"
    )
    secret.replace(
        {"sas_token": sas(timezone.now() + timedelta(minutes=40, seconds=30))},
        clear=frozenset({"account_key"}),
    )

    page = words(signed_in(person), f"/stores/transfer/{transfer.pk}/")

    assert (
        "Expires in 40 minutes: the secret az_secret of first, and copying is expected to take"
        " 51 min. Replace it before you start."
    ) in page
