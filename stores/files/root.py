"""The root of a store: from paths to the names of what lies beneath it, and back."""

from __future__ import annotations

import errno

from stores.files.errors import os_error
from stores.places import Place, below, parts_of


class Root:
    """A store's address in its normal form; all `schemes` of its flavor mean the same."""

    def __init__(self, address: str, schemes: tuple[str, ...]) -> None:
        self._address = address.rstrip("/")
        self._place = parts_of(self._address)[1:]
        self._schemes = schemes

    def parts(self, path: str) -> Place:
        """The parts of a path beneath the root, none for the root itself. Raises
        `PermissionError` for what is outside of it, and for `.` and `..`."""
        scheme, *place = parts_of(path.rstrip("/"))
        parts = below(tuple(place), self._place) if scheme in self._schemes else None
        if parts is None or {".", ".."} & set(parts):
            raise os_error(
                errno.EACCES, path, f"This is outside of the store, whose root is {self._address}."
            )
        return parts

    def name(self, path: str) -> str:
        """The name of an artifact or a folder, "" for the root. Raises as `parts`."""
        return "/".join(self.parts(path))

    def path(self, name: str) -> str:
        """The path of what has this name."""
        return f"{self._address}/{name}" if name else self._address
