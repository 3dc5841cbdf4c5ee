"""`manage.py up` as a person starts it: in a process of its own, on an empty home."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from project.embedded_azure import Unavailable
from project.management.commands.up import Command
from tests.support.servers import REPOSITORY, wait_until

NOT_PASSED_ON = ("SECRET_KEY", "FERNET_KEYS", "DATABASE_URL", "LOG_LEVEL")
PASSWORD = re.compile(r"Sign in as admin with the password (\S+)")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


class Installation:
    """An empty home and what is started on it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.log = home.with_suffix(".log")
        self.mark = f"STOREROOM_TEST_MARK={uuid.uuid4().hex}"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.started: list[subprocess.Popen] = []

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in NOT_PASSED_ON and not name.startswith(("STOREROOM_", "CELERY_"))
        }
        name, value = self.mark.split("=")
        return kept | {name: value, "STOREROOM_HOME": str(self.home)}

    def manage(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=REPOSITORY,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def up(self) -> subprocess.Popen:
        """Start it and wait until it says that it runs."""
        said = self.output().count("Storeroom runs at")
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--no-sample", "--port", str(self.port)],
                cwd=REPOSITORY,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                # As a script's shell starts its background jobs.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
            )
        self.started.append(process)
        wait_until(
            lambda: self.output().count("Storeroom runs at") > said or process.poll() is not None,
            what="`up`",
        )
        assert process.poll() is None, self.output()
        return process

    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def processes(self, part: str = "") -> dict[int, str]:
        """What runs with our mark in its environment: process ids and command lines."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes().decode(errors="replace")
                command = (folder / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            command = command.replace("\0", " ")
            if self.mark in environment.split("\0") and part in command:
                found[int(folder.name)] = command
        return found

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}{path}", timeout=60
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, ""


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    # A space in the path, as people have them.
    installation = Installation(tmp_path / "a home")
    yield installation
    for process in installation.started:
        process.terminate()
        process.wait(60)


def test_prepare_only_makes_everything_and_a_second_time_nothing(
    installation: Installation,
) -> None:
    first = installation.manage("up", "--prepare-only")
    second = installation.manage("up", "--prepare-only")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    keys = [installation.home / "keys" / name for name in ("secret_key", "fernet_keys")]
    assert [key.stat().st_mode & 0o777 for key in keys] == [0o600, 0o600]
    assert (installation.home / "storeroom.sqlite3").stat().st_mode & 0o777 == 0o600
    assert second.stdout == ""
    listed = installation.manage(
        "shell",
        "-v0",
        "-c",
        "from stores.models import ActiveStack, Stack;"
        "stack = Stack.objects.get();"
        "print(stack, stack.owner, stack.store, *stack.parts(), ActiveStack.objects.get())",
    )
    assert listed.stdout == (
        "default admin default default default (orchestrator, local) admin: default\n"
    )


def test_the_first_password_is_shown_once_and_kept_nowhere(installation: Installation) -> None:
    first = installation.manage("up", "--prepare-only")

    password = PASSWORD.search(first.stdout)[1]

    assert first.stdout.count(password) == 1
    assert password not in first.stderr
    files = [path for path in installation.home.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path for path in files if password.encode() in path.read_bytes()] == []


def test_prepare_only_works_in_production_with_keys_of_its_own(
    installation: Installation,
) -> None:
    keys = {
        "STOREROOM_MODE": "production",
        "SECRET_KEY": os.environ["SECRET_KEY"],
        "FERNET_KEYS": os.environ["FERNET_KEYS"],
        "ALLOWED_HOSTS": "storeroom.example",
    }

    prepared = installation.manage("up", "--prepare-only", **keys)
    refused = installation.manage("up", "--prepare-only", STOREROOM_MODE="production")

    assert prepared.returncode == 0, prepared.stderr
    assert list((installation.home / "keys").iterdir()) == []
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "SECRET_KEY" in refused.stderr


def test_a_port_that_is_taken_is_said_in_one_line(installation: Installation) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        refused = installation.manage("up", "--port", str(port))

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr == (
        f"CommandError: Cannot listen at 127.0.0.1 port {port}: Address already in use. Choose"
        " another port: make run PORT=8123 (or manage.py up --port 8123).\n"
    )


class StubbornKeeper:
    """At each look it meets the next trouble, or none."""

    def __init__(self, *troubles: Exception | None) -> None:
        self.troubles = list(troubles)

    def look(self) -> None:
        trouble = self.troubles.pop(0)
        if trouble:
            raise trouble


def test_the_samples_trouble_is_said_once_and_ends_nothing() -> None:
    output = StringIO()
    full = OSError(28, "No space left on device", "/var/.state.json-1")
    keeper = StubbornKeeper(full, full, Unavailable("There is no node."), None, full)

    command = Command(stdout=output)
    for _ in range(5):
        command._look(keeper)  # type: ignore[arg-type]

    assert output.getvalue().splitlines() == [
        "Storeroom goes on, but the sample has to wait: No space left on device",
        "Storeroom goes on, but the sample has to wait: There is no node.",
        "Storeroom goes on, but the sample has to wait: No space left on device",
    ]


@LINUX
def test_ctrl_c_stops_everything_and_a_second_start_is_refused_before(
    installation: Installation,
) -> None:
    up = installation.up()

    status, page = installation.get("/login/?next=/")
    own_hosts = (installation.home / "up_hosts").read_text()
    second = installation.manage("up", "--port", str(installation.port))
    started = time.monotonic()
    up.send_signal(signal.SIGINT)
    code = up.wait(60)

    assert status == 200
    assert "password" in page
    assert re.fullmatch(r"127\.0\.0\.1:\d+\n", own_hosts)
    assert not (installation.home / "up_hosts").exists()
    assert second.returncode == 1
    assert second.stderr == (
        f"CommandError: Storeroom runs already on {installation.home} (process {up.pid}, port"
        f" {installation.port}).\n"
    )
    assert time.monotonic() - started < 30
    assert code == 0
    assert installation.processes() == {}
    assert installation.output().endswith("Stopped.\n")


@LINUX
@pytest.mark.kill
def test_killed_it_leaves_no_child_and_starts_again(installation: Installation) -> None:
    up = installation.up()
    wait_until(lambda: installation.processes("celery --quiet -A project beat"))

    up.kill()
    up.wait()

    wait_until(lambda: not installation.processes())
    installation.up()
    assert installation.get("/healthz") == (200, "ok")


@LINUX
@pytest.mark.kill
@pytest.mark.parametrize("part", ["project worker", "project beat", "gunicorn"])
def test_a_killed_part_comes_back(installation: Installation, part: str) -> None:
    installation.up()
    before = wait_until(lambda: installation.processes(part))

    os.kill(min(before), signal.SIGKILL)

    wait_until(lambda: set(installation.processes(part)) - set(before), what=part)
    wait_until(lambda: "started again in 1 s." in installation.output())


@LINUX
@pytest.mark.kill
def test_it_ends_with_the_make_that_started_it(installation: Installation) -> None:
    code = (
        "import subprocess, sys; subprocess.run([sys.executable, 'manage.py', 'up',"
        "'--no-sample', '--with-parent', '--port', sys.argv[1]])"
    )
    with installation.log.open("ab") as log:
        make = subprocess.Popen(
            [sys.executable, "-c", code, str(installation.port)],
            cwd=REPOSITORY,
            env=installation.environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    wait_until(lambda: "Storeroom runs at" in installation.output())

    make.kill()
    make.wait()

    wait_until(lambda: not installation.processes())
