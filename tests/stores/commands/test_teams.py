"""The command `team`, and `share` and `unshare` of every kind of thing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import CommandError

from project.access import Invitation, Role, Team
from project.audit import AuditEntry
from stores.models import Component, Stack
from tests.support.pages import World, furnish

pytestmark = pytest.mark.django_db

Run = Callable[..., str]
Refusal = Callable[..., CommandError]


@pytest.fixture
def team(person: User, stranger: User) -> Team:
    """Bea's team, with carl as an editor."""
    team = Team.objects.found("data-science", person)
    team.admit(stranger, Role.EDITOR)
    return team


@pytest.fixture
def world(person: User) -> World:
    """Bea's things."""
    return furnish(person, "train")


def test_a_team_is_made_with_people_in_it(run: Run, person: User, stranger: User) -> None:
    printed = run("team", "create", "ml", "-u", "carl", "--role", "operator", "--as", "bea")

    team = Team.objects.get(name="ml")
    assert printed == "Made the team `ml`; bea is its owner.\n"
    assert (team.role_of(person), team.role_of(stranger)) == (Role.OWNER, Role.OPERATOR)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["data-science"], "There is a team of this name already."),
        (["a/b"], "A name has no slash"),
        (["ml", "-u", "nobody"], "There is no user `nobody`."),
        (["ml", "-u", "carl", "--role", "king"], "There is no role `king`; there are viewer,"),
        (["ml", "-u", "bea"], "bea is the only owner of ml."),
    ],
)
def test_a_team_that_cannot_be_made_is_not_made(
    arguments: list[str], words: str, refusal: Refusal, team: Team
) -> None:
    said = refusal("team", "create", *arguments, "--as", "bea")

    assert words in str(said)
    assert Team.objects.count() == 1


def test_the_list_has_ones_own_teams(run: Run, team: Team, stranger: User) -> None:
    Team.objects.found("carls-own", stranger)

    own = json.loads(run("team", "list", "--as", "bea", "--output", "json"))

    assert own == [{"name": "data-science", "description": "", "you_are": "Owner", "members": 2}]


def test_a_team_is_described_with_its_people_and_things(
    run: Run, team: Team, world: World
) -> None:
    world.secret.share(team, Role.OPERATOR)

    facts = json.loads(run("team", "describe", "data-science", "--as", "carl", "--output", "json"))

    assert facts["roles"] == {"bea": "Owner", "carl": "Editor"}
    assert facts["things"] == ["secret train as Operator"]


def test_w21_a_foreign_team_is_not_there(refusal: Refusal, team: Team) -> None:
    User.objects.create_user("nora", is_staff=True)

    for verb in (["describe"], ["delete", "-y"], ["invite"], ["update", "-n", "x"]):
        said = refusal("team", *verb[:1], "data-science", *verb[1:], "--as", "nora")
        assert str(said) == "There is no team `data-science`."


@pytest.mark.parametrize("verb", [["delete", "-y"], ["invite"], ["update", "-n", "x"]])
def test_an_editor_changes_nothing_of_a_team(
    verb: list[str], refusal: Refusal, team: Team
) -> None:
    said = refusal("team", *verb[:1], "data-science", *verb[1:], "--as", "carl")

    assert "carl is in `data-science`, but lacks the role for this: Owner" in str(said)
    assert AuditEntry.objects.filter(actor_name="carl", action="refused").exists()


def test_people_are_put_in_and_taken_out(
    run: Run, team: Team, stranger: User, admin_user: User
) -> None:
    put = run(*["team", "update", "data-science", "-a", "ada", "--role", "viewer", "--as", "bea"])
    taken = run("team", "update", "data-science", "-r", "carl", "--as", "bea")

    assert put == "ada is Viewer in `data-science`.\n"
    assert taken == "carl is not in `data-science` any more.\n"
    assert (team.role_of(admin_user), team.role_of(stranger)) == (Role.VIEWER, None)


def test_who_holds_things_is_taken_out_with_an_heir(
    run: Run, refusal: Refusal, team: Team, person: User, stranger: User
) -> None:
    thing = Component.objects.create(
        name="x", owner=stranger, team=team, type="alerter", flavor="slack"
    )
    update = ["team", "update", "data-science", "-r", "carl", "--as", "bea"]

    without = refusal(*update)
    printed = run(*update, "--heir", "bea")

    assert str(without) == (
        "carl holds 1 alerter in data-science. Say who gets that. (--heir USER)"
    )
    assert printed == "carl is not in `data-science` any more. 1 alerter went to bea.\n"
    thing.refresh_from_db()
    assert thing.owner == person


def test_the_last_owner_stays(refusal: Refusal, team: Team) -> None:
    said = refusal("team", "update", "data-science", "-r", "bea", "--as", "bea")

    assert "bea is the only owner of data-science." in str(said)


def test_an_update_says_what_it_is_to_change(refusal: Refusal, team: Team) -> None:
    assert "Say what to change" in str(refusal("team", "update", "data-science", "--as", "bea"))


def test_a_team_is_renamed(run: Run, team: Team) -> None:
    printed = run("team", "update", "data-science", "-n", "research", "--as", "bea")

    assert printed == "`data-science` is called `research` now.\n"
    assert Team.objects.get().name == "research"


