"""What a change of a secret's values means before it is sealed: the rules over what is typed and
what stays. Forms and commands ask here alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

from secrets_app import keyring
from secrets_app.models import Secret, SecretVersion
from secrets_app.redaction.in_clear import InClear
from secrets_app.schemas import Schema, canonical_names, clean_values


@dataclass(frozen=True, slots=True)
class Change(InClear):
    """Values to seal, in their normal form, and attributes to remove; no others change."""

    values: dict[str, str] = field(repr=False)
    clear: frozenset[str] = frozenset()


@sensitive_variables()
def prepare(
    schema: Schema,
    typed: Mapping[str, str],
    *,
    secret: Secret | None = None,
    clear: Iterable[str] = (),
    shape: str = "",
) -> Change:
    """The change that somebody asks for, held to the schema's rules.

    `secret` is the one to be changed, None for a new one. With `shape` only that shape's
    attributes are taken from what was typed, and stored ones of other shapes are removed; values
    that are a whole shape by themselves take the place of all that is stored. Values may be
    cleared until nothing is complete any more, but none typed that leave it so, or that contradict
    what stays beside them.
    Raises `ValidationError` with what is wrong, by attribute.
    """
    held = secret.held_keys() if secret else []
    removed = frozenset(clear) & set(held)
    chosen = schema.shape(shape)
    if chosen:
        fitting = {*chosen.needs, *chosen.takes}
        typed = {name: text for name, text in typed.items() if name in fitting}
        removed |= set(held) - fitting
    if schema.shape_of(canonical_names(schema, typed)):
        removed = frozenset(held)
    staying = [key for key in held if key not in removed]
    values = clean_values(schema, typed, held=staying) if typed else {}
    if secret and values:
        _refuse_contradictions(schema, secret, values, staying)
        _refuse_sending_elsewhere(schema, values, staying, secret.reveal)
    return Change(values, removed - values.keys())


@sensitive_variables()
def merge(schema: Schema, typed: Mapping[str, str], held: Mapping[str, str]) -> Change:
    """All that a secret is to hold whose values a vault keeps, by the same rules: what is typed,
    and what stays of `held`, which need not be right by itself.

    Raises `ValidationError` with what is wrong, by attribute.
    """
    before = {
        name: text
        for given, text in held.items()
        for name in canonical_names(schema, [given]) or {given}
    }
    values = clean_values(schema, typed, held=before)
    staying = {
        given: text
        for given, text in held.items()
        if not canonical_names(schema, [given]) & values.keys()
    }
    merged = clean_values(schema, {**staying, **values})
    _refuse_sending_elsewhere(schema, values, before, lambda: before)
    return Change(merged)


@sensitive_variables()
def _refuse_contradictions(
    schema: Schema, secret: Secret, values: Mapping[str, str], staying: list[str]
) -> None:
    """Raise `ValidationError` where values do not fit what stays beside them, by the attribute
    that was typed and without which they would."""
    try:
        before = secret.reveal()
    except keyring.Undecryptable:
        return
    kept = {key: before[key] for key in staying}
    wrong = schema.contradictions({**kept, **values})
    if not wrong:
        return
    culprits = [
        name
        for name in values
        if not schema.contradictions(
            {**kept, **{key: text for key, text in values.items() if key != name}}
        )
    ]
    words = [sentence for said in wrong.values() for sentence in said]
    raise ValidationError({[*culprits, *values][0]: words})


@sensitive_variables()
def _refuse_sending_elsewhere(
    schema: Schema,
    values: Mapping[str, str],
    staying: Iterable[str],
    read: Callable[[], Mapping[str, str]],
) -> None:
    """Raise `ValidationError` where an account or tenant is changed and a secret value stays: it
    would be sent to somebody for whom it was not typed. `read` opens what was held before."""
    leading = [each.name for each in schema.attributes if each.directs and each.name in values]
    kept = [key for key in staying if key not in values and schema.is_sensitive(key)]
    if not leading or not kept:
        return
    try:
        before = read()
    except keyring.Undecryptable:
        before = {}
    moved = [name for name in leading if before.get(name) != values[name]]
    if moved:
        raise ValidationError(
            dict.fromkeys(kept, f"`{moved[0]}` changes where this is sent: enter it again, too.")
        )


@sensitive_variables()
def equal_versions(version: SecretVersion) -> list[SecretVersion]:
    """Other kept versions, of this or another secret, that hold the very same values."""
    if not version.fingerprint:
        return []
    same = SecretVersion.objects.kept().filter(fingerprint=version.fingerprint)
    return list(same.exclude(pk=version.pk).select_related("secret").order_by("secret", "number"))
