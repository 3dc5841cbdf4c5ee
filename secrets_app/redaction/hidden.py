"""Finds values that this process has revealed, in every notation in which they could turn up."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus, unquote

from secrets_app.redaction.named import named_values

MASK = "***"
# Line ends and tabs are not among them; terminal escapes, and what turns the direction of
# writing, are.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class HiddenValues:
    """The values that were revealed last.

    Readers take no lock: each change builds a new index and puts it in place at once.
    """

    SHORTEST = 6
    LONGEST_ENCODED = 4096

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._forms: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._index: dict[str, list[str]] = {}

    def add(self, values: Iterable[str]) -> None:
        """Hide these; beyond the limit the longest unused ones give way. A value under six
        characters is let go, as too much that is harmless would look like it."""
        with self._lock:
            known = set(self._forms)
            for value in values:
                if len(value) >= self.SHORTEST:
                    if value not in self._forms:
                        self._forms[value] = frozenset(self._forms_of(value))
                    self._forms.move_to_end(value)
            while len(self._forms) > self._limit:
                self._forms.popitem(last=False)
            if known != set(self._forms):
                self._index = self._indexed()

    def mask(self, text: str) -> str:
        """The text without the hidden values."""
        index = self._index
        if not index:
            return text
        pieces: list[str] = []
        start = at = 0
        last = len(text) - self.SHORTEST
        while at <= last:
            for form in index.get(text[at : at + self.SHORTEST], ()):
                if text.startswith(form, at):
                    pieces += (text[start:at], MASK)
                    start = at = at + len(form)
                    break
            else:
                at += 1
        return "".join([*pieces, text[start:]])

    def _indexed(self) -> dict[str, list[str]]:
        """The forms by how they begin, the longest first."""
        index: dict[str, list[str]] = {}
        for form in {form for forms in self._forms.values() for form in forms}:
            index.setdefault(form[: self.SHORTEST], []).append(form)
        for forms in index.values():
            forms.sort(key=len, reverse=True)
        return index

    def _forms_of(self, value: str) -> Iterator[str]:
        """The value, and each secret inside it (the key in a connection string), as they are, in
        addresses, in JSON, in Python's notation and in base64."""
        inside = [value[first:last] for first, last in named_values(value)]
        for piece in {value, value.strip(), *inside, *map(unquote, inside)}:
            forms = {piece}
            if len(piece) <= self.LONGEST_ENCODED:
                forms |= _encoded(piece)
            yield from (form for form in forms if len(form) >= self.SHORTEST)


def escape_controls(text: str) -> str:
    """The text with control characters written out; line ends and tabs stay."""
    return CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _encoded(value: str) -> set[str]:
    """The value in other notations."""
    raw = value.encode("utf-8", "surrogatepass")
    forms = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    forms |= {repr(value)[1:-1], escape_controls(value).replace("\n", r"\n")}
    addresses = {quote(raw, safe=""), quote(raw), quote_plus(raw)}
    forms |= addresses
    forms |= {re.sub("%..", lambda found: found[0].lower(), each) for each in addresses}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        forms.add(encode(raw).decode())
        for before in range(3):
            # Inside a longer text the digits at both ends depend on the neighbours: left out.
            digits = encode(bytes(before) + raw).decode().rstrip("=")
            shared = 1 if (before + len(raw)) % 3 else 0
            forms.add(digits[(0, 2, 3)[before] : len(digits) - shared])
    return forms
