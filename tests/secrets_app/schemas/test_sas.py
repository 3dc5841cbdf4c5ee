"""What a SAS token says of itself, without asking Azure."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from secrets_app.schemas import SCHEMAS, expires_at, findings
from secrets_app.schemas.sas import parse_sas
from secrets_app.schemas.sas_findings import sas_findings

NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
ACCOUNT = "sv=2024-11-04&ss=b&srt=sco&sp=rwdlc&se=2027-11-03T12:00:00Z&spr=https&sig=abc%3D"
CONTAINER = "sv=2024-11-04&sr=c&sp=rl&st=2026-11-01&se=2027-11-03&spr=https&sig=abc%3D"


def test_an_account_sas_is_taken_apart() -> None:
    sas = parse_sas(f"?{ACCOUNT}&sip=10.0.0.1-10.0.0.9")

    assert sas.kind == "account"
    assert sas.services == ("blob",)
    assert sas.resource_types == ("service", "container", "object")
    assert sas.permissions == ("r", "w", "d", "l", "c")
    assert (sas.start, sas.expires) == (None, datetime(2027, 11, 3, 12, 0, tzinfo=UTC))
    assert (sas.ip, sas.protocol) == ("10.0.0.1-10.0.0.9", "https")


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        (CONTAINER, "service"),
        (f"{CONTAINER}&skoid=3c0a7c4e", "user delegation"),
        (ACCOUNT, "account"),
    ],
)
def test_the_three_kinds_are_told_apart(token: str, kind: str) -> None:
    assert parse_sas(token).kind == kind


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-01-02", datetime(2027, 1, 2, tzinfo=UTC)),
        ("2027-01-02T03:04Z", datetime(2027, 1, 2, 3, 4, tzinfo=UTC)),
        ("2027-01-02T03%3A04%3A05Z", datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2027-01-02T03:04:05.1234560Z", None),
    ],
)
def test_s25_the_end_is_read_in_each_form(text: str, moment: datetime | None) -> None:
    token = f"sv=2024-11-04&sr=c&sp=rl&se={text}&sig=abc"

    assert expires_at(SCHEMAS["azure"], {"sas_token": token}) == moment


def test_s25_the_end_is_read_inside_a_connection_string() -> None:
    values = {
        "connection_string": "BlobEndpoint=https://acct.blob.core.windows.net;"
        f"SharedAccessSignature={ACCOUNT}"
    }

    assert expires_at(SCHEMAS["azure"], values) == datetime(2027, 11, 3, 12, 0, tzinfo=UTC)
    assert expires_at(SCHEMAS["azure"], {"account_key": "A" * 86 + "=="}) is None


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("sp=rl&se=2027-01-01", "A SAS token has `sv=` and `sig=`, and this has not."),
        (f"{ACCOUNT}&se=2028-01-01", "A SAS token has each part once; `se=` is there twice."),
        (
            "sv=2024-11-04&se=tomorrow&sig=abc",
            "The part `se=` of this SAS token is no time such as `2030-01-31T12:00:00Z`.",
        ),
    ],
)
def test_what_could_never_be_a_token_is_refused(token: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words[:40]):
        parse_sas(token)


@pytest.mark.parametrize(
    ("token", "level", "words"),
    [
        (ACCOUNT, "ok", "An account SAS for blob."),
        (ACCOUNT, "ok", "Expires in 365 days (3 Nov 2027 12:00 UTC)."),
        (ACCOUNT, "ok", "Allows: read, write, delete, list, create."),
        (CONTAINER, "ok", "A service SAS for one container."),
        (CONTAINER, "warning", "Allows no writing (`c`, `w`): transfers cannot write here."),
        (
            ACCOUNT.replace("rwdlc", "rwlc"),
            "ok",
            "Allows no deleting (`d`).",
        ),
        (
            ACCOUNT.replace("2027-11-03T12:00:00Z", "2026-11-01T12:00:00Z"),
            "problem",
            "Expired 2 days ago (1 Nov 2026 12:00 UTC).",
        ),
        (
            ACCOUNT.replace("2027-11-03T12:00:00Z", "2026-11-09T12:00:00Z"),
            "warning",
            "Expires in 6 days (9 Nov 2026 12:00 UTC).",
        ),
        (
            f"{ACCOUNT}&st=2026-11-03T12:10:00Z",
            "warning",
            "Starts in 10 minutes (3 Nov 2026 12:10 UTC).",
        ),
        (
            ACCOUNT.replace("rwdlc", "rwdc"),
            "problem",
            "No list permission (`l`): checks, browsing and transfers cannot find objects.",
        ),
        (
            ACCOUNT.replace("rwdlc", "wdlc"),
            "problem",
            "No read permission (`r`): checks and transfers cannot read what is stored.",
        ),
        (
            ACCOUNT.replace("ss=b", "ss=qt"),
            "problem",
            "This SAS is for queue, table, not for Blob (`ss=` lacks `b`).",
        ),
        (
            ACCOUNT.replace("srt=sco", "srt=so"),
            "problem",
            "It does not reach containers (`srt=` lacks `c`).",
        ),
        (
            ACCOUNT.replace("srt=sco", "srt=sc"),
            "problem",
            "It does not reach objects (`srt=` lacks `o`).",
        ),
        (
            CONTAINER.replace("sr=c", "sr=b"),
            "problem",
            "This SAS is for one blob; a store is a container (`sr=c`).",
        ),
        (
            f"{ACCOUNT}&sip=10.0.0.1",
            "warning",
            "Only from 10.0.0.1: the workers' address has to be in it.",
        ),
        (
            ACCOUNT.replace("spr=https", "spr=https,http"),
            "warning",
            "Also over plain http, where it can be read on the way.",
        ),
        (
            "sv=2024-11-04&sr=c&si=nightly&sig=abc",
            "warning",
            "What it allows is set by the stored access policy `nightly`.",
        ),
        (
            "sv=2024-11-04&sr=c&si=nightly&sig=abc",
            "warning",
            "Its end is not in the token: the stored access policy `nightly` sets it.",
        ),
    ],
)
def test_s25_each_thing_is_said_in_words(token: str, level: str, words: str) -> None:
    said = {finding.words: finding.level for finding in sas_findings(token, NOW)}

    assert said.get(words) == level, said


def test_the_gravest_comes_first() -> None:
    token = ACCOUNT.replace("rwdlc", "rwd").replace("spr=https", "spr=http")

    assert [finding.level for finding in sas_findings(token, NOW)] == [
        "problem",
        "warning",
        "ok",
        "ok",
        "ok",
    ]


def test_what_is_said_of_a_connection_string_shows_no_key() -> None:
    key = "B" * 86 + "=="
    text = f"AccountName=acct;AccountKey={key};EndpointSuffix=core.windows.net"

    said = findings(SCHEMAS["azure"], {"connection_string": text}, NOW)

    assert [finding.words for finding in said] == [
        "Account `acct` at https://acct.blob.core.windows.net, with an account key."
    ]


def test_what_is_said_of_a_service_principal() -> None:
    values = {"client_id": "the-app", "tenant_id": "the-tenant", "client_secret": "kept"}

    assert [finding.words for finding in findings(SCHEMAS["azure"], values, NOW)] == [
        "Application `the-app` in tenant `the-tenant`."
    ]
