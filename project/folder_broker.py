"""The embedded broker: kombu's folder of messages, in which whatever is there is whole.

Kombu gives a file its name first and fills it then. A worker that looks in between reads half a
message and ends as beyond repair, with all that it has under way: on a busy machine that happens,
and on a full disk at each start anew.
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Reads as kombu's does; what it writes appears at once."""

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

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        """Note which queue an exchange feeds, one process at a time: kombu locks a new file only
        after others can read it empty."""
        with Path(self.data_folder_out, "lock").open("w") as turn:
            filesystem.lock(turn, filesystem.LOCK_EX)
            super()._queue_bind(exchange, routing_key, pattern, queue)


class Transport(filesystem.Transport):
    """What takes the place of kombu's own for addresses that begin with `filesystem:`."""

    Channel = Channel
