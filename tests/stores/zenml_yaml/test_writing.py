"""What is written: the form that every client since 0.23 reads."""

from __future__ import annotations

import pytest

from stores.zenml_yaml import Entry, StackEntry, WrongVersion, read, write_yaml


def stack(version: str = "0.98.0", **said: object) -> StackEntry:
    return StackEntry("custom_stack", version, "", [], **said)  # type: ignore[arg-type]


STORE = Entry(
    "artifact_store",
    "az_store",
    "azure",
    {"path": "az://your-container", "authentication_secret": "az_secret"},
    extras={"sign_in": "account_key"},
)
MANAGER = Entry("secrets_manager", "secrets_manager", "local", {})
ALERTERS = [Entry("alerter", "a", "slack", {}), Entry("alerter", "b", "slack", {})]


def test_the_dict_form_is_written_and_a_list_only_for_several() -> None:
    text = write_yaml(stack(), [STORE, *ALERTERS], ["az_secret"], [])

    assert text == (
        "# Stack custom_stack, written by Storeroom for ZenML 0.98.0.\n"
        "# 1 secret is not in this file: az_secret.\n"
        "components:\n"
        "  alerter:\n"
        "  - configuration: {}\n"
        "    flavor: slack\n"
        "    name: a\n"
        "    type: alerter\n"
        "  - configuration: {}\n"
        "    flavor: slack\n"
        "    name: b\n"
        "    type: alerter\n"
        "  artifact_store:\n"
        "    configuration:\n"
        "      authentication_secret: az_secret\n"
        "      path: az://your-container\n"
        "    flavor: azure\n"
        "    name: az_store\n"
        "    type: artifact_store\n"
        "    x_storeroom:\n"
        "      sign_in: account_key\n"
        "stack_name: custom_stack\n"
        "zenml_version: 0.98.0\n"
    )


def test_m32_the_header_lists_every_secret_that_is_not_in_the_file() -> None:
    text = write_yaml(stack(), [STORE], ["az_secret", "slack", "wandb"], ["Something else."])

    assert text.splitlines()[:3] == [
        "# Stack custom_stack, written by Storeroom for ZenML 0.98.0.",
        "# 3 secrets are not in this file: az_secret, slack, wandb.",
        "# Something else.",
    ]


def test_before_0_40_the_secrets_manager_is_a_component() -> None:
    text = write_yaml(stack("0.39.1"), [STORE, MANAGER], [], [])

    assert "\n  secrets_manager:\n    configuration: {}\n" in text
    assert "x_storeroom:\n  secrets_manager" not in text


def test_from_0_40_on_it_is_left_out_and_the_header_says_so() -> None:
    text = write_yaml(stack("0.40.0"), [STORE, MANAGER], [], [])

    assert (
        "\n  secrets_manager:\n    configuration: {}\n    flavor"
        not in text.partition("x_storeroom:\n  secrets_manager")[0]
    )
    assert (
        "# ZenML has no secrets managers from 0.40 on: `secrets_manager` is kept under"
        " x_storeroom, which ZenML passes over.\n" in text
    )
    assert list(read(text.encode()).entries) == [
        ("artifact_store", "az_store"),
        ("secrets_manager", "secrets_manager"),
    ]


@pytest.mark.parametrize(
    "value",
    ["1e999", "1.5e3", "2022-11-02", "0x1F", "yes", "null", "a: b # c", "ü — \u2028", "line\nend"],
)
def test_every_text_comes_back_as_it_was(value: str) -> None:
    entry = Entry("orchestrator", "o", "kubeflow", {"setting": value})

    text = write_yaml(stack(), [STORE, entry], [], [])

    assert read(text.encode()).entries["orchestrator", "o"].configuration == {"setting": value}


def test_a_name_cannot_end_the_comment() -> None:
    text = write_yaml(stack(), [STORE], ["a\nb: 1"], [])

    assert text.splitlines()[1] == r"# 1 secret is not in this file: a\nb: 1."


@pytest.mark.parametrize("version", ["", "0.98", "newest", "0.22.0", "1.2.3\n", "٠.٢٣.٠"])
def test_a_version_that_no_file_can_be_written_for_is_refused(version: str) -> None:
    with pytest.raises(WrongVersion):
        write_yaml(stack(version), [STORE], [], [])
