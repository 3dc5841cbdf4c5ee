"""A store in each of the clouds, behind a proxy that misbehaves."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass

from stores.flavors.base import Artifact, Backend
from tests.support.fault_proxy import FaultProxy


@dataclass
class Cloud:
    """What the clouds' stores have alike, and what tells their requests apart."""

    proxy: FaultProxy
    bucket: str
    """The container or bucket; the store is its folder `team`."""
    open_at: Callable[[int, float], Backend]
    """The store as if it answered at this port of this machine, with this timeout."""
    backend: Backend
    """The store behind the proxy."""
    behind: Backend
    """The same store past the proxy."""
    large: int
    """As many bytes go up in more than one request."""
    writes: tuple[str, ...]
    """The methods of writes; the first is that of a write in one request."""
    ends: tuple[str, str]
    """The method of the request that makes a large artifact visible, and what its address has."""
    body_tries: int
    """How many requests are sent for a body that is always cut."""
    busy: str = "ServerBusy"
    """What the service says when it is busy."""
    download: str = ""
    """What only addresses of bytes have in them."""


def store(backend: Backend, name: str, data: bytes, replaces: str = "") -> Artifact:
    return backend.write(name, [data], size=len(data), replaces=replaces)


def load(backend: Backend, name: str) -> bytes:
    return b"".join(backend.read(name))


def shown(error: BaseException) -> str:
    """Everything that a log or a page could show of an error."""
    return "".join([repr(error), str(vars(error)), *traceback.format_exception(error)])
