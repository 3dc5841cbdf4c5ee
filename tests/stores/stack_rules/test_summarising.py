"""What lists say of stacks: kept, and judged anew as soon as it would be another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from project.access import Role, Team
from secrets_app.models import Secret, SecretVersion
from stores.models import Component, Stack, StackCheck, Store
from stores.runs import run_stack_check
from stores.stack_rules import Summary, summaries, summarising

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.database,
    pytest.mark.usefixtures("stack"),
]

KEPT_QUERIES = 2


def summary_for(user: User) -> Summary:
    """What the list says to them of the only stack."""
    return summaries([Stack.objects.get().pk], user)[Stack.objects.get().pk]


def rule(user: User) -> str | None:
    """Which rule's finding is the gravest, of the only stack."""
    worst = summary_for(user).worst
    return worst.id.partition(":")[0] if worst else None


def test_a_summary_says_in_names_what_a_list_shows(stack: Stack, person: User) -> None:
    Secret.objects.all().delete()

    summary = summaries([stack.pk], person)[stack.pk]

    assert (summary.name, summary.owner, summary.team) == ("train", "bea", None)
    assert (summary.store, summary.store_state, summary.manager) == (
        "az_store",
        "healthy",
        "local",
    )
    assert [each._asdict() for each in summary.components] == [
        {"type": "orchestrator", "name": "my_kubeflow", "flavor": "kubeflow"}
    ]
    assert summary.worst is not None
    assert summary.worst.id == f"secret-missing:store:{stack.store.pk}"
    assert (summary.worst.level, summary.worst.about) == ("problem", "az_store")
    assert (summary.worst.words, summary.worst.action) == (
        "There is no secret az_secret.",
        "Create it.",
    )


def test_what_was_not_changed_is_not_judged_again(
    stack: Stack, person: User, django_assert_num_queries: Any
) -> None:
    first = summaries([stack.pk], person)

    with django_assert_num_queries(KEPT_QUERIES):
        again = summaries([stack.pk], person)

    assert again == first


@pytest.mark.parametrize("number", [5, 20])
def test_many_stacks_take_a_fixed_number_of_queries(
    number: int, stack: Stack, person: User, django_assert_num_queries: Any
) -> None:
    for index in range(number - 1):
        other = Stack.objects.create(name=f"s{index}", owner=person, store=stack.store)
        other.components.set(stack.components.all())
    keys = list(Stack.objects.values_list("pk", flat=True))

    with django_assert_num_queries(11):
        found = summaries(keys, person)

    levels = [each.worst and each.worst.level for each in found.values()]
    assert (levels.count("problem"), levels.count(None)) == (number - 1, 1)
    assert list(found) == keys


def test_a_stack_that_is_gone_is_left_out(stack: Stack, person: User) -> None:
    assert list(summaries([stack.pk, stack.pk + 1], person)) == [stack.pk]


def end_soon() -> None:
    Secret.objects.get().set_expiry(timezone.now() + timedelta(days=3))


def name_another_the_same() -> None:
    Store.objects.create(
        name="az_store_2",
        owner=User.objects.get(username="bea"),
        flavor="local",
        path="/srv",
        sign_in="none",
    )


def fail() -> None:
    Store.objects.update(state="failing", state_words="“Connect” failed.")


def refer_to_nothing() -> None:
    Component.objects.update(configuration={"token": "{{nothing.token}}"})


def damage() -> None:
    for value in SecretVersion.objects.get().values.all():
        value.sealed = "damaged"
        value.save()
    Secret.objects.get().save()


def open_what_is_damaged() -> None:
    damage()
    Store.objects.update(authentication_secret="", sign_in="implicit", allow_implicit=True)
    Component.objects.update(
        configuration={"key": "{{az_secret.account_key}}"}, runs_on="this_server"
    )
    summary_for(User.objects.get(username="bea"))
    check = StackCheck.objects.create(stack=Stack.objects.get())
    run_stack_check(check.pk)


OUTCOMES: dict[str, tuple[Callable[[], object], str | None]] = {
    "the secret goes": (lambda: Secret.objects.get().delete(), "secret-missing"),
    "the secret is renamed": (lambda: Secret.objects.update(name="other"), "secret-missing"),
    "the secret ends soon": (end_soon, "secret-ends"),
    "the secret cannot be opened": (damage, "secret-unreadable"),
    "the secret fits no more": (
        lambda: Secret.objects.get().replace({"sas_token": "x"}, clear=frozenset({"account_key"})),
        "secret-misfit",
    ),
    "a worker could not open it": (open_what_is_damaged, "secret-not-opened"),
    "the manager goes": (lambda: Stack.objects.update(secrets_manager=None), "no-manager"),
    "the orchestrator goes": (lambda: Stack.objects.get().components.clear(), "no-orchestrator"),
    "another store's name begins like its own": (name_another_the_same, "name-is-prefix"),
    "the store fails": (fail, "store-failing"),
    "a reference leads nowhere": (refer_to_nothing, "dangling"),
}


