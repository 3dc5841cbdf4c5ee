"""Secrets and secrets managers in the console, with what uses them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import CharField, Count, F, OuterRef, Subquery
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from project.audit import AuditEntry
from project.templatetags.storeroom import ago
from secrets_app.admin import SecretAdmin, SecretsManagerAdmin
from secrets_app.models import Secret, SecretsManager, SecretVersion
from stores import dispatch
from stores.forms import UsedSecretForm
from stores.models import Stack, Store
from stores.secret_uses import uses_of


def _naming(kind: Any) -> Coalesce:
    """How many things of a kind name a secret, as a part of a query over secrets."""
    naming = kind.objects.alias(whose=_whose(F)).filter(
        whose=_whose(OuterRef), authentication_secret=OuterRef("name")
    )
    counted = naming.order_by().values("authentication_secret").annotate(count=Count("pk"))
    return Coalesce(Subquery(counted.values("count")), 0)


def _whose(reference: Any) -> Coalesce:
    """What its name is unique in, as one number, in which nobody equals nobody, unlike in SQL's
    comparison: the team's key, or below zero the owner's where there is no team."""
    return Coalesce(reference("team_id"), -1 * Coalesce(reference("owner_id"), 0))


@admin.register(Secret)
class SecretWithUsesAdmin(SecretAdmin):
    """A secret in use stays, and a new value is tried first with every store that uses it."""

    form = UsedSecretForm
    list_display: ClassVar[list[str]] = [
        *SecretAdmin.list_display[:-2],
        "used_by",
        "last_used",
        *SecretAdmin.list_display[-2:],
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        last = AuditEntry.objects.filter(
            kind="secret", action="used", thing_id=Cast(OuterRef("pk"), CharField(max_length=50))
        )
        return (
            super()
            .get_queryset(request)
            .annotate(
                store_total=_naming(Store),
                manager_total=_naming(SecretsManager),
                last_used_at=Subquery(last.values("at")[:1]),
                last_used_by=Subquery(last.values("run")[:1]),
            )
        )

    @display(description="Used by", ordering="store_total")
    def used_by(self, secret: Any) -> str:
        counts = {"store": secret.store_total, "vault": secret.manager_total}
        words = [f"{n} {kind}{'' if n == 1 else 's'}" for kind, n in counts.items() if n]
        return ", ".join(words) or "–"

    @display(description="Last used", ordering="last_used_at")
    def last_used(self, secret: Any) -> str:
        if secret.last_used_at is None:
            return "–"
        return format_html("<span>{} · {}</span>", ago(secret.last_used_at), secret.last_used_by)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new secret goes where the commands put it, unless the address says otherwise."""
        manager = Stack.objects.manager_for_new_secrets(request.user)
        return {"manager": manager.pk, **super().get_changeform_initial_data(request)}

    def take_into_use(self, request: HttpRequest, secret: Secret, made: SecretVersion) -> None:
        """Rehearse the new version with the stores that name the secret, unless the person asked
        for it at once, there is none, or no version that could stay in use meanwhile."""
        stores = Store.objects.naming(secret).count()
        if "_now" in request.POST or not stores or secret.current is None:
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
            users = uses_of(secret, request.user).direct
            protected += [f"{user} uses {secret}" for user in users.names]
        return deleted, counts, missing, protected


@admin.register(SecretsManager)
class SecretsManagerWithUsesAdmin(SecretsManagerAdmin):
    """Secrets managers."""
