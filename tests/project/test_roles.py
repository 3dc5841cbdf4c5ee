"""What each role is shown and may do: no value of a secret for anybody (S12), use without reading
or changing (S31), checks for those who may start them (W29), nothing of other teams (W21)."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User

from project.access import Role
from secrets_app.models import SecretValue
from stores.models import Check, Stack, Store
from tests.support.matrix import ACTORS, Scene, set_scene
from tests.support.pages import (
    CONNECTION,
    KEY,
    addresses,
    make_transfer,
    signed_in,
    words,
    words_of,
)

pytestmark = pytest.mark.django_db

LISTS = [
    "/",
    "/stores/store/",
    "/stores/check/",
    "/stores/schedule/",
    "/stores/transfer/",
    "/stores/stack/",
    "/stores/component/",
    "/secrets_app/secret/",
    "/secrets_app/secretsmanager/",
    "/project/auditentry/",
    "/project/auditentry/export.csv",
    "/teams/",
    "/search/?s=train",
]
SEARCHED = ["store", "stack", "component", "schedule", "transfer"]


@pytest.fixture
def scene(person: User, admin_user: User) -> Scene:
    """Bea's things, and somebody of each role."""
    return set_scene(person, admin_user)


@pytest.mark.parametrize("actor", ACTORS)
def test_s12_no_page_shows_anybody_a_value_or_what_it_is_sealed_as(
    actor: str, scene: Scene
) -> None:
    sealed = [value.sealed.split(".")[2] for value in SecretValue.objects.all()]
    browser = scene.browser(actor)

    pages = b"".join(b"".join(browser.get(each)) for each in addresses(scene.world)).decode()

    for canary in (KEY, CONNECTION, *sealed):
        assert canary not in pages


@pytest.mark.parametrize("actor", ACTORS[1:])
def test_s12_no_access_page_shows_a_value(actor: str, scene: Scene) -> None:
    browser = scene.browser(actor)

    page = browser.get(f"/access/secret/{scene.world.secret.pk}/").content.decode()
    team = browser.get(f"/teams/{scene.team.pk}/shared/").content.decode()

    assert KEY not in page + team


def shared_stack(scene: Scene, role: Role) -> User:
    """A stack and its parts shared as `role`; somebody who is Owner in the team."""
    world = scene.world
    for thing in (world.stack, world.store, world.component, world.secretsmanager):
        thing.share(scene.team, role)
    world.secret.share(scene.team, min(role, Role.OPERATOR))
    return scene.people["owner"]


def test_s31_use_lets_one_check_and_nothing_else(scene: Scene, settings: object) -> None:
    settings.STOREROOM_ALLOW_REVEAL = True  # type: ignore[attr-defined]
    user = shared_stack(scene, Role.OPERATOR)
    user.set_password("correct horse battery")
    user.save()
    browser, world = signed_in(user), scene.world

    check = browser.post(f"/stores/store/{world.store.pk}/check/")
    reveal = browser.post(
        f"/secrets/secret/{world.secret.pk}/reveal/",
        {"reason": "curious", "password": "correct horse battery"},
        follow=True,
    )
    changed = {
        address: browser.post(address, {"name": "mine"}).status_code
        for address in (
            f"/secrets_app/secret/{world.secret.pk}/change/",
            f"/secrets_app/secret/{world.secret.pk}/delete/",
            f"/secrets/secret/{world.secret.pk}/1/use/",
            f"/secrets/secret/{world.secret.pk}/1/destroy/",
            f"/secrets/secret/{world.secret.pk}/replace/",
            f"/stores/store/{world.store.pk}/change/",
            f"/stores/store/{world.store.pk}/delete/",
            f"/stores/stack/{world.stack.pk}/change/",
        )
    }

    assert (check.status_code, Check.objects.filter(requested_by=user).count()) == (302, 1)
    assert KEY not in reveal.content.decode()
    assert set(changed.values()) == {403}


