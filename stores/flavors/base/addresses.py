"""Addresses as they may be shown again: without what signs in."""

from __future__ import annotations

import re

CREDENTIALS = "credentials"
"""The code of a `ValidationError` about an address that holds some: it is not shown again."""


def without_credentials(address: str) -> str:
    """An address without what may follow it as a token, and without a password before its host."""
    bare = re.split(r"[?#&;]", address, maxsplit=1)[0]
    return re.sub(r"(?<=://)[^/@]*:[^/@]*@", "", bare)
