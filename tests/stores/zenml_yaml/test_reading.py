"""All generations of ZenML's stack files, from real ones and from samples of their formats."""

from __future__ import annotations

from pathlib import Path

import pytest

from stores.zenml_yaml import Entry, Refused, read

SAMPLES = Path(__file__).parents[1] / "zenml"


def sample(name: str) -> bytes:
    return (SAMPLES / f"zenml-{name}.yaml").read_bytes()


@pytest.mark.parametrize(
    ("name", "stack", "version", "form"),
    [
        ("0.13.2_flat", "train", "0.13.2", "flat form (ZenML before 0.20)"),
        ("0.20.5_model", "team", "0.20.5", "full model (ZenML 0.20 to 0.22)"),
        ("0.33.0_dict", "custom_stack", "0.33.0", "dict form (ZenML 0.23 to 0.94)"),
        ("0.98.0_list", "copy2", "0.98.0", "list form (ZenML 0.95 and later)"),
    ],
)
def test_each_generation_is_known_by_its_form(
    name: str, stack: str, version: str, form: str
) -> None:
    bundle = read(sample(name))

    found = bundle.stacks[0]
    assert (found.name, found.version, found.form) == (stack, version, form)


def test_the_flat_form_has_its_settings_beside_the_name() -> None:
    bundle = read(sample("0.13.2_flat"))

    orchestrator = bundle.entries["orchestrator", "kubeflow_prod"]
    assert orchestrator == Entry(
        type="orchestrator",
        name="kubeflow_prod",
        flavor="kubeflow",
        configuration={
            "kubeflow_pipelines_ui_port": 8080,
            "kubernetes_context": "aks-train",
            "skip_ui_daemon_provisioning": False,
        },
        line=15,
    )


def test_the_full_model_keeps_what_storeroom_has_no_place_for() -> None:
    bundle = read(sample("0.20.5_model"))

    store = bundle.entries["artifact_store", "az_store"]
    assert store.configuration == {
        "authentication_secret": "az_secret",
        "path": "az://your-container",
    }
    assert store.fields == {
        "id": "0d2b1f1c-4f0e-4f19-a2c2-3d2e5a6f7b81",
        "user": "4f8e7d6c-5b4a-4938-8271-605f4e3d2c1b",
        "project": "10c1b9a4-77a2-4a9a-8f3d-6b1f0e2d3c4b",
        "is_shared": True,
        "created": "2022-11-02T09:14:31",
        "updated": "2022-11-02T09:14:31",
    }


def test_a_list_may_have_several_of_a_type() -> None:
    bundle = read(sample("0.98.0_several_alerters"))

    assert bundle.stacks[0].parts == [
        ("alerter", "slack_team"),
        ("alerter", "discord_team"),
        ("artifact_store", "s3_store"),
        ("log_store", "logs"),
        ("orchestrator", "eks"),
    ]


def test_several_documents_are_a_bundle_and_share_what_they_describe_alike() -> None:
    text = sample("0.98.0_list") + b"---\n" + sample("0.98.0_list").replace(b"copy2", b"copy3")

    bundle = read(text)

    assert [stack.name for stack in bundle.stacks] == ["copy2", "copy3"]
    assert list(bundle.entries) == [
        ("artifact_store", "az_secret_store"),
        ("orchestrator", "default"),
    ]


def test_one_component_described_twice_and_not_alike_is_refused_with_both_lines() -> None:
    text = sample("0.98.0_list") + b"---\n" + sample("0.98.0_list").replace(b"abfs:", b"az:")

    with pytest.raises(Refused) as refused:
        read(text)

    assert str(refused.value) == (
        "Line 23: the artifact_store `az_secret_store` is described here and in line 7, and not"
        " alike."
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "There is no stack and no component in it."),
        ("- 1\n", "Line 1: a stack file has names and values; here are none."),
        ("a: 1\n", "Line 1: a stack file has `components`; this has none."),
        ("components:\n  Store: {}\n", "Line 2: this is no type of component."),
        (
            "components:\n  alerter:\n    flavor: x\n",
            "Line 3: `name` is missing, or is no text.",
        ),
        (
            "components:\n  alerter:\n    name: 1\n    flavor: x\n",
            "Line 3: `name` is missing, or is no text.",
        ),
        (
            "components:\n  alerter:\n    name: a\n    type: annotator\n    flavor: x\n",
            "Line 4: its type is not `alerter`, as above it.",
        ),
        (
            "components:\n  alerter:\n    name: a\n    flavor: x\n    configuration: [1]\n",
            "Line 5: `configuration` holds names and values.",
        ),
        (
            "components:\n  alerter:\n    name: a\n    flavor: x\n"
            "    x_storeroom:\n      labels: 1\n",
            "Line 6: `labels` is not what it has to be there.",
        ),
    ],
)
def test_what_is_no_stack_file_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        read(text.encode())

    assert str(refused.value) == words


@pytest.mark.parametrize(
    "name",
    [
        r'"line\nbreak"',
        r'"carriage\rreturn"',
        r'"nul\0"',
        r'"bell\a"',
        r'"right\u202eleft"',
        r'"zero\u200bwidth"',
        r'"paragraph\u2029"',
        "a/b",
        "-dash",
        f"{'n' * 101}",
    ],
)
def test_w44_names_that_would_not_show_as_they_are_are_refused_with_their_line(name: str) -> None:
    text = f"zenml_version: 0.98.0\nstack_name: {name}\ncomponents: {{}}\n"

    with pytest.raises(Refused) as refused:
        read(text.encode())

    assert refused.value.line == 2
