"""What a secret may hold: names, values, and the words for those that are wrong."""

import base64

import pytest
from django.core.exceptions import ValidationError

from secrets_app.schemas import (
    SCHEMAS,
    canonical_name,
    clean_value,
    clean_values,
    schema_choices,
)

AZURE = SCHEMAS["azure"]
ARBITRARY = SCHEMAS["arbitrary"]
KEY = base64.b64encode(
    b"canary of an account key, made of exactly 64 bytes for this test"
).decode()
SAS = "sv=2025-11-05&ss=b&srt=co&sp=rl&se=2020-01-01T00:00:00Z&sig=Y2FuYXJ5%2Bsignature%3D"
CONNECTION = (
    f"DefaultEndpointsProtocol=https;AccountName=mlacct;AccountKey={KEY};"
    "EndpointSuffix=core.windows.net"
)
SAS_CONNECTION = f"BlobEndpoint=https://mlacct.blob.core.windows.net/;SharedAccessSignature={SAS}"
GUID = "1f0c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f"
OTHER_GUID = "2f0c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f"


def refusal(name: str, value: str, schema=AZURE) -> str:
    """The one message of a refused value."""
    with pytest.raises(ValidationError) as error:
        clean_value(schema, name, value)
    (message,) = error.value.messages
    return message


def refusals(values: dict[str, str], schema=AZURE) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as error:
        clean_values(schema, values)
    return error.value.message_dict


def test_the_azure_kind_has_the_seven_attributes_of_its_page():
    assert [attribute.name for attribute in AZURE.attributes] == [
        *("account_name", "account_key", "sas_token", "connection_string"),
        *("client_id", "client_secret", "tenant_id"),
    ]
    assert schema_choices() == [
        ("azure", "Azure storage"),
        ("aws", "Amazon Web Services"),
        ("gcp", "Google Cloud"),
        ("basic_auth", "Name and password"),
        ("arbitrary", "Arbitrary names and values"),
    ]


@pytest.mark.parametrize("attribute", AZURE.attributes, ids=lambda attribute: attribute.name)
def test_each_attribute_says_where_its_value_is_found(attribute):
    assert attribute.help.startswith("Portal → ")
    assert "`az " in attribute.help


def test_what_is_not_known_to_be_harmless_is_sensitive():
    assert [each.name for each in AZURE.attributes if AZURE.is_sensitive(each.name)] == [
        *("account_key", "sas_token", "connection_string", "client_secret"),
    ]
    assert ARBITRARY.is_sensitive("anything")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("account_key", "account_key"),
        ("accountkey", "account_key"),
        ("AccountKey", "account_key"),
        ("account-key", "account_key"),
        (" sastoken ", "sas_token"),
        ("tenantid", "tenant_id"),
    ],
)
def test_older_spellings_of_names_are_read(given, meant):
    assert canonical_name(AZURE, given) == meant


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("connection_sting", "connection_string"),
        ("acount_key", "account_key"),
        ("client_secert", "client_secret"),
        ("account_keys", "account_key"),
    ],
)
def test_a_typo_in_a_name_gets_a_guess(given, meant):
    with pytest.raises(ValidationError, match=f"did you mean {meant}\\?"):
        canonical_name(AZURE, given)


def test_a_name_like_none_gets_the_list_and_is_not_repeated():
    with pytest.raises(ValidationError) as error:
        canonical_name(AZURE, KEY)

    assert error.value.messages == [
        "This kind of secret has no such attribute. It has account_name, account_key, sas_token,"
        " connection_string, client_id, client_secret, tenant_id."
    ]


@pytest.mark.parametrize("name", ["key", "Some_Key_2", "schlüssel", "k" * 100])
def test_an_arbitrary_secret_takes_any_name(name):
    assert canonical_name(ARBITRARY, name) == name


@pytest.mark.parametrize("name", ["", "two words", "2nd", "a.b", "a\nb", "a-b", "k" * 101, KEY])
def test_an_arbitrary_name_is_a_printable_identifier(name):
    with pytest.raises(ValidationError) as error:
        canonical_name(ARBITRARY, name)

    assert error.value.messages == [
        "A name has letters, digits and underscores, does not begin with a digit, and is at"
        " most 100 long."
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("account_name", "mlacct"),
        ("account_name", "devstoreaccount1"),
        ("account_key", KEY),
        ("sas_token", SAS),
        ("connection_string", CONNECTION),
        ("connection_string", CONNECTION + ";"),
        ("connection_string", CONNECTION.lower().replace(KEY.lower(), KEY)),
        ("connection_string", SAS_CONNECTION),
        ("connection_string", f"AccountName=mlacct;SharedAccessSignature={SAS}"),
        (
            "connection_string",
            f"AccountName=devstoreaccount1;AccountKey={KEY};"
            "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;"
            "QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1",
        ),
        ("client_id", GUID),
        ("tenant_id", GUID.upper()),
        ("client_secret", "abc8Q~very.Random_value-of-forty-letters"),
    ],
)
def test_good_values_pass_unchanged(name, value):
    assert clean_value(AZURE, name, value) == value


