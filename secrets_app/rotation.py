"""Key rotation: seals every sealed column anew with the first key, and tells which rows no loaded
key can open. Runs beside web and workers, in batches, and goes on where it was broken off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models.functions import Substr

from secrets_app import keyring
from secrets_app.sealing import sealed_columns, unseal_column

# Rows read and written at a time.
BATCH = 100
# Rows named in a report; all are counted.
MOST_NAMED = 1000
PREFIX = len("v1.01234567.")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that gives no value: where it is, what its text should be bound to, which key sealed
    it, why. Never what it holds."""

    model: str
    pk: int
    place: str
    key_id: str
    reason: str

    def __str__(self) -> str:
        return f"{self.model} {self.pk} ({self.place}): {self.reason}"


@dataclass(slots=True)
class Count:
    """What was found so far: rows looked at, rows sealed anew, rows that cannot be opened, of
    which the first ones are named."""

    rows: int = 0
    resealed: int = 0
    unreadable_rows: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)

    def note(self, row: Any, error: keyring.Undecryptable) -> None:
        """Count a row that cannot be opened."""
        self.unreadable_rows += 1
        if len(self.unreadable) < MOST_NAMED:
            place = " ".join(map(str, row.bound_to()))
            self.unreadable.append(
                Unreadable(row._meta.label_lower, row.pk, place, error.key_id, str(error))
            )


def say_nothing(count: Count) -> None:
    """For who does not follow the progress."""


def rotate(progress: Callable[[Count], None] = say_nothing, batch: int = BATCH) -> Count:
    """Seal anew what another than the first key sealed; tells the count after each batch.

    Rows that the first key sealed are not read, so a second run changes nothing. A row that
    somebody changes meanwhile is left to them; `rows_by_key` tells whether they sealed it with
    another than the first key.
    """
    count = Count()
    first = f"v1.{keyring.loaded_key_ids()[0]}."
    for model, column in sealed_columns():
        others = model._default_manager.exclude(**{f"{column}__startswith": first})
        for rows in _batches(others, batch):
            for row in rows:
                _reseal(row, column, count)
            progress(count)
    return count


def _reseal(row: Any, column: str, count: Count) -> None:
    """Seal one row's column anew, unless it was changed since it was read."""
    count.rows += 1
    before = getattr(row, column)
    try:
        after = keyring.reseal(before, row.bound_to())
    except keyring.Undecryptable as error:
        count.note(row, error)
        return
    untouched = type(row)._default_manager.filter(pk=row.pk, **{column: before})
    count.resealed += untouched.update(**{column: after})


def verify(progress: Callable[[Count], None] = say_nothing, batch: int = BATCH) -> Count:
    """Open every sealed text; tells the count after each batch."""
    count = Count()
    for model, column in sealed_columns():
        for rows in _batches(model._default_manager.all(), batch):
            for row in rows:
                count.rows += 1
                try:
                    unseal_column(row, column)
                except keyring.Undecryptable as error:
                    count.note(row, error)
            progress(count)
    return count


def rows_by_key() -> dict[str, int]:
    """How many rows each key sealed, by key id; under "" those whose text is no sealed one."""
    counts: dict[str, int] = {}
    for model, column in sealed_columns():
        found = (
            model._default_manager.annotate(prefix=Substr(column, 1, PREFIX))
            .values("prefix")
            .annotate(rows=models.Count("pk"))
            .order_by()
        )
        for row in found:
            # Any digit of base64 makes the prefix a whole sealed text, in form.
            sealed_by = keyring.key_id_of(f"{row['prefix']}A")
            counts[sealed_by] = counts.get(sealed_by, 0) + row["rows"]
    return counts


def idle_keys(used: Mapping[str, int]) -> list[str]:
    """The ids of loaded keys, but for the first, that are not among those `rows_by_key` found."""
    return [key for key in keyring.loaded_key_ids()[1:] if key not in used]


def _batches(rows: models.QuerySet[Any], size: int) -> Iterator[list[Any]]:
    """The rows in the order of their keys, so many at a time, with what they belong to."""
    owners = [each.name for each in rows.model._meta.concrete_fields if each.many_to_one]
    last = 0
    while batch := list(rows.select_related(*owners).filter(pk__gt=last).order_by("pk")[:size]):
        yield batch
        last = batch[-1].pk
