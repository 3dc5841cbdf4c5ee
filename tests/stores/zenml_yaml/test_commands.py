"""Pasted `zenml … register …` lines."""

from __future__ import annotations

import pytest

from stores.zenml_yaml import Refused, read

SEED = r"""
# Register the Azure artifact store
zenml artifact-store register az_store -f azure \
    --path='az://your-container' \
    --authentication_secret=az_secret

# Register a secrets manager
zenml secrets-manager register secrets_manager \
    --flavor=local ...

# Register and set a stack with the new artifact store and secrets manager
zenml stack register custom_stack -a az_store -x secrets_manager ... --set

# Create the secret referenced in the artifact store
zenml secrets-manager secret register az_secret -s azure \
    --connection_sting='your-Azure-connection-string'
"""


def test_m31_the_seed_s_lines_are_read_and_its_typo_is_tolerated_with_a_hint() -> None:
    bundle = read(SEED.encode())

    store = bundle.entries["artifact_store", "az_store"]
    assert (store.flavor, store.line) == ("azure", 3)
    assert store.configuration == {
        "path": "az://your-container",
        "authentication_secret": "az_secret",
    }
    assert bundle.stacks[0].parts == [
        ("artifact_store", "az_store"),
        ("secrets_manager", "secrets_manager"),
    ]
    secret = bundle.secrets[0]
    assert (secret.name, secret.schema) == ("az_secret", "azure")
    assert secret.values == {"connection_string": "your-Azure-connection-string"}
    assert bundle.notes == [
        "Line 12: --set is left out; make the stack active afterwards.",
        "Line 15: `--connection_sting` was read as `--connection_string`; it is misspelt.",
    ]


def test_m31_older_spellings_of_a_secret_s_attributes_are_tolerated() -> None:
    line = "zenml secrets-manager secret register s -s azure --accountname=team --accountkey k"

    bundle = read(line.encode())

    assert bundle.secrets[0].values == {"account_name": "team", "account_key": "k"}
    assert bundle.notes == [
        "Line 1: `--accountname` is the older spelling of `--account_name`.",
        "Line 1: `--accountkey` is the older spelling of `--account_key`.",
    ]


def test_newer_commands_and_prompts_are_read() -> None:
    lines = (
        "$ zenml secret create s --account_name=team --account_key=k\n"
        "$ ./manage.py stack register big --artifact-store a --orchestrator o -al x -al y\n"
        "$ zenml integration install azure -y\n"
    )

    bundle = read(lines.encode())

    assert (bundle.secrets[0].schema, bundle.stacks[0].parts) == (
        "azure",
        [
            ("artifact_store", "a"),
            ("orchestrator", "o"),
            ("alerter", "x"),
            ("alerter", "y"),
        ],
    )
    assert bundle.notes == ["Line 3: `integration install` makes nothing that is imported."]


def test_labels_and_storeroom_s_own_options_are_fields_and_no_settings() -> None:
    lines = (
        "zenml artifact-store register a --allow_probes -f azure --path=az://abc -l stage=prod\n"
        "./manage.py orchestrator register o -f kubeflow --runs_on aks --identity=train --label"
        " cost=center=7 --team ml --connector c\n"
        "./manage.py stack register s -a a -o o --production --share\n"
    )

    bundle = read(lines.encode())

    store, orchestrator = bundle.entries.values()
    assert (store.configuration, store.extras) == (
        {"path": "az://abc"},
        {"labels": {"stage": "prod"}, "allow_probes": True},
    )
    assert (orchestrator.configuration, orchestrator.extras) == (
        {},
        {"runs_on": "aks", "identity": "train", "labels": {"cost": "center=7"}},
    )
    assert bundle.stacks[0].extras == {"production": True}
    assert bundle.notes == [
        "Line 2: --team is left out; move it into the team afterwards.",
        "Line 2: --connector is left out; there are no service connectors here.",
        "Line 3: --share is left out; share it afterwards.",
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "zenml secrets-manager register sm --flavor=<FLAVOR_OF_YOUR_CHOICE>",
            "Line 1: what stands in <angle brackets> is a placeholder; fill it in.",
        ),
        (
            "zenml alerter register 'a\nb' -f slack",
            "Line 1: a quotation mark of this command is not closed.",
        ),
        (
            "zenml alerter register a b -f slack",
            "Line 1: a command names one thing; here are more words, or none.",
        ),
        ("zenml alerter register a", "Line 1: a flavor has 1 to 50 visible characters."),
        (
            "zenml alerter register a -f slack --x=1 --x=2",
            "Line 1: --x is given twice.",
        ),
        (
            "zenml alerter register a -f slack --config=@file",
            "Line 1: the value of `config` is in a file, which is not here: paste it.",
        ),
        ("zenml alerter register a -f slack -l x", "Line 1: a label is written KEY=VALUE."),
        (
            "zenml alerter register a -f slack -l x=1 --label x=2",
            "Line 1: a label is given twice.",
        ),
        (
            "zenml secret create s --sas_token=@token.txt",
            "Line 1: the value of `sas_token` is in a file, which is not here: register the secret"
            " with the command, or paste the value.",
        ),
        (
            "zenml alerter register a -f slack\nrm -rf /",
            "Line 2: this is no `zenml … register …` command.",
        ),
    ],
)
def test_a_line_that_is_not_understood_is_refused_in_words(line: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        read(line.encode())

    assert str(refused.value) == words


# Azurite's own, which the whole world knows.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@pytest.mark.parametrize(
    "line",
    [
        f"zenml secrets-manager secret register s -s azure --{KEY}",
        f"zenml secrets-manager secret register s -s azure {KEY}",
        f"zenml {KEY} register",
        f"zenml stack register s -a x --{KEY} y",
        f"zenml alerter register s -f slack --{KEY}",
        KEY,
        f"zenml secret create s --account_key={KEY} '",
    ],
)
def test_s16_a_value_that_lost_its_option_is_not_repeated(line: str) -> None:
    with pytest.raises(Refused) as refused:
        read(line.encode())

    assert KEY[:20] not in str(refused.value)


def test_a_pasted_secret_shows_none_of_its_values() -> None:
    bundle = read(SEED.encode())

    assert "your-Azure-connection-string" not in repr(bundle)
