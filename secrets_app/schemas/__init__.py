"""What a secret of a kind holds, and the rules that a value has to pass before it is sealed.

Pure functions over texts, whose errors are for the person who typed: they never repeat a value.
Keeps out the database and everything about stores.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError

from secrets_app.schemas.azure import AZURE
from secrets_app.schemas.base import BELONGS_ELSEWHERE, Attribute, Finding, Schema, Shape
from secrets_app.schemas.others import AWS, BASIC_AUTH, GCP
from secrets_app.schemas.paste import Pasted, read_paste

__all__ = [
    "BELONGS_ELSEWHERE",
    "SCHEMAS",
    "SURROUNDINGS",
    "Attribute",
    "Finding",
    "Pasted",
    "Schema",
    "Shape",
    "canonical_name",
    "canonical_names",
    "clean_value",
    "clean_values",
    "expires_at",
    "findings",
    "read_paste",
    "schema_choices",
]

ARBITRARY = Schema("arbitrary", "Arbitrary names and values", open_ended=True)
SCHEMAS: dict[str, Schema] = {
    schema.slug: schema for schema in (AZURE, AWS, GCP, BASIC_AUTH, ARBITRARY)
}

LONGEST_NAME = 100
FIRST_DAY = datetime(1, 1, 2, tzinfo=UTC)
LAST_DAY = datetime(9999, 12, 30, tzinfo=UTC)
# Spaces, and the invisible marks that come along from web pages and text files.
SURROUNDINGS = " \t\r\n\v\f\u00a0\u200b\ufeff"
# Bullets however they go on, stars, and the words that other programs put in a value's place.
MASK = re.compile(
    r"[•●∙]{3}.*|[*•●∙]{3,}|\$encrypted\$|[<\[-]?redacted[>\]-]?|[<\[]hidden[>\]]",
    re.IGNORECASE | re.DOTALL,
)


def schema_choices() -> list[tuple[str, str]]:
    """The kinds as choices of a field: (slug, label)."""
    return [(schema.slug, schema.label) for schema in SCHEMAS.values()]


def canonical_name(schema: Schema, name: str) -> str:
    """The attribute that `name` means: older files write `accountname` for `account_name`.

    Raises `ValidationError`, with a guess where a name is close to one that there is. The name is
    not repeated: people do paste a value into the wrong field.
    """
    name = name.strip()
    spellings = {_bare(each.name): each.name for each in schema.attributes}
    if _bare(name) in spellings:
        return spellings[_bare(name)]
    if schema.open_ended:
        if name.isidentifier() and name.isprintable() and len(name) <= LONGEST_NAME:
            return name
        raise ValidationError(
            "A name has letters, digits and underscores, does not begin with a digit, and is at"
            f" most {LONGEST_NAME} long."
        )
    near = difflib.get_close_matches(_bare(name), spellings, n=1)
    if near:
        raise ValidationError(
            f"This kind of secret has no such attribute; did you mean {spellings[near[0]]}?"
        )
    raise ValidationError(
        f"This kind of secret has no such attribute. It has {', '.join(spellings.values())}."
    )


def canonical_names(schema: Schema, names: Iterable[str]) -> set[str]:
    """The attributes that the names mean, without those that mean none."""
    meant = set()
    for name in names:
        with suppress(ValidationError):
            meant.add(canonical_name(schema, name))
    return meant


def clean_value(schema: Schema, name: str, value: str) -> str:
    """The value as it will be sealed. Raises `ValidationError`, which never repeats the value.

    Values of known attributes are freed of what pasting adds around them; others stay as they are.
    """
    bare = value.strip(SURROUNDINGS)
    if MASK.fullmatch(bare):
        raise ValidationError("This looks like a mask, not a value.")
    attribute = schema.attribute(canonical_name(schema, name))
    if attribute is None:
        return value
    if not bare:
        raise ValidationError("This is empty.")
    if attribute.free_text:
        return attribute.clean(value)
    if bare[0] in "\"'" and bare[0] == bare[-1]:
        raise ValidationError("Leave out the quotation marks around the value.")
    if re.search(r"\s", bare):
        raise ValidationError("There is a space or a line break inside this value.")
    return attribute.clean(bare)


def clean_values(
    schema: Schema, values: Mapping[str, str], *, held: Collection[str] = ()
) -> dict[str, str]:
    """All values under their canonical names; `held` names attributes that are stored already and
    stay beside them.

    Raises `ValidationError` with what is wrong under each name, with what does not fit together,
    or with what keeps them from being complete, under the name to look at first.
    """
    cleaned: dict[str, str] = {}
    wrong: dict[str, Any] = {}
    for given, value in values.items():
        name = given
        try:
            name = canonical_name(schema, given)
            if name in cleaned or name in wrong:
                raise ValidationError("This is given twice, in two spellings.")
            cleaned[name] = clean_value(schema, name, value)
        except ValidationError as error:
            wrong.setdefault(name, []).extend(error.error_list)
    if not wrong:
        wrong = schema.contradictions(cleaned) or schema.incompleteness({*cleaned, *held})
    if wrong:
        raise ValidationError(wrong)
    return cleaned


def findings(schema: Schema, values: Mapping[str, str], now: datetime) -> list[Finding]:
    """What clean values tell without asking the service; no sentence shows one that is secret."""
    return schema.findings(values, now)


def expires_at(schema: Schema, values: Mapping[str, str]) -> datetime | None:
    """When the values end for certain, as they say themselves: at least a day within the calendar,
    as `se=9999-12-31` could not be shown in a time zone where that day is over already."""
    end = schema.expires_at(values)
    return end and min(max(end, FIRST_DAY), LAST_DAY)


def _bare(name: str) -> str:
    """A name without what its spellings differ in."""
    return re.sub(r"[-_]", "", name).casefold()
