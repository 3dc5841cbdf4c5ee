"""What a person may type about a store."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from project.access import validate_name
from project.owned_form import Lines, PartForm
from project.templatetags.storeroom import with_code
from secrets_app import keyring
from secrets_app.forms import refuse_sending_elsewhere
from secrets_app.schemas import Finding
from stores.flavors import FLAVORS, flavor_of, sign_in_choices
from stores.flavors.base import CREDENTIALS, Flavor, SignIn, StoreError, without_credentials
from stores.flavors.explaining import Meaning
from stores.models import Store

# What anybody may change in a store that a superuser allowed to sign in implicitly.
HARMLESS = {"name", "description", "labels", "allow_probes"}


def config_fields() -> dict[str, forms.Field]:
    """The settings of all flavors as optional fields; each flavor's own form cleans its part."""
    fields: dict[str, forms.Field] = {}
    for flavor in FLAVORS.values():
        for name, own in flavor.ConfigForm.base_fields.items():
            field = deepcopy(own)
            field.required = False
            if type(field.widget) is forms.TextInput:
                field.widget = UnfoldAdminTextInputWidget()
            fields[name] = field
    return fields


def address_hints() -> str:
    """How an address looks, flavor by flavor."""
    return " ".join(
        f"{flavor.label}: {flavor.path_hint}"
        + (f" (not installed yet: {flavor.how_to_install})." if flavor.missing_packages else ".")
        for flavor in FLAVORS.values()
    )


def openable(store: Store) -> Store:
    """The same store. Raises `ValidationError` for one that Storeroom cannot open."""
    if not store.kind.opens:
        raise ValidationError(store.kind.cannot_open)
    return store


class ImplicitNote(forms.Widget):
    """What implicit sign-in means for everything that runs elsewhere; nothing to fill in."""

    context: dict[str, Any] = {}

    def render(self, *_: Any, **__: Any) -> Any:
        """The note, with how many of the store's stacks it touches."""
        return render_to_string("stores/_implicit_note.html", self.context)