@pytest.mark.parametrize(
    "pasted", [f" {KEY}\n", f"\ufeff{KEY}\r\n", f"{KEY}\u200b", f"\t{KEY}\u00a0"]
)
def test_s14_what_pasting_adds_around_an_azure_value_is_taken_off(pasted):
    assert clean_value(AZURE, "accountkey", pasted) == KEY


@pytest.mark.parametrize("value", ["", " kept \n", "two\nlines", '"quoted"', "**", "x" * 65536])
def test_s14_an_arbitrary_value_is_kept_exactly(value):
    assert clean_value(ARBITRARY, "key", value) == value


def test_a_question_mark_before_a_sas_token_is_taken_off():
    assert clean_value(AZURE, "sas_token", "?" + SAS) == SAS


@pytest.mark.parametrize("schema", [AZURE, ARBITRARY], ids=lambda schema: schema.slug)
@pytest.mark.parametrize(
    "mask",
    [
        "••••",
        "****",
        "***",
        " ●●●●● ",
        "•••• set 3 Nov by Owner A · version 4",
        "$encrypted$",
        "REDACTED",
    ],
)
def test_a_mask_is_never_taken_for_a_value(schema, mask):
    assert refusal("client_secret", mask, schema) == "This looks like a mask, not a value."


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("account_key", "", "This is empty."),
        ("account_key", " \n", "This is empty."),
        ("account_key", f'"{KEY}"', "Leave out the quotation marks around the value."),
        (
            "account_key",
            KEY[:40] + "\n" + KEY[40:],
            "There is a space or a line break inside this value.",
        ),
        (
            "account_key",
            KEY[:-1],
            "An account key is 88 characters ending in `==`; this has 87. Was the end cut off?",
        ),
        (
            "account_key",
            KEY + KEY,
            "An account key is 88 characters ending in `==`; this has 176. Was it pasted twice?",
        ),
        (
            "account_key",
            "!" + KEY[1:],
            "An account key is base64 ending in `==`; this has other characters in it.",
        ),
        ("account_key", SAS, "This looks like a SAS token; the field wants an account key."),
        (
            "account_key",
            "?sig=abc",
            "This looks like a SAS token; the field wants an account key.",
        ),
        (
            "account_key",
            CONNECTION,
            "This looks like a connection string; the field wants an account key.",
        ),
        ("account_name", "ML_Acct", "An account name has 3–24 lower-case letters and digits."),
        ("account_name", "ab", "An account name has 3–24 lower-case letters and digits."),
        ("account_name", "a" * 25, "An account name has 3–24 lower-case letters and digits."),
        (
            "account_name",
            "mlacct.blob.core.windows.net",
            "This looks like an address; only the account's name belongs here, the part before"
            " `.blob.core.windows.net`.",
        ),
        (
            "sas_token",
            "sv=2025-11-05&sp=rl",
            "A SAS token has `sig=`, and this has not. Was a part cut off?",
        ),
        ("sas_token", "sig=abc", "A SAS token has `sv=`, and this has not. Was a part cut off?"),
        (
            "sas_token",
            "letters",
            "A SAS token has `sv=` and `sig=`, and this has not. Was a part cut off?",
        ),
        ("sas_token", KEY, "This looks like an account key; the field wants a SAS token."),
        (
            "sas_token",
            SAS_CONNECTION,
            "This looks like a connection string; the field wants a SAS token.",
        ),
        (
            "sas_token",
            f"https://mlacct.blob.core.windows.net/ml?{SAS}",
            "This is a whole address; only the part after its `?` belongs here.",
        ),
        ("tenant_id", "contoso", "This is not a GUID."),
        ("client_id", GUID[:-1], "This is not a GUID."),
        (
            "client_secret",
            GUID,
            "This is the secret's ID, not its value. The value was shown once when the secret was"
            " made; make a new one: `az ad app credential reset --id APP --append`.",
        ),
        ("client_secret", SAS, "This looks like a SAS token; the field wants a client secret."),
        (
            "client_secret",
            CONNECTION,
            "This looks like a connection string; the field wants a client secret.",
        ),
        (
            "client_secret",
            KEY,
            "This looks like an account key; the field wants a client secret.",
        ),
    ],
)
def test_a_wrong_value_is_refused_in_words_that_do_not_repeat_it(name, value, words):
    assert refusal(name, value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            f"AccountName=mlacct;AccountKey={KEY[:-1]}",
            "Part `AccountKey=` is cut off (not valid base64).",
        ),
        (
            f"AccountName=mlacct;AccountKey={KEY[:-4]}",
            "Part `AccountKey=` has 84 characters; an account key has 88.",
        ),
        ("AccountName=mlacct;AccountKey=", "Part `AccountKey=` is cut off (not valid base64)."),
        (
            f"AccountName=mlacct;AccountKey={KEY};TableEndpoint=https://t/;QueueEndpoint=https://q/",
            "This string has only a Table/Queue endpoint; Blob is needed.",
        ),
        (
            f"TableEndpoint=https://t/;SharedAccessSignature={SAS}",
            "This string has only a Table endpoint; Blob is needed.",
        ),
        (
            "UseDevelopmentStorage=true",
            "This is a development string (`UseDevelopmentStorage=true`): works only with a local"
            " emulator. Paste the emulator's full connection string instead.",
        ),
        (f"AccountKey={KEY}", "Part `AccountName=` is missing."),
        (
            "AccountName=mlacct;EndpointSuffix=core.windows.net",
            "Part `AccountKey=` (or `SharedAccessSignature=`) is missing.",
        ),
        (f"SharedAccessSignature={SAS}", "Part `BlobEndpoint=` is missing."),
        (
            "BlobEndpoint=https://b/;SharedAccessSignature=sv=2025-11-05",
            "Part `SharedAccessSignature=`: A SAS token has `sig=`, and this has not. Was a part"
            " cut off?",
        ),
        (
            f"AccountName=ML_Acct;AccountKey={KEY}",
            "Part `AccountName=`: An account name has 3–24 lower-case letters and digits.",
        ),
        (
            f"{CONNECTION};SharedAccessSignature={SAS}",
            "This string has both `AccountKey=` and `SharedAccessSignature=`. Keep one of them.",
        ),
        (
            f"AccountName=mlacct;;AccountKey={KEY}",
            "A connection string is parts like `AccountName=…` joined by semicolons; part 2 of"
            " this is not.",
        ),
        (
            "nothing",
            "A connection string is parts like `AccountName=…` joined by semicolons; part 1 of"
            " this is not.",
        ),
        (KEY, "This looks like an account key; the field wants a connection string."),
        ("?" + SAS, "This looks like a SAS token; the field wants a connection string."),
        (
            f"AccountName=mlacct;AccountName=other;AccountKey={KEY}",
            "Part 2 of this string repeats an earlier one.",
        ),
    ],
)
def test_a_wrong_connection_string_is_refused_with_the_part_that_is_wrong(value, words):
    assert refusal("connection_string", value) == words


