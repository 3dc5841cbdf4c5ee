"""A flavor whose stores live in this process."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any, NoReturn

from django import forms

from stores.flavors.base import Backend, Flavor, SignIn, StoreError
from stores.flavors.explaining import Meaning, Snippet, Subject
from tests.support.memory import MemoryBackend


class MemoryFlavor(Flavor):
    """Opens the backend that a test put under the path."""

    slug = "memory"
    label = "Memory"
    path_hint = "a name"
    schemes = ("",)
    sign_ins = (SignIn.NONE,)
    ConfigForm = forms.Form

    def __init__(self, **backends: MemoryBackend) -> None:
        self.backends = backends
        self._refusals: dict[tuple[str, str], tuple[str, StoreError]] = {}

    def refuse(self, path: str, token: str, step: str, error: StoreError) -> None:
        """From now on the store fails at this step of a check ("secret", or a method of the
        backend) for whoever signs in with this token."""
        self._refusals[path, token] = step, error

    def clean_path(self, path: str) -> str:
        return path

    def explain(self, *_: Any) -> Meaning:
        return Meaning(())

    def snippets(self, subject: Subject) -> list[Snippet]:
        return []

    def location(self, path: str, *_: Any) -> tuple[str, ...]:
        return (self.slug, path)

    def check_settings(self, *_: Any) -> str:
        return "Memory needs no settings."

    def check_secret(
        self,
        path: str,
        configuration: Mapping[str, Any],
        sign_in: SignIn,
        values: Mapping[str, str],
    ) -> SignIn:
        step, error = self._refusal(path, values)
        if step == "secret":
            raise error
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
        step, error = self._refusal(path, values)
        if not step:
            return self.backends[path]

        def refused(*_: Any, **__: Any) -> NoReturn:
            raise error

        refusing = copy(self.backends[path])
        setattr(refusing, step, refused)
        return refusing

    def _refusal(self, path: str, values: Mapping[str, str]) -> tuple[str, Any]:
        return self._refusals.get((path, values.get("token", "")), ("", None))
