"""What people paste is taken apart into attributes."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError

from secrets_app.schemas import read_paste

KEY = "Q" * 86 + "=="
SAS = "sv=2024-11-04&sr=c&sp=rl&se=2099-01-01&sig=c2FzU2lnbmF0dXJl%3D"
CONNECTION = f"AccountName=acct;AccountKey={KEY};EndpointSuffix=core.windows.net"
APP, TENANT = "3c0a7c4e-0000-4000-8000-000000000001", "3c0a7c4e-0000-4000-8000-000000000002"
PRINCIPAL = {"client_id": APP, "client_secret": "p~ss.word", "tenant_id": TENANT}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (CONNECTION, {"connection_string": CONNECTION}),
        (f"  {CONNECTION}\n", {"connection_string": CONNECTION}),
        (KEY, {"account_key": KEY}),
        (SAS, {"sas_token": SAS}),
        (
            f"https://acct.blob.core.windows.net/ml/runs?{SAS}",
            {"account_name": "acct", "sas_token": SAS},
        ),
        (f"http://127.0.0.1:10000/acct/ml?{SAS}", {"sas_token": SAS}),
        (
            f"export AZURE_STORAGE_ACCOUNT_NAME=acct\nexport AZURE_STORAGE_ACCOUNT_KEY='{KEY}'",
            {"account_name": "acct", "account_key": KEY},
        ),
        (
            f'AZURE_STORAGE_CONNECTION_STRING="{CONNECTION}"',
            {"connection_string": CONNECTION},
        ),
        (
            f'$env:AZURE_STORAGE_ACCOUNT_NAME = "acct"\n$env:AZURE_STORAGE_SAS_TOKEN = "{SAS}"',
            {"account_name": "acct", "sas_token": SAS},
        ),
        (
            f"set AZURE_STORAGE_ACCOUNT=acct\nset AZURE_STORAGE_KEY={KEY}",
            {"account_name": "acct", "account_key": KEY},
        ),
        (
            f"account_name: acct\naccount_key: {KEY}\n",
            {"account_name": "acct", "account_key": KEY},
        ),
        (
            f"AZURE_CLIENT_ID={APP}\nAZURE_CLIENT_SECRET=p~ss.word\nAZURE_TENANT_ID={TENANT}",
            PRINCIPAL,
        ),
        (
            f"AZCOPY_SPA_APPLICATION_ID={APP}\nAZCOPY_SPA_CLIENT_SECRET=p~ss.word\n"
            f"AZCOPY_TENANT_ID={TENANT}",
            PRINCIPAL,
        ),
        (
            f"RCLONE_AZUREBLOB_ACCOUNT=acct\nRCLONE_AZUREBLOB_KEY={KEY}",
            {"account_name": "acct", "account_key": KEY},
        ),
        (
            json.dumps(
                {"appId": APP, "displayName": "x", "password": "p~ss.word", "tenant": TENANT}
            ),
            PRINCIPAL,
        ),
        (
            json.dumps(
                {"clientId": APP, "clientSecret": "p~ss.word", "tenantId": TENANT}, indent=2
            ),
            PRINCIPAL,
        ),
        (
            "zenml secrets-manager secret register az_secret -s azure \\\n"
            f"    --connection_sting='{CONNECTION}'",
            {"connection_string": CONNECTION},
        ),
        (
            f"zenml secret create az --account_name acct --account_key={KEY}",
            {"account_name": "acct", "account_key": KEY},
        ),
    ],
)
def test_what_is_known_is_read(text: str, values: dict[str, str]) -> None:
    assert read_paste(text).values == values


def test_the_seeds_typo_is_read_and_said() -> None:
    pasted = read_paste(
        f"zenml secrets-manager secret register az --connection_sting={CONNECTION}"
    )

    assert pasted.words == "Read as a command: connection_string."
    assert pasted.notes == ("Read `connection_sting` as `connection_string`.",)


def test_the_older_spelling_is_read_and_said() -> None:
    pasted = read_paste(f"accountname=acct\naccountkey={KEY}")

    assert pasted.values == {"account_name": "acct", "account_key": KEY}
    assert pasted.notes == ("Read `accountname`, `accountkey` in the older ZenML spelling.",)


def test_an_addresss_path_is_left_out_and_said() -> None:
    pasted = read_paste(f"https://acct.blob.core.windows.net/ml?{SAS}")

    assert pasted.words == "Read as a SAS address."
    assert pasted.notes == ("The path belongs to the store's address, and is left out here.",)


@pytest.mark.parametrize("text", ["", "hello", "https://example.com/", "[]", "a=b\nc=d"])
def test_what_is_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="This is no connection string, SAS address, block"):
        read_paste(text)


def test_json_that_is_cut_off_is_said() -> None:
    with pytest.raises(ValidationError, match="This begins like JSON, but is none"):
        read_paste('{"clientId": "3c0a')


@pytest.mark.parametrize(
    "text",
    [
        CONNECTION,
        SAS,
        KEY,
        json.dumps({"appId": APP, "password": "p~ss.word-canary", "tenant": TENANT}),
    ],
)
def test_words_and_notes_show_no_value(text: str) -> None:
    pasted = read_paste(text)

    said = f"{pasted.words} {pasted.notes} {pasted!r}"
    assert KEY not in said
    assert "c2FzU2lnbmF0dXJl" not in said
    assert "canary" not in said