def test_s31_who_may_use_a_secret_names_it_in_no_store_of_their_own(scene: Scene) -> None:
    user = shared_stack(scene, Role.OPERATOR)
    secret = scene.world.secret
    secret.team = scene.team
    secret.save()
    scene.team.admit(user, Role.OPERATOR)
    scene.team.admit(scene.people["editor"], Role.OWNER)

    store = {
        "flavor": "azure",
        "path": "az://elsewhere",
        "authentication_secret": secret.name,
        "name": "mine",
        "team": scene.team.pk,
    }
    signed_in(user).post("/stores/store/add/", store)

    made = Store.objects.get(name="mine")
    assert (made.team, made.secret()) == (None, None)


def test_s31_an_editor_of_a_store_does_not_send_its_secret_elsewhere(scene: Scene) -> None:
    user = shared_stack(scene, Role.EDITOR)
    store = scene.world.store
    changed = {
        "flavor": "azure",
        "path": "https://evil.blob.core.windows.net/artifacts/runs",
        "authentication_secret": store.authentication_secret,
        "name": store.name,
    }

    reply = signed_in(user).post(f"/stores/store/{store.pk}/change/", changed)

    assert "This changes where" in reply.content.decode()
    store.refresh_from_db()
    assert store.path == "az://artifacts/runs"


def test_s31_an_editor_of_a_store_changes_what_is_harmless(scene: Scene) -> None:
    user = shared_stack(scene, Role.EDITOR)
    store = scene.world.store
    changed = {
        "flavor": "azure",
        "path": store.path,
        "authentication_secret": store.authentication_secret,
        "name": store.name,
        "description": "changed by an editor",
    }

    signed_in(user).post(f"/stores/store/{store.pk}/change/", changed)

    store.refresh_from_db()
    assert (store.description, store.owner) == ("changed by an editor", scene.world.owner)
    assert store.shared_with() == {scene.team.pk: Role.EDITOR}


def test_s31_without_any_role_there_is_no_button_and_no_address(scene: Scene) -> None:
    reply = scene.browser("stranger").post(f"/stores/store/{scene.world.store.pk}/check/")

    assert reply.status_code == 404
    assert not Check.objects.filter(requested_by=scene.people["stranger"]).exists()


@pytest.mark.parametrize(
    ("actor", "offered", "status", "started"),
    [("viewer", False, 403, 0), ("operator", True, 302, 1), ("editor", True, 302, 1)],
)
def test_w29_a_viewer_starts_no_check(
    actor: str, offered: bool, status: int, started: int, scene: Scene
) -> None:
    browser, store = scene.browser(actor), scene.world.store

    page = browser.get(f"/stores/store/{store.pk}/overview/").content.decode()
    reply = browser.post(f"/stores/store/{store.pk}/check/")

    assert (f'action="/stores/store/{store.pk}/check/"' in page) is offered
    assert reply.status_code == status
    assert Check.objects.filter(requested_by=scene.people[actor]).count() == started


@pytest.mark.parametrize(("actor", "started"), [("viewer", 0), ("operator", 1)])
def test_w29_nor_by_selecting_stores_in_the_list(actor: str, started: int, scene: Scene) -> None:
    chosen = {"action": "check_now", "_selected_action": [scene.world.store.pk]}

    scene.browser(actor).post("/stores/store/", chosen)

    assert Check.objects.filter(requested_by=scene.people[actor]).count() == started


@pytest.mark.parametrize("address", LISTS)
def test_w21_no_list_search_or_export_tells_a_stranger_of_foreign_things(
    address: str, scene: Scene
) -> None:
    page = b"".join(scene.browser("stranger").get(address)).decode()

    assert "about train" not in page
    assert not re.search(r">\s*train\b", page)
    assert "data-science" not in page


@pytest.mark.parametrize("kind", SEARCHED)
def test_w21_a_search_for_a_foreign_name_finds_nothing(kind: str, scene: Scene) -> None:
    page = words(scene.browser("stranger"), f"/stores/{kind}/?q=train")

    assert "0 results" in page or "No " in page or "nothing" in page.lower()
    assert f"/{scene.world.things[kind].pk}/" not in page


