"""A flavor whose stores live in this process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from stores.flavors.base import Backend, Flavor, SignIn
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

    def check_secret(self, *_: Any) -> SignIn:
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
        return self.backends[path]
