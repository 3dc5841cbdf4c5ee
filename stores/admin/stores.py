"""Stores in the console."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Case, Count, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.decorators import display

from project.access import Role
from project.console import OwnedAdmin
from project.templatetags.storeroom import ago, chip
from stores import dispatch
from stores.flavors import FLAVORS
from stores.flavors.base import AMBIENT, Flavor, SignIn
from stores.forms import StoreForm, config_fields
from stores.models import Store, Transfer

FAILING_FIRST = Case(
    When(state=Store.State.FAILING, then=0), When(state=Store.State.DEGRADED, then=1), default=2
)


def conditions() -> dict[str, str]:
    """For each field that not every flavor has, when the form shows it."""
    signs_in = one_of(each for each in FLAVORS.values() if set(each.sign_ins) != {SignIn.NONE})
    implicit = f"(sign_in == '{SignIn.IMPLICIT}' || (!sign_in && !authentication_secret))"
    ambient = f"{[way.value for way in AMBIENT]}.includes(sign_in)"
    shown = {
        "sign_in": signs_in,
        # What was typed stays in sight, so that a complaint about it does, too.
        "authentication_secret": f"({signs_in}) && (!{ambient} || authentication_secret)",
        "implicit_note": f"({signs_in}) && {implicit}",
        "allow_implicit": f"({signs_in}) && ({ambient} || {implicit})",
    }
    for name in config_fields():
        has = [each for each in FLAVORS.values() if name in each.ConfigForm.base_fields]
        shown[name] = one_of(has)
        for way in {each.only_for[name] for each in has if name in each.only_for}:
            shown[name] = f"({shown[name]}) && (sign_in == '{way}' || {name})"
    return shown


def one_of(flavors: Iterable[Flavor]) -> str:
    """That one of these is chosen, as the form's script understands it."""
    return " || ".join(f"flavor == '{flavor.slug}'" for flavor in flavors)


@admin.register(Store)
class StoreAdmin(OwnedAdmin):
    """Stores: failing ones first."""

    form = StoreForm
    list_display = ["name", "chip", "address", "way", "checked", "stack_count", "team", "owner"]
    list_filter = ["state", "flavor", "sign_in"]
    search_fields = ["name", "path", "description", "authentication_secret"]
    list_select_related = ["owner", "team"]
    actions = ["check_now"]
    overview_url = "store_overview"
    empty_words = "A store is a container, a bucket or a folder, plus the way to sign in to it."
    conditional_fields = conditions()
    change_form_after_template = "stores/store_after.html"
    fieldsets = [
        (
            "Where it is, and how to sign in",
            {
                "fields": [
                    "flavor",
                    "path",
                    "sign_in",
                    "authentication_secret",
                    *config_fields(),
                    "implicit_note",
                    "allow_implicit",
                ]
            },
        ),
        ("What it is called", {"fields": ["name", "description", "labels", "team"]}),
        ("Checks", {"fields": ["allow_probes"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(stack_total=Count("stacks"))

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return [FAILING_FIRST, "name"]

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        kwargs["fields"] = StoreForm.Meta.fields
        return super().get_form(request, obj, **kwargs)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """A store that a transfer is at work with stays until that has ended."""
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        moving = Transfer.objects.under_way(list(objs))
        return deleted, counts, missing, [*protected, *map(str, moving)]

    def response_post_save_change(self, request: HttpRequest, obj: Store) -> HttpResponse:
        """After "Save and check" the check, else the store's page."""
        if "_check" in request.POST and obj.kind.opens:
            try:
                check = dispatch.check(obj, by=request.user)
            except dispatch.TooManyChecks as limit:
                self.message_user(request, str(limit), messages.WARNING)
            else:
                return HttpResponseRedirect(reverse("check_page", args=[check.pk]))
        return HttpResponseRedirect(reverse("store_overview", args=[obj.pk]))

    response_post_save_add = response_post_save_change

    @admin.action(description="Check selected stores now", permissions=["operate"])
    def check_now(self, request: HttpRequest, stores: Any) -> None:
        queued = 0
        try:
            for store in stores.visible_to(request.user, Role.OPERATOR).openable():
                dispatch.check(store, by=request.user)
                queued += 1
        except dispatch.TooManyChecks as limit:
            self.message_user(request, str(limit), messages.WARNING)
        self.message_user(request, f"Queued {queued} check(s).", messages.SUCCESS)

    @display(description="State", ordering="state")
    def chip(self, store: Store) -> str:
        return chip(store.state)

    @display(description="Address", ordering="path")
    def address(self, store: Store) -> str:
        return store.path

    @display(description="Sign-in")
    def way(self, store: Store) -> str:
        return store.authentication_secret or store.get_sign_in_display()

    @display(description="Last check", ordering="checked_at")
    def checked(self, store: Store) -> str:
        return ago(store.checked_at)

    @display(description="Stacks", ordering="stack_total")
    def stack_count(self, store: Store) -> int:
        return store.stack_total
