"""Start child processes, start again those that die, and stop them all. Knows no Django.

Children get sessions of their own, so that the terminal's Ctrl-C reaches only this process, which
then ends them in order. Start them from the main thread: Linux ties a child to the thread.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# Seconds: what children get to end by themselves, the longest wait before one is started again,
# and how long one has to live so that its next death counts as the first.
GRACE = 6.0
LONGEST_WAIT = 30.0
STEADY = 60.0

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(parent: int) -> None:
    """Called in a child: let the kernel kill it as soon as its parent is gone, however it died.

    Only Linux has this. Elsewhere a killed parent leaves its children behind, except gunicorn's
    workers, which look for their master by themselves; a normal end stops all of them anywhere.
    """
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel knew
            os._exit(1)


def spawn(
    command: Sequence[str], environment: Mapping[str, str], folder: Path
) -> subprocess.Popen:
    """A child in a session of its own that does not outlive this process."""
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("A child of another thread would be killed when that thread ends.")
    parent = os.getpid()
    return subprocess.Popen(  # noqa: S603
        command,
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: die_with_parent(parent),
    )


class Part:
    """One child process that is wanted: running, or waiting to be started again."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], once: bool
    ) -> None:
        self.name = name
        self.command = command
        self.environment = environment
        self.once = once
        self.process: subprocess.Popen | None = None
        self.start_at = 0.0
        self.started_at = 0.0
        self.wait = 1.0

    def start(self, folder: Path) -> None:
        """Start it now."""
        self.process = spawn(self.command, self.environment, folder)
        self.started_at = time.monotonic()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to its process, with SIGKILL to whatever that left in its session too."""
        if self.process is None:
            return
        try:
            if number == signal.SIGKILL:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)
        except ProcessLookupError:
            pass


class Supervisor:
    """The children of one process. Call `tend` about every half second."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self.folder = folder
        self.say = say
        self.parts: dict[str, Part] = {}
        self.exit_codes: dict[str, int] = {}

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str] = os.environ,
        *,
        once: bool = False,
    ) -> None:
        """Start a part, and start it again whenever it dies; `once`: let it end by itself, then
        `exit_codes` has how."""
        self.exit_codes.pop(name, None)
        part = self.parts[name] = Part(name, command, environment, once)
        part.start(self.folder)

    def runs(self, name: str) -> bool:
        """Whether the part is alive at this moment."""
        part = self.parts.get(name)
        return bool(part and part.process and part.process.poll() is None)

    def tend(self) -> None:
        """Start again what died, as soon as its time has come."""
        now = time.monotonic()
        for part in list(self.parts.values()):
            if part.process is None:
                if now >= part.start_at:
                    part.start(self.folder)
            elif (code := part.process.poll()) is not None:
                self._bury(part, code, now)
            elif now - part.started_at >= STEADY:
                part.wait = 1.0

    def _bury(self, part: Part, code: int, now: float) -> None:
        part.signal(signal.SIGKILL)  # what it left behind would hold its port
        part.process = None
        if part.once:
            del self.parts[part.name]
            self.exit_codes[part.name] = code
            return
        self.say(f"{part.name} ended ({how_it_ended(code)}); started again in {part.wait:.0f} s.")
        part.start_at = now + part.wait
        part.wait = min(part.wait * 2, LONGEST_WAIT)

    def stop(self, *names: str, grace: float = GRACE) -> None:
        """End the named parts, without a name all of them: first by SIGTERM, after `grace`
        seconds by SIGKILL. Returns when none is left."""
        parts = [self.parts.pop(name) for name in names or list(self.parts) if name in self.parts]
        for part in parts:
            part.signal(signal.SIGTERM)
        deadline = time.monotonic() + grace
        for part in parts:
            if part.process is not None:
                try:
                    part.process.wait(max(0.0, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    self.say(f"{part.name} did not stop in time and is killed.")
                part.signal(signal.SIGKILL)
                part.process.wait()


def how_it_ended(code: int) -> str:
    """The exit code of a process in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