def test_a_team_is_deleted_once_it_is_empty(
    run: Run, refusal: Refusal, team: Team, person: User
) -> None:
    thing = Component.objects.create(
        name="x", owner=person, team=team, type="alerter", flavor="slack"
    )
    refused = refusal("team", "delete", "data-science", "-y", "--as", "bea")
    thing.delete()

    run("team", "delete", "data-science", "-y", "--as", "bea")

    assert str(refused) == (
        "`data-science` still has things of its own; move or delete them first."
    )
    assert not Team.objects.exists()


def test_an_invitation_is_a_link(run: Run, team: Team) -> None:
    printed = run(
        *["team", "invite", "data-science", "--role", "editor"],
        *["--url", "https://storeroom.example/", "--as", "bea"],
    )

    found = re.search(r"https://storeroom\.example/invitation/([\w-]{43})/", printed)
    assert found
    assert Invitation.objects.by_token(found[1]).role == Role.EDITOR
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (["stack"], "stack"),
        (["artifact-store"], "store"),
        (["orchestrator"], "component"),
        (["secrets-manager"], "secretsmanager"),
        (["secrets-manager", "secret"], "secret"),
    ],
)
def test_each_kind_of_thing_is_shared_and_taken_back(
    command: list[str], kind: str, run: Run, world: World, team: Team, stranger: User
) -> None:
    share = run(*command, "share", "train", "--team", "data-science", "--as", "bea")
    role = world.things[kind].role_of(stranger)
    back = run(*command, "unshare", "train", "--team", "data-science", "--as", "bea")

    assert "with `data-science` as Operator: members can " in share
    assert role == Role.OPERATOR
    assert "is not shared with `data-science` any more." in back
    assert world.things[kind].role_of(stranger) is None


def test_a_stack_is_shared_with_its_parts(
    run: Run, world: World, team: Team, stranger: User
) -> None:
    options = ["--team", "data-science", "--role", "editor", "-r", "--as", "bea"]

    printed = run("stack", "share", "train", *options)

    assert (
        "Shared secret `train` with `data-science` as Operator: members can use it, not see it,"
        " through stores that they may use.\n" in printed
    )
    assert world.store.role_of(stranger) == Role.EDITOR
    assert world.secret.role_of(stranger) == Role.OPERATOR


@pytest.mark.parametrize(
    ("as_user", "words"),
    [
        ("carl", "carl sees the stack `train`, but lacks the role for this: Owner"),
        ("nora", "There is no stack `train`."),
    ],
)
def test_only_owners_share(
    as_user: str, words: str, refusal: Refusal, world: World, team: Team
) -> None:
    User.objects.create_user("nora", is_staff=True)
    world.stack.share(team, Role.EDITOR)

    said = refusal("stack", "share", "train", "--team", "data-science", "--as", as_user)

    assert words in str(said)


def test_w21_a_foreign_team_gets_nothing(refusal: Refusal, world: World, stranger: User) -> None:
    Team.objects.found("carls-own", stranger)

    said = refusal("stack", "share", "train", "--team", "carls-own", "--as", "bea")

    assert str(said) == "There is no team `carls-own`."
    assert world.stack.shared_with() == {}


def test_what_is_not_shared_cannot_be_taken_back(
    refusal: Refusal, world: World, team: Team
) -> None:
    said = refusal("stack", "unshare", "train", "--team", "data-science", "--as", "bea")

    assert str(said) == "`train` is not shared with `data-science`."


def test_the_team_s_stack_is_the_active_one_of_members_who_chose_none(
    run: Run, team: Team, world: World, stranger: User
) -> None:
    world.stack.share(team, Role.OPERATOR)

    printed = run("team", "update", "data-science", "--default-stack=train", "--as=bea")
    active = run("stack", "get", "--as=carl")
    taken = run("team", "update", "data-science", "--default-stack=", "--as=bea")

    assert printed == "`train` is the default stack of `data-science` now.\n"
    assert active == "The active stack is `train`.\n"
    assert taken == "`data-science` has no default stack any more.\n"
    assert Stack.objects.active_of(stranger) is None
    words = AuditEntry.objects.filter(kind="team", action="changed").order_by("pk")
    assert list(words.values_list("words", flat=True)) == [
        "default stack: train",
        "default stack: none",
    ]


def test_what_a_member_sets_and_their_own_default_come_before_the_team_s(
    run: Run, team: Team, world: World, stranger: User
) -> None:
    world.stack.share(team, Role.OPERATOR)
    run("team", "update", "data-science", "--default-stack=train", "--as=bea")
    for name in ("default", "mine"):
        Stack.objects.create(name=name, owner=stranger, store=world.store)

    own_default = run("stack", "get", "--as=carl")
    run("stack", "set", "mine", "--as=carl")
    chosen = run("stack", "get", "--as=carl")

    assert own_default == "The active stack is `default`.\n"
    assert chosen == "The active stack is `mine`.\n"


def test_w21_a_stack_that_the_team_has_not_is_not_its_default(
    refusal: Refusal, team: Team, world: World
) -> None:
    refused = refusal("team", "update", "data-science", "--default-stack=train", "--as=bea")

    assert str(refused) == "There is no stack of `data-science` `train`."


def test_the_team_s_stack_is_its_owners_choice(refusal: Refusal, team: Team, world: World) -> None:
    world.stack.share(team, Role.OPERATOR)

    refused = refusal("team", "update", "data-science", "--default-stack=train", "--as=carl")

    assert "lacks the role for this: Owner" in str(refused)