class StoreForm(PartForm):
    """A store: its address first, then how to sign in, then the rest."""

    sign_in = forms.ChoiceField(
        label="How to sign in",
        choices=[
            ("", "The secret's one way; implicit without a secret"),
            *(way for way in sign_in_choices() if way[0] not in (SignIn.NONE, SignIn.FROM_SECRET)),
        ],
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Exactly one way, never mixed with another or with the environment.",
    )
    implicit_note = forms.Field(label="Implicit sign-in", required=False, widget=ImplicitNote)
    locals().update(config_fields())

    class Meta:
        model = Store
        field_classes = {"description": Lines}
        fields = [
            "path",
            "flavor",
            "sign_in",
            "authentication_secret",
            "name",
            "description",
            "labels",
            "team",
            "allow_probes",
            "allow_implicit",
        ]
        help_texts = {
            "authentication_secret": "The name of a secret. It may come later: the store uses it"
            " as soon as it is there.",
            "allow_probes": "Write one 64-byte artifact .storeroom/probe-… at each check and"
            " remove it. Off: checks only list and read.",
            "allow_implicit": "The store may use what the workers' environment offers, where"
            " STOREROOM_ALLOW_IMPLICIT is on. Superusers decide; when anybody else changes the"
            " store, this is taken back.",
        }
        labels = {"path": "Address", "authentication_secret": "Secret"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["path"].help_text = with_code(address_hints())
        if self.instance.flavor and not self.instance.kind.opens:
            own = (self.instance.flavor, self.instance.kind.label)
            self.fields["flavor"].choices = [*self.fields["flavor"].choices, own]
        for name in config_fields():
            self.initial.setdefault(name, self.instance.configuration.get(name, ""))
        self.typed = ""
        self.fields["allow_implicit"].disabled = not self.user.is_superuser
        self.fields["implicit_note"].widget.context = self._note()
        self._sent_to = () if self.instance._state.adding else self._destination()
        if self.initial.get("sign_in") in (SignIn.NONE, SignIn.FROM_SECRET):
            self.initial["sign_in"] = ""

    def _note(self) -> dict[str, Any]:
        """What the note says of this store."""
        if self.instance._state.adding:
            return {}
        stacks = self.instance.stacks.visible_to(self.user).count()
        return {"store": self.instance, "stack_count": stacks}

    def _destination(self) -> tuple[str, ...]:
        """Whose secret of which name is sent to which account, of which kind of storage; nothing
        where the store's address, kept before there were today's rules, is none."""
        store = self.instance
        try:
            place = store.kind.location(store.path, store.configuration, {})
        except ValidationError:
            return ()
        return (*map(str, store.namespace), store.authentication_secret, *place[:2])

    def _get_validation_exclusions(self) -> set[str]:
        """What model validation skips, too: the flavor, of which the field has seen to all but
        those that cannot be opened."""
        return super()._get_validation_exclusions() | {"flavor"}

    def clean_authentication_secret(self) -> str:
        """A name that a secret could have."""
        name = self.cleaned_data["authentication_secret"]
        validate_name(name)
        return str(name)

    def clean(self) -> dict[str, Any]:
        """Let the flavor clean its address and settings, choose the sign-in, and take back what a
        superuser allowed for other settings than these."""
        cleaned = super().clean() or {}
        if not self.user.is_superuser and set(self.changed_data) - HARMLESS:
            cleaned["allow_implicit"] = False
        if not {"flavor", "path"} <= set(cleaned):
            return cleaned
        flavor = flavor_of(cleaned["flavor"])
        self.typed = cleaned["path"]
        cleaned["sign_in"] = self._sign_in(flavor, cleaned)
        self.instance.configuration = self._configuration(flavor, cleaned)
        try:
            cleaned["path"] = flavor.clean_path(self.typed)
            self.instance.configuration = flavor.settings_in(
                self.typed, self.instance.configuration
            )
        except ValidationError as error:
            self.add_error("path", error)
        self._forget_credentials()
        return cleaned

    def _forget_credentials(self) -> None:
        """Take out of what the form shows again whatever an address held that is nobody's to
        see."""
        for name, errors in self.errors.as_data().items():
            if any(error.code == CREDENTIALS for error in errors):
                self.data = {**self.data, name: without_credentials(self.data[name])}

    def _sign_in(self, flavor: Flavor, cleaned: dict[str, Any]) -> SignIn:
        """The way that was chosen, or the one that follows from what was filled in."""
        secret = cleaned.get("authentication_secret", "")
        if flavor.sign_ins == (SignIn.NONE,):
            if secret:
                self.add_error("authentication_secret", "This flavor needs no secret.")
            return SignIn.NONE
        chosen = cleaned.get("sign_in") or (SignIn.FROM_SECRET if secret else SignIn.IMPLICIT)
        sign_in = SignIn(chosen)
        if sign_in not in flavor.sign_ins:
            self.add_error("sign_in", f"{flavor.label} cannot sign in this way.")
        elif sign_in.needs_secret and not secret:
            self.add_error("authentication_secret", "This way to sign in needs a secret.")
        elif secret and not sign_in.needs_secret:
            self.add_error(
                "authentication_secret", "This way to sign in uses no secret; clear it."
            )
        return sign_in

    def _configuration(self, flavor: Flavor, cleaned: dict[str, Any]) -> dict[str, Any]:
        """The flavor's settings, beside those that Storeroom does not know and keeps."""
        if not flavor.opens:
            return self.instance.configuration
        settings = flavor.ConfigForm(
            {name: cleaned.get(name, "") for name in flavor.ConfigForm.base_fields}
        )
        known = config_fields()
        kept = {k: v for k, v in self.instance.configuration.items() if k not in known}
        if not settings.is_valid():
            for name, complaints in settings.errors.as_data().items():
                self.add_error(name if name in self.fields else None, complaints)
            return kept
        return kept | {name: value for name, value in settings.cleaned_data.items() if value}

    def _save_m2m(self) -> None:
        """Save the rest: the schedules go where their store goes."""
        super()._save_m2m()
        if self.moved:
            self.instance.schedules.update(team=self.instance.team)

    def _post_clean(self) -> None:
        """After the instance has the cleaned fields, compare it with its secret."""
        super()._post_clean()
        store = self.instance
        if self.errors:
            return
        self._check_settings()
        if self.errors or not store.authentication_secret:
            return
        secret = store.secret()
        if secret is None:
            return
        if self._sent_to != self._destination():
            refuse_sending_elsewhere(self, secret)
        if not secret.kept_here:
            return
        try:
            store.kind.check_secret(
                store.path, store.configuration, SignIn(store.sign_in), secret.reveal()
            )
        except keyring.Undecryptable:
            return  # Shown at the secret and by the check; the store's settings may be right.
        except StoreError as error:
            self.add_error("authentication_secret", f"{error.text} {error.action}".strip())

    def _check_settings(self) -> None:
        """Complain where the settings do not go with the sign-in. What cannot be opened here, or
        not yet, is kept all the same."""
        store = self.instance
        if not store.kind.opens or store.kind.missing_packages:
            return
        try:
            store.kind.check_settings(store.path, store.configuration, SignIn(store.sign_in))
        except StoreError as error:
            self.add_error("sign_in", f"{error.text} {error.action}".strip())

    def findings(self) -> list[Finding]:
        """What is wrong with the form as it is filled in now; a name may still be missing."""
        return [
            Finding("problem", str(self[name].label) if name in self.fields else "", words)
            for name, errors in self.errors.as_data().items()
            if name != "name"
            for error in errors
            for words in error.messages
        ]

    def meaning(self) -> Meaning | None:
        """What the address means together with the settings, None while it is not right."""
        if {"path", "flavor", *config_fields()} & set(self.errors) or not self.typed:
            return None
        store = self.instance
        way, secret = SignIn(store.sign_in), store.authentication_secret
        values: dict[str, str] = {}
        # What is not there yet, or wrong, is shown by the findings. Never the environment's: it
        # is this server's and not the workers'.
        with suppress(StoreError):
            values = (store.read_secret()[0] if secret and way.needs_secret else None) or {}
        return store.kind.explain(self.typed, store.configuration, way, secret, values)

    def save(self, commit: bool = True) -> Store:
        """Save; what was proven of the old settings says nothing of the new ones."""
        if self.changed_data and set(self.changed_data) - {"name", "description", "labels"}:
            self.instance.state = Store.State.NEVER
            self.instance.state_words = ""
            self.instance.checked_at = None
        return super().save(commit)
