"""`manage.py sample`: load the sample, remove it, or say how it is."""

from __future__ import annotations

import socket
from argparse import ArgumentParser
from contextlib import closing
from typing import Any

from django.core.management import BaseCommand, CommandError

from project.commands.things import somebody
from stores.defaults import first_superuser
from stores.flavors.base import StoreError
from stores.sample import loading, removing, state


class Command(BaseCommand):
    """Azurite, the embedded Azure, is run by `up`; without one, loading waits for it."""

    help = "Load the sample, remove it, or say how it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["load", "remove", "status"])
        parser.add_argument("--without-azure", action="store_true", help="load local folders only")

    def handle(self, *args: Any, what: str, without_azure: bool, **options: Any) -> None:
        try:
            if what == "load":
                self._load(without_azure)
            elif what == "remove":
                removing.remove(by=somebody(""))
        except (removing.SampleError, StoreError) as error:
            raise CommandError(str(error)) from error
        status = state.status()
        self.stdout.write(f"{status.state}: {status.words}")

    def _load(self, without_azure: bool) -> None:
        owner = first_superuser()
        if owner is None:
            raise CommandError("The sample needs an owner: start Storeroom once, `manage.py up`.")
        state.want()
        emulator = None if without_azure else state.emulator()
        if without_azure or (emulator and _answers(emulator.port)):
            loading.load(owner, emulator)
        elif state.status().is_coming:
            state.note("`up` fetches and starts the embedded Azure and then loads the sample.")


def _answers(port: int) -> bool:
    with closing(socket.socket()) as connection:
        connection.settimeout(2)
        return connection.connect_ex(("127.0.0.1", port)) == 0
