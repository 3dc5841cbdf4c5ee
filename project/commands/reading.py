"""What an option's value is read from: itself, a file or standard input."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

from django.core.management import CommandError

from project.commands.usage import shown

# Bytes of a file that is taken for a value: far more than any value has, far less than memory.
LONGEST_FILE = 1024 * 1024


def read_value(option: str, text: str, *, piped: bool = True) -> str:
    """The value that an option's text means: a file's content (`@file`) or, unless `piped` is
    false, what comes on stdin (`-`), both exactly as they are but for one line end at their end,
    else itself; `@@` begins a value that begins with `@`. Raises `CommandError` without the text,
    which may be a value that was not meant as a file."""
    try:
        if piped and text == "-":
            return _text_in(sys.stdin.buffer)
        if text.startswith("@") and not text.startswith("@@"):
            with open(os.path.expanduser(text[1:]), "rb") as file:
                return _text_in(file)
    except OSError as error:
        raise CommandError(
            f"{shown(option)}: its file cannot be read ({error.strerror}). A value that begins"
            " with @ is written @@."
        ) from None
    except UnicodeError:
        raise CommandError(f"{shown(option)}: what it is read from is no UTF-8 text.") from None
    except OverflowError:
        raise CommandError(
            f"{shown(option)}: what it is read from is longer than 1 MiB; no value is."
        ) from None
    return text.removeprefix("@")


def _text_in(file: BinaryIO) -> str:
    """All text of a file, line ends as they are, without one at its end. Raises `OverflowError`
    for a file that is too long, `UnicodeError` for one that is no text."""
    content = file.read(LONGEST_FILE + 1)
    if len(content) > LONGEST_FILE:
        raise OverflowError
    text = content.decode()
    return text.removesuffix("\r\n") if text.endswith("\r\n") else text.removesuffix("\n")
