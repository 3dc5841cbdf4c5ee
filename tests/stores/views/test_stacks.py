"""The page of a stack: its verdict, what is done from it, and the list for programs."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages

from project.access import Role, Team
from project.audit import AuditEntry
from secrets_app.models import Secret, SecretsManager
from stores.dispatch import queueing
from stores.models import ActiveStack, Check, Component, DefaultStack, Stack, StackCheck, Store
from stores.views import stacks
from tests.support.pages import signed_in, words, words_of

pytestmark = pytest.mark.django_db

KEY = "a2V5" * 22


@pytest.fixture
def secret(person: User) -> Secret:
    manager = SecretsManager.objects.built_in()
    secret = Secret.objects.create(name="az_secret", owner=person, manager=manager)
    secret.replace({"account_name": "mlacct", "account_key": KEY})
    return secret


@pytest.fixture
def stack(person: User, secret: Secret) -> Stack:
    """A stack whose store names a secret, without a secrets manager and an orchestrator."""
    store = Store.objects.create(
        name="az_store",
        owner=person,
        flavor="azure",
        path="az://models",
        sign_in="from_secret",
        authentication_secret="az_secret",
    )
    return Stack.objects.create(name="train", owner=person, store=store)


@pytest.fixture
def colleague(stack: Stack) -> User:
    """Somebody who may run the stack and its store."""
    colleague = User.objects.create_user("dora", is_staff=True)
    team = Team.objects.found("ml", stack.owner)
    team.admit(colleague, Role.OPERATOR)
    stack.share(team, Role.OPERATOR)
    stack.store.share(team, Role.OPERATOR)
    return colleague


def page_of(stack: Stack) -> str:
    return f"/stores/stack/{stack.pk}/overview/"


def mend(user: User, stack: Stack, rule: str, kind: str) -> Any:
    """Press the button of that kind beside the finding of that rule."""
    page = signed_in(user).get(page_of(stack))
    (finding,) = [each for each in page.context["findings"] if each.rule == rule]
    (chosen,) = [each for each in finding.mends if each.kind == kind]
    address = f"/stores/stack/{stack.pk}/mend/"
    return signed_in(user).post(address, {"finding": finding.id, "mend": chosen.slug})


def said(reply: Any) -> list[str]:
    return [str(message) for message in get_messages(reply.wsgi_request)]


def audited(thing: Any) -> list[tuple[str, str]]:
    kind = str(thing._meta.verbose_name)
    entries = AuditEntry.objects.filter(kind=kind, thing_id=str(thing.pk))
    return list(entries.order_by("pk").values_list("action", "words"))


def test_the_page_begins_with_a_verdict(stack: Stack, person: User) -> None:
    page = words(signed_in(person), page_of(stack))

    assert "2 problems and 1 warning: this stack does not work as it is." in page
    assert "Who can reach az_store" in page


def test_a_stack_without_faults_says_so(stack: Stack, person: User) -> None:
    Store.objects.update(state="healthy")
    Stack.objects.update(secrets_manager=SecretsManager.objects.built_in())
    stack.components.add(Component.objects.default_orchestrator())

    page = words(signed_in(person), page_of(stack))

    assert "No rule objects, and the store's last check was good." in page


def test_the_verdict_says_that_the_store_fails(stack: Stack, person: User) -> None:
    Store.objects.update(state="failing", state_words="“Name” failed.")
    Stack.objects.update(secrets_manager=SecretsManager.objects.built_in())
    stack.components.add(Component.objects.default_orchestrator())

    page = words(signed_in(person), page_of(stack))

    assert "check failed: nothing that needs the store is known to work." in page
    assert "Nothing is known to be broken" not in page


def test_a_check_that_ends_while_the_page_is_made_is_shown(
    stack: Stack, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = stacks.find

    def find_before_the_check_ends(*args: Any) -> Any:
        stack = found(*args)
        Store.objects.update(state="failing", state_words="“Connect” failed.")
        return stack

    monkeypatch.setattr(stacks, "find", find_before_the_check_ends)

    page = words(signed_in(person), page_of(stack))

    assert "The store's last check failed: “Connect” failed." in page


def test_a_click_adds_the_secrets_manager(stack: Stack, person: User) -> None:
    reply = mend(person, stack, "no-manager", "add-manager")

    stack.refresh_from_db()
    assert stack.secrets_manager == SecretsManager.objects.built_in()
    assert reply["Location"] == page_of(stack)
    assert said(reply) == ["train has the secrets manager local now."]
    assert audited(stack) == [("changed", "secrets_manager: local")]


def test_a_click_adds_the_local_orchestrator(stack: Stack, person: User) -> None:
    mend(person, stack, "no-orchestrator", "add-orchestrator")

    assert [each.name for each in stack.components.all()] == ["default"]
    assert audited(stack) == [("changed", "orchestrator: default")]


def test_a_click_lets_the_store_use_the_secret(stack: Stack, person: User) -> None:
    Store.objects.update(sign_in="implicit", authentication_secret="", state="healthy")
    stack.components.add(
        Component.objects.create(name="kf", owner=person, type="orchestrator", flavor="kubeflow")
    )

    reply = mend(person, stack, "implicit-out-of-reach", "use-secret")

    store = Store.objects.get()
    assert (store.sign_in, store.authentication_secret) == ("from_secret", "az_secret")
    assert store.state == "never"
    assert said(reply) == ["az_store signs in with az_secret now. Check it."]
    assert audited(store) == [
        ("changed", "authentication_secret: az_secret, from stack train"),
    ]


def test_a_click_takes_the_similar_secret(stack: Stack, person: User) -> None:
    kept = {
        "labels": {"stage": "prod"},
        "configuration": {"account_url": "https://mlacct.blob.core.windows.net", "other": 1},
        "allow_probes": True,
    }
    Store.objects.update(authentication_secret="az-secret", **kept)

    mend(person, stack, "secret-missing", "use-secret")

    store = Store.objects.get()
    assert store.authentication_secret == "az_secret"
    assert {name: getattr(store, name) for name in kept} == kept


def test_a_store_whose_kept_address_is_none_is_not_mended_but_its_page_says_why(
    stack: Stack, person: User
) -> None:
    Store.objects.update(authentication_secret="az_secert", path="az:/models")

    reply = mend(person, stack, "secret-missing", "use-secret")

    assert said(reply) == [
        "az_store was not changed. Address: An address looks like"
        " <code>az://container/path</code> or <code>abfs://container/path</code>."
    ]
    assert Store.objects.get().authentication_secret == "az_secert"


def test_a_click_opens_the_form_of_the_missing_secret(stack: Stack, person: User) -> None:
    Store.objects.update(authentication_secret="models-secret")
    manager = SecretsManager.objects.create(name="ours", owner=person)
    Stack.objects.update(secrets_manager=manager)

    reply = mend(person, stack, "secret-missing", "create-secret")

    assert reply["Location"] == (
        f"/secrets_app/secret/add/?name=models-secret&schema=azure&manager={manager.pk}"
    )


def test_the_missing_secret_of_a_team_is_made_in_the_team(stack: Stack, person: User) -> None:
    team = Team.objects.found("ml", person)
    Store.objects.update(authentication_secret="models-secret", team=team)

    page = signed_in(person).get(page_of(stack)).content.decode()
    reply = mend(person, stack, "secret-missing", "create-secret")

    assert '<button class="sr-button">Create models-secret</button>' in page
    assert reply["Location"] == (
        f"/secrets_app/secret/add/?name=models-secret&schema=azure&team={team.pk}"
    )


def test_the_way_to_a_missing_secret_is_offered_once(stack: Stack, person: User) -> None:
    Store.objects.update(authentication_secret="models-secret")
    typed = {"store": stack.store_id, "secrets_manager": SecretsManager.objects.built_in().pk}

    page = words(signed_in(person), page_of(stack))
    builder = words_of(signed_in(person).post("/stores/stack/read/", typed))

    assert page.count("Create models-secret") == 1
    assert "Create secret models-secret" not in page
    assert builder.count("Create secret models-secret") == 1
    assert "once it is saved: Create models-secret" not in builder


def test_s31_who_cannot_make_the_missing_secret_where_it_is_looked_for_is_not_led_to_it(
    stack: Stack, colleague: User
) -> None:
    Store.objects.update(authentication_secret="models-secret")
    Stack.objects.update(secrets_manager=SecretsManager.objects.built_in())
    stack.components.add(Component.objects.default_orchestrator())
    Store.objects.update(state="healthy")

    page = signed_in(colleague).get(page_of(stack)).content.decode()

    shown = 'disabled>Create models-secret</button> <span class="sr-quiet">Your role does not'
    assert page.count(shown) == 1


def test_what_is_not_offered_is_not_done(stack: Stack, person: User) -> None:
    asked = {"finding": "no-orchestrator:stack", "mend": "add-orchestrator-0"}
    stack.components.add(Component.objects.default_orchestrator())
    stack.components.set([Component.objects.default_orchestrator()])

    reply = signed_in(person).post(f"/stores/stack/{stack.pk}/mend/", asked)

    assert said(reply) == ["Nothing was changed: this is mended, or offered no more."]
    assert audited(stack) == []


def test_who_may_only_run_the_stack_does_not_mend_it(stack: Stack, colleague: User) -> None:
    asked = {"finding": "no-orchestrator:stack", "mend": "add-orchestrator-0"}
    browser = signed_in(colleague)

    page = browser.get(page_of(stack)).content.decode()
    reply = browser.post(f"/stores/stack/{stack.pk}/mend/", asked)

    assert '</button> <span class="sr-quiet">Your role does not allow this.</span>' in page
    assert reply.status_code == 403
    assert not stack.components.exists()


@pytest.mark.parametrize("what", ["check", "mend", "activate"])
def test_strangers_do_nothing_with_it(what: str, stack: Stack, stranger: User) -> None:
    reply = signed_in(stranger).post(f"/stores/stack/{stack.pk}/{what}/")

    assert reply.status_code == 404
    assert not Check.objects.exists()


def test_checking_the_whole_stack_shows_one_verdict_live(stack: Stack, colleague: User) -> None:
    browser = signed_in(colleague)

    reply = browser.post(f"/stores/stack/{stack.pk}/check/", follow=True)

    page = reply.content.decode()
    assert Check.objects.get().requested_by == colleague
    assert StackCheck.objects.get().requested_by == colleague
    assert "Waiting for a worker." in page
    assert f'hx-get="/stores/stack/{stack.pk}/state/"' in page

    Check.objects.update(status="done", verdict="healthy")
    state = browser.get(f"/stores/stack/{stack.pk}/state/").content.decode()
    assert "Waiting for a worker." in state
    assert "hx-get" in state

    StackCheck.objects.update(status="done")
    state = browser.get(f"/stores/stack/{stack.pk}/state/").content.decode()
    assert "this stack does not work as it is" in state
    assert "hx-get" not in state


def test_who_may_only_look_does_not_check(stack: Stack, colleague: User) -> None:
    stack.share(Team.objects.get(), Role.VIEWER)

    reply = signed_in(colleague).post(f"/stores/stack/{stack.pk}/check/")

    assert reply.status_code == 403
    assert not Check.objects.exists()


def test_a_store_that_one_may_not_run_is_not_checked(stack: Stack, colleague: User) -> None:
    stack.store.share(Team.objects.get(), Role.VIEWER)

    reply = signed_in(colleague).post(f"/stores/stack/{stack.pk}/check/")

    assert reply.status_code == 403
    assert not Check.objects.exists()


def test_checks_of_stacks_count_as_any_others(
    stack: Stack, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "MOST_CHECKS", 0)

    reply = signed_in(person).post(f"/stores/stack/{stack.pk}/check/")

    assert said(reply)[0].startswith("You may start 0 checks a minute")
    assert not Check.objects.exists()
    assert not StackCheck.objects.exists()


def test_a_stack_check_that_goes_past_the_limit_starts_nothing(
    stack: Stack, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "MOST_CHECKS", 1)

    reply = signed_in(person).post(f"/stores/stack/{stack.pk}/check/")

    assert said(reply)[0].startswith("You may start 1 checks a minute")
    assert not Check.objects.exists()
    assert not StackCheck.objects.exists()


def test_a_second_click_is_served_by_what_is_open(stack: Stack, person: User) -> None:
    signed_in(person).post(f"/stores/stack/{stack.pk}/check/")
    signed_in(person).post(f"/stores/stack/{stack.pk}/check/")

    assert Check.objects.count() == 1
    assert StackCheck.objects.count() == 1


def test_a_stack_that_names_no_secret_has_its_store_checked_alone(
    stack: Stack, person: User
) -> None:
    Store.objects.update(sign_in="implicit", authentication_secret="")

    signed_in(person).post(f"/stores/stack/{stack.pk}/check/")

    assert Check.objects.count() == 1
    assert not StackCheck.objects.exists()


def test_the_secrets_of_who_may_not_see_all_parts_stay_untold(
    stack: Stack, colleague: User
) -> None:
    stack.components.add(Component.objects.create(name="kf", owner=stack.owner, flavor="kubeflow"))
    StackCheck.objects.create(
        stack=stack, requested_by=stack.owner, status="failed", error="Told to nobody else."
    )

    page = words(signed_in(colleague), page_of(stack))

    assert "1 of its parts is not shared with you" in page
    assert "Told to nobody else." not in page


def test_who_works_with_the_stack_is_said(stack: Stack, colleague: User) -> None:
    ActiveStack.objects.create(user=colleague, stack=stack)
    DefaultStack.objects.create(team=Team.objects.get(), stack=stack)

    page = words(signed_in(stack.owner), page_of(stack))

    assert "1 other person works with it." in page
    assert "The default of team ml." in page


def test_the_form_is_read_while_one_chooses(stack: Stack, person: User) -> None:
    orchestrator = Component.objects.create(
        name="kf", owner=person, type="orchestrator", flavor="kubeflow", runs_on="cloud"
    )
    folder = Store.objects.create(
        name="folder", owner=person, flavor="local", path="/nowhere", sign_in="none"
    )
    typed = {"store": folder.pk, "orchestrator": orchestrator.pk, "production": "on"}

    reply = signed_in(person).post("/stores/stack/read/", typed)

    assert [finding.rule for finding in reply.context["findings"]] == [
        "folder-out-of-reach",
        "folder-in-production",
        "store-unchecked",
    ]
    assert "Save with 1 problem</span>" in reply.content.decode()
    assert list(Stack.objects.all()) == [stack]


def test_the_form_itself_mends_what_one_of_its_fields_can(stack: Stack, person: User) -> None:
    reply = signed_in(person).post("/stores/stack/read/", {"store": stack.store.pk})

    manager = SecretsManager.objects.built_in()
    assert (
        f'type="button" data-choose="secrets_manager" data-value="{manager.pk}">'
        "Add secrets manager local</button>"
    ) in reply.content.decode()


def test_the_form_says_what_one_click_mends_once_it_is_saved(stack: Stack, person: User) -> None:
    Secret.objects.update(name="az-secret")

    reply = signed_in(person).post("/stores/stack/read/", {"store": stack.store.pk})

    page = reply.content.decode()
    assert "With one click once it is saved: Use secret az-secret." in page
    assert 'href="/secrets_app/secret/add/?name=az_secret" target="_blank"' in page


def test_a_missing_secret_is_made_by_who_may_change_the_store(
    stack: Stack, person: User, colleague: User
) -> None:
    Secret.objects.all().delete()

    mine = signed_in(person).get(page_of(stack)).content.decode()
    theirs = signed_in(colleague).get(page_of(stack)).content.decode()

    button = '<button class="sr-button">Create az_secret</button>'
    assert button in mine
    assert "There is no secret az_secret." in theirs
    assert button not in theirs


def test_an_empty_form_says_what_is_required(person: User) -> None:
    reply = signed_in(person).post("/stores/stack/read/", {})

    assert [finding.words for finding in reply.context["findings"]] == [
        "No artifact store chosen. Required.",
        "No orchestrator chosen. Required.",
    ]


def test_foreign_parts_are_not_read(stack: Stack, stranger: User) -> None:
    reply = signed_in(stranger).post("/stores/stack/read/", {"store": stack.store.pk})

    assert reply.context["findings"][0].rule == "no-store"
    assert "az_store" not in reply.content.decode()


@pytest.mark.database
def test_programs_get_a_page_of_stacks(stack: Stack, person: User) -> None:
    stack.components.add(Component.objects.default_orchestrator())

    reply = signed_in(person).get("/stacks.json")

    assert reply.json() == {
        "count": 1,
        "page": 1,
        "pages": 1,
        "stacks": [
            {
                "id": stack.pk,
                "name": "train",
                "owner": "bea",
                "team": None,
                "production": False,
                "artifact_store": "az_store",
                "store_state": "never",
                "secrets_manager": None,
                "components": [{"type": "orchestrator", "name": "default", "flavor": "local"}],
                "worst": {
                    "id": f"no-manager:store:{stack.store_id}",
                    "level": "problem",
                    "about": "az_store",
                    "words": "az_store names the secret az_secret, but this stack has no secrets"
                    " manager. ZenML will not find it.",
                    "action": "Add a secrets manager.",
                },
            }
        ],
    }


@pytest.mark.database
def test_programs_get_their_own_stacks_alone(stack: Stack, stranger: User) -> None:
    assert signed_in(stranger).get("/stacks.json").json()["stacks"] == []


@pytest.mark.parametrize(
    ("address", "first", "again"), [("/stores/stack/", 20, 11), ("/stacks.json", 14, 5)]
)
@pytest.mark.parametrize("number", [5, 20])
def test_a_list_takes_a_fixed_number_of_queries_and_few_where_nothing_was_changed(
    address: str,
    first: int,
    again: int,
    number: int,
    stack: Stack,
    person: User,
    django_assert_num_queries: Any,
) -> None:
    for index in range(number - 1):
        kind = Component.objects.create(
            name=f"c{index}", owner=person, type="orchestrator", flavor="kubeflow"
        )
        other = Stack.objects.create(name=f"s{index}", owner=person, store=stack.store)
        other.components.add(kind)
    browser = signed_in(person)

    with django_assert_num_queries(first):
        browser.get(address)
    with django_assert_num_queries(again):
        reply = browser.get(address)

    assert reply.content.decode().count("az_store names the secret az_secret") == number


def test_who_may_not_check_the_stack_is_told_which_role_that_takes(
    stack: Stack, stranger: User, person: User
) -> None:
    team = Team.objects.found("readers", person)
    team.admit(stranger, Role.VIEWER)
    stack.share(team, Role.OPERATOR)
    reader = signed_in(stranger)

    of_a_viewer = words(reader, page_of(stack))
    team.admit(stranger, Role.OPERATOR)
    without_the_store = words(reader, page_of(stack))
    stack.store.share(team, Role.OPERATOR)
    of_an_operator = words(reader, page_of(stack))

    assert "Check whole stack: This needs the Operator role on train. You are Viewer." in (
        of_a_viewer
    )
    assert "This needs the Operator role on az_store. It is not shared with you." in (
        without_the_store
    )
    assert "needs the Operator role" not in of_an_operator
