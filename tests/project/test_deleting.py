"""What is said where something is not deleted."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from project.access import Role, Team
from secrets_app.models import Secret, SecretsManager
from stores.models import Stack
from tests.support.pages import furnish, signed_in, words, words_of

pytestmark = pytest.mark.django_db


def test_a_store_in_use_says_what_uses_it_and_counts_what_others_have(
    person: User, stranger: User
) -> None:
    world = furnish(person)
    Stack.objects.create(name="hush", owner=stranger, store=world.store)
    browser, address = signed_in(person), f"/stores/store/{world.store.pk}/delete/"

    page = words(browser, address)
    source = browser.get(address).content.decode()

    assert (
        "thing cannot be deleted while it is in use. Stack thing 1 of other people's stacks Back"
        in page
    )
    assert f'href="/stores/stack/{world.stack.pk}/change/"' in source
    assert f'href="/stores/store/{world.store.pk}/change/"' in source
    assert "hush" not in source
    assert "Only the registration goes" not in page


def test_a_secrets_manager_names_no_secret_of_others(person: User, stranger: User) -> None:
    manager = SecretsManager.objects.create(name="ours", owner=person)
    Secret.objects.create(name="hush", owner=stranger, manager=manager)

    page = words(signed_in(person), f"/secrets_app/secretsmanager/{manager.pk}/delete/")

    assert "ours cannot be deleted while it is in use. 1 of other people's secrets Back" in page
    assert "hush" not in page


def test_the_question_speaks_of_no_rows_by_which_a_thing_is_shared(person: User) -> None:
    world = furnish(person)
    world.stack.share(Team.objects.found("ml", person), Role.EDITOR)

    page = words(signed_in(person), f"/stores/stack/{world.stack.pk}/delete/")

    assert "Stacks: 1 Objects Stack: thing Cancel" in page


def test_who_may_not_delete_all_that_was_selected_is_told_so(person: User, stranger: User) -> None:
    world = furnish(person)
    team = Team.objects.found("ml", person)
    team.admit(stranger, Role.EDITOR)
    world.stack.share(team, Role.EDITOR)
    selected = {"action": "delete_selected", "_selected_action": [world.stack.pk]}

    page = words_of(signed_in(stranger).post("/stores/stack/", selected))

    assert "You may not delete this. That is for owners. thing Back" in page
