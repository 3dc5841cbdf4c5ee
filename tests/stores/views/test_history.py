"""The pages of revisions."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages

from project.access import Role, Team
from project.audit import AuditEntry
from stores import history
from stores.models import Component, Stack, Store
from tests.support.forms import open_form
from tests.support.pages import World, furnish, signed_in

pytestmark = pytest.mark.django_db
BELOW = {
    "store": "/stores/store/{}",
    "component": "/stores/component/{}",
    "stack": "/stores/stack/{}",
    "secretsmanager": "/secrets_app/secretsmanager/{}",
}
EACH_KIND = pytest.mark.parametrize("kind", BELOW)


@pytest.fixture
def world(person: User) -> World:
    return furnish(person)


def change(thing: Any, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(thing, name, value)
    thing.save()


def text(reply: Any) -> str:
    assert reply.status_code == 200
    return " ".join(reply.content.decode().split())


def messages_of(reply: Any) -> list[str]:
    return [str(message) for message in get_messages(reply.wsgi_request)]


@EACH_KIND
def test_the_history_tells_who_changed_what(
    world: World, person: User, admin_user: User, kind: str
) -> None:
    below = BELOW[kind].format(world.things[kind].pk)
    theirs = signed_in(admin_user)
    theirs.post(f"{below}/change/", open_form(theirs, f"{below}/change/") | {"name": "other"})

    reply = signed_in(person).get(f"{below}/history/")

    newest, first = reply.context["rows"]
    assert (newest["revision"].number, newest["who"], newest["happened"], newest["changed"]) == (
        2,
        "ada",
        "Changed",
        "Name",
    )
    assert (first["revision"].number, first["happened"], first["changed"]) == (1, "Created", "")
    assert "?from=1&amp;to=2" in text(reply)


@EACH_KIND
def test_two_revisions_are_shown_field_by_field(world: World, person: User, kind: str) -> None:
    thing = world.things[kind]
    change(thing, name="other")

    reply = signed_in(person).get(f"{BELOW[kind].format(thing.pk)}/history/diff/?from=1&to=2")

    shown = text(reply)
    assert "Revision 1" in shown
    assert '<td data-label="Revision 1">thing</td>' in shown
    assert '<td data-label="Revision 2">other</td>' in shown


@EACH_KIND
def test_a_click_restores_a_revision(world: World, person: User, kind: str) -> None:
    thing = world.things[kind]
    change(thing, name="other")

    reply = signed_in(person).post(f"{BELOW[kind].format(thing.pk)}/history/1/restore/")

    thing.refresh_from_db()
    assert reply.status_code == 302
    assert thing.name == "thing"
    assert history.who(history.latest(thing)) == "bea"
    assert [message.endswith("is as it was at revision 1.") for message in messages_of(reply)] == [
        True
    ]


def test_what_cannot_be_restored_is_said(world: World, person: User) -> None:
    change(world.store, flavor="local", path="/etc", sign_in="none", authentication_secret="")
    change(world.store, path="/srv")

    reply = signed_in(person).post(f"/stores/store/{world.store.pk}/history/2/restore/")

    assert messages_of(reply)[0].startswith("Revision 2 was not restored. Address: ")
    assert Store.objects.get(pk=world.store.pk).path == "/srv"


@EACH_KIND
@pytest.mark.parametrize("page", ["history/", "history/diff/?from=1&to=2"])
def test_w20_the_history_of_what_is_not_theirs_is_not_found(
    world: World, stranger: User, kind: str, page: str
) -> None:
    change(world.things[kind], name="other")

    reply = signed_in(stranger).get(f"{BELOW[kind].format(world.things[kind].pk)}/{page}")

    assert reply.status_code == 404


@EACH_KIND
def test_w20_a_stranger_restores_nothing(world: World, stranger: User, kind: str) -> None:
    change(world.things[kind], name="other")
    below = BELOW[kind].format(world.things[kind].pk)

    assert signed_in(stranger).post(f"{below}/history/1/restore/").status_code == 404


@EACH_KIND
@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_w20_who_may_not_change_a_thing_sees_its_history_and_restores_nothing(
    world: World, person: User, stranger: User, kind: str, role: Role
) -> None:
    thing = world.things[kind]
    change(thing, name="other")
    team = Team.objects.found("readers", person)
    team.admit(stranger, role)
    thing.share(team, role)
    client, below = signed_in(stranger), BELOW[kind].format(thing.pk)

    shown = text(client.get(f"{below}/history/"))
    refused = client.post(f"{below}/history/1/restore/")

    assert "Restore" not in shown
    assert refused.status_code == 403
    assert AuditEntry.objects.filter(action="refused", actor=stranger).count() == 1


@EACH_KIND
def test_w20_an_editor_restores(world: World, person: User, stranger: User, kind: str) -> None:
    thing = world.things[kind]
    change(thing, description="other")
    team = Team.objects.found("editors", person)
    team.admit(stranger, Role.EDITOR)
    for shared in (thing, world.store, world.component, world.secretsmanager):
        shared.share(team, Role.EDITOR)

    signed_in(stranger).post(f"{BELOW[kind].format(thing.pk)}/history/1/restore/")

    thing.refresh_from_db()
    assert thing.description == "about thing"


def test_the_history_of_what_was_deleted_is_not_found(admin_user: User) -> None:
    component = Component.objects.create(name="kf", type="orchestrator", flavor="kubeflow")
    address = f"/stores/component/{component.pk}/history/"
    component.delete()

    assert signed_in(admin_user).get(address).status_code == 404


@pytest.mark.parametrize(
    "query",
    ["?from=", "?from=1&to=9", "?from=x&to=1", "?from=1&to=99999999999999999999", "?from=١&to=1"],
)
def test_revisions_that_there_never_were_are_not_found(
    world: World, person: User, query: str
) -> None:
    reply = signed_in(person).get(f"/stores/store/{world.store.pk}/history/diff/{query}")

    assert reply.status_code == 404


@pytest.mark.parametrize(
    ("query", "shown"), [("", (2, 3)), ("?from=1", (1, 3)), ("?to=1", (2, 1))]
)
def test_an_address_that_names_no_revision_shows_the_last_ones(
    world: World, person: User, query: str, shown: tuple[int, int]
) -> None:
    change(world.store, description="second")
    change(world.store, description="third")

    reply = signed_in(person).get(f"/stores/store/{world.store.pk}/history/diff/{query}")

    assert (reply.context["old"].number, reply.context["new"].number) == shown


def test_of_a_single_revision_nothing_is_compared(world: World, person: User) -> None:
    shown = text(signed_in(person).get(f"/stores/store/{world.store.pk}/history/diff/"))

    assert "This is one and the same revision." in shown


def test_restoring_is_no_link(world: World, person: User) -> None:
    reply = signed_in(person).get(f"/stores/store/{world.store.pk}/history/1/restore/")

    assert reply.status_code == 405


def test_a_long_history_has_pages(person: User) -> None:
    component = Component.objects.create(
        name="kf", type="orchestrator", flavor="kubeflow", owner=person
    )
    for number in range(30):
        change(component, description=str(number))

    reply = signed_in(person).get(f"/stores/component/{component.pk}/history/?page=2")

    assert [row["revision"].number for row in reply.context["rows"]] == [6, 5, 4, 3, 2, 1]
    assert reply.context["rows"][0]["changed"] == "Description"
    assert "Page 2 of 2" in text(reply)


def test_nothing_but_a_first_revision_is_said(world: World, person: User) -> None:
    shown = text(signed_in(person).get(f"/stores/store/{world.store.pk}/history/"))

    assert "nothing to compare yet" in shown


def test_changed_and_changed_back_is_said(world: World, person: User) -> None:
    change(world.store, description="other")
    change(world.store, description="about thing")

    address = f"/stores/store/{world.store.pk}/history/diff/?from=1&to=3"
    assert "changed and changed back" in text(signed_in(person).get(address))


def test_two_stacks_are_compared(world: World, person: User) -> None:
    other = Stack.objects.create(name="serve", owner=person, store=world.store, production=True)

    reply = signed_in(person).get(f"/stores/stack/{world.stack.pk}/compare/?with={other.pk}")

    assert "serve" in text(reply)
    assert [(row.label, row.differs) for row in reply.context["rows"]][:2] == [
        ("Description", True),
        ("Production", True),
    ]


def test_a_stack_is_compared_with_visible_ones_only(
    world: World, person: User, stranger: User
) -> None:
    foreign = furnish(stranger, "foreign").stack
    client, address = signed_in(person), f"/stores/stack/{world.stack.pk}/compare/"

    assert "foreign" not in text(client.get(address))
    assert client.get(f"{address}?with={foreign.pk}").status_code == 404
    assert client.get(f"{address}?with=x").status_code == 404


def test_there_may_be_no_other_stack(world: World, person: User) -> None:
    shown = text(signed_in(person).get(f"/stores/stack/{world.stack.pk}/compare/"))

    assert "no other stack that you see" in shown
