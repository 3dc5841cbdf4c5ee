"""What is copied for each program: its own names for things, placeholders for what is secret."""

from __future__ import annotations

import pytest

from stores.flavors.azure import AzureFlavor
from stores.flavors.explaining import Snippet, Subject
from stores.flavors.local import LocalFlavor

ACCOUNT = {"account_url": "https://acct.blob.core.windows.net"}
WITH_SECRET = {"connection_string", "account_key", "sas_token", "service_principal"}
# For each program, what is copied for each way to sign in.
GOLDEN = {
    "Address": {
        "connection_string": (
            "models/team a\n"
            "az://models/team a\n"
            "abfss://models@acct.dfs.core.windows.net/team a\n"
            "https://acct.blob.core.windows.net/models/team%20a"
        ),
        "account_key": (
            "models/team a\n"
            "az://models/team a\n"
            "abfss://models@acct.dfs.core.windows.net/team a\n"
            "https://acct.blob.core.windows.net/models/team%20a"
        ),
        "sas_token": (
            "models/team a\n"
            "az://models/team a\n"
            "abfss://models@acct.dfs.core.windows.net/team a\n"
            "https://acct.blob.core.windows.net/models/team%20a"
        ),
        "service_principal": (
            "models/team a\n"
            "az://models/team a\n"
            "abfss://models@acct.dfs.core.windows.net/team a\n"
            "https://acct.blob.core.windows.net/models/team%20a"
        ),
        "managed_identity": (
            "models/team a\n"
            "az://models/team a\n"
            "abfss://models@acct.dfs.core.windows.net/team a\n"
            "https://acct.blob.core.windows.net/models/team%20a"
        ),
        "workload_identity": (
            "models/team a\n"
            "az://models/team a\n"
            "abfss://models@acct.dfs.core.windows.net/team a\n"
            "https://acct.blob.core.windows.net/models/team%20a"
        ),
        "azure_cli": (
            "models/team a\n"
            "az://models/team a\n"
            "abfss://models@acct.dfs.core.windows.net/team a\n"
            "https://acct.blob.core.windows.net/models/team%20a"
        ),
        "implicit": (
            "models/team a\n"
            "az://models/team a\n"
            "abfss://models@acct.dfs.core.windows.net/team a\n"
            "https://acct.blob.core.windows.net/models/team%20a"
        ),
    },
    "ZenML before 0.40": {
        "connection_string": (
            "zenml secrets-manager secret register az_secret -s azure"
            " --connection_string='<connection string>'\n"
            "zenml artifact-store register az_store -f azure"
            " --path='az://models/team a' --authentication_secret=az_secret"
        ),
        "account_key": (
            "zenml secrets-manager secret register az_secret -s azure"
            " --account_name=acct --account_key='<account key>'\n"
            "zenml artifact-store register az_store -f azure"
            " --path='az://models/team a' --authentication_secret=az_secret"
        ),
        "sas_token": (
            "zenml secrets-manager secret register az_secret -s azure"
            " --account_name=acct --sas_token='<SAS token>'\n"
            "zenml artifact-store register az_store -f azure"
            " --path='az://models/team a' --authentication_secret=az_secret"
        ),
        "service_principal": (
            "zenml secrets-manager secret register az_secret -s azure"
            " --account_name=acct --tenant_id='<tenant ID>' --client_id='<client"
            " ID>' --client_secret='<client secret>'\n"
            "zenml artifact-store register az_store -f azure"
            " --path='az://models/team a' --authentication_secret=az_secret"
        ),
        "managed_identity": (
            "export AZURE_STORAGE_ACCOUNT_NAME=acct\n"
            "zenml artifact-store register az_store -f azure"
            " --path='az://models/team a'"
        ),
        "workload_identity": (
            "export AZURE_STORAGE_ACCOUNT_NAME=acct\n"
            "zenml artifact-store register az_store -f azure"
            " --path='az://models/team a'"
        ),
        "azure_cli": (
            "export AZURE_STORAGE_ACCOUNT_NAME=acct\n"
            "zenml artifact-store register az_store -f azure"
            " --path='az://models/team a'"
        ),
        "implicit": (
            "zenml artifact-store register az_store -f azure --path='az://models/team a'"
        ),
    },
    "ZenML 0.40 and later": {
        "connection_string": (
            "zenml secret create az_secret --connection_string='<connection"
            " string>'\n"
            "zenml artifact-store register az_store -f azure"
            " --path='az://models/team a' --authentication_secret=az_secret"
        ),
        "account_key": (
            "zenml secret create az_secret --account_name=acct"
            " --account_key='<account key>'\n"
            "zenml artifact-store register az_store -f azure"
            " --path='az://models/team a' --authentication_secret=az_secret"
        ),
        "sas_token": (
            "zenml secret create az_secret --account_name=acct --sas_token='<SAS"
            " token>'\n"
            "zenml artifact-store register az_store -f azure"
            " --path='az://models/team a' --authentication_secret=az_secret"
        ),
        "service_principal": (
            "zenml secret create az_secret --account_name=acct"
            " --tenant_id='<tenant ID>' --client_id='<client ID>'"
            " --client_secret='<client secret>'\n"
            "zenml artifact-store register az_store -f azure"
            " --path='az://models/team a' --authentication_secret=az_secret"
        ),
        "managed_identity": (
            "export AZURE_STORAGE_ACCOUNT_NAME=acct\n"
            "zenml artifact-store register az_store -f azure"
            " --path='az://models/team a'"
        ),
        "workload_identity": (
            "export AZURE_STORAGE_ACCOUNT_NAME=acct\n"
            "zenml artifact-store register az_store -f azure"
            " --path='az://models/team a'"
        ),
        "azure_cli": (
            "export AZURE_STORAGE_ACCOUNT_NAME=acct\n"
            "zenml artifact-store register az_store -f azure"
            " --path='az://models/team a'"
        ),
        "implicit": (
            "zenml artifact-store register az_store -f azure --path='az://models/team a'"
        ),
    },
    "pandas (adlfs)": {
        "connection_string": (
            "import pandas as pd\n"
            "\n"
            "pd.read_csv('az://models/team a/<file>.csv',"
            " storage_options={'connection_string': '<connection string>'})"
        ),
        "account_key": (
            "import pandas as pd\n"
            "\n"
            "pd.read_csv('az://models/team a/<file>.csv',"
            " storage_options={'account_name': 'acct', 'account_key': '<account"
            " key>'})"
        ),
        "sas_token": (
            "import pandas as pd\n"
            "\n"
            "pd.read_csv('az://models/team a/<file>.csv',"
            " storage_options={'account_name': 'acct', 'sas_token': '<SAS token>'})"
        ),
        "service_principal": (
            "import pandas as pd\n"
            "\n"
            "pd.read_csv('az://models/team a/<file>.csv',"
            " storage_options={'account_name': 'acct', 'tenant_id': '<tenant ID>',"
            " 'client_id': '<client ID>', 'client_secret': '<client secret>'})"
        ),
        "managed_identity": (
            "import pandas as pd\n"
            "\n"
            "pd.read_csv('az://models/team a/<file>.csv',"
            " storage_options={'account_name': 'acct', 'anon': False})"
        ),
        "workload_identity": (
            "import pandas as pd\n"
            "\n"
            "pd.read_csv('az://models/team a/<file>.csv',"
            " storage_options={'account_name': 'acct', 'anon': False})"
        ),
        "azure_cli": (
            "import pandas as pd\n"
            "\n"
            "pd.read_csv('az://models/team a/<file>.csv',"
            " storage_options={'account_name': 'acct', 'anon': False})"
        ),
        "implicit": ("import pandas as pd\n\npd.read_csv('az://models/team a/<file>.csv')"),
    },
    "az": {
        "connection_string": (
            "az storage blob list --container-name models --prefix='team a/'"
            " --connection-string='<connection string>' --num-results 5 --output"
            " table"
        ),
        "account_key": (
            "az storage blob list --container-name models --prefix='team a/'"
            " --account-name=acct --account-key='<account key>' --num-results 5"
            " --output table"
        ),
        "sas_token": (
            "az storage blob list --container-name models --prefix='team a/'"
            " --account-name=acct --sas-token='<SAS token>' --num-results 5"
            " --output table"
        ),
        "service_principal": (
            "az login --service-principal --username '<client ID>' --password"
            " '<client secret>' --tenant '<tenant ID>'\n"
            "az storage blob list --container-name models --prefix='team a/'"
            " --account-name=acct --auth-mode login --num-results 5 --output table"
        ),
        "managed_identity": (
            "az login --identity\n"
            "az storage blob list --container-name models --prefix='team a/'"
            " --account-name=acct --auth-mode login --num-results 5 --output table"
        ),
        "workload_identity": (
            'az login --service-principal --username "$AZURE_CLIENT_ID" --tenant'
            ' "$AZURE_TENANT_ID" --federated-token "$(cat'
            ' "$AZURE_FEDERATED_TOKEN_FILE")"\n'
            "az storage blob list --container-name models --prefix='team a/'"
            " --account-name=acct --auth-mode login --num-results 5 --output table"
        ),
        "azure_cli": (
            "az login\n"
            "az storage blob list --container-name models --prefix='team a/'"
            " --account-name=acct --auth-mode login --num-results 5 --output table"
        ),
        "implicit": (
            "export AZURE_STORAGE_KEY='<account key>'\n"
            "az storage blob list --container-name models --prefix='team a/'"
            " --account-name=acct --num-results 5 --output table"
        ),
    },
    "AzCopy": {
        "connection_string": (
            'SAS="$(az storage container generate-sas --name models --permissions'
            " rl --expiry '<2030-01-31T12:00Z>' --https-only --output tsv"
            " --connection-string='<connection string>')\"\n"
            "azcopy copy"
            " 'https://acct.blob.core.windows.net/models/team%20a/*'\"?$SAS\""
            " './team a' --recursive"
        ),
        "account_key": (
            'SAS="$(az storage container generate-sas --name models --permissions'
            " rl --expiry '<2030-01-31T12:00Z>' --https-only --output tsv"
            " --account-name=acct --account-key='<account key>')\"\n"
            "azcopy copy"
            " 'https://acct.blob.core.windows.net/models/team%20a/*'\"?$SAS\""
            " './team a' --recursive"
        ),
        "sas_token": (
            "azcopy copy"
            " 'https://acct.blob.core.windows.net/models/team%20a/*?<SAS token>'"
            " './team a' --recursive"
        ),
        "service_principal": (
            "export AZCOPY_AUTO_LOGIN_TYPE=SPN\n"
            "export AZCOPY_SPA_APPLICATION_ID='<client ID>'\n"
            "export AZCOPY_SPA_CLIENT_SECRET='<client secret>'\n"
            "export AZCOPY_TENANT_ID='<tenant ID>'\n"
            "azcopy copy 'https://acct.blob.core.windows.net/models/team%20a/*'"
            " './team a' --recursive"
        ),
        "managed_identity": (
            "export AZCOPY_AUTO_LOGIN_TYPE=MSI\n"
            "azcopy copy 'https://acct.blob.core.windows.net/models/team%20a/*'"
            " './team a' --recursive"
        ),
        "workload_identity": (
            "export AZCOPY_AUTO_LOGIN_TYPE=WORKLOAD\n"
            "azcopy copy 'https://acct.blob.core.windows.net/models/team%20a/*'"
            " './team a' --recursive"
        ),
        "azure_cli": (
            "export AZCOPY_AUTO_LOGIN_TYPE=AZCLI\n"
            "azcopy copy 'https://acct.blob.core.windows.net/models/team%20a/*'"
            " './team a' --recursive"
        ),
        "implicit": (
            "export AZCOPY_AUTO_LOGIN_TYPE=SPN\n"
            "export AZCOPY_SPA_APPLICATION_ID='<client ID>'\n"
            "export AZCOPY_SPA_CLIENT_SECRET='<client secret>'\n"
            "export AZCOPY_TENANT_ID='<tenant ID>'\n"
            "azcopy copy 'https://acct.blob.core.windows.net/models/team%20a/*'"
            " './team a' --recursive"
        ),
    },
    "rclone": {
        "connection_string": (
            "export RCLONE_AZUREBLOB_CONNECTION_STRING='<connection string>'\n"
            "rclone copy ':azureblob:models/team a' './team a'"
        ),
        "account_key": (
            "export RCLONE_AZUREBLOB_ACCOUNT=acct\n"
            "export RCLONE_AZUREBLOB_KEY='<account key>'\n"
            "rclone copy ':azureblob:models/team a' './team a'"
        ),
        "sas_token": (
            "export"
            " RCLONE_AZUREBLOB_SAS_URL='https://acct.blob.core.windows.net/models?<"
            "SAS token>'\n"
            "rclone copy ':azureblob:models/team a' './team a'"
        ),
        "service_principal": (
            "export RCLONE_AZUREBLOB_ACCOUNT=acct\n"
            "export RCLONE_AZUREBLOB_TENANT='<tenant ID>'\n"
            "export RCLONE_AZUREBLOB_CLIENT_ID='<client ID>'\n"
            "export RCLONE_AZUREBLOB_CLIENT_SECRET='<client secret>'\n"
            "rclone copy ':azureblob:models/team a' './team a'"
        ),
        "managed_identity": (
            "export RCLONE_AZUREBLOB_ACCOUNT=acct\n"
            "export RCLONE_AZUREBLOB_USE_MSI=true\n"
            "rclone copy ':azureblob:models/team a' './team a'"
        ),
        "workload_identity": (
            "export RCLONE_AZUREBLOB_ACCOUNT=acct\n"
            "export RCLONE_AZUREBLOB_ENV_AUTH=true\n"
            "rclone copy ':azureblob:models/team a' './team a'"
        ),
        "azure_cli": (
            "export RCLONE_AZUREBLOB_ACCOUNT=acct\n"
            "export RCLONE_AZUREBLOB_USE_AZ=true\n"
            "rclone copy ':azureblob:models/team a' './team a'"
        ),
        "implicit": (
            "export RCLONE_AZUREBLOB_ACCOUNT=acct\n"
            "export RCLONE_AZUREBLOB_KEY='<account key>'\n"
            "rclone copy ':azureblob:models/team a' './team a'"
        ),
    },
    "Environment (ZenML, adlfs)": {
        "connection_string": ("export AZURE_STORAGE_CONNECTION_STRING='<connection string>'"),
        "account_key": (
            "export AZURE_STORAGE_ACCOUNT_NAME=acct\n"
            "export AZURE_STORAGE_ACCOUNT_KEY='<account key>'"
        ),
        "sas_token": (
            "export AZURE_STORAGE_ACCOUNT_NAME=acct\nexport AZURE_STORAGE_SAS_TOKEN='<SAS token>'"
        ),
        "service_principal": (
            "export AZURE_STORAGE_ACCOUNT_NAME=acct\n"
            "export AZURE_STORAGE_TENANT_ID='<tenant ID>'\n"
            "export AZURE_STORAGE_CLIENT_ID='<client ID>'\n"
            "export AZURE_STORAGE_CLIENT_SECRET='<client secret>'"
        ),
        "managed_identity": ("export AZURE_STORAGE_ACCOUNT_NAME=acct"),
        "workload_identity": ("export AZURE_STORAGE_ACCOUNT_NAME=acct"),
        "azure_cli": ("export AZURE_STORAGE_ACCOUNT_NAME=acct"),
        "implicit": (
            "export AZURE_STORAGE_CONNECTION_STRING='<connection string>'\n"
            "\n"
            "# or\n"
            "export AZURE_STORAGE_ACCOUNT_NAME=acct\n"
            "export AZURE_STORAGE_ACCOUNT_KEY='<account key>'\n"
            "\n"
            "# or\n"
            "export AZURE_STORAGE_ACCOUNT_NAME=acct\n"
            "export AZURE_STORAGE_SAS_TOKEN='<SAS token>'\n"
            "\n"
            "# or\n"
            "export AZURE_STORAGE_ACCOUNT_NAME=acct\n"
            "export AZURE_STORAGE_TENANT_ID='<tenant ID>'\n"
            "export AZURE_STORAGE_CLIENT_ID='<client ID>'\n"
            "export AZURE_STORAGE_CLIENT_SECRET='<client secret>'"
        ),
    },
    "Environment (azure-identity)": {
        "service_principal": (
            "export AZURE_TENANT_ID='<tenant ID>'\n"
            "export AZURE_CLIENT_ID='<client ID>'\n"
            "export AZURE_CLIENT_SECRET='<client secret>'"
        ),
        "managed_identity": ("export AZURE_CLIENT_ID='<client ID>'"),
        "workload_identity": (
            "export AZURE_TENANT_ID='<tenant ID>'\n"
            "export AZURE_CLIENT_ID='<client ID>'\n"
            "export AZURE_FEDERATED_TOKEN_FILE='<file>'"
        ),
    },
}
CASES = [(program, way) for program, ways in GOLDEN.items() for way in ways]