def test_w21_pickers_offer_a_stranger_nothing_foreign(scene: Scene) -> None:
    browser = scene.browser("stranger")

    pages = [
        browser.get(f"/{label}/add/").content.decode()
        for label in (
            "stores/stack",
            "stores/store",
            "stores/schedule",
            "stores/transfer",
            "secrets_app/secret",
        )
    ]

    for page in pages:
        assert not re.search(r"<option[^>]*>[^<]*train", page)
        assert "data-science" not in page


def test_w21_pickers_offer_a_viewer_nothing_that_they_may_not_use(scene: Scene) -> None:
    page = scene.browser("viewer").get("/stores/stack/add/").content.decode()
    other = scene.browser("operator").get("/stores/stack/add/").content.decode()

    assert not re.search(r"<option[^>]*>\s*train", page)
    assert re.search(r"<option[^>]*>\s*train", other)


def test_w21_counts_are_of_what_one_sees(scene: Scene) -> None:
    Store.objects.update(state="healthy")

    stranger = words(scene.browser("stranger"), "/teams/")
    viewer = words(scene.browser("viewer"), "/teams/")

    assert not re.search(r"(Stores|Stacks|Secrets) \d", stranger)
    assert re.search(r"Stores 1\b.*Stacks 1\b.*Secrets 1\b", viewer)


def test_w21_a_stack_tells_of_a_part_that_is_not_shared_its_name_alone(scene: Scene) -> None:
    scene.world.store.unshare(scene.team)
    scene.world.secret.unshare(scene.team)
    browser = scene.browser("viewer")

    page = words(browser, f"/stores/stack/{scene.world.stack.pk}/overview/")

    assert "train not shared with you" in page
    assert "does not answer" not in page
    assert browser.get(f"/stores/store/{scene.world.store.pk}/overview/").status_code == 404


def test_w21_a_secret_tells_of_a_store_that_is_not_shared_only_that_it_is_there(
    scene: Scene,
) -> None:
    scene.world.store.unshare(scene.team)
    scene.world.stack.unshare(scene.team)
    scene.world.schedule.unshare(scene.team)

    page = words(scene.browser("editor"), f"/secrets/secret/{scene.world.secret.pk}/overview/")

    assert "Stores 1 of other people" in page
    assert "Stacks 1 of other people" in page


def test_w21_an_editor_of_a_stack_keeps_the_parts_that_they_do_not_see(scene: Scene) -> None:
    stack: Stack = scene.world.stack
    for thing in (scene.world.store, scene.world.component, scene.world.secretsmanager):
        thing.unshare(scene.team)
    unchanged = {
        "name": "renamed",
        "store": stack.store_id,
        "secrets_manager": stack.secrets_manager_id,
        "orchestrator": scene.world.component.pk,
    }

    reply = scene.browser("editor").post(f"/stores/stack/{stack.pk}/change/", unchanged)

    stack.refresh_from_db()
    assert reply.status_code == 302
    assert (stack.name, stack.store) == ("renamed", scene.world.store)
    assert list(stack.components.all()) == [scene.world.component]


def test_a_transfer_is_started_only_between_stores_that_one_may_use(scene: Scene) -> None:
    transfer = make_transfer(scene.world.store, scene.world.other, "planned")
    transfer.share(scene.team, Role.OPERATOR)
    browser, address = scene.browser("operator"), f"/stores/transfer/{transfer.pk}/start/"

    said = words_of(browser.post(address, follow=True))
    transfer.refresh_from_db()
    before = transfer.state
    scene.world.other.share(scene.team, Role.OPERATOR)
    browser.post(address)
    transfer.refresh_from_db()

    assert "Nothing was started. You may not use `train-folder`." in said
    assert (before, transfer.state) == ("planned", "running")
