"""A value of each kind that must never be found in clear, and how it is looked for."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from urllib.parse import quote

from django.contrib.auth.models import User

from secrets_app.models import SecretsManager
from tests.support.pages import signed_in

KEY = "U3RvcmVyb29tIGNhbmFyeSBhY2NvdW50IGtleSwgNjQgYnl0ZXMgdGhhdCBub2JvZHkgbWF5IHJlYWQAAAAAAA=="
OTHER_KEY = (
    "Y2FuYXJ5IG9mIGEgY29ubmVjdGlvbiBzdHJpbmcncyBhY2NvdW50IGtleSwgNjQgYnl0ZXMgYXMgd2VsbC4uLg=="
)
SAS = "sv=2024-11-04&ss=b&srt=sco&sp=rl&se=2099-01-01T00:00:00Z&sig=Y2FuYXJ5U2FzU2lnbmF0dXJl%3D"
CLIENT_SECRET = "cAn4ry~client.secret-that_must-not-be-readable"
ARBITRARY = 'canary of an arbitrary value: größer & "quoted"'
CONNECTION = (
    f"DefaultEndpointsProtocol=https;AccountName=canaryacct;AccountKey={OTHER_KEY};"
    "EndpointSuffix=core.windows.net"
)
AWS_KEY = "cAnary/of+AWS/secretKeyThatNobodyMayRead"
AWS_TOKEN = "canaryOfAnAwsSessionToken//////////8aCXVzLWVhc3QtMSJIMEYCIQD"
GCP_KEY = "-----BEGIN PRIVATE KEY-----canary0fAGoogleKey-----END PRIVATE KEY-----"
PASSWORD = "canary of a password, {not} one to guess"
CANARIES = [
    *(KEY, OTHER_KEY, SAS, CLIENT_SECRET, ARBITRARY, CONNECTION),
    *(AWS_KEY, AWS_TOKEN, GCP_KEY, PASSWORD),
]
AZURE = {"schema": "azure"}
TYPED = {
    "az_connection": AZURE | {"value_connection_string": CONNECTION},
    "az_key": AZURE | {"value_account_name": "canaryacct", "value_account_key": KEY},
    "az_sas": AZURE | {"value_account_name": "canaryacct", "value_sas_token": SAS},
    "az_principal": AZURE
    | {
        "value_account_name": "canaryacct",
        "value_tenant_id": "3c0a7c4e-0000-4000-8000-000000000001",
        "value_client_id": "3c0a7c4e-0000-4000-8000-000000000002",
        "value_client_secret": CLIENT_SECRET,
    },
    "webhook": {"schema": "arbitrary", "pairs": f"token={ARBITRARY}"},
    "aws": {
        "schema": "aws",
        "value_aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
        "value_aws_secret_access_key": AWS_KEY,
        "value_aws_session_token": AWS_TOKEN,
    },
    "gcp": {
        "schema": "gcp",
        "value_token": f'{{"client_email": "a@b.example", "private_key": "{GCP_KEY}"}}',
    },
    "basic": {
        "schema": "basic_auth",
        "value_username": "reader",
        "value_password": PASSWORD,
    },
}


def add_all(user: User) -> list[int]:
    """Type one secret of each kind into the form; the statuses of the replies."""
    browser = signed_in(user)
    manager = SecretsManager.objects.built_in().pk
    return [
        browser.post(
            "/secrets_app/secret/add/", {"name": name, "manager": manager, **fields}
        ).status_code
        for name, fields in TYPED.items()
    ]


def traces(value: str) -> list[bytes]:
    """What a value looks like in clear and in the usual encodings, wherever in a text it began."""
    raw = value.encode()
    plain = [raw, quote(value).encode(), raw.hex().encode(), value.encode("utf-16-le")]
    in_base64 = [base64.b64encode(b"\0" * n + raw)[4 : 4 + len(raw)] for n in range(3)]
    return [*plain, *in_base64, *[text.translate(URL_SAFE) for text in in_base64]]


URL_SAFE = bytes.maketrans(b"+/", b"-_")


def written(home: Path) -> bytes:
    """All that the installation wrote: database, journal, messages; not its static files.

    Another process reads it: closing the database's file in this one would release the locks that
    SQLite holds on it here (https://www.sqlite.org/howtocorrupt.html, section 2.2)."""
    paths = [path for path in home.rglob("*") if path.is_file() and "static" not in path.parts]
    return subprocess.run(["cat", *paths], check=True, capture_output=True).stdout
