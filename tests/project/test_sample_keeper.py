"""What `up` does for the sample, step by step; the supervisor only notes what it is told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from project import embedded_azure
from project.home import Home
from project.sample_keeper import (
    AZURE,
    FETCHING,
    LOADING,
    SampleKeeper,
    embedded_azure_host,
    free_port,
)
from stores.sample import state
from stores.sample.state import State, Status


class NotingSupervisor:
    """Starts nothing; parts run until they are ended by hand."""

    def __init__(self) -> None:
        self.parts: dict[str, list[str]] = {}
        self.environments: dict[str, Any] = {}
        self.exit_codes: dict[str, int] = {}

    def start(self, name: str, command: list[str], environment: Any = None, **_: Any) -> None:
        self.exit_codes.pop(name, None)
        self.parts[name] = command
        self.environments[name] = environment

    def runs(self, name: str) -> bool:
        return name in self.parts

    def stop(self, *names: str) -> None:
        for name in names:
            self.parts.pop(name, None)

    def end(self, name: str, code: int) -> None:
        del self.parts[name]
        self.exit_codes[name] = code


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Home:
    settings.HOME = Home(tmp_path / "home").create()
    return settings.HOME


@pytest.fixture
def supervisor() -> NotingSupervisor:
    return NotingSupervisor()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def keeper(home: Home, supervisor: NotingSupervisor, said: list[str]) -> SampleKeeper:
    return SampleKeeper(supervisor, said.append)  # type: ignore[arg-type]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_azure, "is_installed", lambda folder: True)
    monkeypatch.setattr(embedded_azure, "command", lambda folder, port: ["azurite", str(port)])


@pytest.fixture
def not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_azure, "is_installed", lambda folder: False)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener


def test_without_a_sample_no_host_of_an_embedded_azure_is_trusted(home: Home) -> None:
    assert embedded_azure_host() == ""
    assert not state.emulator_file().exists()


def test_the_embedded_azure_gets_the_port_that_is_trusted(
    keeper: SampleKeeper, supervisor: NotingSupervisor, installed: None
) -> None:
    state.want()

    host = embedded_azure_host()
    keeper.look()

    assert host == f"127.0.0.1:{supervisor.parts[AZURE][1]}"


def test_a_sample_without_azure_has_no_such_host(home: Home) -> None:
    state.write(Status(State.LOADED, "", {}, port=0))

    assert embedded_azure_host() == ""


def test_nothing_happens_that_nobody_wants(
    keeper: SampleKeeper, supervisor: NotingSupervisor, said: list[str]
) -> None:
    keeper.look()

    assert (supervisor.parts, said) == ({}, [])


def test_a_wanted_sample_is_fetched_run_and_loaded(
    keeper: SampleKeeper,
    supervisor: NotingSupervisor,
    said: list[str],
    not_installed: None,
    monkeypatch: pytest.MonkeyPatch,
    listener: socket.socket,
) -> None:
    state.want()
    state.keep_emulator(listener.getsockname()[1])
    keeper.look()
    keeper.look()
    assert list(supervisor.parts) == [FETCHING]
    assert state.status().words == "Fetching Azurite, the embedded Azure (about 30 s, once) …"

    monkeypatch.setattr(embedded_azure, "is_installed", lambda folder: True)
    monkeypatch.setattr(embedded_azure, "command", lambda folder, port: ["azurite", str(port)])
    monkeypatch.setattr("project.sample_keeper.free_port", lambda wished: wished)
    supervisor.end(FETCHING, 0)
    keeper.look()
    assert list(supervisor.parts) == [AZURE]
    assert supervisor.environments[AZURE]["AZURITE_ACCOUNTS"].startswith("storeroomsample:")

    keeper.look()
    keeper.look()
    assert supervisor.parts[LOADING][-2:] == ["sample", "load"]
    assert said[-1] == "Loading the sample …"


def test_where_azurite_cannot_be_had_the_sample_does_without(
    keeper: SampleKeeper, supervisor: NotingSupervisor, said: list[str], not_installed: None
) -> None:
    state.want()
    keeper.look()

    supervisor.end(FETCHING, 1)
    keeper.look()
    keeper.look()

    assert supervisor.parts[LOADING][-1] == "--without-azure"
    assert said[1] == (
        "Azurite, the embedded Azure, cannot be had here. The sample goes on with local folders."
    )


def test_a_sample_that_cannot_be_loaded_is_given_up_until_it_is_wanted_again(
    keeper: SampleKeeper, supervisor: NotingSupervisor, not_installed: None
) -> None:
    state.want()
    keeper.look()
    supervisor.end(FETCHING, 1)
    keeper.look()

    supervisor.end(LOADING, 1)
    keeper.look()
    keeper.look()

    assert state.status().state == State.FAILED
    assert supervisor.parts == {}
    state.want()
    keeper.look()
    assert list(supervisor.parts) == [FETCHING]


def test_a_removed_sample_stays_removed_and_its_files_go(
    keeper: SampleKeeper, supervisor: NotingSupervisor, home: Home, said: list[str]
) -> None:
    for name in ("azurite", "azure-data", "artifacts/runs"):
        (home.sample / name).mkdir(parents=True)
    state.keep_emulator(4000)
    supervisor.parts[AZURE] = ["azurite"]
    state.write(Status(State.REMOVED))

    keeper.look()
    keeper.look()

    assert [path.name for path in home.sample.iterdir()] == ["state.json"]
    assert supervisor.parts == {}
    assert said == ["Deleting the files of the sample, which was removed."]


def test_a_loaded_sample_runs_on_its_old_port(
    keeper: SampleKeeper, supervisor: NotingSupervisor, installed: None
) -> None:
    port = free_port(0)
    state.keep_emulator(port)
    state.write(Status(State.LOADED, port=port))

    keeper.look()

    assert supervisor.parts == {AZURE: ["azurite", str(port)]}


def test_a_port_that_is_taken_is_left_and_the_secret_told(
    keeper: SampleKeeper,
    supervisor: NotingSupervisor,
    installed: None,
    listener: socket.socket,
    said: list[str],
) -> None:
    taken = listener.getsockname()[1]
    state.keep_emulator(taken)
    state.write(Status(State.LOADED, port=taken))

    keeper.look()
    new = int(supervisor.parts[AZURE][1])
    assert new != taken
    with socket.socket() as azurite:
        azurite.bind(("127.0.0.1", new))
        azurite.listen()
        keeper.look()
        keeper.look()

    assert supervisor.parts[LOADING][-2:] == ["sample", "load"]
    assert said[-1] == "The port of the embedded Azure is taken: it got another one."


def test_an_azurite_whose_port_was_taken_meanwhile_is_done_without(
    keeper: SampleKeeper, supervisor: NotingSupervisor, installed: None, said: list[str]
) -> None:
    state.want()
    with socket.socket() as other:
        other.bind(("127.0.0.1", keeper.port))
        other.listen()
        keeper.look()

    assert AZURE not in supervisor.parts
    assert said[0] == (
        f"Port {keeper.port} was taken from the embedded Azure. The sample goes on with local"
        " folders."
    )


def test_an_azurite_that_does_not_answer_is_given_up(
    keeper: SampleKeeper, supervisor: NotingSupervisor, installed: None, said: list[str]
) -> None:
    state.want()
    keeper.look()

    keeper.give_up_at = 0.0
    keeper.look()

    assert AZURE not in supervisor.parts
    assert said[-2:] == [
        "The embedded Azure did not answer within 30 s. The sample goes on with local folders.",
        "Loading the sample …",
    ]


def test_a_step_that_fails_at_every_look_is_not_announced(
    keeper: SampleKeeper,
    supervisor: NotingSupervisor,
    installed: None,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(port: int) -> None:
        raise OSError(28, "No space left on device")

    state.want()
    monkeypatch.setattr(state, "keep_emulator", fail)

    for _ in range(3):
        with pytest.raises(OSError, match="No space left"):
            keeper.look()

    assert (supervisor.parts, said) == ({}, [])


def test_a_file_that_cannot_be_deleted_is_tried_once(
    keeper: SampleKeeper, home: Home, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    state.keep_emulator(4000)
    state.write(Status(State.REMOVED))
    monkeypatch.setattr(Path, "unlink", fail)

    with pytest.raises(PermissionError, match="Permission denied"):
        keeper.look()
    keeper.look()

    assert said == ["Deleting the files of the sample, which was removed."]
