"""`./manage.py secrets`: change the keys that seal, and verify what they seal."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from django.core.management import CommandError
from django_typer.management import command

from project.commands import Output, Printed, StoreroomCommand
from secrets_app import keyring, rotation
from secrets_app.rotation import Count

# Seconds between two lines that say how far it is.
LINE_EVERY = 2.0


class Command(StoreroomCommand):
    """The keys in FERNET_KEYS, and everything that they seal. Prints counts and ids, no value."""

    @command("rotate-keys")
    def rotate_keys(self, output: Printed = Output.TEXT) -> None:
        """Seal everything anew with the first of FERNET_KEYS.

        Works in batches beside web and workers, and goes on where it was broken off. Give every
        process the new key as the second one before it becomes the first. Exit status 1: some
        rows cannot be opened, or other processes still seal with another key.
        """
        first = keyring.loaded_key_ids()[0]
        self._said_at = time.monotonic()
        count = rotation.rotate(self._progress if output == Output.TEXT else rotation.say_nothing)
        used = rotation.rows_by_key()
        idle = rotation.idle_keys(used)
        if output == Output.JSON:
            self.show(_facts(count) | {"idle_keys": idle}, output)
        else:
            self._name_unreadable(count)
            self.say(_rotated(count, first))
            for key in idle:
                self.say(f"Key {key} seals nothing now and may be removed from FERNET_KEYS.")
        _refuse_unreadable(count)
        left = sum(used.values()) - used.get(first, 0) - count.unreadable_rows
        if left > 0:
            raise CommandError(
                f"{_rows(left)} got another key meanwhile: let every process seal with key"
                f" {first}, then run this again."
            )

    @command()
    def verify(self, output: Printed = Output.TEXT) -> None:
        """Open everything that is sealed. Exit status 1: some rows cannot be opened."""
        count = rotation.verify()
        if output == Output.JSON:
            self.show(_facts(count), output)
        else:
            self._name_unreadable(count)
            readable = count.rows - count.unreadable_rows
            self.say(f"{readable:,} of {_rows(count.rows)} can be opened.")
        _refuse_unreadable(count)

    def _progress(self, count: Count) -> None:
        """Say now and then how far it is."""
        if time.monotonic() - self._said_at >= LINE_EVERY:
            self.say(f"{_rows(count.resealed)} sealed anew so far.")
            self._said_at = time.monotonic()

    def _name_unreadable(self, count: Count) -> None:
        self.say(*map(str, count.unreadable))
        if unnamed := count.unreadable_rows - len(count.unreadable):
            self.say(f"… and {_rows(unnamed)} more.")


def _rotated(count: Count, first: str) -> str:
    """What was done, in a sentence."""
    if not count.rows:
        return f"Nothing to seal anew: key {first} sealed everything."
    changed = count.rows - count.resealed - count.unreadable_rows
    rest = {"cannot be opened": count.unreadable_rows, "were changed meanwhile": changed}
    words = [f"{number:,} {what}" for what, number in rest.items() if number]
    done = f"Sealed anew: {count.resealed:,} of {_rows(count.rows)}"
    return f"{'; '.join([done, ', '.join(words)])}." if words else f"{done}."


def _refuse_unreadable(count: Count) -> None:
    """Raise `CommandError` when rows cannot be opened."""
    if count.unreadable_rows:
        rows = _rows(count.unreadable_rows)
        raise CommandError(f"{rows} cannot be opened with the loaded keys.")


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"


def _facts(count: Count) -> dict[str, Any]:
    return asdict(count) | {"keys": keyring.loaded_key_ids()}
