"""What a person may choose about an import as a whole."""

from __future__ import annotations

from typing import Any

from django import forms

from project.access import Role, Team
from stores.forms.teams import PlainForm


class ImportForm(PlainForm, forms.Form):
    """The team that gets what an import makes: one in which the person is Editor or more. Without
    such a team there is nothing to choose."""

    team = forms.ModelChoiceField(
        queryset=Team.objects.none(),
        required=False,
        empty_label="No team: yours alone",
        help_text="What is new belongs to the team, and finds its things and secrets.",
        error_messages={"invalid_choice": "You cannot put anything into this team."},
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.visible_to(user, Role.EDITOR)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]
        if not teams.exists():
            self.fields["team"].widget = forms.HiddenInput()
        self.dress()
