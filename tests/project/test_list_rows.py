"""The rows of lists look as the theme draws them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.test.html import parse_html
from unfold.templatetags.unfold_list import items_for_result, result_headers

from project.list_rows import rows
from secrets_app.models import Secret, SecretsManager
from stores.models import Check, Component, Schedule, Stack, Store, Transfer
from tests.support.pages import furnish

pytestmark = pytest.mark.django_db


def drawn(model: Any, person: User, asked: str) -> tuple[list[Any], list[Any]]:
    """The rows of the model's list, as we draw them and as the theme does."""
    request = RequestFactory().get(f"/?{asked}")
    request.user = person
    listed = admin.site.get_model_admin(model).get_changelist_instance(request)
    ours = rows(listed, [each["text"] for each in result_headers(listed)])
    themes = ("".join(items_for_result(listed, each, None)) for each in listed.result_list)
    return [parse_html(each) for each in ours], [parse_html(each) for each in themes]


@pytest.mark.parametrize("asked", ["", "o=-1"])
@pytest.mark.parametrize(
    "model",
    [User, Store, Check, Schedule, Transfer, Stack, Component, Secret, SecretsManager],
)
def test_a_row_is_as_the_theme_draws_it(model: Any, asked: str, admin_user: User) -> None:
    furnish(admin_user)

    ours, themes = drawn(model, admin_user, asked)

    assert ours
    assert ours == themes


def test_a_name_with_markup_is_text(admin_user: User) -> None:
    SecretsManager.objects.create(name="<b>bold</b>", owner=admin_user)

    ours, themes = drawn(SecretsManager, admin_user, "q=bold")

    assert "&lt;b&gt;bold&lt;/b&gt;" in str(ours)
    assert ours == themes
