"""Flavors of ZenML's that Storeroom cannot open: their stores are kept as they were given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from django import forms
from django.core.exceptions import ValidationError

from stores.flavors.base import Backend, Category, Flavor, SignIn, StoreError
from stores.flavors.explaining import Meaning, Snippet, Subject, registration


class OtherConfigForm(forms.Form):
    """No setting is known; all are kept."""


class OtherFlavor(Flavor):
    """One such flavor. Its stores are parts of stacks and exports; nothing is sent to them."""

    path_hint = "an address of that flavor"
    schemes = ()
    sign_ins = (SignIn.IMPLICIT, SignIn.FROM_SECRET)
    ConfigForm = OtherConfigForm
    opens = False

    def __init__(self, slug: str) -> None:
        self.slug = slug  # type: ignore[misc]
        self.label = slug  # type: ignore[misc]

    def clean_path(self, path: str) -> str:
        text = path.strip()
        if not text or not text.isprintable():
            raise ValidationError("An address has no line breaks or invisible characters.")
        return text

    def explain(
        self,
        typed: str,
        configuration: Mapping[str, Any],
        way: str,
        secret: str,
        values: Mapping[str, str],
    ) -> Meaning:
        return Meaning((("Address", f"`{self.clean_path(typed)}`"),), (self.cannot_open,))

    def snippets(self, subject: Subject) -> list[Snippet]:
        return [
            Snippet("Address", subject.path),
            Snippet("ZenML", registration(subject, self.slug)),
        ]

    def location(
        self, path: str, configuration: Mapping[str, Any], values: Mapping[str, str]
    ) -> tuple[str, ...]:
        return (self.slug, *filter(None, path.split("/")))

    def check_settings(self, path: str, configuration: Mapping[str, Any], sign_in: SignIn) -> str:
        self._refuse()

    def check_secret(
        self,
        path: str,
        configuration: Mapping[str, Any],
        sign_in: SignIn,
        values: Mapping[str, str],
    ) -> SignIn:
        """Any secret fits: nothing is known of what it needs, and nothing signs in with it."""
        return SignIn.NONE

    def open(
        self,
        path: str,
        configuration: Mapping[str, Any],
        sign_in: SignIn,
        values: Mapping[str, str],
        *,
        timeout: float = 60.0,
    ) -> Backend:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise StoreError(Category.SETTINGS, self.cannot_open)
