"""References to secrets in a text that is imported, in the spelling of what is kept here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from secrets_app.models import Secret
from secrets_app.references import references_in, respelled
from secrets_app.schemas import SCHEMAS, Schema
from stores.importing.destination import Destination
from stores.zenml_yaml import Entry, PastedSecret


def schemas_of(pasted: Iterable[PastedSecret], into: Destination) -> dict[str, Schema]:
    """Of which kind the secrets are that new things would find there, by name: those
    that are here, and those of the text."""
    here = Secret.objects.filter(into.own).values_list("name", "schema")
    slugs = {secret.name: secret.schema for secret in pasted} | dict(here)
    return {name: SCHEMAS[slug] for name, slug in slugs.items()}


def as_kept(entry: Entry, schemas: Mapping[str, Schema]) -> tuple[Entry, list[str]]:
    """The component with references to what its secrets keep, and a note of each that ZenML's
    older spelling was changed in: `accountkey` is `account_key` here."""
    configuration = respelled(entry.configuration, schemas)
    before, after = references_in(entry.configuration), references_in(configuration)
    changed = {old: new for old, new in zip(before, after, strict=True) if old != new}
    notes = [f"`{old}` is the older spelling of `{new}`." for old, new in changed.items()]
    return replace(entry, configuration=configuration), notes
