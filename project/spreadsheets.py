"""CSV that no spreadsheet mistakes for formulas (RFC 4180)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

# A cell that begins with one of these would be run by a spreadsheet as a formula; the wide forms
# where it is set to an East Asian language.
# https://owasp.org/www-community/attacks/CSV_Injection
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Line:
    """What `csv.writer` writes to: gives the line back instead of keeping it."""

    def write(self, line: str) -> str:
        """The line, as it is."""
        return line


def lines(header: list[str], rows: Iterable[list[object]]) -> Iterator[str]:
    """The lines of a table, its header first."""
    writer = csv.writer(_Line())
    yield writer.writerow(header)
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])


def harmless(cell: object) -> object:
    """The cell, behind an apostrophe where a spreadsheet would run it."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell
