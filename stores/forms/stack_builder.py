"""A stack as a person puts it together: a slot for each type of component."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django import forms
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminSelectMultipleWidget, UnfoldAdminSelectWidget

from project.access import Role
from project.owned_form import WHOSE, called
from stores.forms.stacks import StackForm
from stores.models import Component
from stores.stack_rules import Sketch

# Slots that every stack form shows; the others come after.
FIRST_SLOTS = (
    Component.Type.ORCHESTRATOR,
    Component.Type.STEP_OPERATOR,
    Component.Type.MODEL_DEPLOYER,
    Component.Type.EXPERIMENT_TRACKER,
    Component.Type.CONTAINER_REGISTRY,
)

# How many rows a slot for several has: of one, browsers make a button that says "0 selected".
FEWEST_ROWS = 2
MOST_ROWS = 5
SEVERAL = "Hold Ctrl (or Cmd) to choose more than one, or to take one out. "


Naming = Callable[[Component], str]


class SlotField(forms.ChoiceField):
    """The one component of a type that a stack has; cleaned, a list of at most one."""

    widget = UnfoldAdminSelectWidget

    def offer(self, components: Iterable[Component], called: Naming) -> None:
        """Let a person choose among these."""
        self.components = {str(each.pk): each for each in components}
        named = [(pk, called(each)) for pk, each in self.components.items()]
        self.choices = [("", "None"), *named]

    def clean(self, value: Any) -> list[Component]:
        chosen = super().clean(value)
        return [self.components[chosen]] if chosen else []


class SlotsField(forms.MultipleChoiceField):
    """The same for a type of which a stack may have several, or has."""

    widget = UnfoldAdminSelectMultipleWidget

    def offer(self, components: Iterable[Component], called: Naming) -> None:
        """Let a person choose among these, in a list no taller than it has to be."""
        self.components = {str(each.pk): each for each in components}
        self.choices = [(pk, called(each)) for pk, each in self.components.items()]
        self.widget.attrs["size"] = max(FEWEST_ROWS, min(len(self.choices), MOST_ROWS))

    def clean(self, value: Any) -> list[Component]:
        return [self.components[chosen] for chosen in super().clean(value)]


def in_slot(component: Component, user: Any) -> str:
    """What a slot calls a component: the slot says its type."""
    return called(component, user, f"{component.name} · {component.flavor}")


def slot_fields() -> dict[str, forms.Field]:
    """A slot for each type of component."""
    return {
        kind.value: SlotField(label=kind.label, required=False, choices=[])
        for kind in Component.Type
    }


class StackBuilderForm(StackForm):
    """A stack, slot by slot. What the stack joins already may stay, whoever it belongs to."""

    locals().update(slot_fields())

    class Meta(StackForm.Meta):
        fields = ["name", "description", "team", "store", "secrets_manager", "production"]
        labels = {"store": "Artifact store"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].empty_label = "Choose one"  # type: ignore[attr-defined]
        self.fields["secrets_manager"].empty_label = "None"  # type: ignore[attr-defined]
        saved = self.instance.pk is not None
        joined = list(self.instance.components.select_related(*WHOSE)) if saved else []
        by_type: dict[str, list[Component]] = {kind: [] for kind in Component.Type.values}
        offered = Component.objects.visible_to(self.user, Role.OPERATOR).select_related(*WHOSE)
        for component in offered.filter(~Q(pk__in=[each.pk for each in joined])):
            by_type[component.type].append(component)
        for kind in Component.Type:
            mine = [each for each in joined if each.type == kind]
            self._fill(kind, mine, [*mine, *by_type[kind]])

    def _fill(self, kind: Component.Type, mine: list[Component], offered: list[Component]) -> None:
        """What a slot holds and offers, with the way to a new component of its type."""
        several = kind.repeats or len(mine) > 1
        if several:
            self.fields[kind] = SlotsField(label=kind.label, required=False)
            self.initial[kind] = [str(each.pk) for each in mine]
        elif mine:
            self.initial[kind] = str(mine[0].pk)
        self.fields[kind].offer(offered, partial(in_slot, user=self.user))  # type: ignore[attr-defined]
        self.fields[kind].help_text = format_html(
            '{}<a id="add_id_{}" class="sr-link related-widget-wrapper-link" data-popup="yes"'
            ' href="{}?_to_field=id&amp;_popup=1&amp;type={}">New {}</a>',
            SEVERAL if several and offered else "",
            kind.value,
            reverse("admin:stores_component_add"),
            kind.value,
            kind.label.lower(),
        )

    def chosen(self) -> list[Component]:
        """The components in all slots, as far as they were filled in rightly."""
        return [each for kind in Component.Type for each in self.cleaned_data.get(kind) or []]

    def sketch(self) -> Sketch:
        """The stack as it is filled in now, however incomplete."""
        self.full_clean()
        return Sketch(
            self.cleaned_data.get("store"),
            self.cleaned_data.get("secrets_manager"),
            self.chosen(),
            bool(self.cleaned_data.get("production")),
            self.instance.team_id,
            self.instance.pk,
        )

    def _save_m2m(self) -> None:
        super()._save_m2m()  # type: ignore[misc]
        self.instance.components.set(self.chosen())
