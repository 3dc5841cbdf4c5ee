"""Which attributes make one way to sign in, and the words for those that make none or several."""

import base64

import pytest
from django.core.exceptions import ValidationError

from secrets_app.schemas import SCHEMAS, Attribute, Schema, Shape, clean_values

AZURE = SCHEMAS["azure"]
KEY = base64.b64encode(
    b"canary of an account key, made of exactly 64 bytes for this test"
).decode()
SAS = "sv=2025-11-05&sr=c&sp=rl&se=2030-01-01T00:00:00Z&sig=Y2FuYXJ5"
CONNECTION = f"AccountName=mlacct;AccountKey={KEY}"
GUID = "1f0c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f"
OTHER_GUID = "2f0c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f"

COMPLETE = [
    ("connection_string", ["connection_string"]),
    ("connection_string", ["connection_string", "account_name"]),
    ("account_key", ["account_name", "account_key"]),
    ("sas_token", ["account_name", "sas_token"]),
    ("service_principal", ["account_name", "tenant_id", "client_id", "client_secret"]),
]
INCOMPLETE = [
    (
        ["account_name"],
        "account_name",
        "This alone is no way to sign in. Complete are: `connection_string`; `account_name` and"
        " `account_key`; `account_name` and `sas_token`; `account_name`, `tenant_id`, `client_id`"
        " and `client_secret`.",
    ),
    (["account_key"], "account_name", "`account_key` needs `account_name` beside it."),
    (["sas_token"], "account_name", "`sas_token` needs `account_name` beside it."),
    (
        ["client_secret"],
        "account_name",
        "`client_secret` needs `account_name`, `tenant_id` and `client_id` beside it.",
    ),
    (
        ["account_name", "client_id"],
        "tenant_id",
        "`client_id` needs `tenant_id` and `client_secret` beside it.",
    ),
    (
        ["account_name", "tenant_id", "client_id"],
        "client_secret",
        "`tenant_id` needs `client_secret` beside it.",
    ),
    (
        ["tenant_id", "client_id", "client_secret"],
        "account_name",
        "`tenant_id` needs `account_name` beside it.",
    ),
]
SEVERAL = [
    (
        ["connection_string", "account_key"],
        "account_key",
        "This secret has both `connection_string` and `account_key`: 2 ways to sign in. Keep one"
        " of them.",
    ),
    (
        ["connection_string", "sas_token"],
        "sas_token",
        "This secret has both `connection_string` and `sas_token`: 2 ways to sign in. Keep one of"
        " them.",
    ),
    (
        ["account_name", "account_key", "sas_token"],
        "sas_token",
        "This secret has both `account_key` and `sas_token`: 2 ways to sign in. Keep one of them.",
    ),
    (
        ["connection_string", "tenant_id"],
        "tenant_id",
        "This secret has both `connection_string` and `tenant_id`: 2 ways to sign in. Keep one of"
        " them.",
    ),
    (
        ["account_name", "account_key", "client_secret"],
        "client_secret",
        "This secret has both `account_key` and `client_secret`: 2 ways to sign in. Keep one of"
        " them.",
    ),
    (
        ["account_name", "account_key", "sas_token", "connection_string"],
        "sas_token",
        "This secret has `connection_string`, `account_key` and `sas_token`: 3 ways to sign in."
        " Keep one of them.",
    ),
    (
        ["account_key", "sas_token", "connection_string", "client_id"],
        "client_id",
        "This secret has `connection_string`, `account_key`, `sas_token` and `client_id`: 4 ways"
        " to sign in. Keep one of them.",
    ),
]


@pytest.mark.parametrize(("slug", "names"), COMPLETE)
def test_attributes_that_are_complete_make_one_shape(slug, names):
    assert AZURE.shape_of(names) == AZURE.shape(slug)
    assert AZURE.incompleteness(names) == {}


@pytest.mark.parametrize(("names", "field", "words"), INCOMPLETE + SEVERAL)
def test_other_attributes_make_no_shape_and_say_why_in_one_place(names, field, words):
    assert AZURE.shape_of(names) is None
    assert AZURE.incompleteness(names) == {field: [words]}


