"""Hides secret values in texts: by how they look, by the names beside them, and by themselves.

Pure and quick, as every line of every log goes through it; keeps out Django, which sets logging
up before the applications are there. Where in doubt it hides too much.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any

from secrets_app.redaction.hidden import MASK, HiddenValues, escape_controls
from secrets_app.redaction.named import is_sensitive, named_values

LOOKS = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)", re.S), MASK),
    # The password in an address, and the whole query of a copy's source.
    (re.compile(r"(://[^\s/:@\"'?#]*:)[^\s/\"']+(?=@)"), rf"\g<1>{MASK}"),
    (
        re.compile(
            r"(x-ms-(?:copy|rename)-source[\\\"']{0,9}\s*[:=]\s*[\\\"']{0,9}[^\s?\"']{0,2048}\?)"
            r"[^\s\"'\\]+",
            re.I,
        ),
        rf"\g<1>{MASK}",
    ),
    # Fernet tokens, JSON web tokens, what follows a scheme of signing in.
    (re.compile(r"(?<![\w-])gAAAA[\w-]{20,}=*"), MASK),
    (re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), MASK),
    (re.compile(r"\b(Bearer) +[\w.~+/-]{20,}=*", re.I), rf"\g<1> {MASK}"),
    (re.compile(r"\b(SharedKey(?:Lite)? +\w+:)[\w+/]{20,}=*", re.I), rf"\g<1>{MASK}"),
    # Any account key: 64 bytes in base64.
    (re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}=="), MASK),
)
# A reference to a secret's value, `{{secret.key}}`, which tells nothing of the value.
REFERENCE = re.compile(r"\{\{\s*([^{}\s.]+)\.([^{}\s.]+)\s*\}\}")
_hidden = HiddenValues(limit=1000)


def redact(text: str) -> str:
    """The text without the secrets in it; what is redacted once stays as it is."""
    text = _hidden.mask(text)
    for look, replacement in LOOKS:
        text = look.sub(replacement, text)
    pieces: list[str] = []
    start = 0
    for first, last in named_values(text):
        pieces += (text[start:first], MASK)
        start = last
    return "".join([*pieces, text[start:]])


def hide(values: Iterable[str]) -> None:
    """Hide these values from now on wherever they appear in this process."""
    _hidden.add(values)


def redact_mapping(value: Any) -> Any:
    """A copy of nested dicts and lists in which everything under a sensitive name but a reference,
    and every secret inside a text, is hidden. What is nested too deep to follow is hidden as a
    whole."""
    try:
        return _redacted(value)
    except RecursionError:
        return MASK


def _redacted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            redact(key) if isinstance(key, str) else key: (
                MASK if is_sensitive(str(key)) and not _is_reference(part) else _redacted(part)
            )
            for key, part in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(part) for part in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact(str(value))


def _is_reference(value: Any) -> bool:
    return isinstance(value, str) and REFERENCE.fullmatch(value) is not None


class RedactingFormatter(logging.Formatter):
    """Formats a record without secrets and, but for a traceback, as one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole event, traceback and stack included.

        A call whose arguments do not fit its message is formatted as well: logging itself would
        print those arguments as they are.
        """
        try:
            text = super().format(record)
        except (TypeError, ValueError, KeyError):
            text = redact(f"{record.name}: {record.msg!r} does not fit {record.args!r}")
        if record.exc_info or record.exc_text or record.stack_info:
            text = redact(text)
        return escape_controls(text)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The event's own line: a line end inside would look like another event."""
        return redact(super().formatMessage(record)).replace("\n", r"\n")
