"""What a person may type about a secret, where things rest on it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from secrets_app.forms import SecretForm
from secrets_app.models import Secret
from stores.secret_uses import uses_of


class UsedSecretForm(SecretForm):
    """A secret with what names it: that would lose a secret that is called otherwise."""

    def clean_name(self) -> str:
        """A name; another one only while nothing uses the secret."""
        name = str(self.cleaned_data["name"])
        if self.new or name == self.initial["name"]:
            return name
        users = uses_of(Secret.objects.get(pk=self.instance.pk), self.user).direct
        if users:
            raise ValidationError(
                f"The name stays while something uses the secret by it: {', '.join(users.names)}."
                " Make a new secret and replace this one everywhere with it."
            )
        return name

    def clean_team(self) -> Any:
        """A team; another one only while nothing uses the secret: by its name it is found only
        beside it."""
        team = self.cleaned_data["team"]
        if self.new or team == self.instance.team:
            return team
        users = uses_of(Secret.objects.get(pk=self.instance.pk), self.user).direct
        if users:
            raise ValidationError(
                f"It stays where it is while something uses it: {', '.join(users.names)}. They"
                " would not find it elsewhere."
            )
        return team
