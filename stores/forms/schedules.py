"""What a person may type about a schedule."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Now

from project.access import Role, Team
from project.owned_form import OwnedForm
from stores.forms.stores import openable
from stores.models import Schedule, Store


class ScheduleForm(OwnedForm):
    """How often a store is checked."""

    class Meta:
        model = Schedule
        fields = ["store", "every_minutes", "paused"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            stores = Store.objects.visible_to(self.user, Role.EDITOR)
            self.fields["store"].queryset = stores  # type: ignore[attr-defined]

    def _get_validation_exclusions(self) -> set[str]:
        """What model validation skips; never the kind, or a store could have two schedules."""
        return super()._get_validation_exclusions() - {"kind"}

    def clean_store(self) -> Any:
        """A store that can be opened, and so checked."""
        return openable(self.cleaned_data["store"])

    def clean(self) -> dict[str, Any]:
        """The schedule is the store's owner's, whoever makes it."""
        cleaned = super().clean() or {}
        if store := cleaned.get("store"):
            self.instance.owner, self.instance.team = store.owner, store.team
        return cleaned

    def _save_m2m(self) -> None:
        """Save the rest: who was given the store is given its new schedule."""
        super()._save_m2m()
        for team, role in self.instance.store.shared_with().items():
            if team not in self.instance.shared_with():
                self.instance.share(Team(pk=team), role)

    def save(self, commit: bool = True) -> Any:
        """Save; a new rhythm begins now, and what was left out while paused is not made up for."""
        if {"every_minutes", "paused"} & set(self.changed_data):
            self.instance.next_run_at = Now()
        return super().save(commit)