def test_the_order_of_the_attributes_changes_nothing():
    assert AZURE.shape_of(["account_key", "account_name"]) == AZURE.shape("account_key")
    assert AZURE.incompleteness(["account_key", "connection_string"]) == {
        "account_key": [
            "This secret has both `connection_string` and `account_key`: 2 ways to sign in. Keep"
            " one of them."
        ]
    }


def test_no_attributes_make_no_shape_and_are_no_mistake():
    assert AZURE.shape_of([]) is None
    assert AZURE.incompleteness([]) == {}


def test_there_is_no_shape_of_another_name():
    assert AZURE.shape("password") is None


def test_an_attribute_that_no_shape_takes_is_told_by_name():
    anything = Schema(
        "any",
        "Any",
        tuple(Attribute(name, name, "", str) for name in ("user", "password", "colour")),
        shapes=(Shape("user", "User", ("user", "password")),),
    )

    assert anything.shape_of(["user", "password", "colour"]) is None
    assert anything.incompleteness(["user", "password", "colour"]) == {
        "colour": ["This does not belong to `user` and `password`."]
    }


def test_two_shapes_that_fit_alike_are_none():
    twice = Schema(
        "twice",
        "Twice",
        shapes=(Shape("one", "One", ("name",)), Shape("two", "Two", ("name",))),
    )

    assert twice.shape_of(["name"]) is None


@pytest.mark.parametrize("slug", ["gcp", "arbitrary"])
def test_a_kind_without_shapes_misses_nothing(slug):
    assert SCHEMAS[slug].shape_of(["username"]) is None
    assert SCHEMAS[slug].incompleteness(["username"]) == {}


@pytest.mark.parametrize(
    ("slug", "choice"),
    [("azure", True), ("aws", False), ("gcp", False), ("basic_auth", False), ("arbitrary", False)],
)
def test_a_choice_is_offered_where_there_is_more_than_one_way(slug, choice):
    assert SCHEMAS[slug].offers_a_choice is choice


def test_values_that_are_incomplete_are_refused():
    with pytest.raises(ValidationError) as error:
        clean_values(AZURE, {"account_key": KEY})

    assert error.value.message_dict == {
        "account_name": ["`account_key` needs `account_name` beside it."]
    }


@pytest.mark.parametrize(
    ("values", "held"),
    [
        ({"account_key": KEY}, ["account_name"]),
        ({"account_key": KEY}, ["account_name", "account_key"]),
        ({"account_name": "mlacct"}, ["connection_string"]),
        ({"client_secret": "new~Value"}, ["account_name", "tenant_id", "client_id"]),
        ({}, ["account_name", "account_key"]),
    ],
)
def test_values_that_are_complete_with_those_held_pass_alone(values, held):
    assert clean_values(AZURE, values, held=held) == values


def test_a_second_way_to_sign_in_beside_the_one_held_is_refused():
    with pytest.raises(ValidationError) as error:
        clean_values(AZURE, {"sas_token": SAS}, held=["account_name", "account_key"])

    assert error.value.message_dict == {
        "sas_token": [
            "This secret has both `account_key` and `sas_token`: 2 ways to sign in. Keep one of"
            " them."
        ]
    }


def test_what_is_still_missing_beside_the_values_held_is_named():
    with pytest.raises(ValidationError) as error:
        clean_values(AZURE, {"client_id": GUID}, held=["account_name"])

    assert error.value.message_dict == {
        "tenant_id": ["`client_id` needs `tenant_id` and `client_secret` beside it."]
    }


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"account_key": KEY[:-1]},
            {
                "account_key": [
                    "An account key is 88 characters ending in `==`; this has 87. Was the end cut"
                    " off?"
                ]
            },
        ),
        (
            {"account_name": "other", "connection_string": CONNECTION, "account_key": KEY},
            {
                "account_name": [
                    "`account_name` is `other`, the connection string names `mlacct`. Which is"
                    " right?"
                ]
            },
        ),
    ],
)
def test_a_wrong_value_is_told_before_one_that_is_missing(values, words):
    with pytest.raises(ValidationError) as error:
        clean_values(AZURE, values)

    assert error.value.message_dict == words


def test_a_whole_service_principal_passes():
    values = {
        "account_name": "mlacct",
        "tenant_id": GUID,
        "client_id": OTHER_GUID,
        "client_secret": "abc8Q~very.Random_value",
    }

    assert clean_values(AZURE, values) == values