def snippets(way: str, path: str = "az://models/team a", **configuration: str) -> list[Snippet]:
    secret = "az_secret" if way in WITH_SECRET or not way else ""
    return AzureFlavor().snippets(Subject("az_store", path, configuration, way, secret))


def snippet(program: str, way: str, path: str = "az://models", **configuration: str) -> Snippet:
    [found] = [each for each in snippets(way, path, **configuration) if each.program == program]
    return found


@pytest.mark.parametrize(("program", "way"), CASES)
def test_m30_each_program_gets_its_own_words(program: str, way: str) -> None:
    assert snippet(program, way, "az://models/team a", **ACCOUNT).text == GOLDEN[program][way]


def test_every_way_has_a_text_for_every_program() -> None:
    for way in GOLDEN["Address"]:
        programs = [each.program for each in snippets(way, **ACCOUNT)]
        assert programs[:8] == [
            "Address",
            "ZenML before 0.40",
            "ZenML 0.40 and later",
            "pandas (adlfs)",
            "az",
            "AzCopy",
            "rclone",
            "Environment (ZenML, adlfs)",
        ]


def test_an_account_that_is_not_known_is_a_placeholder() -> None:
    assert snippet("Address", "account_key").text == (
        "models\naz://models\nabfss://models@<account>.dfs.core.windows.net\n"
        "https://<account>.blob.core.windows.net/models"
    )
    assert "--account-name='<account>'" in snippet("az", "account_key").text


