"""Checks of the secrets of a whole stack: a worker opens every one that its parts name."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import serializers
from django.db.models.functions import Now
from django.utils import timezone

from project.access import Role, Team
from project.audit import AuditEntry
from secrets_app.models import Secret, SecretsManager, SecretValue
from stores import runs, stack_rules
from stores.models import Component, Stack, StackCheck, Store
from tests.support.pages import signed_in, words
from tests.support.vault import CLIENT, GOOD_SECRET, TENANT, VERSION, Vault

pytestmark = pytest.mark.django_db

KEY = "a2V5" * 22


def here(owner: User, name: str, values: dict[str, str], schema: str = "arbitrary") -> Secret:
    manager = SecretsManager.objects.built_in()
    secret = Secret.objects.create(name=name, owner=owner, manager=manager, schema=schema)
    secret.replace(values)
    return secret


@pytest.fixture
def stack(person: User) -> Stack:
    """A stack whose store and whose tracker name a secret each, both kept here."""
    here(person, "az_secret", {"account_name": "mlacct", "account_key": KEY}, "azure")
    here(person, "tracker", {"password": "open sesame"})
    store = Store.objects.create(
        name="az_store",
        owner=person,
        flavor="azure",
        path="az://models",
        sign_in="from_secret",
        authentication_secret="az_secret",
        state="healthy",
    )
    stack = Stack.objects.create(
        name="train", owner=person, store=store, secrets_manager=SecretsManager.objects.built_in()
    )
    stack.components.add(
        Component.objects.default_orchestrator(), naming(person, "{{tracker.password}}")
    )
    return stack


def naming(owner: User, text: str) -> Component:
    return Component.objects.create(
        name="mlflow",
        owner=owner,
        type="experiment_tracker",
        flavor="mlflow",
        configuration={"tracking_password": text},
    )


@pytest.fixture
def kept_in_vault(stack: Stack, vault: Vault) -> Vault:
    """The vault that keeps the tracker's secret; it is not the stack's secrets manager."""
    principal = {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": GOOD_SECRET}
    here(stack.owner, "az_sp", principal)
    manager = SecretsManager.objects.create(
        name="kv",
        owner=stack.owner,
        flavor="azure",
        configuration={"vault_url": vault.url},
        authentication_secret="az_sp",
    )
    Secret.objects.filter(name="tracker").delete()
    Secret.objects.create(name="tracker", owner=stack.owner, manager=manager, schema="arbitrary")
    vault.secrets["tracker"] = json.dumps({"password": "open sesame"})
    return vault


def checked(stack: Stack, person: User | None = None) -> StackCheck:
    check = StackCheck.objects.create(stack=stack, requested_by=person or stack.owner)
    runs.run_stack_check(check.pk)
    check.refresh_from_db()
    return check


def found(check: StackCheck) -> dict[str, str]:
    return {result["name"]: result["words"] for result in check.results}


def result_of(check: StackCheck, name: str) -> dict[str, Any]:
    one: dict[str, Any] = next(each for each in check.results if each["name"] == name)
    return one


def said_of(stack: Stack) -> list[tuple[str, str, str]]:
    """What the findings tell that come from opening."""
    stack = Stack.objects.get(pk=stack.pk)
    return [
        (finding.level, finding.words, finding.action)
        for finding in stack_rules.findings(stack)
        if finding.rule == "secret-not-opened"
    ]


def test_every_secret_that_the_parts_name_is_opened(stack: Stack) -> None:
    check = checked(stack)

    assert (check.status, check.total) == ("done", 2)
    assert found(check) == {
        "az_secret": "`az_secret` v1 decrypted (values not shown).",
        "tracker": "`tracker` v1 decrypted (values not shown).",
    }
    assert said_of(stack) == []


def test_each_opening_stands_in_the_audit(stack: Stack) -> None:
    check = checked(stack)

    used = AuditEntry.objects.filter(action="used").order_by("pk")
    assert list(used.values_list("thing_name", "words", "run")) == [
        ("az_secret", "version 1 for train", f"stack check {check.pk}"),
        ("tracker", "version 1 for train", f"stack check {check.pk}"),
    ]


def test_nothing_of_a_value_is_kept(stack: Stack, kept_in_vault: Vault) -> None:
    check = checked(stack)

    kept = serializers.serialize("json", [check, *AuditEntry.objects.all()])
    assert "open sesame" not in kept
    assert KEY not in kept
    assert GOOD_SECRET not in kept


def test_what_a_vault_keeps_is_fetched_with_its_own_sign_in(
    stack: Stack, kept_in_vault: Vault
) -> None:
    check = checked(stack)

    assert found(check) == {
        "az_sp": "`az_sp` v1 decrypted (values not shown).",
        "az_secret": "`az_secret` v1 decrypted (values not shown).",
        "tracker": "`tracker` fetched from `kv` (values not shown).",
    }
    used = AuditEntry.objects.filter(action="used").values_list("thing_name", "words")
    assert ("az_sp", "version 1 to sign in to kv") in used
    assert ("tracker", f"version {VERSION} from kv for train") in used


def test_an_attribute_that_the_vault_does_not_hold_is_a_finding(
    stack: Stack, kept_in_vault: Vault
) -> None:
    kept_in_vault.secrets["tracker"] = json.dumps({"user": "ada"})

    checked(stack)

    assert said_of(stack) == [
        (
            "problem",
            "A worker could not use tracker: `{{tracker.password}}` leads to no value in"
            " `tracker`.",
            "Add it to `tracker`, or correct the reference.",
        )
    ]


def test_a_vault_that_is_down_is_a_warning_and_asked_once(
    stack: Stack, kept_in_vault: Vault
) -> None:
    other = Secret.objects.get(name="tracker").manager
    Secret.objects.create(name="second", owner=stack.owner, manager=other, schema="arbitrary")
    Component.objects.filter(name="mlflow").update(
        configuration={"tracking_password": "{{tracker.password}}", "tag": "{{second.tag}}"}
    )
    kept_in_vault.stop()

    check = checked(stack)

    host = kept_in_vault.host
    assert result_of(check, "tracker")["category"] == "unavailable"
    assert result_of(check, "second")["words"] == result_of(check, "tracker")["words"]
    assert [(level, words) for level, words, _ in said_of(stack)] == [
        ("warning", f"A worker could not use second: `{host}` cannot be reached."),
        ("warning", f"A worker could not use tracker: `{host}` cannot be reached."),
    ]
    signed_in_times = AuditEntry.objects.filter(words="version 1 to sign in to kv").count()
    assert signed_in_times == 1


def test_what_has_ended_in_the_vault_is_a_finding(stack: Stack, kept_in_vault: Vault) -> None:
    kept_in_vault.expires["tracker"] = int(datetime(2020, 1, 31, tzinfo=UTC).timestamp())

    check = checked(stack)

    assert result_of(check, "tracker")["category"] == "secret_expired"
    assert [level for level, _, _ in said_of(stack)] == ["problem"]
    ended = Secret.objects.get(name="tracker").ends_in_vault
    assert ended == datetime(2020, 1, 31, tzinfo=UTC)


def test_what_has_ended_here_is_a_finding(stack: Stack) -> None:
    Secret.objects.get(name="tracker").set_expiry(timezone.now() - timedelta(days=3, hours=1))

    checked(stack)

    assert said_of(stack) == [
        (
            "problem",
            "A worker could not use tracker: `tracker` expired 3 days ago.",
            "Replace it.",
        )
    ]


def test_what_no_key_opens_is_refused_and_a_finding(stack: Stack) -> None:
    SecretValue.objects.filter(version__secret__name="tracker").update(sealed_for=9)

    check = checked(stack)

    assert result_of(check, "tracker")["category"] == "secret_undecryptable"
    refused = AuditEntry.objects.get(action="refused")
    assert (refused.thing_name, refused.run) == ("tracker", f"stack check {check.pk}")
    assert [level for level, _, _ in said_of(stack)] == ["problem"]


def test_the_stores_secret_that_cannot_be_read_is_told_once(stack: Stack) -> None:
    SecretValue.objects.filter(version__secret__name="az_secret").update(sealed_for=9)

    checked(stack)

    rules = [finding.rule for finding in stack_rules.findings(Stack.objects.get())]
    assert "secret-unreadable" in rules
    assert "secret-not-opened" not in rules


def test_a_secret_that_is_gone_is_told_by_the_rules_alone(stack: Stack) -> None:
    Secret.objects.get(name="tracker").delete()

    check = checked(stack)

    assert result_of(check, "tracker")["words"] == "There is no secret `tracker`."
    assert said_of(stack) == []
    rules = [finding.rule for finding in stack_rules.findings(Stack.objects.get())]
    assert "dangling" in rules


def test_a_result_lasts_until_its_secret_is_changed(stack: Stack) -> None:
    secret = Secret.objects.get(name="tracker")
    secret.set_expiry(timezone.now() - timedelta(days=3))
    checked(stack)

    secret.replace({"password": "another"})

    assert said_of(stack) == []
    page = words(signed_in(stack.owner), f"/stores/stack/{stack.pk}/overview/")
    assert "1 of 2 secrets opened by a worker" in page
    assert "tracker was changed since." in page


def test_a_result_lasts_until_a_part_of_the_stack_is_changed(stack: Stack) -> None:
    checked(stack)

    Component.objects.get(name="mlflow").save()

    page = words(signed_in(stack.owner), f"/stores/stack/{stack.pk}/overview/")
    assert "the stack was changed since." in page
    assert "opened by a worker" not in page


def test_the_page_has_one_verdict_over_store_and_secrets(stack: Stack) -> None:
    checked(stack)

    page = words(signed_in(stack.owner), f"/stores/stack/{stack.pk}/overview/")

    assert (
        "No rule objects, and the store's last check was good. A worker opened 2 secrets." in page
    )
    assert "2 of 2 secrets opened by a worker" in page


def test_the_page_shows_how_far_it_is(stack: Stack) -> None:
    StackCheck.objects.create(
        stack=stack, status="running", total=3, results=[{"name": "az_secret", "mark": "ok"}]
    )

    page = words(signed_in(stack.owner), f"/stores/stack/{stack.pk}/state/")

    assert "A worker opens the secrets: 1 of 3 done." in page


def test_who_may_not_check_the_stack_any_more_has_nothing_opened(
    stack: Stack, stranger: User
) -> None:
    check = checked(stack, stranger)

    assert (check.status, check.results) == ("failed", [])
    assert check.error == f"{stranger} may not check `train` any more."
    assert not AuditEntry.objects.filter(action="used").exists()


def test_who_may_not_see_all_parts_has_nothing_opened(stack: Stack) -> None:
    dora = User.objects.create_user("dora", is_staff=True)
    team = Team.objects.found("ml", stack.owner)
    team.admit(dora, Role.OPERATOR)
    stack.share(team, Role.OPERATOR)
    stack.store.share(team, Role.OPERATOR)

    check = checked(stack, dora)

    assert check.error == "Not all that `train` joins is shared with dora."
    assert not AuditEntry.objects.filter(action="used").exists()


def test_secrets_are_used_through_a_shared_stack_without_being_shared(stack: Stack) -> None:
    dora = User.objects.create_user("dora", is_staff=True)
    team = Team.objects.found("ml", stack.owner)
    team.admit(dora, Role.OPERATOR)
    for thing in (stack, stack.store, Component.objects.get(name="mlflow")):
        thing.share(team, Role.OPERATOR)

    check = checked(stack, dora)

    assert [result["mark"] for result in check.results] == ["ok", "ok"]
    used = AuditEntry.objects.filter(action="used").order_by("pk")
    assert [entry.actor for entry in used] == [dora, dora]


def test_what_a_dead_worker_left_is_begun_again(stack: Stack) -> None:
    left = StackCheck.objects.create(
        stack=stack,
        requested_by=stack.owner,
        status="running",
        fence=1,
        lease_until=Now() - timedelta(seconds=1),
        total=2,
        results=[{"name": "az_secret", "mark": "ok"}],
    )

    runs.run_stack_check(left.pk)

    left.refresh_from_db()
    assert (left.status, left.fence) == ("done", 2)
    assert [result["name"] for result in left.results] == ["az_secret", "tracker"]


def test_a_check_of_a_deleted_stack_is_no_work(stack: Stack) -> None:
    check = StackCheck.objects.create(stack=stack, requested_by=stack.owner)
    Stack.objects.all().delete()

    runs.run_stack_check(check.pk)

    assert not StackCheck.objects.exists()
    assert not AuditEntry.objects.filter(action="used").exists()
