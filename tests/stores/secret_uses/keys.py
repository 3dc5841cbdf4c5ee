"""Values for the secrets of these tests."""

from __future__ import annotations

from typing import Any

KEY, OTHER_KEY = "A" * 86 + "==", "B" * 86 + "=="


def sas(moment: Any) -> str:
    return f"sv=2024-11-04&sr=c&sp=rl&se={moment:%Y-%m-%dT%H:%M:%SZ}&sig=abc%3D"
