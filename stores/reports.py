"""A transfer's report as CSV that no spreadsheet mistakes for formulas."""

from __future__ import annotations

import csv
from collections.abc import Iterator

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
# A cell that begins with one of these would be run by a spreadsheet as a formula; the wide forms
# where it is set to an East Asian language.
# https://owasp.org/www-community/attacks/CSV_Injection
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Line:
    """What `csv.writer` writes to: gives the line back instead of keeping it."""

    def write(self, line: str) -> str:
        """The line, as it is."""
        return line


def report(transfer: Transfer) -> Iterator[str]:
    """The lines of the report (RFC 4180), one for each artifact of the plan."""
    writer = csv.writer(_Line())
    yield writer.writerow(HEADER)
    for item in transfer.items.iterator():
        cells = [
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
        yield writer.writerow([harmless(cell) for cell in cells])


def harmless(cell: object) -> object:
    """The cell, behind an apostrophe where a spreadsheet would run it."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell
