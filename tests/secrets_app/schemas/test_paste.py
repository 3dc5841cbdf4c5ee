"""What people paste is taken apart into the right attributes, in words that show no value."""

import base64
import json

import pytest
from django.core.exceptions import ValidationError

from secrets_app.schemas import SCHEMAS, Pasted, clean_value, read_paste

KEY = base64.b64encode(
    b"canary of an account key, made of exactly 64 bytes for this test"
).decode()
SAS = "sv=2025-11-05&sr=c&sp=rl&se=2030-01-01T00:00:00Z&sig=Y2FuYXJ5%2Bsignature%3D"
CONNECTION = (
    f"DefaultEndpointsProtocol=https;AccountName=mlacct;AccountKey={KEY};"
    "EndpointSuffix=core.windows.net"
)
SAS_CONNECTION = f"BlobEndpoint=https://mlacct.blob.core.windows.net/;SharedAccessSignature={SAS}"
TENANT = "1f0c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f"
CLIENT = "2f0c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f"
SECRET = "abc8Q~canary.Random_value"
PRINCIPAL = {"client_id": CLIENT, "client_secret": SECRET, "tenant_id": TENANT}
UNKNOWN = (
    "This is no connection string, SAS address, block of `AZURE_STORAGE_*` variables, JSON of a"
    " service principal or `zenml` command that could be read."
)
RBAC = json.dumps(
    {"appId": CLIENT, "displayName": "storeroom", "password": SECRET, "tenant": TENANT}, indent=2
)
SDK_AUTH = json.dumps(
    {
        "clientId": CLIENT,
        "clientSecret": SECRET,
        "subscriptionId": "3f0c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f",
        "tenantId": TENANT,
        "activeDirectoryEndpointUrl": "https://login.microsoftonline.com",
        "resourceManagerEndpointUrl": "https://management.azure.com/",
        "managementEndpointUrl": "https://management.core.windows.net/",
    },
    indent=2,
)
COMMAND = (
    "zenml secrets-manager secret register azure_secret -s azure \\\n"
    f"    --connection_sting='{CONNECTION}'"
)


def read(text: str) -> tuple[dict[str, str], str, tuple[str, ...]]:
    pasted = read_paste(text)
    return dict(pasted.values), pasted.words, pasted.notes


def refusal(text: str) -> str:
    with pytest.raises(ValidationError) as error:
        read_paste(text)
    (message,) = error.value.messages
    return message


@pytest.mark.parametrize(
    "text",
    [
        CONNECTION,
        f" {CONNECTION}\n",
        SAS_CONNECTION,
        f"AccountName=mlacct;AccountKey={KEY}",
        f"AccountKey={KEY};AccountName=mlacct;",
    ],
)
def test_a_connection_string_is_known_by_its_parts(text):
    assert read(text) == (
        {"connection_string": text.strip()},
        "Read as a connection string.",
        (),
    )


@pytest.mark.parametrize("text", [KEY, f"{KEY}\r\n"])
def test_an_account_key_is_known_by_its_looks(text):
    assert read(text) == ({"account_key": KEY}, "Read as an account key.", ())


@pytest.mark.parametrize("text", [SAS, f"?{SAS}"])
def test_a_bare_sas_token_is_known_by_its_signature(text):
    assert read(text) == ({"sas_token": text}, "Read as a SAS token.", ())


@pytest.mark.parametrize(
    ("address", "values", "notes"),
    [
        (
            "https://mlacct.blob.core.windows.net",
            {"sas_token": SAS, "account_name": "mlacct"},
            (),
        ),
        (
            "https://mlacct.blob.core.windows.net/",
            {"sas_token": SAS, "account_name": "mlacct"},
            (),
        ),
        (
            "https://mlacct.dfs.core.windows.net/models/a",
            {"sas_token": SAS, "account_name": "mlacct"},
            ("The path belongs to the store's address, and is left out here.",),
        ),
        (
            "HTTPS://mlacct.blob.core.chinacloudapi.cn/models",
            {"sas_token": SAS, "account_name": "mlacct"},
            ("The path belongs to the store's address, and is left out here.",),
        ),
        (
            "http://127.0.0.1:10000/devstoreaccount1/models",
            {"sas_token": SAS},
            (
                "The address does not name the account: fill it in.",
                "The path belongs to the store's address, and is left out here.",
            ),
        ),
    ],
)
def test_a_sas_address_gives_its_token_and_account(address, values, notes):
    assert read(f"{address}?{SAS}") == (values, "Read as a SAS address.", notes)


def test_a_broken_address_is_left_to_the_rules_of_a_sas_token():
    values, words, notes = read(f"https://[canary/?{SAS}")

    assert (words, notes) == ("Read as a SAS token.", ())
    with pytest.raises(ValidationError) as error:
        clean_value(SCHEMAS["azure"], "sas_token", values["sas_token"])
    assert error.value.messages == [
        "This is a whole address; only the part after its `?` belongs here."
    ]


@pytest.mark.parametrize(
    "line",
    [
        f"AZURE_STORAGE_ACCOUNT_KEY={KEY}",
        f"AZURE_STORAGE_KEY={KEY}",
        f"export AZURE_STORAGE_KEY={KEY}",
        f"export AZURE_STORAGE_KEY='{KEY}'",
        f'export AZURE_STORAGE_KEY="{KEY}"',
        f"set AZURE_STORAGE_KEY={KEY}",
        f"SET AZURE_STORAGE_KEY={KEY}",
        f'set "AZURE_STORAGE_KEY={KEY}"',
        f'setx AZURE_STORAGE_KEY "{KEY}"',
        f"setx AZURE_STORAGE_KEY {KEY}",
        f'$env:AZURE_STORAGE_KEY = "{KEY}"',
        f"$Env:AZURE_STORAGE_KEY='{KEY}'",
        f"RCLONE_AZUREBLOB_KEY={KEY}",
        f"account_key: {KEY}",
        f"account_key: '{KEY}'",
        f"- account_key: {KEY}",
        f'"account_key": "{KEY}",',
        f"account-key = {KEY}",
    ],
)
def test_one_variable_is_read_however_it_is_set(line):
    assert read(line) == (
        {"account_key": KEY},
        "Read as a block of variables: account_key.",
        (),
    )


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("AZURE_STORAGE_ACCOUNT", "account_name"),
        ("AZURE_STORAGE_ACCOUNT_NAME", "account_name"),
        ("AZURE_STORAGE_CONNECTION_STRING", "connection_string"),
        ("AZURE_STORAGE_SAS_TOKEN", "sas_token"),
        ("AZURE_CLIENT_ID", "client_id"),
        ("AZURE_CLIENT_SECRET", "client_secret"),
        ("AZURE_TENANT_ID", "tenant_id"),
        ("AZCOPY_SPA_APPLICATION_ID", "client_id"),
        ("AZCOPY_SPA_CLIENT_SECRET", "client_secret"),
        ("AZCOPY_TENANT_ID", "tenant_id"),
        ("RCLONE_AZUREBLOB_ACCOUNT", "account_name"),
        ("RCLONE_AZUREBLOB_KEY", "account_key"),
        ("RCLONE_AZUREBLOB_CLIENT_ID", "client_id"),
        ("RCLONE_AZUREBLOB_CLIENT_SECRET", "client_secret"),
        ("RCLONE_AZUREBLOB_TENANT", "tenant_id"),
    ],
)
def test_names_that_other_programs_use_are_known(name, attribute):
    assert read(f"{name}=value") == (
        {attribute: "value"},
        f"Read as a block of variables: {attribute}.",
        (),
    )


@pytest.mark.parametrize(
    "text",
    [
        f"# for the pipeline\nAZURE_CLIENT_ID={CLIENT}\nAZURE_CLIENT_SECRET='{SECRET}'\n\n"
        f"AZURE_TENANT_ID={TENANT}\nLOG_LEVEL=debug\n",
        f"export AZCOPY_AUTO_LOGIN_TYPE=SPN\r\nexport AZCOPY_SPA_APPLICATION_ID={CLIENT}\r\n"
        f"export AZCOPY_SPA_CLIENT_SECRET={SECRET}\r\nexport AZCOPY_TENANT_ID={TENANT}\r\n",
        f"azure:\n  client_id: {CLIENT}\n  client_secret: {SECRET}\n  tenant_id: {TENANT}\n",
        f'$env:AZURE_CLIENT_ID="{CLIENT}"\n$env:AZURE_CLIENT_SECRET="{SECRET}"\n'
        f'$env:AZURE_TENANT_ID="{TENANT}"',
    ],
    ids=["dotenv", "azcopy", "yaml", "powershell"],
)
def test_a_block_of_variables_gives_a_service_principal(text):
    assert read(text) == (
        PRINCIPAL,
        "Read as a block of variables: client_id, client_secret, tenant_id.",
        (),
    )


@pytest.mark.parametrize(
    ("line", "attribute", "value"),
    [
        (f"AZURE_STORAGE_CONNECTION_STRING='{CONNECTION}'", "connection_string", CONNECTION),
        (f"connection_string: {CONNECTION}", "connection_string", CONNECTION),
        (f'export AZURE_STORAGE_SAS_TOKEN="{SAS}"', "sas_token", SAS),
        (f"sas_token: '?{SAS}'", "sas_token", f"?{SAS}"),
    ],
)
def test_a_named_value_is_not_taken_for_a_bare_one(line, attribute, value):
    assert read(line) == (
        {attribute: value},
        f"Read as a block of variables: {attribute}.",
        (),
    )


