"""What objects that hold values in clear have in common."""

from __future__ import annotations

from typing import NoReturn, SupportsIndex


class InClear:
    """Holds values in clear, or the means to get them: shows none of them, and goes into no
    pickle, copy or message."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, whose values are not shown>"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """Refused. Raises `TypeError`."""
        raise TypeError(f"{type(self).__name__} holds values in clear: it is never pickled.")
