"""Secrets and secrets managers in the console, with what uses them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.decorators import display

from secrets_app.admin import SecretAdmin, SecretsManagerAdmin
from secrets_app.models import Secret, SecretsManager, SecretVersion
from stores import dispatch
from stores.models import Store
from stores.secret_uses import uses_of


@admin.register(Secret)
class SecretWithUsesAdmin(SecretAdmin):
    """A secret in use stays, and a new value is tried first with every store that uses it."""

    list_display: ClassVar[list[str]] = [
        *SecretAdmin.list_display[:-2],
        "used_by",
        *SecretAdmin.list_display[-2:],
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        naming = Store.objects.filter(
            authentication_secret=OuterRef("name"), owner=OuterRef("owner")
        ).order_by()
        counted = naming.values("authentication_secret").annotate(count=Count("pk"))
        return (
            super().get_queryset(request).annotate(store_total=Subquery(counted.values("count")))
        )

    @display(description="Used by", ordering="store_total")
    def used_by(self, secret: Any) -> str:
        count = secret.store_total or 0
        return f"{count} store{'' if count == 1 else 's'}" if count else "–"

    def take_into_use(self, request: HttpRequest, secret: Secret, made: SecretVersion) -> None:
        """Rehearse the new version with the stores that name the secret, unless the person asked
        for it at once or there is none."""
        stores = Store.objects.naming(secret).count()
        if "_now" in request.POST or not stores:
            super().take_into_use(request, secret, made)
            return
        dispatch.rehearse(secret, made.number, request.user)
        messages.success(
            request,
            f"Version {made.number} saved, not in use yet. Checking {stores}"
            f" store{'' if stores == 1 else 's'} with it.",
        )

    def response_post_save_change(self, request: HttpRequest, obj: Secret) -> HttpResponse:
        """After saving, the secret's page."""
        return HttpResponseRedirect(reverse("secret_overview", args=[obj.pk]))

    response_post_save_add = response_post_save_change

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kw: Any) -> Any:
        obj = context.get("original")
        context["used_by"] = list(Store.objects.naming(obj)) if obj else []
        return super().render_change_form(request, context, *args, **kw)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """A secret that something names stays; its page offers to replace it everywhere."""
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        for secret in objs:
            protected += [f"{user} uses {secret}" for user in uses_of(secret).direct]
        return deleted, counts, missing, protected


@admin.register(SecretsManager)
class SecretsManagerWithUsesAdmin(SecretsManagerAdmin):
    """Secrets managers."""
