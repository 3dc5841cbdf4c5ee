"""A stack, put together slot by slot."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from project.access import Role, Team
from stores.forms import StackBuilderForm
from stores.models import Component, Stack, Store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(person: User) -> Store:
    return Store.objects.create(
        name="az_store", flavor="azure", path="az://models", sign_in="implicit", owner=person
    )


def add_component(owner: User, name: str, kind: str = "orchestrator") -> Component:
    return Component.objects.create(name=name, type=kind, flavor="local", owner=owner)


def test_each_slot_takes_one_component_of_its_type(store: Store, person: User) -> None:
    orchestrator = add_component(person, "one")
    tracker = add_component(person, "two", "experiment_tracker")
    data = {
        "name": "train",
        "store": store.pk,
        "orchestrator": orchestrator.pk,
        "experiment_tracker": [tracker.pk],
    }

    stack = StackBuilderForm(data, user=person).save()

    assert set(stack.components.all()) == {orchestrator, tracker}


def test_a_slot_is_emptied_or_filled_anew(store: Store, person: User) -> None:
    stack = Stack.objects.create(name="train", store=store, owner=person)
    before, after = add_component(person, "before"), add_component(person, "after")
    stack.components.set([before, add_component(person, "gone", "alerter")])
    data = {"name": "train", "store": store.pk, "orchestrator": after.pk, "alerter": ""}

    form = StackBuilderForm(data, user=person, instance=stack)
    form.save()

    assert list(stack.components.all()) == [after]
    assert sorted(form.changed_data) == ["alerter", "orchestrator"]


def test_several_of_a_type_that_are_there_can_stay(store: Store, person: User) -> None:
    stack = Stack.objects.create(name="train", store=store, owner=person)
    both = [add_component(person, name, "step_operator") for name in ("one", "two")]
    stack.components.set(both)
    data = {"name": "train", "store": store.pk, "step_operator": [each.pk for each in both]}

    StackBuilderForm(data, user=person, instance=stack).save()

    assert list(stack.components.all()) == both


def test_what_the_stack_joins_may_stay_whoever_it_belongs_to(
    store: Store, person: User, stranger: User
) -> None:
    stack = Stack.objects.create(name="train", store=store, owner=person)
    stack.components.add(add_component(person, "theirs"))
    team = Team.objects.found("ml", person)
    team.admit(stranger, Role.EDITOR)
    stack.share(team, Role.EDITOR)
    data = {
        "name": "train",
        "description": "changed",
        "store": store.pk,
        "orchestrator": stack.components.get().pk,
    }

    form = StackBuilderForm(data, user=stranger, instance=stack)

    assert form.is_valid(), form.errors
    assert form.save().description == "changed"


def test_foreign_parts_are_not_offered(store: Store, person: User, stranger: User) -> None:
    component = add_component(person, "theirs")
    data = {"name": "train", "store": store.pk, "orchestrator": component.pk}

    form = StackBuilderForm(data, user=stranger)

    assert sorted(form.errors) == ["orchestrator", "store"]
    assert "theirs" not in str(form["orchestrator"])


def test_things_of_one_name_are_told_apart_by_whose_they_are(
    store: Store, person: User, stranger: User
) -> None:
    team = Team.objects.found("ml", person)
    team.admit(stranger, Role.EDITOR)
    fields = {"name": "az_store", "flavor": "azure", "path": "az://b", "sign_in": "implicit"}
    Store.objects.create(**fields, owner=stranger, team=team)
    theirs = Store.objects.create(**fields, owner=stranger)
    theirs.share(team, Role.OPERATOR)
    add_component(person, "kf")
    Component.objects.create(
        name="kf", type="orchestrator", flavor="local", owner=person, team=team
    )

    form = StackBuilderForm(user=person)

    stores = [label for _, label in form.fields["store"].choices]
    orchestrators = [label for _, label in form.fields["orchestrator"].choices]
    assert sorted(stores) == ["Choose one", "az_store", f"az_store · {stranger}", "az_store · ml"]
    assert sorted(orchestrators) == ["None", "kf · local", "kf · local · ml"]


def test_the_sketch_holds_what_is_chosen_so_far(store: Store, person: User) -> None:
    orchestrator = add_component(person, "one")
    form = StackBuilderForm({"orchestrator": orchestrator.pk, "production": "on"}, user=person)

    sketch = form.sketch()

    assert (sketch.store, sketch.components, sketch.production) == (None, [orchestrator], True)


def test_a_new_component_of_the_slots_type_is_a_click_away(person: User) -> None:
    field = StackBuilderForm(user=person).fields["model_deployer"]

    assert 'href="/stores/component/add/?_to_field=id&amp;_popup=1&amp;type=model_deployer"' in (
        field.help_text
    )


def test_a_slot_for_several_is_as_tall_as_what_it_offers(person: User) -> None:
    for name in ("one", "two"):
        add_component(person, name, "step_operator")
    for name in "abcdefg":
        add_component(person, name, "alerter")
    add_component(person, "only", "experiment_tracker")

    form = StackBuilderForm(user=person)

    assert form.fields["step_operator"].widget.attrs["size"] == 2
    assert form.fields["alerter"].widget.attrs["size"] == 5
    assert form.fields["experiment_tracker"].widget.attrs["size"] == 2


def test_how_to_choose_several_is_said_where_there_is_something_to_choose(person: User) -> None:
    add_component(person, "one", "step_operator")

    form = StackBuilderForm(user=person)

    assert "Hold Ctrl (or Cmd)" in form.fields["step_operator"].help_text
    assert "Hold Ctrl" not in form.fields["experiment_tracker"].help_text
    assert "Hold Ctrl" not in form.fields["orchestrator"].help_text


def test_a_stack_may_have_no_secrets_manager(person: User) -> None:
    offered = list(StackBuilderForm(user=person).fields["secrets_manager"].choices)

    assert offered == [("", "None")]
