"""All words for failures of Azure stores in one file, to be read by eye for plainness.

    python -m tests.stores.flavors.snapshot

writes it anew; a test compares it.
"""

from __future__ import annotations

import os
import socket
import ssl
from http.client import RemoteDisconnected
from pathlib import Path

import django

FILE = Path(__file__).parent / "snapshots" / "answers.txt"


def render() -> str:
    """Every answer, every call without an answer, every refusal of Entra, as text."""
    from project.entra import MEANINGS, explain
    from stores.flavors import reach
    from stores.flavors.azure.errors import classify
    from tests.stores.flavors.replies import NOW, REPLIES

    said = []
    for each in REPLIES:
        error = classify(each.reply, each.attempt, NOW)
        said.append((f"{each.case} · {each.status} {each.code} · {each.by}", error))
    unverified = ssl.SSLCertVerificationError()
    unverified.verify_message = "self-signed certificate in certificate chain"
    host = "mlacct.blob.core.windows.net"
    for case, cause, scheme in (
        ("A01", socket.gaierror(), "https"),
        ("A02", ConnectionRefusedError(), "https"),
        ("A03", TimeoutError(), "https"),
        ("A04", unverified, "https"),
        ("A05 https to http", ssl.SSLError(), "https"),
        ("A05 http to https", RemoteDisconnected(), "http"),
        ("torn", ConnectionResetError(), "https"),
    ):
        said.append((f"{case} · no answer", reach.explain(cause, host, scheme)))
    blocks = [
        "\n".join(
            [
                f"{head} → {error.category} / {error.reason}",
                f"    {error.text}",
                *([f"    What to do: {error.action}"] if error.action else []),
                *([f"    $ {error.command}"] if error.command else []),
            ]
        )
        for head, error in said
    ]
    for code in (*MEANINGS, "Unable to get authority configuration", "AADSTS9999999"):
        refusal = explain(f"{code}: somebody")
        blocks.append(
            f"{code} → {refusal.reason}\n    {refusal.text}\n    What to do: {refusal.action}"
        )
    return "\n\n".join(blocks) + "\n"


if __name__ == "__main__":
    import tests.support.environment  # noqa: F401

    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
    django.setup()
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(render())
