"""What a person may type about a secrets manager, and the rule about where a secret is sent."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget

from project.access import Role, validate_name
from project.owned_form import Lines, OwnedForm, PartForm
from secrets_app.managers import MANAGERS
from secrets_app.models import Secret, SecretsManager


class SecretsManagerForm(PartForm):
    """A place that keeps secrets: this database, or a vault and the way to sign in to it."""

    locals().update(
        {
            name: field
            for flavor in MANAGERS.values()
            for name, field in flavor.ConfigForm.base_fields.items()
        }
    )

    class Meta:
        model = SecretsManager
        field_classes = {"description": Lines}
        fields = ["name", "flavor", "authentication_secret", "description", "labels", "team"]
        help_texts = {
            "authentication_secret": "The name of a secret in this database with `tenant_id`,"
            " `client_id` and `client_secret`. Empty: what the workers' environment offers,"
            " where the operator allows it."
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = [
            name for flavor in MANAGERS.values() for name in flavor.ConfigForm.base_fields
        ]
        for name in self.known:
            self.fields[name].required = False
            if type(self.fields[name].widget) is not UnfoldAdminTextInputWidget:
                self.fields[name].widget = UnfoldAdminTextInputWidget()
            self.initial.setdefault(name, self.instance.configuration.get(name, ""))

    def clean_authentication_secret(self) -> str:
        """A name that a secret could have."""
        name = self.cleaned_data["authentication_secret"]
        if name:
            validate_name(name)
        return str(name)

    def clean_team(self) -> Any:
        """A team; another one only while it keeps nothing, which would be left behind."""
        team = self.cleaned_data["team"]
        count = 0 if self.instance._state.adding else self.instance.secret_set.count()
        if count and team != self.instance.team:
            raise ValidationError(
                f"It stays where it is while it keeps {count} secret{'' if count == 1 else 's'}."
            )
        return team

    def clean(self) -> dict[str, Any]:
        """Let the flavor clean its settings; a vault's secret goes only where who changes the
        address may change the secret."""
        cleaned = super().clean() or {}
        flavor = MANAGERS.get(cleaned.get("flavor", ""))
        if flavor is None:
            return cleaned
        before = self.instance.kind.destination(self.instance.configuration)
        settings = flavor.ConfigForm(
            {name: cleaned.get(name, "") for name in flavor.ConfigForm.base_fields}
        )
        if not settings.is_valid():
            for name, complaints in settings.errors.items():
                self.add_error(name if name in self.fields else None, complaints)
            return cleaned
        kept = {k: v for k, v in self.instance.configuration.items() if k not in self.known}
        self.instance.configuration = kept | {k: v for k, v in settings.cleaned_data.items() if v}
        name = cleaned.get("authentication_secret", "")
        moved = self.moved or before != flavor.destination(self.instance.configuration)
        if name and (moved or "authentication_secret" in self.changed_data):
            secret = Secret.objects.beside(self.instance).filter(name=name).first()
            refuse_sending_elsewhere(self, secret)
        return cleaned


def refuse_sending_elsewhere(form: OwnedForm, secret: Secret | None) -> None:
    """Complain where a change of an address would send the secret elsewhere, and who makes it may
    use the secret, but not change it."""
    if secret is not None and not secret.allows(form.user, Role.EDITOR):
        form.add_error(
            "authentication_secret",
            f"This changes where `{secret}` is sent. You may use this secret, but not change it:"
            " name a secret of your own, or ask its owner.",
        )
