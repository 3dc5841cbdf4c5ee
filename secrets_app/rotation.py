"""Key rotation: seals every sealed column anew with the first key, and tells which rows no loaded
key can open. Runs beside web and workers, in batches, and goes on where it was broken off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from secrets_app import keyring
from secrets_app.sealing import sealed_columns, unseal_column

BATCH = 100


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that gives no value: where it is, which key sealed it, why. Never what it holds."""

    model: str
    pk: int
    key_id: str
    reason: str

    def __str__(self) -> str:
        return f"{self.model} {self.pk}: {self.reason}"


@dataclass(slots=True)
class Count:
    """What was found so far: rows looked at, rows sealed anew, rows that cannot be opened."""

    rows: int = 0
    resealed: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)


def rotate(batch: int = BATCH) -> Iterator[Count]:
    """Seal anew what another than the first key sealed; yields the running count after each batch.

    Rows that the first key sealed are not read, so a second run changes nothing. A row that
    somebody changes meanwhile is left to them: they seal with the first key already.
    """
    count = Count()
    for model, column in sealed_columns():
        done = {f"{column}__startswith": f"v1.{keyring.loaded_key_ids()[0]}."}
        for rows in _batches(model._default_manager.exclude(**done), batch):
            for row in rows:
                _reseal(row, column, count)
            yield count


def _reseal(row: Any, column: str, count: Count) -> None:
    """Seal one row's column anew, unless it was changed since it was read."""
    count.rows += 1
    before = getattr(row, column)
    try:
        after = keyring.reseal(before, row.bound_to())
    except keyring.Undecryptable as error:
        count.unreadable.append(_unreadable(row, error))
        return
    untouched = type(row)._default_manager.filter(pk=row.pk, **{column: before})
    count.resealed += untouched.update(**{column: after})


def verify(batch: int = BATCH) -> Iterator[Count]:
    """Open every sealed text; yields the running count after each batch."""
    count = Count()
    for model, column in sealed_columns():
        for rows in _batches(model._default_manager.all(), batch):
            for row in rows:
                count.rows += 1
                try:
                    unseal_column(row, column)
                except keyring.Undecryptable as error:
                    count.unreadable.append(_unreadable(row, error))
            yield count


def rows_by_key() -> dict[str, int]:
    """How many sealed texts each key sealed, by key id; "" for what is no sealed text."""
    counts: dict[str, int] = {}
    for model, column in sealed_columns():
        prefixes = (
            model._default_manager.annotate(
                prefix=models.functions.Substr(column, 1, len("v1.") + 8 + len("."))
            )
            .values("prefix")
            .annotate(rows=models.Count("pk"))
            .order_by()
        )
        for found in prefixes:
            sealed_by = keyring.key_id_of(f"{found['prefix']}A")
            counts[sealed_by] = counts.get(sealed_by, 0) + found["rows"]
    return counts


def _batches(rows: models.QuerySet[Any], size: int) -> Iterator[list[Any]]:
    """The rows in the order of their keys, so many at a time; what follows them comes along."""
    related = [f.name for f in rows.model._meta.concrete_fields if f.many_to_one]
    last = 0
    while batch := list(rows.select_related(*related).filter(pk__gt=last).order_by("pk")[:size]):
        yield batch
        last = batch[-1].pk


def _unreadable(row: Any, error: keyring.Undecryptable) -> Unreadable:
    return Unreadable(row._meta.label_lower, row.pk, error.key_id, str(error))
