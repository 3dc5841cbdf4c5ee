"""What a form says above its fields when it cannot be saved."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from tests.support.pages import signed_in, visitor, words_of

pytestmark = pytest.mark.django_db


def test_a_form_names_the_fields_to_be_mended_in_their_order_and_leads_there(
    person: User,
) -> None:
    typed = {"flavor": "azure", "path": "s3://models", "name": "", "labels": "stage"}

    reply = signed_in(person).post("/stores/store/add/", typed)

    assert (
        "3 things need fixing before this is saved:"
        " Address: This is an S3 address. This store type reads Azure Blob Storage only."
        " Name: This field is required."
        " Labels: Line 1 is no name = value."
    ) in words_of(reply)
    assert '<a href="#id_labels">Labels</a>' in reply.content.decode()


def test_one_is_one_thing(person: User) -> None:
    reply = signed_in(person).post("/stores/component/add/", {"type": "alerter", "name": "a"})

    assert "1 thing needs fixing before this is saved: Flavor" in words_of(reply)


def test_what_is_wrong_with_the_whole_form_is_said_once(person: User) -> None:
    typed = {"type": "alerter", "name": "a", "flavor": "slack"}
    browser = signed_in(person)
    browser.post("/stores/component/add/", typed)

    page = words_of(browser.post("/stores/component/add/", typed))

    assert page.count("You have one of this name already.") == 1
    assert "fixing" not in page


def test_signing_in_speaks_of_no_saving() -> None:
    reply = visitor().post("/login/", {"username": "nobody", "password": "wrong"})

    assert "fixing" not in words_of(reply)
