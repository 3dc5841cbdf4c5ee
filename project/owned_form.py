"""The form over an owned thing, on a page or behind a command: it offers what one may use."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.forms.utils import ErrorList

from project import audit
from project.access import OwnedQuerySet, Role, Team
from project.locking import LockedForm, choices_of
from project.names_and_values import NamesAndValues, validate
from project.templatetags.storeroom import with_code

# What a picker tells of a thing beside its name.
WHOSE = ("team", "owner")


def called(thing: Any, user: Any, name: str = "") -> str:
    """What a picker calls a thing, by default as the thing calls itself. Two may have one name:
    what is not the person's alone is told by whose it is."""
    theirs = thing.owner if thing.owner_id not in (None, user.pk) else None
    whose = thing.team or theirs
    return f"{name or thing}{f' · {whose}' if whose else ''}"


class CodeErrors(ErrorList):
    """Complaints about a field, with their `code` shown as code."""

    def __getitem__(self, index: Any) -> Any:
        return with_code(str(super().__getitem__(index)))


class Lines(forms.CharField):
    """A text of several lines. Browsers send line ends of their own (HTML, "Constructing the entry
    list"); commands and files do not."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class OwnedForm(LockedForm):
    """A form over an owned thing. `user` fills it in: a new thing is theirs, and pickers offer
    only what they may use, beside what is chosen already. Names are checked against the other
    things of the same team or owner.

    A form with the field `team` puts a thing into a team in which they are Editor or more. Only
    an owner of the thing moves it: that decides who sees it. `with_team=False` takes the field
    away, for whoever makes many things that all stay where they are.
    """

    # Whoever made sure of it for many things at once; the database refuses a name twice anyhow.
    name_is_free = False

    def __init__(self, *args: Any, user: Any, with_team: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"error_class": CodeErrors})
        self.user = user
        if not with_team:
            self.fields.pop("team", None)
        if self.instance._state.adding:
            self.instance.owner = user
        if "team" in self.fields:
            self._offer_teams()
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField) and isinstance(
                field.queryset, OwnedQuerySet
            ):
                field.queryset = self._offered(name, field.queryset).select_related(*WHOSE)
                field.label_from_instance = partial(called, user=user)  # type: ignore[method-assign]
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = 3
            field.help_text = with_code(str(field.help_text))

    @property
    def moved(self) -> bool:
        """Whether a thing that was there before goes to another team, into one or out of one."""
        before = self.initial.get("team")
        return not self.instance._state.adding and before != self.instance.team_id

    def clean(self) -> dict[str, Any]:
        """Move the thing first: what is named is looked for where it will be. A form that is sent
        without a team leaves a thing where it is."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "team" not in self.fields:
            return cleaned
        if self.add_prefix("team") not in self.data:
            cleaned["team"] = self.instance.team
        elif "team" in cleaned:
            self.instance.team = cleaned["team"]
        return cleaned

    def _offered(self, name: str, things: Any) -> Any:
        """What a picker offers."""
        usable = Q(pk__in=things.visible_to(self.user, Role.OPERATOR).values("pk"))
        if self.instance._state.adding:
            return things.filter(usable)
        chosen = self.instance._meta.get_field(name).value_from_object(self.instance)
        kept = [each.pk for each in chosen] if isinstance(chosen, list) else [chosen]
        return things.filter(usable | Q(pk__in=kept))

    def _offer_teams(self) -> None:
        """Offer the teams, or no choice where there are none or the person may not choose."""
        thing, field = self.instance, self.fields["team"]
        mine = Team.objects.visible_to(self.user, Role.EDITOR)
        field.queryset = Group.objects.filter(  # type: ignore[attr-defined]
            Q(pk__in=mine.values("pk")) | Q(pk=thing.team_id)
        )
        field.empty_label = "No team: for its owner alone"  # type: ignore[attr-defined]
        field.help_text = "Its members may do with it what their role in the team says."
        field.disabled = not (thing._state.adding or thing.allows(self.user, Role.OWNER))
        if not field.queryset.exists():  # type: ignore[attr-defined]
            field.disabled, field.widget = True, forms.HiddenInput()

    def _get_validation_exclusions(self) -> set[str]:
        """What model validation skips; never the owner, or a name could be taken twice."""
        skipped: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return skipped if self.name_is_free else skipped - {"owner", "team"}


class PartForm(OwnedForm):
    """A form over a part of stacks. One that is sent without labels leaves them as they are."""

    labels = NamesAndValues(
        required=False, help_text="One a line: `name = value`, such as `stage = prod`."
    )

    def clean(self) -> dict[str, Any]:
        """Keep the labels of which nothing was said."""
        cleaned = super().clean()
        if self.add_prefix("labels") not in self.data:
            cleaned["labels"] = self.instance.labels
        return cleaned

    def _post_clean(self) -> None:
        """Look at the settings that no field shows, too, as a command or a file brings them."""
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            validate(self.instance.configuration)
        except ValidationError as error:
            self.add_error(None, f"Settings: {error.messages[0]}")


class NotSaved(Exception):
    """What a form describes cannot be saved so; the words say why."""


def save_new(form: OwnedForm, user: Any, words: str = "", *, fingerprint: str = "") -> Any:
    """Save the new thing of a form and note it in the audit, with more words and the fingerprint
    of a value where there are any. Raises `NotSaved` with all that is wrong in one line."""
    if not form.is_valid():
        raise NotSaved(complaints(form))
    try:
        with transaction.atomic():
            thing = form.save()
            audit.record(user, "added", thing, words, fingerprint=fingerprint)
    except IntegrityError:
        raise NotSaved("Somebody did the same at the same time.") from None
    return thing


def complaints(form: forms.BaseForm) -> str:
    """What a form finds wrong, in one line: "Address: …"; of what cannot be chosen, also what
    can, which a page shows."""
    words = []
    for field, errors in form.errors.as_data().items():
        label = "" if field == NON_FIELD_ERRORS else f"{form[field].label}: "
        words += [f"{label}{message}" for error in errors for message in error.messages]
        if any(error.code == "invalid_choice" for error in errors):
            words += _choices(form.fields[field])
    return " ".join(words)


def _choices(field: forms.Field) -> list[str]:
    """What there is to choose from, as it is typed; of things in the database nothing is told."""
    if not isinstance(field, forms.ChoiceField) or isinstance(field, forms.ModelChoiceField):
        return []
    return [f"Choices: {', '.join(str(key) for key, _ in choices_of(field) if key)}."]
