"""Secrets and secrets managers in the console.

Nothing is registered here: what uses a secret decides whether it may go, and that is known above,
in `stores.admin`.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import display

from project import audit
from project.console import OwnedAdmin, VisibleOnly
from project.templatetags.storeroom import ago, chip
from secrets_app.changes import equal_versions
from secrets_app.expiry import expiry_of
from secrets_app.forms import CLEAR, PASTED_INTO, VALUE, SecretForm, SecretsManagerForm
from secrets_app.managers import MANAGERS
from secrets_app.models import Secret, SecretVersion
from secrets_app.schemas import SCHEMAS


def conditions() -> dict[str, str]:
    """For each field that not every kind of secret has, when the form shows it."""
    shown = {"pairs": "schema == 'arbitrary'", "paste": f"schema == '{PASTED_INTO}'"}
    shaped = [schema for schema in SCHEMAS.values() if schema.offers_a_choice]
    shown["shape"] = " || ".join(f"schema == '{schema.slug}'" for schema in shaped)
    for schema in SCHEMAS.values():
        for attribute in schema.attributes:
            fitting = [
                f"shape == '{shape.slug}'"
                for shape in schema.shapes
                if schema.offers_a_choice and attribute.name in (*shape.needs, *shape.takes)
            ]
            ways = f" && ({' || '.join(fitting)})" if fitting else ""
            shown[f"{VALUE}{attribute.name}"] = f"schema == '{schema.slug}'{ways}"
    return shown


class SecretAdmin(OwnedAdmin):
    """Secrets: names, kinds, ages and ends; never a value."""

    form = SecretForm
    list_display = ["name", "readable", "kind", "versioned", "ends", "team", "owner"]
    list_filter = ["schema", ("manager", VisibleOnly)]
    search_fields = ["name", "description"]
    list_select_related = ["manager", "owner", "team"]
    overview_url = "secret_overview"
    change_form_before_template = "secrets_app/secret_before.html"
    change_form_after_template = "secrets_app/secret_after.html"
    empty_words = (
        "They are sealed before they reach the database; nobody can read them back here unless an"
        " owner allows it. Add one and paste a connection string or a SAS URL into it."
    )
    conditional_fields = conditions()

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_current()

    def get_fieldsets(self, request: HttpRequest, obj: Secret | None = None) -> Any:
        clear = [f"{CLEAR}{key}" for key in obj.held_keys()] if obj else []
        values = [name for name in self.conditional_fields if name.startswith(VALUE)]
        return [
            (None, {"fields": ["name", "description", "team", "manager", "schema"]}),
            (
                "Values",
                {
                    "fields": ["paste", "shape", *values, "pairs"],
                    "description": "Sealed before they reach the database; nobody can read them"
                    " back here. Leave a field empty to keep what is stored.",
                },
            ),
            ("When it ends", {"fields": ["expires_on", "remind_after_days"]}),
            *([("Clear", {"fields": clear, "classes": ["collapse"]})] if clear else []),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        kwargs["fields"] = SecretForm.Meta.fields
        return super().get_form(request, obj, **kwargs)

    def save_model(self, request: HttpRequest, obj: Secret, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        form.version = None
        if not obj.kept_here:
            messages.info(request, f"Saved; the values stay in {obj.manager}.")
            return
        before = obj.current
        made = obj.add_version(
            form.change.values, clear=form.change.clear, by=request.user, expires=form.expires
        )
        noted = form.says_when_it_ends and obj.set_expiry(form.expires, made and made.number)
        if made:
            form.version = made
            for words in form.trimmed:
                messages.info(request, words)
            if before and not form.says_when_it_ends:
                self._tell_of_the_end(request, before, made)
            self.take_into_use(request, obj, made)
            self._tell_of_equals(request, made)
        elif form.change.values and not noted:
            messages.info(request, f"This value equals version {obj.version}. Nothing to change.")
        else:
            messages.info(request, "Saved; the values stay.")

    def take_into_use(self, request: HttpRequest, secret: Secret, made: SecretVersion) -> None:
        """Use the new version at once: nothing depends on the secret that could be tried."""
        secret.make_current(made.number)
        messages.success(
            request, f"Saved as version {made.number}. The value will not be shown again."
        )

    def _tell_of_the_end(
        self, request: HttpRequest, before: SecretVersion, made: SecretVersion
    ) -> None:
        """Say that the end that was typed once went with the value that it belonged to."""
        typed = before.expires_at and not made.secret.told_expiry(before.number)
        if typed and made.expires_at is None:
            messages.warning(
                request,
                f"The end of version {before.number} went with its value. Type the new one's end"
                " below “When it ends”, if it has one.",
            )

    def _tell_of_equals(self, request: HttpRequest, made: SecretVersion) -> None:
        """Say where the very same value is stored already, as far as the person may see."""
        seen = set(Secret.objects.visible_to(request.user).values_list("pk", flat=True))
        for equal in equal_versions(made):
            if equal.secret_id == made.secret_id:
                messages.warning(
                    request, f"This value equals version {equal.number}, which is still kept."
                )
            elif equal.secret_id in seen:
                address = reverse(self.overview_url, args=[equal.secret_id])
                words = 'The same value is stored as {}. <a class="sr-link" href="{}">{}</a>'
                messages.warning(
                    request, format_html(words, equal.secret, address, "Use that one")
                )

    def response_add(self, request: HttpRequest, obj: Secret, *args: Any) -> HttpResponse:
        """Where saving leads; what there is to say was said."""
        return self.response_post_save_add(request, obj)

    def response_change(self, request: HttpRequest, obj: Secret) -> HttpResponse:
        """Where saving leads; what there is to say was said."""
        return self.response_post_save_change(request, obj)

    def construct_change_message(self, request: Any, form: Any, *args: Any) -> Any:
        """For the audit: the version that was made, and the names of what it has; never a
        value."""
        return form

    def log_addition(self, request: HttpRequest, obj: Secret, message: Any) -> None:
        _record(request, "added", obj, message)

    def log_change(self, request: HttpRequest, obj: Secret, message: Any) -> None:
        _record(request, "changed", obj, message)

    @display(description="State")
    def readable(self, secret: Secret) -> str:
        if not secret.kept_here:
            return chip("on", f"In {secret.manager}")
        if secret.current is None:
            return chip("never", "Empty")
        if secret.unreadable():
            return chip("failing", "Cannot be decrypted")
        return chip("ok", "Sealed")

    @display(description="Kind", ordering="schema")
    def kind(self, secret: Secret) -> str:
        shape = secret.shape()
        return shape.label if shape else secret.get_schema_display()

    @display(description="Version", ordering="version")
    def versioned(self, secret: Secret) -> str:
        current = secret.current
        if current is None:
            return "–"
        return format_html("<span>{} · {}</span>", current.number, ago(current.created_at))

    @display(description="Ends")
    def ends(self, secret: Secret) -> str:
        expiry = expiry_of(secret, timezone.now())
        return chip(expiry.level, expiry.brief) if expiry else "–"


class SecretsManagerAdmin(OwnedAdmin):
    """Secrets managers: this database, and vaults."""

    list_display = ["name", "flavor", "where", "description", "team", "owner"]
    empty_words = "A secrets manager keeps secrets; `local` is there from the start."
    search_fields = ["name", "description"]
    list_select_related = ["owner", "team"]
    form = SecretsManagerForm
    conditional_fields = {
        name: " || ".join(
            f"flavor == '{flavor.slug}'"
            for flavor in MANAGERS.values()
            if (name == "authentication_secret" and not flavor.keeps_values_here)
            or name in flavor.ConfigForm.base_fields
        )
        for name in [
            "authentication_secret",
            *(name for flavor in MANAGERS.values() for name in flavor.ConfigForm.base_fields),
        ]
    }

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = ["name", "flavor", *self.conditional_fields, "description", "labels", "team"]
        return [(None, {"fields": fields})]

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        kwargs["fields"] = SecretsManagerForm.Meta.fields
        return super().get_form(request, obj, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The built-in one is as the installation needs it."""
        return not (obj and obj.built_in) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The built-in one stays."""
        return not (obj and obj.built_in) and super().has_delete_permission(request, obj)

    @display(description="Where")
    def where(self, manager: Any) -> str:
        return manager.kind.destination(manager.configuration) or "this database"


def _record(request: HttpRequest, action: str, secret: Secret, form: SecretForm) -> None:
    """The audit's line of what was saved: names and versions, the fingerprint for the value."""
    version = form.version
    if version is None:
        audit.record(request.user, action, secret, "values kept")
        return
    done = [f"replaced {', '.join(form.change.values)}"] if form.change.values else []
    done += [f"cleared {', '.join(sorted(form.change.clear))}"] if form.change.clear else []
    audit.record(
        request.user,
        action,
        secret,
        f"version {version.number}: {'; '.join(done)}",
        fingerprint=version.fingerprint,
    )