def test_a_secret_of_which_nothing_is_known_is_said_to_be_so() -> None:
    [address, *others] = snippets("", **ACCOUNT)

    assert address.note == ""
    assert all("not known here: this is for a connection string" in each.note for each in others)


def test_another_cloud_is_named_to_each_program() -> None:
    url = {"account_url": "https://acct.blob.core.chinacloudapi.cn"}

    assert "'account_host': 'acct.blob.core.chinacloudapi.cn'" in (
        snippet("pandas (adlfs)", "account_key", **url).text
    )
    assert "--blob-endpoint=https://acct.blob.core.chinacloudapi.cn" in (
        snippet("az", "account_key", **url).text
    )
    assert "export RCLONE_AZUREBLOB_ENDPOINT=https://acct.blob.core.chinacloudapi.cn\n" in (
        snippet("rclone", "account_key", **url).text
    )
    assert "abfss://models@acct.dfs.core.chinacloudapi.cn" in (
        snippet("Address", "account_key", **url).text
    )


def test_an_emulator_is_reached_by_its_endpoint() -> None:
    url = {"account_url": "http://127.0.0.1:10000/acct"}

    assert snippet("Address", "account_key", **url).text == (
        "models\naz://models\nhttp://127.0.0.1:10000/acct/models"
    )
    assert (
        "{'connection_string': 'BlobEndpoint=http://127.0.0.1:10000/acct;AccountName=acct;"
        "AccountKey=<account key>'}"
    ) in snippet("pandas (adlfs)", "account_key", **url).text
    assert (
        "{'connection_string': 'BlobEndpoint=http://127.0.0.1:10000/acct;"
        "SharedAccessSignature=<SAS token>'}"
    ) in snippet("pandas (adlfs)", "sas_token", **url).text
    assert snippet("AzCopy", "sas_token", **url).text == (
        "azcopy copy 'http://127.0.0.1:10000/acct/models/*?<SAS token>' ./models --recursive"
        " --from-to BlobLocal"
    )


