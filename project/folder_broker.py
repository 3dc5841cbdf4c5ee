"""The embedded broker: kombu's folder of messages, in which whatever is there is whole.

Kombu gives a file its name first and fills it then. A worker that looks in between reads half a
message and ends as beyond repair, with all that it has under way: on a busy machine that happens,
and on a full disk at each start anew. It also looks through the whole folder for each message that
it takes out: the more are waiting, the longer each takes.
"""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

# Seconds for which a look into the folder is good while it leaves messages to be taken.
LOOK = 0.5


class Channel(filesystem.Channel):
    """What it writes appears at once; what it reads was looked for once for many messages."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # By queue: the messages that the last look found and nobody tried yet, oldest last.
        self._found: dict[str, list[str]] = {}
        self._looked_at = 0.0

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Put the message into the folder. Raises `ChannelError` where that cannot be done."""
        folder = Path(self.data_folder_out)
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}"
        draft = folder / f"{name}.draft"
        try:
            try:
                draft.write_text(dumps(payload))
                draft.rename(folder / f"{name}.{queue}.msg")
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            raise ChannelError(f"No message can be put into {folder}: {error}") from error

    def _get(self, queue: str, timeout: Any = None) -> Any:
        """Take the oldest message out of the folder. Raises `Empty`, and `ChannelError` where a
        message cannot be taken."""
        if queue not in self._found or not (self._found[queue] or self._look_is_good()):
            self._look(queue)
        while self._found[queue]:
            message = Path(self.data_folder_in, self._found[queue].pop())
            try:
                payload = message.read_text()
                message.unlink()  # Whoever removes it has it.
            except FileNotFoundError:
                continue
            except OSError as error:
                raise ChannelError(f"A message cannot be taken: {error}") from error
            return loads(payload)
        raise Empty

    def _look_is_good(self) -> bool:
        """Whether another look would find little: this one still has something to be taken."""
        return any(self._found.values()) and time.monotonic() - self._looked_at < LOOK

    def _look(self, queue: str) -> None:
        """Note what lies in the folder for this queue and for those that were asked for before."""
        self._looked_at = time.monotonic()
        names: dict[str, list[str]] = {f"{each}.msg": [] for each in (*self._found, queue)}
        for name in os.listdir(self.data_folder_in):
            ending = name.partition(".")[2]
            if ending in names:
                names[ending].append(name)
        self._found = {
            ending.removesuffix(".msg"): sorted(each, reverse=True)
            for ending, each in names.items()
        }

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        """Note which queue an exchange feeds, one process at a time: kombu locks a new file only
        after others can read it empty."""
        with Path(self.data_folder_out, "lock").open("w") as turn:
            filesystem.lock(turn, filesystem.LOCK_EX)
            super()._queue_bind(exchange, routing_key, pattern, queue)


class Transport(filesystem.Transport):
    """What takes the place of kombu's own for addresses that begin with `filesystem:`."""

    Channel = Channel
