"""What a running `up` does for the sample: fetch Azurite, run it, have the rows loaded, and
delete the files of a sample that was removed. Others only say what they want, in a file.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import cached_property

from django.conf import settings

from project import embedded_azure
from project.supervisor import Supervisor
from stores.sample import state
from stores.sample.state import State

FETCHING = "the fetching of Azurite"
AZURE = "the embedded Azure"
LOADING = "the loading of the sample"
# Seconds that Azurite may take until it answers.
PATIENCE = 30
SEE_ABOVE = "the window where `up` runs says why"


class SampleKeeper:
    """Looks about once a second what is wanted, and does the next step towards it."""

    def __init__(self, supervisor: Supervisor, say: Callable[[str], None]) -> None:
        self.supervisor = supervisor
        self.say = say
        self.without_azure = False
        self.give_up_at = 0.0
        self.deleted = False

    @cached_property
    def port(self) -> int:
        """Where the embedded Azure answers as long as this `up` runs: at its old port where that
        is free. Fixed, because processes are told at their start that they may call there."""
        known = state.emulator()
        return free_port(known.port if known else 0)

    def look(self) -> None:
        """Do the next step. Waits for nothing but an end."""
        status = state.status()
        if status.is_coming:
            self.deleted = False
            azure = self._azure()
            if azure is not None:
                self._load(with_azure=azure)
        elif status.is_loaded:
            if status.port and self._azure():
                self._tell_port(status.port)
        else:
            self._forget()
            if status.state == State.REMOVED:
                self._delete_files()

    def _azure(self) -> bool | None:
        """Whether the embedded Azure answers, False when there is none; None while it is on its
        way."""
        if self.without_azure:
            return False
        if AZURE in self.supervisor.parts:
            return self._answers()
        if FETCHING in self.supervisor.parts:
            return None
        folder = state.folder()
        if embedded_azure.is_installed(folder):
            if free_port(self.port) != self.port:
                return self._do_without(f"Port {self.port} was taken from the embedded Azure.")
            emulator = state.keep_emulator(self.port)
            environment = {**os.environ, "AZURITE_ACCOUNTS": emulator.account_variable}
            command = embedded_azure.command(folder, emulator.port)
            self.supervisor.start(AZURE, command, environment)
            self.give_up_at = time.monotonic() + PATIENCE
            self._announce("Starting the embedded Azure …")
            return None
        if self.supervisor.exit_codes.pop(FETCHING, 0):
            return self._do_without("Azurite, the embedded Azure, cannot be had here.")
        fetch = [sys.executable, "-m", "project.embedded_azure", str(folder)]
        self.supervisor.start(FETCHING, fetch, once=True)
        self._announce("Fetching Azurite, the embedded Azure (about 30 s, once) …")
        return None

    def _answers(self) -> bool | None:
        emulator = state.emulator()
        if emulator and self.supervisor.runs(AZURE):
            with closing(socket.socket()) as connection:
                connection.settimeout(0.5)
                if connection.connect_ex(("127.0.0.1", emulator.port)) == 0:
                    self.give_up_at = float("inf")
                    return True
        if time.monotonic() < self.give_up_at:
            return None
        self.supervisor.stop(AZURE)
        return self._do_without(f"The embedded Azure did not answer within {PATIENCE} s.")

    def _do_without(self, why: str) -> bool:
        self.say(f"{why} The sample goes on with local folders.")
        self.without_azure = True
        return False

    def _load(self, *, with_azure: bool) -> None:
        if LOADING in self.supervisor.parts:
            return
        if LOADING in self.supervisor.exit_codes:
            state.fail(f"The sample could not be loaded; {SEE_ABOVE}.")
            return
        self._start_loading(with_azure)
        self._announce("Loading the sample …")

    def _tell_port(self, port: int) -> None:
        """Have the sample's secret follow an Azurite that found its old port taken."""
        emulator = state.emulator()
        if emulator is None or emulator.port == port:
            self.supervisor.exit_codes.pop(LOADING, None)
        elif LOADING not in (self.supervisor.parts | self.supervisor.exit_codes):
            self.say("The port of the embedded Azure is taken: it got another one.")
            self._start_loading(with_azure=True)

    def _start_loading(self, with_azure: bool) -> None:
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "sample", "load"]
        if not with_azure:
            command.append("--without-azure")
        self.supervisor.start(LOADING, command, once=True)

    def _announce(self, words: str) -> None:
        """Say what was begun. Said before, a step that fails would be said at each look."""
        self.say(words)
        state.note(words)

    def _forget(self) -> None:
        """Nothing is wanted: the next wish begins anew."""
        self.without_azure = False
        self.supervisor.stop(FETCHING, LOADING)
        self.supervisor.exit_codes.pop(FETCHING, None)
        self.supervisor.exit_codes.pop(LOADING, None)

    def _delete_files(self) -> None:
        folder = state.folder()
        files = [*embedded_azure.folders(folder), state.artifacts_folder(), state.emulator_file()]
        there = [path for path in files if path.exists()]
        if there and not self.deleted:
            self.say("Deleting the files of the sample, which was removed.")
            self.deleted = True
            self.supervisor.stop(AZURE)
            for path in there:
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()


def embedded_azure_host() -> str:
    """Where the embedded Azure of a sample that is there, or coming, will answer unless its port
    is taken meanwhile; "" where there is none."""
    status = state.status()
    if not (status.port or status.is_coming):
        return ""
    known = state.emulator()
    return f"127.0.0.1:{state.keep_emulator(free_port(known.port if known else 0)).port}"


def free_port(wished: int) -> int:
    """The wished port where it is free, else any that is; 0 wishes for nothing."""
    for port in (wished, 0):
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("There is no free port.")
