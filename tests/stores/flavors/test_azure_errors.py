"""From Azure's answers to our errors: each recorded answer, the rules of the table, the words."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from stores.flavors.azure import AzureFlavor, client
from stores.flavors.azure.answers import TABLE
from stores.flavors.azure.errors import classify
from stores.flavors.azure.reply import Reply
from stores.flavors.base import AlreadyExists, Category, Changed, NotFound, SignIn, StoreError
from tests.stores.flavors import snapshot
from tests.stores.flavors.replies import (
    CANARY,
    NOW,
    OURS,
    REPLIES,
    REQUEST,
    THEIRS,
    Recorded,
)
from tests.support.fault_proxy import Fault, FaultProxy

BY_CASE = {each.case: each for each in REPLIES}
SAS = "sv=2024-08-04&sr=c&sp=r&se=2099-01-01T00:00:00Z&sig=canary"


def read(case: str) -> StoreError:
    return classify(BY_CASE[case].reply, BY_CASE[case].attempt, NOW)


@pytest.mark.parametrize("each", REPLIES, ids=lambda each: each.case)
def test_a_recorded_answer_means_what_its_case_says(each: Recorded) -> None:
    error = classify(each.reply, each.attempt, NOW)

    assert (error.category, error.reason) == (each.category, each.reason)
    assert error.code == (each.code or str(each.status))
    assert error.text.endswith((".", ")"))
    assert not re.search(r"\{(?!4\})", f"{error.text}{error.action}{error.command}")
    assert CANARY not in f"{error!r} {error.text} {error.action} {error.command}"


@pytest.mark.parametrize(
    "each", [each for each in REPLIES if each.by != "token"], ids=lambda each: each.case
)
def test_a49_the_same_comes_out_of_the_sdk(
    each: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By way of real HTTP and the real SDK, whose classes mislead."""
    monkeypatch.setattr(client.LinearRetry, "get_backoff_time", lambda *_: 0)
    values = {"account_name": "mlacct", "account_key": "a2V5"}
    if each.by == "sas":
        values = {"account_name": "mlacct", "sas_token": SAS}
    with FaultProxy(9) as proxy:
        proxy.add(
            "GET",
            Fault.ANSWER,
            times=9,
            status=each.status,
            code=each.code,
            body=each.body or " ",
            headers=each.all_headers,
        )
        store = AzureFlavor().open(
            "az://ml-data",
            {"account_url": f"http://127.0.0.1:{proxy.port}/mlacct"},
            SignIn.FROM_SECRET,
            values,
            timeout=2,
        )
        with pytest.raises(StoreError) as caught:
            next(iter(store.list()))

    code = each.code or str(each.status)
    assert (caught.value.category, caught.value.code) == (each.category, code)
    assert caught.value.request_id == ("" if each.html else REQUEST)
    assert "canary" not in f"{caught.value} {caught.value.action} {caught.value.command}"


def test_every_row_of_the_table_is_proven_by_an_answer() -> None:
    proven = {(each.code, read(each.case).reason) for each in REPLIES}

    assert {(code, row.reason) for row in TABLE for code in row.codes} - proven <= {
        # The same rows as for the code beside them.
        ("InvalidAuthenticationInfo", reason)
        for reason in ("bad_key", "clock_skew", "sas_expired", "sas_malformed", "sas_policy")
    } | {
        ("InvalidAuthenticationInfo", "sas_not_yet_valid"),
        ("InvalidAuthenticationInfo", "sas_scope"),
        ("UnsupportedHeader", "sas_version"),
        ("LeaseIdMismatchWithBlobOperation", "leased"),
        ("TargetConditionNotMet", "changed"),
        ("InvalidUri", "name"),
    }


def test_the_words_are_those_that_were_read_by_eye() -> None:
    """`python -m tests.stores.flavors.snapshot` writes the file anew."""
    assert snapshot.render() == snapshot.FILE.read_text()


def test_a11_an_expired_sas_says_when_in_local_time(settings) -> None:
    settings.TIME_ZONE = "Europe/Berlin"

    assert read("A11").text == "The SAS token expired 2 days ago (1 Nov 2024 12:00 CET)."


def test_a12_a_sas_that_starts_later_says_when_and_whether_the_clock_is_wrong() -> None:
    assert read("A12").text == (
        "The SAS token is not valid yet: it starts in 10 minutes (3 Nov 2024 11:10 UTC)."
    )
    assert read("A12 with a clock that is ahead").text == (
        "The SAS token is not valid yet: it starts in 7 minutes (3 Nov 2024 11:00 UTC). This"
        " machine's clock is 7 minutes ahead of Azure's."
    )