@pytest.mark.parametrize("text", [RBAC, SDK_AUTH], ids=["create-for-rbac", "sdk-auth"])
def test_the_json_of_a_service_principal_is_read(text):
    assert read(text) == (
        PRINCIPAL,
        "Read as JSON: client_id, client_secret, tenant_id.",
        (),
    )


def test_older_spellings_are_read_with_a_note():
    assert read(f"accountname: mlacct\naccountkey: {KEY}") == (
        {"account_name": "mlacct", "account_key": KEY},
        "Read as a block of variables: account_name, account_key.",
        ("Read `accountname`, `accountkey` in the older ZenML spelling.",),
    )


def test_a_misspelled_name_is_read_with_a_note():
    assert read(f"acount_name: mlacct\naccount_key: {KEY}") == (
        {"account_name": "mlacct", "account_key": KEY},
        "Read as a block of variables: account_name, account_key.",
        ("Read `acount_name` as `account_name`.",),
    )


def test_the_misspelled_command_of_the_documentation_is_read_with_a_note():
    assert read(COMMAND) == (
        {"connection_string": CONNECTION},
        "Read as a command: connection_string.",
        ("Read `connection_sting` as `connection_string`.",),
    )


@pytest.mark.parametrize(
    "text",
    [
        f"zenml secret create azure --account_name=mlacct --account_key={KEY}",
        f"zenml secret create azure --account_name mlacct --account_key '{KEY}'",
        f"zenml secret create azure \\\n  --account_name=mlacct \\\n  --account_key={KEY}\n",
        f"$ zenml secret create azure --account_name=mlacct --account_key={KEY}",
        f".venv/bin/zenml secret create azure --account_name=mlacct --account_key={KEY}",
        f"manage.py secret set azure --account_name=mlacct --account_key={KEY}",
        f"python manage.py secret set azure --account-name=mlacct --account-key={KEY}",
        f"./manage.py secret set azure --force --account_name=mlacct --account_key={KEY}",
    ],
)
def test_a_command_gives_its_options(text):
    assert read(text) == (
        {"account_name": "mlacct", "account_key": KEY},
        "Read as a command: account_name, account_key.",
        (),
    )


def test_variables_without_a_value_are_left_out():
    assert read(f"AZURE_STORAGE_ACCOUNT=\nAZURE_STORAGE_KEY={KEY}") == (
        {"account_key": KEY},
        "Read as a block of variables: account_key.",
        (),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "canary",
        "two canary\nlines of it",
        "CANARY=1\nLOG_LEVEL=debug",
        KEY[:-1],
        "https://mlacct.blob.core.windows.net/canary",
        '{"canary": "x"}',
        '{"appId": 3, "password": null}',
        "zenml secret create azure --canary=x",
        "az storage account list --canary",
    ],
)
def test_a_text_that_is_nothing_known_is_refused_without_repeating_it(text):
    assert refusal(text) == UNKNOWN


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (RBAC[:-3], "This begins like JSON, but is none. Was a part cut off?"),
        ('{"a":' * 20000, "This begins like JSON, but is none. Was a part cut off?"),
        (
            f"zenml secret create azure --account_key='{KEY}",
            "A quotation mark of this command is not closed.",
        ),
    ],
    ids=["cut off", "too deep", "open quotation"],
)
def test_a_text_that_breaks_off_is_refused_without_repeating_it(text, words):
    assert refusal(text) == words


def test_a_long_line_of_commas_is_read_at_once():
    values, _, _ = read(f"account_key: a{',' * 60000}b,")

    assert len(values["account_key"]) == 60002


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (KEY, KEY),
        (CONNECTION, KEY),
        (SAS, "Y2FuYXJ5"),
        (f"https://mlacct.blob.core.windows.net/models?{SAS}", "Y2FuYXJ5"),
        (f"acount_key: {KEY}", KEY),
        (RBAC, SECRET),
        (SDK_AUTH, SECRET),
        (COMMAND, KEY),
    ],
)
def test_neither_words_nor_notes_nor_repr_show_a_value(text, value):
    pasted = read_paste(text)

    assert value in "".join(pasted.values.values())
    assert value not in pasted.words
    assert value not in "".join(pasted.notes)
    assert value not in repr(pasted)


def test_what_was_pasted_hides_its_values():
    assert repr(Pasted({"account_key": KEY}, "Read.")) == "Pasted(words='Read.', notes=())"