@pytest.mark.parametrize(("change", "outcome"), OUTCOMES.values(), ids=OUTCOMES.keys())
def test_a_change_is_seen_at_once(
    change: Callable[[], object], outcome: str | None, person: User
) -> None:
    assert rule(person) is None

    change()

    assert rule(person) == outcome


def test_names_of_people_and_teams_are_those_of_now(
    stack: Stack, person: User, team: Team
) -> None:
    Stack.objects.update(team=team)
    assert (summary_for(person).owner, summary_for(person).team) == ("bea", "ml")

    User.objects.filter(pk=person.pk).update(username="beatrice")
    Team.objects.update(name="research")

    assert (summary_for(person).owner, summary_for(person).team) == ("beatrice", "research")


def test_w21_who_does_not_see_every_part_learns_that_alone(
    stack: Stack, person: User, team: Team, stranger: User
) -> None:
    Secret.objects.all().delete()
    team.admit(stranger, Role.EDITOR)
    stack.share(team, Role.EDITOR)
    stack.components.get().share(team, Role.EDITOR)
    assert rule(person) == "secret-missing"

    summary = summary_for(stranger)

    assert summary.worst is not None
    assert summary.worst.words == (
        "1 of its parts is not shared with you, so what is wrong with the stack is not shown."
    )
    assert summary.store_state is None


def test_w21_what_is_shared_or_unshared_is_shown_or_hidden_at_once(
    stack: Stack, team: Team, stranger: User
) -> None:
    team.admit(stranger, Role.VIEWER)
    for thing in (stack, stack.store, stack.components.get()):
        thing.share(team, Role.VIEWER)
    assert (rule(stranger), summary_for(stranger).store_state) == (None, "healthy")

    stack.store.unshare(team)
    assert (rule(stranger), summary_for(stranger).store_state) == ("not-shared", None)

    stack.store.share(team, Role.OPERATOR)
    assert (rule(stranger), summary_for(stranger).store_state) == (None, "healthy")

    team.dismiss(stranger)
    assert (rule(stranger), summary_for(stranger).store_state) == ("not-shared", None)


def test_a_team_s_parts_take_one_query_more(
    stack: Stack, team: Team, stranger: User, django_assert_num_queries: Any
) -> None:
    team.admit(stranger, Role.VIEWER)
    Store.objects.update(team=team)
    Component.objects.update(team=team)
    summaries([stack.pk], stranger)

    with django_assert_num_queries(KEPT_QUERIES + 1):
        found = summaries([stack.pk], stranger)

    assert found[stack.pk].store_state == "healthy"


@pytest.mark.parametrize(
    ("change", "seconds"),
    [
        (lambda: None, summarising.LASTS),
        (end_soon, summarising.LASTS_WHERE_TIME_TELLS),
        (
            lambda: Store.objects.update(
                flavor="local", path="/", sign_in="none", authentication_secret=""
            ),
            summarising.LASTS_WHERE_TIME_TELLS,
        ),
        (
            lambda: Store.objects.update(
                flavor="local", path="/not/yet/there", sign_in="none", authentication_secret=""
            ),
            summarising.LASTS_WHERE_TIME_TELLS,
        ),
    ],
    ids=[
        "nothing that passes",
        "a secret that ends soon",
        "a folder on a disk",
        "a folder that is still to come",
    ],
)
def test_what_time_changes_is_kept_for_a_minute(
    change: Callable[[], object],
    seconds: int,
    stack: Stack,
    person: User,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Any,
) -> None:
    now = [1000.0]
    monkeypatch.setattr(summarising, "time", SimpleNamespace(monotonic=lambda: now[0]))
    change()
    summaries([stack.pk], person)

    now[0] += seconds - 1
    with django_assert_num_queries(KEPT_QUERIES):
        summaries([stack.pk], person)

    now[0] += 1
    with CaptureQueriesContext(connection) as captured:
        summaries([stack.pk], person)
    assert len(captured) > KEPT_QUERIES


def test_a_process_keeps_so_many_stacks_and_no_more(
    stack: Stack, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summarising, "MOST_KEPT", 2)
    others = [
        Stack.objects.create(name=f"s{number}", owner=person, store=stack.store)
        for number in range(4)
    ]

    for each in others:
        assert summaries([each.pk], person)[each.pk].name == each.name

    assert len(summarising._kept) <= 2
