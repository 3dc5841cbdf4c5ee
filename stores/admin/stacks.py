"""Components and stacks in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Exists, OuterRef
from django.http import HttpRequest
from unfold.decorators import display

from project.console import OwnedAdmin
from project.templatetags.storeroom import chip, with_code
from secrets_app.references import dangling
from stores.forms import ComponentForm, StackForm
from stores.models import Component, Stack, Store


@admin.register(Component)
class ComponentAdmin(OwnedAdmin):
    """Orchestrators, step operators, model deployers and so on."""

    form = ComponentForm
    list_display = ["name", "type", "flavor", "stack_count", "owner"]
    list_filter = ["type"]
    search_fields = ["name", "flavor", "description"]
    list_select_related = ["owner"]
    empty_words = "Orchestrators, step operators and the other parts of stacks."

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(stack_total=Count("stacks"))

    def save_model(self, request: HttpRequest, obj: Component, form: Any, change: bool) -> None:
        """Save it, and say which references lead nowhere yet: their secrets may come later."""
        super().save_model(request, obj, form, change)
        for words in dangling(obj, obj.configuration):
            messages.warning(request, with_code(words))

    @display(description="Stacks", ordering="stack_total")
    def stack_count(self, component: Component) -> int:
        return component.stack_total


@admin.register(Stack)
class StackAdmin(OwnedAdmin):
    """Stacks."""

    form = StackForm
    list_display = ["name", "store", "store_state", "component_count", "description", "owner"]
    search_fields = ["name", "description", "store__name"]
    list_select_related = ["owner", "store"]
    overview_url = "stack_overview"
    empty_words = "A stack joins one store with the components that must reach it."

    def get_queryset(self, request: HttpRequest) -> Any:
        seen = Store.objects.visible_to(request.user).filter(pk=OuterRef("store"))
        return (
            super()
            .get_queryset(request)
            .annotate(component_total=Count("components"), store_seen=Exists(seen))
        )

    @display(description="Store's state", ordering="store__state")
    def store_state(self, stack: Stack) -> str:
        return chip(stack.store.state) if stack.store_seen else "–"

    @display(description="Components", ordering="component_total")
    def component_count(self, stack: Stack) -> int:
        return stack.component_total
