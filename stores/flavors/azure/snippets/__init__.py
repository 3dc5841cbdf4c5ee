"""How other programs reach a container, each with its own names for things.

Every credential is a placeholder such as `<account key>`. The names are those of ZenML's and
adlfs's documentation, https://learn.microsoft.com/cli/azure/storage/blob,
https://learn.microsoft.com/azure/storage/common/storage-ref-azcopy-configuration-settings and
https://rclone.org/azureblob/.
"""

from __future__ import annotations

import shlex
from dataclasses import replace

from stores.flavors.azure.address import AccountUrl, parse_path
from stores.flavors.azure.snippets.container import ATTRIBUTES, PLACEHOLDERS, Container
from stores.flavors.base import SignIn
from stores.flavors.explaining import Snippet, Subject, option, registration, variables

# What AzCopy calls the ways that need no key and no SAS token.
AZCOPY_LOGINS = {
    "service_principal": "SPN",
    "managed_identity": "MSI",
    "workload_identity": "WORKLOAD",
    "azure_cli": "AZCLI",
}
AZ_LOGINS = {
    "service_principal": (
        "az login --service-principal --username '<client ID>' --password '<client secret>'"
        " --tenant '<tenant ID>'"
    ),
    "managed_identity": "az login --identity",
    "workload_identity": (
        'az login --service-principal --username "$AZURE_CLIENT_ID" --tenant "$AZURE_TENANT_ID"'
        ' --federated-token "$(cat "$AZURE_FEDERATED_TOKEN_FILE")"'
    ),
    "azure_cli": "az login",
}
_USER_ASSIGNED = "For a user-assigned identity, also set `{}` to its client ID."
_PLACES = "Put what stands in `<…>` in its place; Storeroom shows no credential."


def snippets(subject: Subject, url: AccountUrl | None) -> list[Snippet]:
    """One for each program; `url` is the account's address in the settings. Raises
    `ValidationError` for a path that is not right."""
    to = Container(parse_path(subject.path), url, subject.way or "connection_string")
    found = [
        _zenml(subject, to, "ZenML before 0.40", "secrets-manager secret register {} -s azure"),
        _zenml(subject, to, "ZenML 0.40 and later", "secret create {}"),
        _pandas(to),
        _az(to),
        _azcopy(to),
        _rclone(to),
        *_environment(to),
    ]
    if not subject.way:
        note = "Which way the secret signs in is not known here: this is for a connection string."
        found = [replace(snippet, note=f"{note} {snippet.note}".strip()) for snippet in found]
    return [_addresses(to), *found]


def _addresses(to: Container) -> Snippet:
    lines = [to.place, f"az://{to.place}"]
    host = to.endpoint.partition("://")[2]
    if ".blob." in host:
        account = host.replace(".blob.", ".dfs.")
        lines.append("/".join((f"abfss://{to.path.container}@{account}", *to.path.parts)))
    return Snippet("Address", "\n".join([*lines, to.web]))


def _zenml(subject: Subject, to: Container, program: str, verb: str) -> Snippet:
    """ZenML's commands; `verb` is how it makes a secret."""
    lines = []
    if subject.secret and to.values():
        given = " ".join(option(name, value) for name, value in to.values().items())
        lines.append(f"zenml {verb.format(shlex.quote(subject.secret))} {given}")
    lines.append(registration(subject, "azure"))
    note = _PLACES
    if to.way == SignIn.IMPLICIT:
        note = "Every machine that runs a step needs one of the sets of variables below."
    elif not subject.secret:
        lines.insert(0, variables({"AZURE_STORAGE_ACCOUNT_NAME": to.account}))
        note = "Every machine that runs a step needs this variable and such an identity."
    return Snippet(program, "\n".join(lines), note)


def _pandas(to: Container) -> Snippet:
    options: dict[str, object] = dict(to.values())
    if not options and to.way != SignIn.IMPLICIT:
        options = {"account_name": to.account, "anon": False}
    if to.elsewhere and to.way != "connection_string" and to.url:
        options = _elsewhere(to, options)
    given = f", storage_options={options!r}" if options else ""
    file = f"az://{to.place}/<file>.csv"
    text = f"import pandas as pd\n\npd.read_csv({file!r}{given})"
    note = "Needs the package `adlfs`."
    if to.way == SignIn.IMPLICIT:
        note += " It reads the variables of ZenML, below."
    return Snippet("pandas (adlfs)", text, note)


def _elsewhere(to: Container, options: dict[str, object]) -> dict[str, object]:
    """adlfs's options for an account that does not answer where its name says: a host, or for an
    emulator a connection string."""
    if to.url and not to.url.in_path:
        return options | {"account_host": to.url.host}
    parts = {
        "account_key": f"AccountName={to.account};AccountKey=<account key>",
        "sas_token": "SharedAccessSignature=<SAS token>",
    }
    if to.way not in parts:
        return options
    return {"connection_string": f"BlobEndpoint={to.endpoint};{parts[to.way]}"}


