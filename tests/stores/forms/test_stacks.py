"""What may be typed about stacks and their components."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from stores.forms import ComponentForm, StackForm
from stores.models import Component, Stack, Store

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def store(admin_user: User) -> Store:
    return Store.objects.create(
        name="az_store", flavor="azure", path="az://models", sign_in="implicit", owner=admin_user
    )


def add_component(owner: User, name: str, kind: str = "orchestrator") -> Component:
    return Component.objects.create(name=name, type=kind, flavor="local", owner=owner)


def fill_in(store: Store, user: User, *components: Component) -> StackForm:
    data = {
        "name": "custom_stack",
        "store": store.pk,
        "components": [component.pk for component in components],
    }
    return StackForm(data, user=user)


def test_a_stack_joins_a_store_with_one_component_of_a_type(
    store: Store, admin_user: User
) -> None:
    orchestrator = add_component(admin_user, "local")
    tracker = add_component(admin_user, "mlflow", "experiment_tracker")

    stack = fill_in(store, admin_user, orchestrator, tracker).save()

    assert list(stack.parts()) == [store, tracker, orchestrator]


def test_two_components_of_a_type_are_refused(store: Store, admin_user: User) -> None:
    one, two = add_component(admin_user, "one"), add_component(admin_user, "two")

    form = fill_in(store, admin_user, one, two)

    assert form.errors == {"components": ["A stack has one orchestrator; choose one of them."]}


@pytest.mark.parametrize("kind", ["alerter", "experiment_tracker", "step_operator"])
def test_a_stack_may_have_more_than_one_of_a_type_that_repeats(
    store: Store, admin_user: User, kind: str
) -> None:
    one, two = add_component(admin_user, "one", kind), add_component(admin_user, "two", kind)

    stack = fill_in(store, admin_user, one, two).save()

    assert list(stack.components.order_by("name")) == [one, two]


def test_a_stack_needs_a_store(admin_user: User) -> None:
    form = StackForm({"name": "custom_stack"}, user=admin_user)

    assert form.errors == {"store": ["This field is required."]}


def test_foreign_parts_are_not_offered(store: Store, admin_user: User, person: User) -> None:
    form = fill_in(store, person, add_component(admin_user, "one"))

    assert sorted(form.errors) == ["components", "store"]


def test_a_second_stack_of_the_same_name_is_refused(store: Store, admin_user: User) -> None:
    Stack.objects.create(name="custom_stack", store=store, owner=admin_user)

    form = fill_in(store, admin_user)

    assert form.errors == {"__all__": ["You have one of this name already."]}


@pytest.mark.parametrize("name", ["a/b", "-a", " ", "a\u202eb"])
def test_a_name_that_would_not_show_as_it_is_is_refused(admin_user: User, name: str) -> None:
    data = {"type": "orchestrator", "name": name, "flavor": "local", "configuration": "{}"}

    assert list(ComponentForm(data, user=admin_user).errors) == ["name"]


def test_settings_that_are_no_json_are_refused(admin_user: User) -> None:
    data = {"type": "orchestrator", "name": "one", "flavor": "local", "configuration": "{"}

    assert list(ComponentForm(data, user=admin_user).errors) == ["configuration"]


@pytest.mark.parametrize("written", ["[1, 2]", '"text"', "3", "true"])
def test_settings_that_have_no_names_are_refused(admin_user: User, written: str) -> None:
    data = {"type": "orchestrator", "name": "kf", "flavor": "kubeflow", "configuration": written}

    form = ComponentForm(data, user=admin_user)

    assert form.errors == {"configuration": ["Line 1 is no <code>name = value</code>."]}


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ('{"a": NaN}', "Enter a valid JSON."),
        ('{"a": 1, "a": 2}', "<code>a</code> stands here twice."),
        ('{"": 1}', "Each has a name."),
    ],
)
def test_w39_settings_as_json_are_read_as_strictly_as_lines(
    admin_user: User, written: str, complaint: str
) -> None:
    data = {"type": "orchestrator", "name": "kf", "flavor": "kubeflow", "configuration": written}

    form = ComponentForm(data, user=admin_user)

    assert [str(each) for each in form.errors["configuration"]] == [complaint]


def test_w44_a_flavor_shows_as_it_is(admin_user: User) -> None:
    data = {"type": "orchestrator", "name": "kf", "flavor": "lo\u202ecal"}

    assert list(ComponentForm(data, user=admin_user).errors) == ["flavor"]


@pytest.mark.parametrize("written", ["", "{}"])
def test_a_component_may_do_without_settings(admin_user: User, written: str) -> None:
    data = {"type": "orchestrator", "name": "kf", "flavor": "kubeflow", "configuration": written}

    component = ComponentForm(data, user=admin_user).save()

    assert Component.objects.get(pk=component.pk).configuration == {}
