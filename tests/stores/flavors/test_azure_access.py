"""Who asks for what: what addresses, credentials and tokens say of themselves."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from stores.flavors.azure.access import Access, access_of
from stores.flavors.azure.address import parse_path
from stores.flavors.azure.credentials import sign_in_with
from stores.flavors.azure.rights import grant, needs
from stores.flavors.base import SignIn

SAS = "sv=2024-08-04&ss=b&srt=co&sp=rl&se=2030-01-01T00:00:00Z&sip=20.1.2.0&sig=canary"


def bearer(**claims: Any) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"Bearer head.{body}.signature"


def test_a_sas_token_tells_what_it_allows_and_its_signature_stays_behind() -> None:
    credentials = sign_in_with(SignIn.SAS_TOKEN, {"account_name": "mlacct", "sas_token": SAS})

    access = access_of(parse_path("az://ml-data/team/a"), credentials)

    assert access.facts() == {
        "account": "mlacct",
        "container": "ml-data",
        "folder": "team/a",
        "signed_with": "sas",
        "letters": "rl",
        "services": "blob",
        "ip": "20.1.2.0",
        "expires": "2030-01-01T00:00:00+00:00",
        "version": "2024-08-04",
    }
    assert Access.of(access.facts() | {"sdk": "1"}) == access


def test_a_key_tells_nothing_but_its_account() -> None:
    values = {"account_name": "mlacct", "account_key": "Y2FuYXJ5"}
    credentials = sign_in_with(SignIn.ACCOUNT_KEY, values)

    assert access_of(parse_path("az://ml-data"), credentials).facts() == {
        "account": "mlacct",
        "container": "ml-data",
        "signed_with": "key",
    }


@pytest.mark.parametrize(
    ("claims", "principal"),
    [({"appid": "a"}, "ServicePrincipal"), ({"upn": "ada@example.com"}, "User")],
)
def test_a_token_tells_whose_it_is(claims: dict[str, str], principal: str) -> None:
    access = Access(signed_with="token").with_token(bearer(tid="t-1", oid="o-1", **claims))

    assert (access.tenant, access.object_id, access.principal) == ("t-1", "o-1", principal)


@pytest.mark.parametrize(
    "header", ["", "Bearer a.b", "Bearer a.!.c", "SharedKey a:b", "Bearer x.W10.y"]
)
def test_what_is_no_such_token_tells_nothing(header: str) -> None:
    access = Access(signed_with="token").with_token(header)

    assert (access.tenant, access.object_id) == ("", "")


def test_several_rights_take_one_role_or_one_token() -> None:
    token = grant(Access("mlacct", "ml", signed_with="token"), ["list", "delete", "share"])
    sas = grant(Access("mlacct", "ml", signed_with="sas", letters="r"), ["list", "delete"])

    assert '--role "Storage Blob Data Contributor"' in token.command
    assert sas.action.startswith("Make a SAS token that has the letter `d` and `l` in `sp`")
    assert "--permissions rdl" in sas.command


@pytest.mark.parametrize(
    ("right", "with_sas", "with_token"),
    [
        ("list", "SAS letter `l`", "Role “Storage Blob Data Reader”"),
        ("overwrite", "SAS letter `w`", "Role “Storage Blob Data Contributor”"),
        ("tags", "SAS letter `t`", "Role “Storage Blob Data Owner”"),
        ("share", "An identity or a key", "Role “Storage Blob Delegator”"),
    ],
)
def test_each_right_has_the_least_that_allows_it(
    right: str, with_sas: str, with_token: str
) -> None:
    assert needs(right, "sas") == with_sas
    assert needs(right, "token") == with_token
    assert needs(right, "key") == "Account key"
