"""Secrets and secrets managers in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from project import audit
from project.console import OwnedAdmin, VisibleOnly
from project.templatetags.storeroom import ago, chip
from secrets_app.forms import CLEAR, VALUE, SecretForm, SecretsManagerForm
from secrets_app.models import Secret, SecretsManager
from secrets_app.schemas import SCHEMAS


@admin.register(Secret)
class SecretAdmin(OwnedAdmin):
    """Secrets: names, kinds and ages; never a value."""

    form = SecretForm
    list_display = ["name", "readable", "kind", "held", "version", "replaced", "manager", "owner"]
    list_filter = ["schema", ("manager", VisibleOnly)]
    search_fields = ["name", "description"]
    list_select_related = ["manager", "owner"]
    change_form_before_template = "secrets_app/secret_before.html"
    empty_words = "They are sealed before they reach the database; nobody can read them back here."
    conditional_fields = {
        "pairs": "schema == 'arbitrary'",
        **{
            f"{VALUE}{attribute.name}": f"schema == '{schema.slug}'"
            for schema in SCHEMAS.values()
            for attribute in schema.attributes
        },
    }

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("values")

    def get_fieldsets(self, request: HttpRequest, obj: Secret | None = None) -> Any:
        clear = [f"{CLEAR}{key}" for key in obj.held_keys()] if obj else []
        values = [name for name in self.conditional_fields if name != "pairs"]
        return [
            (None, {"fields": ["name", "description", "manager", "schema"]}),
            (
                "Values",
                {
                    "fields": [*values, "pairs"],
                    "description": "Sealed before they reach the database; nobody can read them"
                    " back here. Leave a field empty to keep what is stored.",
                },
            ),
            *([("Clear", {"fields": clear, "classes": ["collapse"]})] if clear else []),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        kwargs["fields"] = ["name", "description", "manager", "schema"]
        return super().get_form(request, obj, **kwargs)

    def save_model(self, request: HttpRequest, obj: Secret, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        obj.replace(form.typed, clear=form.cleared, by=request.user)

    def construct_change_message(self, request: Any, form: Any, *args: Any) -> str:
        """For the audit: which values the version has that was saved, by their names."""
        done = [f"replaced {', '.join(form.typed)}"] if form.typed else []
        done += [f"cleared {', '.join(sorted(form.cleared))}"] if form.cleared else []
        return f"version {form.instance.version}: {'; '.join(done) or 'values kept'}"

    def log_addition(self, request: HttpRequest, obj: Secret, message: Any) -> None:
        audit.record(request.user, "added", obj, message)

    def log_change(self, request: HttpRequest, obj: Secret, message: Any) -> None:
        audit.record(request.user, "changed", obj, message)

    @display(description="State")
    def readable(self, secret: Secret) -> str:
        if not secret.values.all():
            return chip("never", "Empty")
        if secret.unreadable():
            return chip("failing", "Cannot be decrypted")
        return chip("ok", "Sealed")

    @display(description="Kind", ordering="schema")
    def kind(self, secret: Secret) -> str:
        return secret.get_schema_display()

    @display(description="Holds")
    def held(self, secret: Secret) -> str:
        return ", ".join(secret.held_keys()) or "nothing yet"

    @display(description="Replaced", ordering="replaced_at")
    def replaced(self, secret: Secret) -> str:
        return ago(secret.replaced_at)


@admin.register(SecretsManager)
class SecretsManagerAdmin(OwnedAdmin):
    """Secrets managers."""

    list_display = ["name", "flavor", "description", "owner"]
    empty_words = "A secrets manager keeps secrets; `local` is there from the start."
    search_fields = ["name", "description"]
    list_select_related = ["owner"]
    form = SecretsManagerForm
