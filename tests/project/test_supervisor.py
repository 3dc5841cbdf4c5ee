"""The supervisor with small children of its own making."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from project import supervisor as module
from project.supervisor import Supervisor, how_it_ended, spawn
from tests.support.servers import REPOSITORY, wait_until

SLEEPER = "import time, pathlib, os, sys; pathlib.Path(sys.argv[1]).write_text(str(os.getpid()));"
SLEEPER += "time.sleep(600)"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path, said.append)
    yield supervisor
    supervisor.stop(grace=0)


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


def alive(pid: int) -> bool:
    """Whether the process is there and more than a zombie that nobody waits for."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def pid_in(path: Path) -> int:
    return int(wait_until(lambda: path.exists() and path.read_text(), what=str(path)))


def test_a_part_that_dies_is_started_again_and_said(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    supervisor.start("the part", python(SLEEPER, tmp_path / "pid"))
    first = pid_in(tmp_path / "pid")
    (tmp_path / "pid").unlink()

    os.kill(first, signal.SIGKILL)
    wait_until(lambda: supervisor.tend() or (tmp_path / "pid").exists())

    assert pid_in(tmp_path / "pid") != first
    assert said == ["the part ended (SIGKILL); started again in 1 s."]


def test_the_wait_doubles_up_to_thirty_seconds(
    supervisor: Supervisor, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    supervisor.start("it", python("raise SystemExit(3)"))

    for _ in range(7):
        supervisor.parts["it"].process.wait()
        supervisor.tend()
        now[0] += 31
        supervisor.tend()

    assert said == [
        f"it ended (exit code 3); started again in {wait} s." for wait in (1, 2, 4, 8, 16, 30, 30)
    ]


def test_a_part_that_lived_a_minute_begins_with_short_waits_again(
    supervisor: Supervisor, said: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    supervisor.start("it", python("input()"))
    supervisor.parts["it"].process.wait()
    supervisor.parts["it"].command = python(SLEEPER, tmp_path / "pid")
    supervisor.tend()
    now[0] += 2
    supervisor.tend()

    now[0] += 61
    supervisor.tend()
    supervisor.parts["it"].process.kill()
    supervisor.parts["it"].process.wait()
    supervisor.tend()

    assert said[1:] == ["it ended (SIGKILL); started again in 1 s."]


def test_a_part_that_runs_once_leaves_its_exit_code(supervisor: Supervisor) -> None:
    supervisor.start("once", python("raise SystemExit(4)"), once=True)

    wait_until(lambda: supervisor.tend() or supervisor.exit_codes)

    assert supervisor.exit_codes == {"once": 4}
    assert supervisor.parts == {}


def test_stopping_asks_first_and_kills_what_does_not_listen(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEPER
    supervisor.start("deaf", python(deaf, tmp_path / "deaf"))
    supervisor.start("good", python(SLEEPER, tmp_path / "good"))
    pids = [pid_in(tmp_path / "deaf"), pid_in(tmp_path / "good")]

    started = time.monotonic()
    supervisor.stop(grace=0.5)

    assert time.monotonic() - started < 5
    assert said == ["deaf did not stop in time and is killed."]
    assert [alive(pid) for pid in pids] == [False, False]


def test_what_a_part_left_in_its_session_goes_with_it(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    parent = (
        "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', *sys.argv[1:]])"
    )
    supervisor.start(
        "part", python(parent + "; time.sleep(600)", SLEEPER, tmp_path / "grandchild")
    )
    grandchild = pid_in(tmp_path / "grandchild")

    supervisor.stop()

    wait_until(lambda: not alive(grandchild))


def test_children_do_not_get_the_terminals_ctrl_c(supervisor: Supervisor) -> None:
    supervisor.start("part", python("import time; time.sleep(600)"))

    child = supervisor.parts["part"].process.pid

    assert os.getsid(child) == child != os.getsid(0)


@pytest.mark.kill
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties children to their parent")
def test_a_killed_supervisor_leaves_no_child(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys, time; from project.supervisor import Supervisor\n"
        "supervisor = Supervisor(pathlib.Path('.'), print)\n"
        "for name in sys.argv[2:]:\n"
        "    supervisor.start(name, [sys.executable, '-c', sys.argv[1], name])\n"
        "time.sleep(600)"
    )
    files = [tmp_path / "one", tmp_path / "two"]
    parent = subprocess.Popen(python(code, SLEEPER, *files), cwd=REPOSITORY)
    children = [pid_in(file) for file in files]

    parent.kill()
    parent.wait()

    wait_until(lambda: not any(alive(child) for child in children))


def test_children_are_refused_outside_the_main_thread(tmp_path: Path) -> None:
    refused: list[Exception] = []

    def try_it() -> None:
        try:
            spawn(python("pass"), os.environ, tmp_path)
        except RuntimeError as error:
            refused.append(error)

    thread = threading.Thread(target=try_it)
    thread.start()
    thread.join()

    assert str(refused[0]) == "A child of another thread would be killed when that thread ends."


def test_ends_are_said_in_words() -> None:
    assert how_it_ended(3) == "exit code 3"
    assert how_it_ended(-9) == "SIGKILL"
    assert how_it_ended(-99) == "signal 99"
