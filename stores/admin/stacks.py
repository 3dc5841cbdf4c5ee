"""Components and stacks in the console."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from project.console import OwnedAdmin
from project.deleting import count_only
from project.refusals import NotAllowed
from project.templatetags.storeroom import chip, with_code
from secrets_app.references import dangling
from stores.exporting import bundle
from stores.forms import ComponentSettingsForm, StackBuilderForm
from stores.forms.component_settings import KNOWN, PREFIX, all_settings
from stores.forms.stack_builder import FIRST_SLOTS, in_slot
from stores.models import ActiveStack, Component, DefaultStack, Stack, Store
from stores.stack_rules import PER_PAGE, Said, Sketch, summaries, unseen
from stores.views.stacks import start_check


def conditions() -> dict[str, str]:
    """For each setting that not every flavor has, when the form shows it."""
    return {
        name: " || ".join(
            f"(type == '{kind}' && flavor == '{flavor}')"
            for (kind, flavor), settings in KNOWN.items()
            if name in {PREFIX + each.name for each in settings}
        )
        for name in all_settings()
    }


@admin.register(Component)
class ComponentAdmin(OwnedAdmin):
    """Orchestrators, step operators, model deployers and so on."""

    form = ComponentSettingsForm
    list_display = ["name", "type", "flavor", "runs_on", "stack_count", "team", "owner"]
    list_filter = ["type", "runs_on"]
    search_fields = ["name", "flavor", "description"]
    list_select_related = ["owner", "team"]
    empty_words = "Orchestrators, step operators and the other parts of stacks."
    conditional_fields = conditions()
    fieldsets = [
        ("What it is", {"fields": ["type", "flavor", "name", "description", "labels", "team"]}),
        ("Where it runs", {"fields": ["runs_on", "identity"]}),
        ("Settings", {"fields": [*all_settings(), "configuration"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(stack_total=Count("stacks"))

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        kwargs["fields"] = ComponentSettingsForm.Meta.fields
        return super().get_form(request, obj, **kwargs)

    def save_model(self, request: HttpRequest, obj: Component, form: Any, change: bool) -> None:
        """Save it, and say which references lead nowhere yet: their secrets may come later."""
        super().save_model(request, obj, form, change)
        for words in dangling(obj, obj.configuration):
            messages.warning(request, with_code(words))

    def in_pickers(self, thing: Any, request: HttpRequest) -> str:
        """As a slot of the stack builder calls it."""
        return in_slot(thing, request.user)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """A component that a stack uses stays. Other people's stacks are counted, not named."""
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        for component in objs:
            seen = component.stacks.visible_to(request.user)
            protected += [f"{stack} uses {component}" for stack in seen]
            if others := component.stacks.count() - seen.count():
                protected.append(f"{others} of other people's stacks use {component}")
        return deleted, counts, missing, protected

    @display(description="Stacks", ordering="stack_total")
    def stack_count(self, component: Component) -> int:
        return component.stack_total


class SeenStoreStates(admin.ChoicesFieldListFilter):
    """Stacks whose store is in a state, among those whose store the person sees."""

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        found = super().queryset(request, queryset)
        seen = Store.objects.visible_to(request.user).values("pk")
        return found.filter(store__in=seen) if self.used_parameters else found


@admin.register(Stack)
class StackAdmin(OwnedAdmin):
    """Stacks, each with the worst that is known of it."""

    form = StackBuilderForm
    list_display = [
        "name",
        "verdict",
        "joined_store",
        "store_state",
        "in_production",
        "owned_by",
        "of_team",
    ]
    list_per_page = PER_PAGE
    list_filter = [
        "production",
        ("store__state", SeenStoreStates),
        ("team", admin.RelatedOnlyFieldListFilter),
        ("owner", admin.RelatedOnlyFieldListFilter),
    ]
    search_fields = ["name", "description", "store__name"]
    actions = ["export_selected"]
    overview_url = "stack_overview"
    empty_words = "A stack joins one store with the components that must reach it."
    change_form_after_template = "stores/stack_after.html"
    fieldsets = [
        ("What it joins", {"fields": ["store", "secrets_manager", *FIRST_SLOTS]}),
        ("What it is called", {"fields": ["name", "description", "team", "production"]}),
        (
            "More parts",
            {
                "fields": [kind for kind in Component.Type if kind not in FIRST_SLOTS],
                "classes": ["collapse"],
            },
        ),
    ]

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        kwargs["fields"] = StackBuilderForm.Meta.fields
        return super().get_form(request, obj, **kwargs)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """A list whose rows know what is said of them, in a fixed number of queries for all."""

        class Summarised(super().get_changelist(request, **kwargs)):  # type: ignore[misc]
            def get_results(self, request: HttpRequest) -> None:
                super().get_results(request)
                summary = summaries([stack.pk for stack in self.result_list], request.user)
                self.result_list = [each for each in self.result_list if each.pk in summary]
                for stack in self.result_list:
                    stack.summary = summary[stack.pk]

        return Summarised

    def response_post_save_change(self, request: HttpRequest, obj: Stack) -> HttpResponse:
        """The stack's page, with a check under way after "Save and check whole stack". A stack
        is saved also where its store is not the person's to check."""
        if "_check" in request.POST:
            try:
                start_check(request, obj)
            except NotAllowed as refusal:
                messages.warning(request, f"{obj} was not checked. {refusal}")
        return HttpResponseRedirect(reverse("stack_overview", args=[obj.pk]))

    response_post_save_add = response_post_save_change

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """As ever, but whose active stack it is, and which team's default, is counted alone."""
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        deleted = count_only(deleted, counts, ActiveStack, "people who work with it")
        deleted = count_only(deleted, counts, DefaultStack, "teams whose default it is")
        return deleted, counts, missing, protected

    @admin.action(description="Export selected stacks", permissions=["view"])
    def export_selected(self, request: HttpRequest, stacks: Any) -> HttpResponse | None:
        """A zip that the page *Import* takes; nothing where a file would tell what is not shared
        with the person."""
        joined = stacks.select_related("store", "secrets_manager")
        chosen = list(joined.prefetch_related("components"))
        hidden = unseen([Sketch.of(stack) for stack in chosen], request.user)
        if kept := [str(stack) for stack, parts in zip(chosen, hidden, strict=True) if parts]:
            words = (
                f"Nothing was exported: not all that {', '.join(kept)} joins is shared with you."
            )
            self.message_user(request, words, messages.WARNING)
            return None
        return HttpResponse(
            bundle(chosen),
            content_type="application/zip",
            headers={"Content-Disposition": 'attachment; filename="stacks.zip"'},
        )

    @display(description="What is wrong")
    def verdict(self, stack: Stack) -> SafeString:
        return said(stack.summary.worst)

    @display(description="Store", ordering="store")
    def joined_store(self, stack: Stack) -> str:
        return stack.summary.store

    @display(description="Store's state")
    def store_state(self, stack: Stack) -> str:
        state = stack.summary.store_state
        return "–" if state is None else chip(state)

    @display(description="Production", ordering="production")
    def in_production(self, stack: Stack) -> str:
        return "Production" if stack.production else "–"

    @display(description="Owner", ordering="owner")
    def owned_by(self, stack: Stack) -> str | None:
        return stack.summary.owner

    @display(description="Team", ordering="team")
    def of_team(self, stack: Stack) -> str | None:
        return stack.summary.team


@lru_cache(maxsize=1000)
def said(worst: Said | None) -> SafeString:
    """The worst finding as a list has room for it."""
    if worst is None:
        return chip("healthy", "Nothing found")
    return format_html("{} {}", chip(worst.level), with_code(worst.brief))
