"""What a person may type about a transfer."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from project.owned_form import OwnedForm
from stores.forms.stores import openable
from stores.models import Transfer

PREFIXES = ("source_prefix", "target_prefix")


def clean_prefix(text: str) -> str:
    """A folder inside a store, its parts joined by single slashes; "" is the whole store."""
    parts = [part for part in text.strip().split("/") if part]
    if {".", ".."} & set(parts) or "\0" in text:
        raise ValidationError("A prefix is a folder inside the store: no `.` and no `..`.")
    return "/".join(parts)


class TransferForm(OwnedForm):
    """From where to where, and what to do with what is there already."""

    class Meta:
        model = Transfer
        fields = ["source", "source_prefix", "target", "target_prefix", "conflict"]
        labels = {
            "source": "From",
            "source_prefix": "From this folder",
            "target": "To",
            "target_prefix": "Into this folder",
        }
        help_texts = {
            "source_prefix": "Everything beneath it is copied. Empty: the whole store.",
            "target_prefix": "It appears with the first artifact. Empty: the store's top.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("source", "target"):
            self.fields[name].required = True

    def clean_source(self) -> Any:
        """A store that can be opened."""
        return openable(self.cleaned_data["source"])

    def clean_target(self) -> Any:
        """A store that can be opened."""
        return openable(self.cleaned_data["target"])

    def clean_source_prefix(self) -> str:
        """The prefix in its normal form."""
        return clean_prefix(self.cleaned_data["source_prefix"])

    def clean_target_prefix(self) -> str:
        """The prefix in its normal form."""
        return clean_prefix(self.cleaned_data["target_prefix"])

    def clean(self) -> dict[str, Any]:
        """Refuse a transfer onto itself or into its own source, whatever the stores' names."""
        cleaned = super().clean() or {}
        if not {"source", "target", *PREFIXES} <= set(cleaned):
            return cleaned
        transfer = Transfer(**{name: cleaned[name] for name in ("source", "target", *PREFIXES)})
        if words := transfer.overlap():
            self.add_error("target", words)
        return cleaned
