"""The embedded broker: no worker ever reads half a message."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError

from project import folder_broker
from project.folder_broker import Channel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "messages").mkdir()
    return tmp_path / "messages"


@pytest.fixture
def options(folder: Path) -> dict[str, str]:
    """As settings name the broker."""
    return {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder / "control"),
    }


@pytest.fixture
def channel(options: dict[str, str]) -> Iterator[Any]:
    with Connection("filesystem://localhost//", transport_options=options) as connection:
        yield connection.channel()


@pytest.fixture
def other(options: dict[str, str]) -> Iterator[Any]:
    """Another worker's."""
    with Connection("filesystem://localhost//", transport_options=options) as connection:
        yield connection.channel()


def test_it_takes_the_place_of_kombus_own(channel: Any) -> None:
    assert type(channel) is Channel


def test_messages_come_out_of_their_queue_in_order(channel: Any) -> None:
    channel._put("checks", {"number": 1})
    channel._put("transfers", {"number": 2})

    assert channel._get("checks") == {"number": 1}
    assert channel._get("transfers") == {"number": 2}
    with pytest.raises(Empty):
        channel._get("checks")


def test_many_messages_are_taken_after_few_looks_into_the_folder(
    channel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    listdir = os.listdir
    for number in range(20):
        channel._put("checks", {"number": number})

    def counted(folder: str) -> list[str]:
        looks.append(folder)
        return listdir(folder)

    monkeypatch.setattr(os, "listdir", counted)
    monkeypatch.setattr(folder_broker, "LOOK", 60)

    for _ in range(19):
        channel._get("checks")
        with pytest.raises(Empty):
            channel._get("transfers")

    assert len(looks) == 2  # the first for each queue


def test_a_queue_does_not_wait_for_what_waits_in_another(
    channel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_broker, "LOOK", 0)
    channel._put("checks", {"number": 1})
    channel._put("checks", {"number": 2})
    channel._get("checks")

    channel._put("transfers", {"number": 3})

    assert channel._get("transfers") == {"number": 3}


def test_what_waits_for_others_delays_nobody(channel: Any, other: Any) -> None:
    channel._put("somebody_elses", {"number": 1})
    with pytest.raises(Empty):
        channel._get("checks")

    other._put("checks", {"number": 2})

    assert channel._get("checks") == {"number": 2}


def test_each_message_is_one_workers(channel: Any, other: Any) -> None:
    for number in range(3):
        channel._put("checks", {"number": number})
    taken = [channel._get("checks")["number"]]

    taken += [other._get("checks")["number"], channel._get("checks")["number"]]

    assert sorted(taken) == [0, 1, 2]
    for each in (channel, other):
        with pytest.raises(Empty):
            each._get("checks")


def test_a_message_that_is_being_written_is_not_seen(
    channel: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    write = Path.write_text

    def slowly(path: Path, text: str) -> int:
        for half in ("", text[:5]):
            write(path, half)
            seen.append(channel._size("checks"))
            with pytest.raises(Empty):
                channel._get("checks")
        return write(path, text)

    monkeypatch.setattr(Path, "write_text", slowly)
    channel._put("checks", {"number": 1})

    assert seen == [0, 0]
    assert channel._get("checks") == {"number": 1}
    assert list(folder.iterdir()) == []


def test_a_full_disk_is_said_and_leaves_no_half_message(
    channel: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, text: str) -> int:
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)

    with pytest.raises(ChannelError, match="No space left on device"):
        channel._put("checks", {"number": 1})

    assert list(folder.iterdir()) == []


def test_queues_are_bound_one_process_after_the_other(
    channel: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, go_on = threading.Event(), threading.Event()
    bind = folder_broker.filesystem.Channel._queue_bind

    def slowly(self: Any, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        if queue == "first":
            inside.set()
            go_on.wait(60)
        bind(self, exchange, routing_key, pattern, queue)

    monkeypatch.setattr(folder_broker.filesystem.Channel, "_queue_bind", slowly)
    threads = [
        threading.Thread(target=channel._queue_bind, args=("pidbox", "", "", name), daemon=True)
        for name in ("first", "second")
    ]
    threads[0].start()
    inside.wait(60)
    threads[1].start()
    threads[1].join(0.2)
    before = (folder / "control" / "pidbox.exchange").exists()
    go_on.set()
    for thread in threads:
        thread.join(60)

    assert before is False
    written = json.loads((folder / "control" / "pidbox.exchange").read_text())
    assert written == [["", "", "second"], ["", "", "first"]]