def test_a_name_with_a_quote_stays_one_word() -> None:
    found = AzureFlavor().snippets(
        Subject("it's", "az://models/a'b", ACCOUNT, "account_key", "my secret")
    )
    by_program = {each.program: each.text for each in found}

    assert by_program["ZenML 0.40 and later"] == (
        "zenml secret create 'my secret' --account_name=acct --account_key='<account key>'\n"
        "zenml artifact-store register 'it'\"'\"'s' -f azure --path='az://models/a'\"'\"'b'"
        " --authentication_secret='my secret'"
    )
    assert by_program["pandas (adlfs)"].startswith(
        'import pandas as pd\n\npd.read_csv("az://models/a\'b/<file>.csv"'
    )


def test_a_folder_is_reached_from_this_server_alone(tmp_path, settings) -> None:
    settings.STOREROOM_LOCAL_ROOTS = ["/srv"]

    found = LocalFlavor().snippets(Subject("folder", "/srv/artifacts", {}, "none", ""))

    assert [(each.program, each.text) for each in found] == [
        ("Address", "/srv/artifacts"),
        ("ZenML", "zenml artifact-store register folder -f local --path=/srv/artifacts"),
        ("pandas", "import pandas as pd\n\npd.read_csv('/srv/artifacts/<file>.csv')"),
    ]
