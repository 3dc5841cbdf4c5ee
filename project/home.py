"""The one folder that holds Storeroom's state and the names in it; keeps out what they contain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

DEFAULT = Path(__file__).resolve().parent.parent / "var"


@dataclass(frozen=True, slots=True)
class Home:
    """The folder and what lies in it; whether it is there yet is another matter."""

    path: Path

    @property
    def keys(self) -> Path:
        """The folder of the keys that the embedded mode made for itself."""
        return self.path / "keys"

    @property
    def secret_key(self) -> Path:
        """The file with Django's secret key."""
        return self.keys / "secret_key"

    @property
    def fernet_keys(self) -> Path:
        """The file with the keys that seal secrets."""
        return self.keys / "fernet_keys"

    @property
    def database(self) -> Path:
        """The SQLite file, where no other database is named."""
        return self.path / "storeroom.sqlite3"

    @property
    def broker(self) -> Path:
        """The folder of the filesystem broker's messages."""
        return self.path / "broker"

    @property
    def static(self) -> Path:
        """The folder of the collected static files."""
        return self.path / "static"

    @property
    def local_stores(self) -> Path:
        """The folder beneath which local stores may lie."""
        return self.path / "local_stores"

    @property
    def sample(self) -> Path:
        """The folder of the sample's stores."""
        return self.path / "sample"

    @property
    def sample_artifacts(self) -> Path:
        """The folder that the sample's local store is."""
        return self.sample / "artifacts"

    @property
    def own(self) -> tuple[Path, ...]:
        """What nobody but Storeroom itself may read or write."""
        return (self.keys, self.database, self.broker, self.static)

    @property
    def up_hosts(self) -> Path:
        """The file in which a running `up` names the host of its own Azurite."""
        return self.path / "up_hosts"

    def own_hosts(self) -> list[str]:
        """The hosts that a running `up` brings along; none where no `up` runs."""
        try:
            return self.up_hosts.read_text(encoding="utf-8").split()
        except FileNotFoundError:
            return []

    def create(self) -> Self:
        """Make the folders that are missing, for this user alone; what exists keeps its mode."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (
            self.keys,
            self.broker,
            self.broker / "control",
            self.static,
            self.local_stores,
            self.sample,
        ):
            folder.mkdir(mode=0o700, exist_ok=True)
        return self


def home_folder(environ: Mapping[str, str]) -> Home:
    """The home that `STOREROOM_HOME` names, else `var` beside the code. Makes nothing.

    A relative path starts at the current working directory.
    """
    named = environ.get("STOREROOM_HOME", "").strip()
    return Home(Path(named).expanduser().absolute() if named else DEFAULT)
