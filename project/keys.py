"""The keys that seal secrets and sign sessions: how they are made, read, judged and named.

Functions over texts, files and variables; keeps out Django, which needs the keys before it can
start.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.fernet import Fernet
from environ import FileAwareEnv

from project.home import Home

# The keys that stand in the README. Everybody has them, so nobody may use them.
SAMPLE_KEYS = frozenset(
    {
        "U3RvcmVyb29tIFJFQURNRSBzYW1wbGU6IG5vdCB1c2U=",
        "storeroom-readme-sample-secret-key-make-one-of-your-own-instead",
    }
)
SHORTEST_SECRET_KEY = 50
KEY_ID_LABEL = b"storeroom key id\0"
FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")


class ConfigurationError(Exception):
    """A setting that cannot be used: one line that names the variable and never its value."""


def read_variable(name: str) -> str:
    """The variable's value, or what the file holds that `NAME_FILE` names, without blanks around
    it; "" where neither is set. Raises `ConfigurationError`."""
    try:
        return str(FileAwareEnv.ENVIRON.get(name, "")).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigurationError(f"{name}_FILE: cannot read the file ({reason})") from None


def new_secret_key() -> str:
    """A fresh `SECRET_KEY`."""
    return secrets.token_urlsafe(50)


def new_fernet_key() -> str:
    """A fresh key for `FERNET_KEYS`."""
    return Fernet.generate_key().decode()


def prepare(home: Home, environ: Mapping[str, str]) -> None:
    """Make sure that there are a home and, in the embedded mode, keys in it."""
    home.create()
    if (environ.get("STOREROOM_MODE", "").strip() or "embedded").lower() == "embedded":
        make_keys(home)


def make_keys(home: Home) -> list[Path]:
    """Make the key files that are missing and name them; a file that stands is never touched.

    Of two processes that start at once, one wins and both read the same keys.
    """
    home.create()
    wanted: dict[Path, Callable[[], str]] = {
        home.secret_key: new_secret_key,
        home.fernet_keys: new_fernet_key,
    }
    return [path for path, new_key in wanted.items() if _create(path, new_key)]


def _create(path: Path, new_key: Callable[[], str]) -> bool:
    """Whether this call created the file. It appears complete or not at all: it is written under
    another name, opened with O_EXCL and mode 0600, and a hard link never replaces a file."""
    if path.exists():
        return False
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(new_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        os.unlink(draft)
    return True


def read_keys(home: Home) -> dict[str, str]:
    """The variables whose key file is there, with its text. Raises `ConfigurationError`."""
    files = {"SECRET_KEY": home.secret_key, "FERNET_KEYS": home.fernet_keys}
    return {
        variable: read_key_file(path, variable)
        for variable, path in files.items()
        if path.exists()
    }


def read_key_file(path: Path, variable: str) -> str:
    """What the file holds for the variable. Raises `ConfigurationError`."""
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ConfigurationError(
            f"{variable}: cannot read {path} ({error.strerror or type(error).__name__})"
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{variable}: {path} holds no key but other bytes") from None


def check_secret_key(text: str) -> str:
    """The secret key, if it is good enough. Raises `ConfigurationError`."""
    key = text.strip()
    if not key:
        raise ConfigurationError("SECRET_KEY: is not set (`manage.py up` makes the embedded keys)")
    if key in SAMPLE_KEYS:
        raise ConfigurationError("SECRET_KEY: is the README's sample, which everybody knows")
    if len(key) < SHORTEST_SECRET_KEY:
        raise ConfigurationError(
            f"SECRET_KEY: has {len(key)} characters and needs {SHORTEST_SECRET_KEY} or more"
        )
    return key


def parse_fernet_keys(text: str, secret_key: str) -> list[str]:
    """The keys in `text`, separated by commas or line ends; the first one seals.

    Raises `ConfigurationError` for a key that is malformed, known to others, given twice, or
    made from the secret key: that one is read by many parts and leaks more easily.
    """
    keys = [part.strip() for part in re.split(r"[,\r\n]", text) if part.strip()]
    if not keys:
        raise ConfigurationError(
            "FERNET_KEYS: is not set (`manage.py up` makes the embedded keys)"
        )
    seen: list[bytes] = []
    for number, key in enumerate(keys, start=1):
        which = f"FERNET_KEYS: key {number} of {len(keys)}"
        if not FERNET_KEY.fullmatch(key):
            raise ConfigurationError(f"{which} is not 32 bytes of url-safe base64")
        raw = base64.urlsafe_b64decode(key)
        if raw in _sample_bytes():
            raise ConfigurationError(f"{which} is the README's sample, which everybody knows")
        if key in secret_key or raw in _made_from(secret_key):
            raise ConfigurationError(f"{which} is made from SECRET_KEY; make one of its own")
        if raw in seen:
            raise ConfigurationError(f"{which} is the same as key {seen.index(raw) + 1}")
        seen.append(raw)
    # The last digit of base64 has spare bits: one spelling a key, so that it has one id.
    return [base64.urlsafe_b64encode(raw).decode() for raw in seen]


def key_id(key: str) -> str:
    """Eight hex digits that name a key in sealed values, on pages and in messages.

    They may be shown: they are 32 bits of a hash over 256 random ones, so 2^224 keys share each
    id and none can be computed from it; the label keeps them unlike any other hash of the key.
    """
    return hashlib.sha256(KEY_ID_LABEL + key.encode()).hexdigest()[:8]


def _sample_bytes() -> set[bytes]:
    """What the sample keys decode to, in whatever spelling they are given."""
    return {base64.urlsafe_b64decode(key) for key in SAMPLE_KEYS if FERNET_KEY.fullmatch(key)}


def _made_from(secret_key: str) -> set[bytes]:
    """The keys that people make out of a secret key."""
    raw = secret_key.encode()
    sha256 = hashlib.sha256(raw)
    return {
        raw[:32],
        raw[-32:],
        base64.urlsafe_b64encode(raw)[:32],
        sha256.digest(),
        sha256.hexdigest()[:32].encode(),
        hashlib.md5(raw, usedforsecurity=False).hexdigest().encode(),
    }