def _az(to: Container) -> Snippet:
    lines = [AZ_LOGINS[to.way]] if to.way in AZ_LOGINS else []
    words = [f"az storage blob list --container-name {to.path.container}"]
    if to.folder:
        words.append(option("prefix", f"{to.folder}/"))
    if to.way == "connection_string":
        words.append(option("connection-string", PLACEHOLDERS[to.way]))
    else:
        words.append(option("account-name", to.account))
        if to.elsewhere and to.url:
            words.append(option("blob-endpoint", to.endpoint))
    if to.way == "account_key":
        words.append(option("account-key", PLACEHOLDERS[to.way]))
    elif to.way == "sas_token":
        words.append(option("sas-token", PLACEHOLDERS[to.way]))
    elif to.way in AZ_LOGINS:
        words.append("--auth-mode login")
    words.append("--num-results 5 --output table")
    note = ""
    if to.way == SignIn.IMPLICIT:
        lines.append(variables({"AZURE_STORAGE_KEY": PLACEHOLDERS["account_key"]}))
        note = "az reads other variables than ZenML does."
    elif to.way == "managed_identity":
        note = "For a user-assigned identity, add `--client-id` with its client ID to `az login`."
    return Snippet("az", "\n".join([*lines, " ".join(words)]), note)


def _azcopy(to: Container) -> Snippet:
    end = f"{to.local} --recursive" + (" --from-to BlobLocal" if to.elsewhere and to.url else "")
    source = f"{to.web}/*"
    if to.way == "sas_token":
        return Snippet("AzCopy", f"azcopy copy {shlex.quote(source + '?<SAS token>')} {end}")
    if to.way in ("account_key", "connection_string"):
        words = [
            f"az storage container generate-sas --name {to.path.container} --permissions rl",
            "--expiry '<2030-01-31T12:00Z>' --https-only --output tsv",
        ]
        if to.way == "account_key":
            words.append(option("account-name", to.account))
        words.append(option(to.way.replace("_", "-"), PLACEHOLDERS[to.way]))
        text = f'SAS="$({" ".join(words)})"\nazcopy copy {shlex.quote(source)}"?$SAS" {end}'
        return Snippet("AzCopy", text, "AzCopy takes no account key: a SAS token is made first.")
    login = AZCOPY_LOGINS.get(to.way, "SPN")
    names = {"AZCOPY_AUTO_LOGIN_TYPE": login}
    if login == "SPN":
        names |= {
            "AZCOPY_SPA_APPLICATION_ID": PLACEHOLDERS["client_id"],
            "AZCOPY_SPA_CLIENT_SECRET": PLACEHOLDERS["client_secret"],
            "AZCOPY_TENANT_ID": PLACEHOLDERS["tenant_id"],
        }
    note = _USER_ASSIGNED.format("AZCOPY_MSI_CLIENT_ID") if login == "MSI" else ""
    if to.way == SignIn.IMPLICIT:
        note = "AzCopy reads other variables than ZenML does."
    return Snippet("AzCopy", f"{variables(names)}\nazcopy copy {shlex.quote(source)} {end}", note)


def _rclone(to: Container) -> Snippet:
    own = {
        "connection_string": {"CONNECTION_STRING": PLACEHOLDERS["connection_string"]},
        "account_key": {"KEY": PLACEHOLDERS["account_key"]},
        "sas_token": {"SAS_URL": f"{to.endpoint}/{to.path.container}?<SAS token>"},
        "service_principal": {
            "TENANT": PLACEHOLDERS["tenant_id"],
            "CLIENT_ID": PLACEHOLDERS["client_id"],
            "CLIENT_SECRET": PLACEHOLDERS["client_secret"],
        },
        "managed_identity": {"USE_MSI": "true"},
        "workload_identity": {"ENV_AUTH": "true"},
        "azure_cli": {"USE_AZ": "true"},
    }.get(to.way, {"KEY": PLACEHOLDERS["account_key"]})
    if to.way not in ("connection_string", "sas_token"):
        own = {"ACCOUNT": to.account, **own}
        if to.elsewhere and to.url:
            own["ENDPOINT"] = to.endpoint
    names = {f"RCLONE_AZUREBLOB_{name}": value for name, value in own.items()}
    note = ""
    if to.way == "managed_identity":
        note = _USER_ASSIGNED.format("RCLONE_AZUREBLOB_MSI_CLIENT_ID")
    elif to.way == SignIn.IMPLICIT:
        note = "rclone reads other variables than ZenML does."
    remote = shlex.quote(f":azureblob:{to.place}")
    return Snippet("rclone", f"{variables(names)}\nrclone copy {remote} {to.local}", note)


def _environment(to: Container) -> list[Snippet]:
    """The variables of implicit sign-in: those of ZenML and adlfs, and where Entra signs in also
    those of Azure's own libraries."""
    program = "Environment (ZenML, adlfs)"
    if to.way == SignIn.IMPLICIT:
        sets = [
            variables({_variable(name): to.value(name) for name in names})
            for names in ATTRIBUTES.values()
        ]
        text = "\n\n# or\n".join(sets)
        return [Snippet(program, text, "One of these sets, never parts of two.")]
    names = to.values() or {"account_name": to.account}
    found = [Snippet(program, variables({_variable(name): names[name] for name in names}))]
    identity = {
        "service_principal": ("tenant_id", "client_id", "client_secret"),
        "managed_identity": ("client_id",),
        "workload_identity": ("tenant_id", "client_id"),
    }.get(to.way, ())
    if identity:
        block = {f"AZURE_{name.upper()}": PLACEHOLDERS[name] for name in identity}
        if to.way == "workload_identity":
            block["AZURE_FEDERATED_TOKEN_FILE"] = "<file>"
        notes = {
            "managed_identity": "Only for a user-assigned identity.",
            "workload_identity": "AKS sets these itself in pods with a workload identity.",
        }
        found.append(
            Snippet("Environment (azure-identity)", variables(block), notes.get(to.way, ""))
        )
    return found


def _variable(attribute: str) -> str:
    return f"AZURE_STORAGE_{attribute.upper()}"
