"""The stack builder says what is wrong while one chooses, and the button says so, too."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from project.access import Team
from secrets_app.models import Secret, SecretsManager
from stores.models import Component, Stack, Store
from tests.browser.conftest import Watch, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_findings_follow_what_is_chosen(page: Page, watch: Watch, admin_user: User) -> None:
    Store.objects.create(
        name="az_store", owner=admin_user, flavor="azure", path="az://models", sign_in="implicit"
    )
    for name, place in (("here", "this_machine"), ("gke", "cloud")):
        Component.objects.create(
            name=name, owner=admin_user, type="orchestrator", flavor="kubeflow", runs_on=place
        )
    sign_in(page)
    page.goto("/stores/stack/add/")
    panel = page.locator("#meaning")
    expect(panel).to_contain_text("No artifact store chosen.")
    expect(page.get_by_role("button", name="Save with 2 problems")).to_be_visible()

    page.get_by_label("Artifact store").select_option(label="az_store")
    page.get_by_label("Orchestrator").select_option(label="gke · kubeflow")

    expect(panel).to_contain_text("cannot see this machine's variables")
    expect(page.locator("#reach")).to_contain_text("Broken")

    page.get_by_label("Orchestrator").select_option(label="here · kubeflow")

    expect(panel).not_to_contain_text("cannot see this machine's variables")
    expect(page.locator("#reach")).to_contain_text("Inferred")

    page.get_by_label("Name").fill("train")
    page.get_by_role("button", name="Save stack").click()

    expect(page.get_by_text("Nothing is known to be broken")).to_be_visible()
    assert [each.name for each in Stack.objects.get(name="train").components.all()] == ["here"]
    assert watch.complaints == []


def test_a_button_in_the_findings_fills_the_form(
    page: Page, watch: Watch, admin_user: User
) -> None:
    manager = SecretsManager.objects.built_in()
    secret = Secret.objects.create(name="az_secret", owner=admin_user, manager=manager)
    secret.replace({"account_name": "mlacct", "account_key": "a2V5" * 22})
    Store.objects.create(
        name="az_store",
        owner=admin_user,
        flavor="azure",
        path="az://models",
        sign_in="from_secret",
        authentication_secret="az_secret",
    )
    sign_in(page)
    page.goto("/stores/stack/add/")
    page.get_by_label("Artifact store").select_option(label="az_store")

    page.get_by_role("button", name="Add secrets manager local").click()

    expect(page.locator("#meaning")).not_to_contain_text("this stack has no secrets manager")
    expect(page.locator("#id_secrets_manager")).to_have_value(str(manager.pk))
    expect(page.locator("#id_step_operator")).to_be_hidden()
    assert watch.complaints == []


def test_a_new_part_begins_with_the_team_that_the_stack_is_for(
    page: Page, watch: Watch, admin_user: User
) -> None:
    team = Team.objects.found("ml", admin_user)
    sign_in(page)
    page.goto("/stores/stack/add/")
    page.get_by_label("Team").select_option(label="ml")

    with page.expect_popup() as opened:
        page.get_by_role("link", name="New model deployer").click()
    form = opened.value

    expect(form.get_by_label("Team")).to_have_value(str(team.pk))
    form.get_by_label("Flavor").fill("mlflow")
    form.get_by_label("Name*", exact=True).fill("md1")
    with form.expect_event("close"):
        form.get_by_role("button", name="Save", exact=True).click()
    chosen = page.get_by_label("Model deployer").locator("option:checked")
    expect(chosen).to_have_text("md1 · mlflow · ml")
    assert Component.objects.get(name="md1").team.name == "ml"
    assert watch.complaints == []
