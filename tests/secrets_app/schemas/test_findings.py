"""What the values of a secret tell without asking the service, and when they end."""

import base64
from datetime import UTC, datetime

import pytest

from secrets_app.schemas import SCHEMAS, Finding, expires_at, findings

AZURE = SCHEMAS["azure"]
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
KEY = base64.b64encode(
    b"canary of an account key, made of exactly 64 bytes for this test"
).decode()
SAS = "sv=2025-11-05&sr=c&sp=rwdl&se=2026-01-07T12:00:00Z&spr=https&sig=canary%3D"
EXPIRED = "sv=2025-11-05&sr=c&sp=rwdl&se=2025-12-31T12:00:00Z&spr=https&sig=canary%3D"
ENDLESS = "sv=2025-11-05&sr=c&si=readers&spr=https&sig=canary%3D"
CONNECTION = f"AccountName=mlacct;AccountKey={KEY};EndpointSuffix=core.windows.net"
SAS_CONNECTION = f"BlobEndpoint=https://mlacct.blob.core.windows.net/;SharedAccessSignature={SAS}"
TENANT = "1f0c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f"
CLIENT = "2f0c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f"


def test_an_account_key_is_told_with_what_it_gives():
    assert findings(AZURE, {"account_name": "mlacct", "account_key": KEY}, NOW) == [
        Finding(
            "ok",
            "account_key",
            "An account key: 88 characters of base64. It gives full rights to the whole account.",
        )
    ]


@pytest.mark.parametrize(
    ("connection", "words"),
    [
        (
            CONNECTION,
            "Account `mlacct` at https://mlacct.blob.core.windows.net, with an account key.",
        ),
        (
            f"AccountName=mlacct;AccountKey={KEY}",
            "Account `mlacct` at https://mlacct.blob.core.windows.net, with an account key.",
        ),
        (
            f"AccountName=mlacct;AccountKey={KEY};EndpointSuffix=core.chinacloudapi.cn",
            "Account `mlacct` at https://mlacct.blob.core.chinacloudapi.cn, with an account key.",
        ),
        (
            f"AccountName=devstoreaccount1;AccountKey={KEY};"
            "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1",
            "Account `devstoreaccount1` at http://127.0.0.1:10000/devstoreaccount1, with an"
            " account key.",
        ),
        (
            f"AccountName=mlacct;AccountKey={KEY};BlobEndpoint=https://ml.example.org/?sig=canary",
            "Account `mlacct` at https://ml.example.org/, with an account key.",
        ),
    ],
)
def test_a_connection_string_is_told_by_account_and_address(connection, words):
    assert findings(AZURE, {"connection_string": connection}, NOW) == [
        Finding("ok", "connection_string", words)
    ]


def test_s25_a_sas_token_within_a_connection_string_is_told_there():
    assert findings(AZURE, {"connection_string": SAS_CONNECTION}, NOW) == [
        Finding(
            "ok",
            "connection_string",
            "An account at https://mlacct.blob.core.windows.net/, with a SAS token.",
        ),
        Finding("warning", "connection_string", "Expires in 6 days (7 Jan 2026 12:00 UTC)."),
        Finding("ok", "connection_string", "A service SAS for one container."),
        Finding("ok", "connection_string", "Allows: read, write, delete, list."),
    ]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"client_id": CLIENT, "tenant_id": TENANT, "client_secret": "canary"},
            "Application `2f0c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f` in tenant"
            " `1f0c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f`.",
        ),
        (
            {"client_id": CLIENT},
            "Application `2f0c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f`.",
        ),
    ],
)
def test_a_service_principal_is_told_by_its_ids(values, words):
    assert findings(AZURE, values, NOW) == [Finding("ok", "client_id", words)]


@pytest.mark.parametrize(
    ("token", "finding"),
    [
        (SAS, Finding("warning", "sas_token", "Expires in 6 days (7 Jan 2026 12:00 UTC).")),
        (EXPIRED, Finding("problem", "sas_token", "Expired 1 day ago (31 Dec 2025 12:00 UTC).")),
    ],
)
def test_s25_a_sas_token_that_ends_soon_or_has_ended_is_told_without_a_request(token, finding):
    assert findings(AZURE, {"account_name": "mlacct", "sas_token": token}, NOW)[0] == finding


@pytest.mark.parametrize(
    ("values", "end"),
    [
        ({"account_name": "mlacct", "sas_token": SAS}, datetime(2026, 1, 7, 12, 0, tzinfo=UTC)),
        ({"sas_token": f"?{SAS}"}, datetime(2026, 1, 7, 12, 0, tzinfo=UTC)),
        ({"sas_token": EXPIRED}, datetime(2025, 12, 31, 12, 0, tzinfo=UTC)),
        ({"connection_string": SAS_CONNECTION}, datetime(2026, 1, 7, 12, 0, tzinfo=UTC)),
    ],
)
def test_s25_a_sas_token_says_when_the_secret_ends(values, end):
    assert expires_at(AZURE, values) == end


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"account_name": "mlacct", "account_key": KEY},
        {"connection_string": CONNECTION},
        {"connection_string": "none"},
        {"sas_token": ENDLESS},
        {"sas_token": "sv=2025-11-05&se=soon&sig=canary"},
        {"sas_token": "sv=2025-11-05&se=2030-01-31T12:00:00.1234567Z&sig=canary"},
        {"client_id": CLIENT, "tenant_id": TENANT, "client_secret": "canary"},
    ],
)
def test_s25_without_an_end_that_can_be_read_there_is_none(values):
    assert expires_at(AZURE, values) is None


@pytest.mark.parametrize(
    ("slug", "values"),
    [
        ("aws", {"aws_session_token": "canary"}),
        ("gcp", {"token": "{}"}),
        ("basic_auth", {"password": "canary"}),
        ("arbitrary", {"sas_token": SAS}),
    ],
)
def test_s25_other_kinds_tell_nothing_and_have_no_end(slug, values):
    assert findings(SCHEMAS[slug], values, NOW) == []
    assert expires_at(SCHEMAS[slug], values) is None


@pytest.mark.parametrize(
    "values",
    [
        {"account_name": "mlacct", "account_key": KEY},
        {"connection_string": CONNECTION},
        {"connection_string": SAS_CONNECTION},
        {"sas_token": SAS},
        {"client_id": CLIENT, "tenant_id": TENANT, "client_secret": "canary"},
    ],
)
def test_no_finding_shows_a_value_that_is_secret(values):
    said = repr(findings(AZURE, values, NOW))

    assert KEY not in said
    assert "canary" not in said
