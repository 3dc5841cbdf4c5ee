"""`./manage.py secrets`: change the keys that seal, and verify what they seal."""

from __future__ import annotations

from typing import Any

from django.core.management import CommandError
from django_typer.management import command

from project.commands import Output, Printed, StoreroomCommand
from secrets_app import keyring, rotation
from secrets_app.rotation import Count


class Command(StoreroomCommand):
    """The keys in FERNET_KEYS, and everything that they seal. Prints counts and ids, no value."""

    @command("rotate-keys")
    def rotate_keys(self, output: Printed = Output.TEXT) -> None:
        """Seal everything anew with the first of FERNET_KEYS.

        Works in batches beside web and workers, and goes on where it was broken off. Give every
        process the new key as the second one before it becomes the first.
        """
        count = rotation.rotate(self._progress if output == Output.TEXT else rotation.say_nothing)
        idle = rotation.idle_keys()
        self._report(
            count,
            output,
            f"Sealed anew: {count.resealed}. Other rows were sealed with key"
            f" {keyring.loaded_key_ids()[0]} already.",
            idle,
        )

    @command()
    def verify(self, output: Printed = Output.TEXT) -> None:
        """Open everything that is sealed, and fail when something cannot be opened."""
        count = rotation.verify()
        readable = count.rows - count.unreadable_rows
        self._report(count, output, f"{readable} of {count.rows} rows can be opened.", [])

    def _progress(self, count: Count) -> None:
        self.say(f"{count.resealed} sealed anew …")

    def _report(self, count: Count, output: Output, words: str, idle: list[str]) -> None:
        """Print the counts. Raises `CommandError` when rows cannot be opened."""
        if output == Output.JSON:
            self.show(_facts(count, idle), output)
        else:
            self.say(words, *(str(row) for row in count.unreadable))
            self.say(*(f"Key {key} seals nothing now and may be removed." for key in idle))
        if count.unreadable_rows:
            rows = f"{count.unreadable_rows} row{'' if count.unreadable_rows == 1 else 's'}"
            raise CommandError(f"{rows} cannot be opened with the loaded keys.")


def _facts(count: Count, idle: list[str]) -> dict[str, Any]:
    return {
        "rows": count.rows,
        "resealed": count.resealed,
        "unreadable_rows": count.unreadable_rows,
        "unreadable": [
            {"model": row.model, "id": row.pk, "key_id": row.key_id, "reason": row.reason}
            for row in count.unreadable
        ],
        "keys": keyring.loaded_key_ids(),
        "idle_keys": idle,
    }
