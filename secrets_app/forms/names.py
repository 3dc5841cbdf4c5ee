"""A secret without its values, for those to whom they come another way than by a form."""

from __future__ import annotations

from project.owned_form import OwnedForm
from secrets_app.models import Secret


class SecretNameForm(OwnedForm):
    """What a secret is called, whose and of which kind it is, and where it is kept."""

    class Meta:
        model = Secret
        fields = ["name", "description", "team", "manager", "schema", "remind_after_days"]
