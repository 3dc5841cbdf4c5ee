"""A transfer's report as CSV."""

from __future__ import annotations

from collections.abc import Iterator

from project.spreadsheets import lines
from stores.models import Transfer

HEADER = [
    "artifact",
    "target",
    "result",
    "bytes",
    "md5",
    "proof",
    "attempts",
    "ms",
    "code",
    "words",
]


def report(transfer: Transfer) -> Iterator[str]:
    """The lines of the report, one for each artifact of the plan."""
    rows = (
        [
            item.name,
            item.target_name,
            item.get_result_display(),
            item.size,
            item.md5,
            item.proof,
            item.attempts,
            item.ms,
            item.code,
            item.words,
        ]
        for item in transfer.items.iterator()
    )
    return lines(HEADER, rows)