def test_a13_the_minutes_of_a_wrong_clock_come_from_the_replys_date() -> None:
    assert "This machine's clock is 17 minutes behind Azure's" in read("A13 behind").text
    assert "This machine's clock is wrong" in read("A13 without a date").text


def test_a18_the_address_is_the_one_that_azure_saw() -> None:
    assert read("A18").text == (
        "The SAS token allows `20.1.2.0-20.1.2.255`; we come from `20.50.1.9`."
    )


def test_a22_the_role_is_the_least_at_the_narrowest_scope() -> None:
    scope = (
        '"/subscriptions/SUBSCRIPTION-ID/resourceGroups/RESOURCE-GROUP/providers/Microsoft.Storage'
        "/storageAccounts/mlacct"
    )
    start = (
        "az role assignment create --assignee-object-id 0b1ec700-aaaa-bbbb-cccc-ddddeeeeffff"
        " --assignee-principal-type ServicePrincipal --role "
    )

    assert read("A22 list").command == (
        f'{start}"Storage Blob Data Reader" --scope {scope}/blobServices/default/containers/ml"'
    )
    assert '"Storage Blob Data Contributor"' in read("A22 write").command
    assert '"Storage Blob Data Owner"' in read("A22 tags").command
    assert read("A22 share").command == f'{start}"Storage Blob Delegator" --scope {scope}"'


def test_a23_the_same_code_has_other_words_and_another_fix_for_each_way_to_sign_in() -> None:
    sas, token = read("A14 list"), read("A22 list")

    assert sas.code == token.code == "AuthorizationPermissionMismatch"
    assert sas.text == "The SAS token is valid, but may not list: it has `r`."
    assert sas.command == (
        "az storage account generate-sas --account-name mlacct --services b --resource-types co"
        " --permissions rl --https-only --expiry EXPIRY"
    )
    assert token.text == (
        "The identity is known, but may not list. “Contributor” or “Owner” of the account does not"
        " include its data."
    )
    assert token.command.startswith("az role assignment create")


def test_a26_both_tenants_are_named() -> None:
    assert read("A26").text == (
        f"The token is from tenant `{OURS}`, the account lives in tenant `{THEIRS}`."
    )


def test_a33_an_unknown_code_is_shown_as_it_came() -> None:
    attempt = BY_CASE["A33"].attempt

    error = classify(Reply(418, "<b>{x}</b>", "canary"), attempt, NOW)

    assert (error.category, error.code) == (Category.UNKNOWN, "bxb")
    assert error.text == "The service answered 418 `bxb` when Storeroom tried to list."


def test_a35_the_time_to_try_again_is_said() -> None:
    assert "after 11:00 UTC" in read("A35").action


def test_names_in_commands_are_quoted_for_a_shell() -> None:
    assert "--name 'team/runs/{4} a.bin'" in read("5.1 archived").command


@pytest.mark.parametrize(
    ("status", "category"),
    [
        (401, Category.SIGN_IN),
        (404, Category.NOT_FOUND),
        (408, Category.TIMEOUT),
        (412, Category.CHANGED),
        (418, Category.UNKNOWN),
        (429, Category.THROTTLED),
        (502, Category.UNAVAILABLE),
        (504, Category.TIMEOUT),
    ],
)
def test_a44_without_a_code_the_status_decides(status: int, category: Category) -> None:
    error = classify(Reply(status), BY_CASE["A44"].attempt, NOW)

    assert (error.category, error.code) == (category, str(status))
    assert f"{status} without a reason on: read" in error.text


def test_a25_a_conflict_is_only_an_existing_artifact_where_the_code_says_so() -> None:
    assert isinstance(read("already there"), AlreadyExists)
    assert isinstance(read("A41"), NotFound)
    assert isinstance(read("5.1 changed"), Changed)
    for case in ("5.1 archived", "A35", "A25 leased", "A33", "A24", "5.1 snapshots"):
        assert not isinstance(read(case), AlreadyExists)


def test_an_operation_without_a_right_of_its_own_is_said_as_it_is() -> None:
    attempt = replace(BY_CASE["A44"].attempt, operation="sign in")

    error = classify(Reply(403), attempt, NOW)

    assert error.text == "The service refused to sign in (403) without a reason."
