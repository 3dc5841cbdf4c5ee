"""The form over an owned thing, as browsers send it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from project.audit import AuditEntry
from tests.support.forms import open_form
from tests.support.pages import furnish, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("store", "/stores/store/{}/change/"),
        ("component", "/stores/component/{}/change/"),
        ("stack", "/stores/stack/{}/change/"),
        ("secretsmanager", "/secrets_app/secretsmanager/{}/change/"),
        ("secret", "/secrets_app/secret/{}/change/"),
    ],
)
def test_the_line_ends_of_browsers_change_no_description(
    person: User, kind: str, address: str
) -> None:
    thing = furnish(person).things[kind]
    type(thing).objects.filter(pk=thing.pk).update(description="one\ntwo")
    browser, address = signed_in(person), address.format(thing.pk)

    reply = browser.post(address, open_form(browser, address) | {"description": "one\r\ntwo"})

    assert reply.status_code == 302
    assert type(thing).objects.get(pk=thing.pk).description == "one\ntwo"
    assert "description" not in AuditEntry.objects.filter(action="changed").latest("at").words
