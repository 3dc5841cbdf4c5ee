"""A folder of this machine as a flavor: which folders are allowed as stores."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from stores.flavors.base import Backend, Category, Flavor, SignIn, StoreError
from stores.flavors.explaining import Meaning, Snippet, Subject, registration
from stores.flavors.local.backend import LocalBackend
from stores.places import below


class LocalConfigForm(forms.Form):
    """A folder needs no settings beside its path."""


class LocalFlavor(Flavor):
    """Folders beneath the roots that the operator allows in `STOREROOM_LOCAL_ROOTS`."""

    slug = "local"
    label = "Local folder"
    path_hint = "a folder of this server, such as `/srv/artifacts`"
    schemes = ("",)
    sign_ins = (SignIn.NONE,)
    ConfigForm = LocalConfigForm

    def clean_path(self, path: str) -> str:
        root, inner = _place(path)
        return os.path.join(root, *inner)

    def explain(
        self,
        typed: str,
        configuration: Mapping[str, Any],
        way: str,
        secret: str,
        values: Mapping[str, str],
    ) -> Meaning:
        root, _ = _place(typed)
        return Meaning(
            (("Address", f"`{self.clean_path(typed)}`"), ("Beneath", f"`{root}`")),
            ("Only programs on this server, and workers that have the folder, reach it.",),
        )

    def snippets(self, subject: Subject) -> list[Snippet]:
        return [
            Snippet("Address", subject.path),
            Snippet("ZenML", registration(subject, self.slug)),
            Snippet(
                "pandas", f"import pandas as pd\n\npd.read_csv({subject.path + '/<file>.csv'!r})"
            ),
        ]

    def location(
        self, path: str, configuration: Mapping[str, Any], values: Mapping[str, str]
    ) -> tuple[str, ...]:
        try:
            root, inner = _place(path)
        except ValidationError:
            root, inner = path, ()
        return (self.slug, *filter(None, os.path.realpath(root).split("/")), *inner)

    def check_settings(self, path: str, configuration: Mapping[str, Any], sign_in: SignIn) -> str:
        if sign_in != SignIn.NONE:
            raise StoreError(
                Category.SETTINGS,
                "A local folder has no sign-in.",
                action="Choose “No sign-in” in the store's settings.",
            )
        try:
            root, _ = _place(path)
        except ValidationError as error:
            raise StoreError(
                Category.SETTINGS,
                str(error.message),
                action="Correct it in the store's settings.",
            ) from None
        return f"The folder is beneath the allowed root `{root}`; no sign-in is needed."

    def check_secret(
        self,
        path: str,
        configuration: Mapping[str, Any],
        sign_in: SignIn,
        values: Mapping[str, str],
    ) -> SignIn:
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
        self.check_settings(path, configuration, sign_in)
        return LocalBackend(*_place(path))


def _place(path: str) -> tuple[str, tuple[str, ...]]:
    """The allowed root that the folder is beneath, and the parts from there.

    Raises `ValidationError`. Asks the text alone; that no link leads elsewhere is made sure of
    when the folder is opened.
    """
    text = path.strip()
    if text.lower().startswith("file://"):
        text = unquote(text[len("file://") :])
    if not text.startswith("/") or "\0" in text:
        raise ValidationError("A folder's path is absolute: it begins with `/`.")
    parts = tuple(filter(None, text.split("/")))
    if any(part in (".", "..") for part in parts):
        raise ValidationError("Parts `.` and `..` are not allowed in the path.")
    roots = sorted(map(os.path.normpath, settings.STOREROOM_LOCAL_ROOTS), key=len, reverse=True)
    for root in roots:
        inner = below(parts, tuple(filter(None, root.split("/"))))
        if inner is not None:
            return root, inner
    if not roots:
        raise ValidationError(
            "Folders are not allowed here: the operator lists none in STOREROOM_LOCAL_ROOTS."
        )
    allowed = ", ".join(f"`{root}`" for root in sorted(roots))
    raise ValidationError(f"The folder has to be beneath one of the allowed roots: {allowed}.")
