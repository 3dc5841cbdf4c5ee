"""Components and stacks in the console."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages

from project.access import Role, Team
from secrets_app.models import SecretsManager
from stores.models import ActiveStack, Component, DefaultStack, Stack, Store
from stores.zenml_yaml import read
from tests.support.pages import World, furnish, signed_in, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(person: User) -> World:
    return furnish(person)


def complaints(reply: Any) -> dict[str, list[str]]:
    assert reply.status_code == 200
    errors = reply.context["adminform"].form.errors
    return {field: [str(each) for each in words] for field, words in errors.items()}


def add_stack(user: User, **fields: Any) -> Any:
    return signed_in(user).post("/stores/stack/add/", {"name": "eval", **fields})


def add_component(user: User, **fields: str) -> Any:
    typed = {
        "name": "kf",
        "type": "orchestrator",
        "flavor": "kubeflow",
        "configuration": "{}",
        **fields,
    }
    return signed_in(user).post("/stores/component/add/", typed)


def test_a_stack_joins_a_store_and_components(world: World, person: User) -> None:
    reply = add_stack(
        person,
        store=world.store.pk,
        secrets_manager=SecretsManager.objects.built_in().pk,
        orchestrator=world.component.pk,
    )

    stack = Stack.objects.get(name="eval")
    assert reply.status_code == 302
    assert [str(part) for part in stack.parts()] == [
        "thing",
        "local",
        "thing (orchestrator, kubeflow)",
    ]
    assert stack.owner == person


def test_save_and_check_whole_stack_opens_its_secrets_as_well(world: World, person: User) -> None:
    add_stack(
        person,
        store=world.store.pk,
        secrets_manager=SecretsManager.objects.built_in().pk,
        orchestrator=world.component.pk,
        _check="Save and check whole stack",
    )

    stack = Stack.objects.get(name="eval")
    assert world.store.checks.open().count() == 1
    assert stack.checks.open().count() == 1


def test_who_may_not_check_the_store_does_not_do_so_by_saving_a_stack(
    world: World, person: User, stranger: User
) -> None:
    team = Team.objects.found("ml", person)
    team.admit(stranger, Role.EDITOR)
    world.stack.share(team, Role.EDITOR)
    world.store.share(team, Role.VIEWER)
    fields = {"name": "thing", "description": "changed", "store": world.store.pk, "_check": "1"}
    address = f"/stores/stack/{world.stack.pk}/change/"

    reply = signed_in(stranger).post(address, fields, follow=True)

    assert Stack.objects.get(pk=world.stack.pk).description == "changed"
    assert "thing was not checked. This needs a higher role on thing" in reply.content.decode()
    assert not world.store.checks.open().exists()


def test_a_stack_needs_a_store(person: User) -> None:
    assert complaints(add_stack(person)) == {"store": ["This field is required."]}


def test_a_slot_takes_components_of_its_type_alone(world: World, person: User) -> None:
    reply = add_stack(person, store=world.store.pk, step_operator=world.component.pk)

    assert complaints(reply) == {
        "step_operator": [
            f"Select a valid choice. {world.component.pk} is not one of the available choices."
        ]
    }


def test_a_second_stack_of_one_name_is_refused(world: World, person: User) -> None:
    reply = add_stack(person, name="thing", store=world.store.pk)

    assert complaints(reply) == {"__all__": ["You have one of this name already."]}


def test_foreign_parts_are_not_offered(world: World, stranger: User) -> None:
    reply = add_stack(
        stranger,
        store=world.store.pk,
        secrets_manager=world.secretsmanager.pk,
        orchestrator=world.component.pk,
    )

    assert list(complaints(reply)) == ["store", "secrets_manager", "orchestrator"]
    assert "kubeflow" not in reply.content.decode()


def test_the_stacks_page_says_what_is_wrong_with_it(world: World, person: User) -> None:
    Store.objects.update(sign_in="implicit", authentication_secret="", flavor="azure")

    page = signed_in(person).get(f"/stores/stack/{world.stack.pk}/overview/").content.decode()

    assert "Needs work" in page
    assert "cannot see this machine&#x27;s variables" in page


def test_deleting_a_stack_says_that_its_parts_stay_and_names_no_row_of_a_table(
    world: World, person: User
) -> None:
    stack = world.things["stack"]

    page = words(signed_in(person), f"/stores/stack/{stack.pk}/delete/")

    assert "Only the stack goes. Its store, its secrets manager and its components stay." in page
    assert "Stacks: 1 Objects" in page
    assert f"Stack: {stack}" in page
    assert "relationship" not in page


def test_the_question_before_a_stack_goes_counts_others_and_does_not_name_them(
    world: World, person: User, stranger: User
) -> None:
    ActiveStack.objects.create(user=stranger, stack=world.stack)
    DefaultStack.objects.create(team=Team.objects.found("hush", stranger), stack=world.stack)

    page = words(signed_in(person), f"/stores/stack/{world.stack.pk}/delete/")

    assert "People who work with it: 1 Teams whose default it is: 1" in page
    assert str(stranger) not in page
    assert "hush" not in page
    assert "Cancel Delete stack" in page


def test_a_component_that_a_stack_uses_is_not_deleted(
    world: World, person: User, stranger: User
) -> None:
    stack = world.things["stack"]
    theirs = Stack.objects.create(name="theirs", owner=stranger, store=world.store)
    for each in (stack, theirs):
        each.components.add(world.component)
    browser, address = signed_in(person), f"/stores/component/{world.component.pk}/delete/"

    page = words(browser, address)
    browser.post(address, {"post": "yes"})

    assert f"{stack} uses {world.component}" in page
    assert f"1 of other people's stacks use {world.component}" in page
    assert "theirs" not in page
    assert Component.objects.filter(pk=world.component.pk).exists()


def test_m32_selected_stacks_come_as_a_zip_that_an_import_takes(
    world: World, person: User
) -> None:
    Stack.objects.create(name="a b", owner=person, store=world.store)
    Stack.objects.create(name="a:b", owner=person, store=world.store)
    selected = {
        "action": "export_selected",
        "_selected_action": list(Stack.objects.values_list("pk", flat=True)),
    }

    reply = signed_in(person).post("/stores/stack/", selected)

    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        names = archive.namelist()
    again = Stack.objects.get(name="a:b").pk
    assert names == ["a_b.yaml", f"{again}-a_b.yaml", "thing.yaml"]
    assert reply["Content-Disposition"] == 'attachment; filename="stacks.zip"'
    assert [stack.name for stack in read(reply.content).stacks] == ["a b", "a:b", "thing"]


def test_m32_nothing_is_exported_of_what_is_not_shared(
    world: World, person: User, stranger: User
) -> None:
    team = Team.objects.found("ml", person)
    team.admit(stranger, Role.EDITOR)
    world.stack.share(team, Role.EDITOR)
    selected = {"action": "export_selected", "_selected_action": [world.stack.pk]}

    reply = signed_in(stranger).post("/stores/stack/", selected, follow=True)

    words = "Nothing was exported: not all that thing joins is shared with you."
    assert words in reply.content.decode()


def test_a_stack_can_be_made_the_active_one(world: World, person: User) -> None:
    browser = signed_in(person)
    address = f"/stores/stack/{world.stack.pk}"

    reply = browser.post(f"{address}/activate/", follow=True)

    assert ActiveStack.objects.get(user=person).stack == world.stack
    assert "thing is your active stack now." in reply.content.decode()
    assert "Make active" not in browser.get(f"{address}/overview/").content.decode()


def test_a_component_is_saved_with_its_settings(person: User) -> None:
    reply = add_component(person, configuration='{"kubernetes_context": "aks-train"}')

    component = Component.objects.get()
    assert reply.status_code == 302
    assert component.configuration == {"kubernetes_context": "aks-train"}


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"configuration": "{not json"}, {"configuration": ["Enter a valid JSON."]}),
        (
            {"type": "coffee_machine"},
            {
                "type": [
                    "Select a valid choice. coffee_machine is not one of the available choices."
                ]
            },
        ),
        (
            {"name": "two\nlines"},
            {"name": ["A name has no line breaks, control or invisible characters."]},
        ),
    ],
)
def test_a_component_that_cannot_be_is_refused(
    fields: dict[str, str], complaint: dict[str, list[str]], person: User
) -> None:
    assert complaints(add_component(person, **fields)) == complaint


def test_one_name_serves_components_of_two_types(person: User) -> None:
    add_component(person)

    other = add_component(person, type="step_operator")
    same = add_component(person)

    assert other.status_code == 302
    assert complaints(same) == {"__all__": ["You have one of this name already."]}


def test_a_component_in_a_stack_says_so_in_the_list(world: World, person: User) -> None:
    reply = signed_in(person).get("/stores/component/")

    assert [component.stack_total for component in reply.context["cl"].result_list] == [1]


def test_a_reference_that_leads_nowhere_yet_is_said_and_kept(person: User) -> None:
    reply = add_component(person, configuration='{"token": "{{slack.token}}"}')

    assert Component.objects.get().configuration == {"token": "{{slack.token}}"}
    assert next(str(message) for message in get_messages(reply.wsgi_request)) == (
        "<code>{{slack.token}}</code>: there is no secret <code>slack</code>."
    )


def test_a_window_that_a_slot_opened_names_the_component_as_its_neighbours_are(
    person: User,
) -> None:
    team = Team.objects.found("ml", person)
    fields = {"type": "model_deployer", "flavor": "mlflow", "name": "md1", "team": team.pk}

    reply = signed_in(person).post(
        "/stores/component/add/", fields | {"_popup": "1", "_to_field": "id"}
    )

    made = Component.objects.get(name="md1")
    assert json.loads(reply.context["popup_response_data"]) == {
        "value": str(made.pk),
        "obj": "md1 · mlflow · ml",
    }


def test_a_list_offers_what_the_person_may_do_with_anything_in_it(
    world: World, person: User, stranger: User
) -> None:
    team = Team.objects.found("ml", person)
    team.admit(stranger, Role.VIEWER)
    for thing in (world.stack, world.store):
        thing.share(team, Role.OPERATOR)
    reader = signed_in(stranger)

    stacks = reader.get("/stores/stack/").context["action_form"].fields["action"].choices
    of_a_viewer = reader.get("/stores/store/")
    team.admit(stranger, Role.OPERATOR)
    of_an_operator = reader.get("/stores/store/").context["action_form"]
    of_the_owner = signed_in(person).get("/stores/store/").context["action_form"]

    assert stacks == [("", "Select action"), ("export_selected", "Export selected stacks")]
    assert of_a_viewer.context["action_form"] is None
    assert "_selected_action" not in of_a_viewer.content.decode()
    assert of_an_operator.fields["action"].choices == [
        ("", "Select action"),
        ("check_now", "Check selected stores now"),
    ]
    assert of_the_owner.fields["action"].choices == [
        ("", "Select action"),
        ("delete_selected", "Delete selected stores"),
        ("check_now", "Check selected stores now"),
    ]


@pytest.mark.parametrize(
    "address", ["/stores/store/", "/stores/component/", "/secrets_app/secretsmanager/"]
)
def test_lists_of_parts_say_whose_team_s_they_are(
    address: str, world: World, person: User
) -> None:
    team = Team.objects.found("ml", person)
    for part in (world.store, world.component, world.secretsmanager):
        part.team = team
        part.save()

    page = signed_in(person).get(address).content.decode()

    assert re.search(r'<td class="field-team [^>]*>ml</td>', page)