def test_values_are_cleaned_together_under_their_canonical_names():
    cleaned = clean_values(AZURE, {"accountname": "mlacct", "accountkey": KEY + "\n"})

    assert cleaned == {"account_name": "mlacct", "account_key": KEY}


def test_all_wrong_values_are_told_at_once():
    assert refusals({"accountkey": KEY[:-1], "tenant_id": "contoso", "connection_sting": "x"}) == {
        "account_key": [
            "An account key is 88 characters ending in `==`; this has 87. Was the end cut off?"
        ],
        "tenant_id": ["This is not a GUID."],
        "connection_sting": [
            "This kind of secret has no such attribute; did you mean connection_string?"
        ],
    }


def test_a_value_given_in_two_spellings_is_refused():
    assert refusals({"accountkey": KEY, "account_key": KEY}) == {
        "account_key": ["This is given twice, in two spellings."]
    }


def test_two_names_for_one_account_are_a_question():
    assert refusals({"account_name": "other", "connection_string": CONNECTION}) == {
        "account_name": [
            "`account_name` is `other`, the connection string names `mlacct`. Which is right?"
        ]
    }


def test_a_connection_string_that_names_no_account_contradicts_none():
    values = {"account_name": "mlacct", "connection_string": SAS_CONNECTION}

    assert clean_values(AZURE, values) == values


def test_one_id_in_two_places_is_refused():
    assert refusals({"tenant_id": GUID, "client_id": GUID.upper()}) == {
        "client_id": ["Tenant and client ID are the same value."]
    }
    values = {
        "account_name": "acct",
        "tenant_id": GUID,
        "client_id": OTHER_GUID,
        "client_secret": "kept-as-it-is",
    }
    assert clean_values(AZURE, values) == values


def test_arbitrary_values_pass_together():
    values = {"user": "me", "password": " kept "}

    assert clean_values(ARBITRARY, values) == values
