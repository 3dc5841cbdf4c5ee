"""A transfer's report: one line for each artifact, and none that a spreadsheet would run."""

from __future__ import annotations

import csv
from collections.abc import Iterable

import pytest
from django.contrib.auth.models import User

from project.spreadsheets import harmless
from stores.models import Transfer, TransferItem
from stores.reports import report

pytestmark = pytest.mark.django_db


@pytest.fixture
def transfer(admin_user: User) -> Transfer:
    return Transfer.objects.create(owner=admin_user)


def add(transfer: Transfer, name: str, **fields: object) -> None:
    TransferItem.objects.create(
        transfer=transfer,
        name=name,
        target_name=name,
        **{"action": "copy", "size": 3, "etag": "1", **fields},
    )


def rows(lines: Iterable[str]) -> list[list[str]]:
    return list(csv.reader("".join(lines).splitlines(keepends=True), strict=True))


def test_the_first_line_names_the_columns(transfer: Transfer) -> None:
    assert list(report(transfer)) == [
        "artifact,target,result,bytes,md5,proof,attempts,ms,code,words\r\n"
    ]


def test_each_artifact_has_its_line(transfer: Transfer) -> None:
    add(transfer, "a", result="copied", md5="9" * 32, proof="Hash", attempts=1, ms=12)
    add(transfer, "b", result="failed", attempts=3, code="ServerBusy", words="Too busy.")

    lines = list(report(transfer))

    assert lines[1:] == [
        "a,a,Copied,3,99999999999999999999999999999999,Hash,1,12,,\r\n",
        "b,b,Failed,3,,,3,0,ServerBusy,Too busy.\r\n",
    ]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("\nx", "'\nx"),
        ("a=1", "a=1"),
        ('say "hi", please', 'say "hi", please'),
        ("two\nlines", "two\nlines"),
    ],
    ids=ascii,
)
def test_w37_no_cell_is_a_formula(transfer: Transfer, name: str, cell: str) -> None:
    add(transfer, name, words=name)

    line = rows(report(transfer))[1]

    assert line[0] == cell
    assert line[1] == cell
    assert line[-1] == cell


@pytest.mark.parametrize("sign", ["\uff1d", "\uff0b", "\uff0d", "\uff20"], ids=ascii)
def test_w37_nor_are_the_wide_forms_of_these_signs(sign: str) -> None:
    assert harmless(f"{sign}1+1") == f"'{sign}1+1"


def test_numbers_stay_numbers() -> None:
    assert harmless(-5) == -5
