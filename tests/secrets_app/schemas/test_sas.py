"""What a SAS token says of itself, and what that means for a store."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from secrets_app.schemas import Finding
from secrets_app.schemas.sas import Sas, parse_sas
from secrets_app.schemas.sas_findings import sas_findings

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
ACCOUNT = (
    "sv=2025-11-05&ss=bf&srt=sco&sp=rwdlac&st=2025-12-01T08:30:00Z&se=2030-01-31T12:00:00Z"
    "&spr=https&sig=canary%3D"
)
SERVICE = "sv=2025-11-05&sr=c&sp=rwdl&se=2030-01-31T12:00:00Z&spr=https&sig=canary%3D"
DELEGATION = (
    "sv=2025-11-05&sr=c&sp=rcwl&se=2026-01-05T12:00:00Z&spr=https"
    "&skoid=1f0c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f&sktid=2f0c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f"
    "&skt=2026-01-01T00:00:00Z&ske=2026-01-06T00:00:00Z&sks=b&skv=2025-11-05&sig=canary%3D"
)
POLICY = "sv=2025-11-05&sr=c&si=readers&spr=https&sig=canary%3D"


def said(token: str) -> list[tuple[str, str]]:
    return [(finding.level, finding.words) for finding in sas_findings(token, NOW)]


def refusal(token: str) -> str:
    with pytest.raises(ValidationError) as error:
        parse_sas(token)
    (message,) = error.value.messages
    return message


def test_an_account_sas_names_its_services_and_types():
    assert parse_sas(ACCOUNT) == Sas(
        kind="account",
        services=("blob", "file"),
        resource_types=("service", "container", "object"),
        resource="",
        permissions=("r", "w", "d", "l", "a", "c"),
        start=datetime(2025, 12, 1, 8, 30, tzinfo=UTC),
        expires=datetime(2030, 1, 31, 12, 0, tzinfo=UTC),
        ip="",
        protocol="https",
        policy="",
        version="2025-11-05",
    )


def test_a_service_sas_names_its_resource():
    assert parse_sas(SERVICE + "&sip=10.0.0.1-10.0.0.9") == Sas(
        kind="service",
        services=(),
        resource_types=(),
        resource="container",
        permissions=("r", "w", "d", "l"),
        start=None,
        expires=datetime(2030, 1, 31, 12, 0, tzinfo=UTC),
        ip="10.0.0.1-10.0.0.9",
        protocol="https",
        policy="",
        version="2025-11-05",
    )


def test_a_user_delegation_sas_is_known_by_its_key():
    assert parse_sas(DELEGATION).kind == "user delegation"
    assert parse_sas(DELEGATION).expires == datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def test_a_stored_access_policy_may_hold_end_and_permissions():
    assert parse_sas(POLICY) == Sas(
        kind="service",
        services=(),
        resource_types=(),
        resource="container",
        permissions=(),
        start=None,
        expires=None,
        ip="",
        protocol="https",
        policy="readers",
        version="2025-11-05",
    )


def test_a_question_mark_before_a_token_changes_nothing():
    assert parse_sas("?" + SERVICE) == parse_sas(SERVICE)


@pytest.mark.parametrize(
    ("letters", "resource"),
    [
        ("c", "container"),
        ("d", "directory"),
        ("b", "blob"),
        ("bs", "snapshot of a blob"),
        ("bv", "version of a blob"),
        ("f", "file"),
        ("s", "share of files"),
        ("zz", ""),
    ],
)
def test_each_resource_has_its_word(letters, resource):
    assert parse_sas(f"sv=2025-11-05&sr={letters}&sig=canary").resource == resource


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2030-01-31T12:05:30Z", datetime(2030, 1, 31, 12, 5, 30, tzinfo=UTC)),
        ("2030-01-31T12%3A05%3A30Z", datetime(2030, 1, 31, 12, 5, 30, tzinfo=UTC)),
        ("2030-01-31T12:05:30.250Z", datetime(2030, 1, 31, 12, 5, 30, 250000, tzinfo=UTC)),
        ("2030-01-31T12:05Z", datetime(2030, 1, 31, 12, 5, tzinfo=UTC)),
        ("2030-01-31", datetime(2030, 1, 31, 0, 0, tzinfo=UTC)),
        ("", None),
    ],
)
def test_times_are_read_as_the_service_takes_them(text, moment):
    assert parse_sas(f"sv=2025-11-05&se={text}&sig=canary").expires == moment


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (SERVICE + "&sp=r", "A SAS token has each part once; `sp=` is there twice."),
        (SERVICE + "&sig=other", "A SAS token has each part once; `sig=` is there twice."),
        (
            SERVICE + "&canary=1&canary=2",
            "A SAS token has each part once; `?=` is there twice.",
        ),
        (
            "sv=2025-11-05&se=soon&sig=canary",
            "The part `se=` of this SAS token is no time such as `2030-01-31T12:00:00Z`.",
        ),
        (
            "sv=2025-11-05&st=2030-13-01&sig=canary",
            "The part `st=` of this SAS token is no time such as `2030-01-31T12:00:00Z`.",
        ),
        (
            "sv=2025-11-05&se=2030-01-31T12:00:00&sig=canary",
            "The part `se=` of this SAS token is no time such as `2030-01-31T12:00:00Z`.",
        ),
        (
            "sv=2025-11-05&sr=c&sig=",
            "A SAS token has `sig=`, and this has not. Was a part cut off?",
        ),
        ("sr=c&sig=canary", "A SAS token has `sv=`, and this has not. Was a part cut off?"),
        ("", "A SAS token has `sv=` and `sig=`, and this has not. Was a part cut off?"),
    ],
)
def test_a_malformed_token_is_refused_in_words_that_do_not_repeat_it(token, words):
    assert refusal(token) == words


def test_a_good_account_sas_has_nothing_to_complain_of():
    assert said(ACCOUNT) == [
        ("ok", "Expires in 1491 days (31 Jan 2030 12:00 UTC)."),
        ("ok", "An account SAS for blob, file."),
        ("ok", "Allows: read, write, delete, list, add, create."),
    ]


def test_a_good_service_sas_has_nothing_to_complain_of():
    assert said(SERVICE) == [
        ("ok", "Expires in 1491 days (31 Jan 2030 12:00 UTC)."),
        ("ok", "A service SAS for one container."),
        ("ok", "Allows: read, write, delete, list."),
    ]


def test_a_user_delegation_sas_is_told_with_its_short_life():
    assert said(DELEGATION) == [
        ("warning", "Expires in 4 days (5 Jan 2026 12:00 UTC)."),
        ("ok", "A user delegation SAS for one container."),
        ("ok", "Allows: read, create, write, list."),
        ("ok", "Allows no deleting (`d`)."),
    ]


def test_a_stored_access_policy_is_named_for_what_it_sets():
    assert said(POLICY) == [
        ("warning", "Its end is not in the token: the stored access policy `readers` sets it."),
        ("warning", "What it allows is set by the stored access policy `readers`."),
        ("ok", "A service SAS for one container."),
    ]


@pytest.mark.parametrize(
    ("expires", "level", "words"),
    [
        ("2020-01-01", "problem", "Expired 2192 days ago (1 Jan 2020 00:00 UTC)."),
        ("2025-12-31T12:00:00Z", "problem", "Expired 1 day ago (31 Dec 2025 12:00 UTC)."),
        ("2026-01-01T11:59:30Z", "problem", "Expired less than a minute ago (1 Jan 2026 11:59"),
        ("2026-01-01T12:00:00Z", "problem", "Expired less than a minute ago (1 Jan 2026 12:00"),
        ("2026-01-01T12:00:01Z", "warning", "Expires in less than a minute (1 Jan 2026 12:00"),
        ("2026-01-01T12:59:00Z", "warning", "Expires in 59 minutes (1 Jan 2026 12:59 UTC)."),
        ("2026-01-01T13:00:00Z", "warning", "Expires in 1 hour (1 Jan 2026 13:00 UTC)."),
        ("2026-01-31T11:59:59Z", "warning", "Expires in 29 days (31 Jan 2026 11:59 UTC)."),
        ("2026-01-31T12:00:00Z", "ok", "Expires in 30 days (31 Jan 2026 12:00 UTC)."),
    ],
)
def test_s25_an_end_is_told_with_how_long_it_is_away(expires, level, words):
    (found,) = [
        finding
        for finding in sas_findings(SERVICE.replace("2030-01-31T12:00:00Z", expires), NOW)
        if finding.words.startswith("Expire")
    ]

    assert found.level == level
    assert found.words.startswith(words)


@pytest.mark.parametrize(
    ("token", "finding"),
    [
        (
            SERVICE + "&st=2026-01-01T14:00:00Z",
            ("warning", "Starts in 2 hours (1 Jan 2026 14:00 UTC)."),
        ),
        (
            SERVICE.replace("sp=rwdl", "sp=rwd"),
            (
                "problem",
                "No list permission (`l`): checks, browsing and transfers cannot find objects.",
            ),
        ),
        (
            SERVICE.replace("sp=rwdl", "sp=wdl"),
            (
                "problem",
                "No read permission (`r`): checks and transfers cannot read what is stored.",
            ),
        ),
        (
            SERVICE.replace("sp=rwdl", "sp=rl"),
            ("warning", "Allows no writing (`c`, `w`): transfers cannot write here."),
        ),
        (SERVICE.replace("sp=rwdl", "sp=rwl"), ("ok", "Allows no deleting (`d`).")),
        (SERVICE.replace("sp=rwdl", "sp="), ("ok", "Allows: nothing.")),
        (
            ACCOUNT.replace("ss=bf", "ss=fq"),
            ("problem", "This SAS is for file, queue, not for Blob (`ss=` lacks `b`)."),
        ),
        (
            ACCOUNT.replace("ss=bf", "ss="),
            ("problem", "This SAS is for no service, not for Blob (`ss=` lacks `b`)."),
        ),
        (
            ACCOUNT.replace("srt=sco", "srt=so"),
            ("problem", "It does not reach containers (`srt=` lacks `c`)."),
        ),
        (
            ACCOUNT.replace("srt=sco", "srt=sc"),
            ("problem", "It does not reach objects (`srt=` lacks `o`)."),
        ),
        (
            SERVICE.replace("sr=c", "sr=b"),
            ("problem", "This SAS is for one blob; a store is a container (`sr=c`)."),
        ),
        (
            SERVICE.replace("sr=c", "sr=d"),
            ("problem", "This SAS is for one directory; a store is a container (`sr=c`)."),
        ),
        (
            SERVICE.replace("sr=c", "sr=s"),
            ("problem", "This SAS is for one share of files; a store is a container (`sr=c`)."),
        ),
        (
            SERVICE.replace("sr=c&", ""),
            ("problem", "This SAS does not say that it is for a container (`sr=c`)."),
        ),
        (
            SERVICE + "&sip=10.0.0.1",
            ("warning", "Only from 10.0.0.1: the workers' address has to be in it."),
        ),
        (
            SERVICE.replace("spr=https", "spr=https,http"),
            ("warning", "Also over plain http, where it can be read on the way."),
        ),
        (
            SERVICE.replace("&spr=https", ""),
            ("warning", "Also over plain http, where it can be read on the way."),
        ),
        (
            SERVICE.replace("&se=2030-01-31T12:00:00Z", ""),
            ("warning", "It has no end (`se=`), and no stored access policy that sets one."),
        ),
    ],
)
def test_each_thing_that_a_store_has_to_know_is_said_once(token, finding):
    assert said(token).count(finding) == 1


def test_a_start_that_has_passed_is_not_worth_a_word():
    assert [words for _, words in said(ACCOUNT) if words.startswith("Starts")] == []


def test_the_gravest_comes_first():
    token = "sv=2025-11-05&sr=b&sp=r&se=2026-01-02&sip=10.0.0.1&sig=canary"

    assert said(token) == [
        ("problem", "This SAS is for one blob; a store is a container (`sr=c`)."),
        (
            "problem",
            "No list permission (`l`): checks, browsing and transfers cannot find objects.",
        ),
        ("warning", "Expires in 12 hours (2 Jan 2026 00:00 UTC)."),
        ("warning", "Allows no writing (`c`, `w`): transfers cannot write here."),
        ("warning", "Only from 10.0.0.1: the workers' address has to be in it."),
        ("warning", "Also over plain http, where it can be read on the way."),
        ("ok", "Allows: read."),
    ]


def test_a_finding_names_the_attribute_that_it_is_about():
    assert sas_findings(POLICY, NOW, "connection_string")[-1] == Finding(
        "ok", "connection_string", "A service SAS for one container."
    )
    assert sas_findings(POLICY, NOW)[-1].field == "sas_token"


@pytest.mark.parametrize("token", [ACCOUNT, SERVICE, DELEGATION, POLICY])
def test_no_finding_shows_the_signature(token):
    assert "canary" not in repr(sas_findings(token, NOW))
