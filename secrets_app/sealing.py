"""The one kind of column that holds sealed texts, and how all of them are found.

Key rotation and verification read the models for it, so that no column is forgotten that somebody
adds later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from django.apps import apps
from django.core import checks
from django.db import models

from secrets_app import keyring


class Bound(Protocol):
    """A record with a sealed column: says what the text in it is bound to."""

    def bound_to(self) -> Sequence[str | int]:
        """Record, field and version, as `keyring.seal` was given them."""


class SealedField(models.TextField):
    """A text as `keyring.seal` gives it. Its model says with `bound_to()` what it is bound to."""

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """Refuse a model that does not say what its sealed texts are bound to."""
        found = super().check(**kwargs)
        if not hasattr(self.model, "bound_to"):
            found.append(
                checks.Error(
                    f"{self.model.__name__}.{self.name} is sealed, but the model has no"
                    " bound_to().",
                    hint="Say what the text is bound to, or it could be swapped with another.",
                    obj=self.model,
                    id="secrets_app.E001",
                )
            )
        return found


def sealed_columns() -> Iterator[tuple[type[models.Model], str]]:
    """Every model with the name of each of its sealed columns."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField):
                yield model, field.attname


def unseal_column(record: Any, column: str) -> str:
    """What the record's column holds, in clear. Raises `keyring.Undecryptable`."""
    return keyring.unseal(getattr(record, column), record.bound_to())
