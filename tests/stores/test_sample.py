"""The sample: what it brings, and that it goes without a trace and without anything else."""

from __future__ import annotations

import hashlib
import json
import struct
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from project.home import Home
from secrets_app.models import Secret
from stores import runs, sample
from stores.models import Check, Component, Stack, Store, Transfer
from stores.sample import artifacts, loading, state
from stores.sample.removing import SampleError
from stores.sample.state import Emulator, State
from stores.stack_rules import findings
from tests.support.azurite import Azurite

MODELS = (Store, Secret, Component, Stack)


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> Home:
    settings.HOME = Home(tmp_path / "home").create()
    settings.STOREROOM_LOCAL_ROOTS = [str(settings.HOME.sample), str(settings.HOME.local_stores)]
    return settings.HOME


@pytest.fixture
def emulator(azurite: Azurite) -> Emulator:
    return Emulator(azurite.port, azurite.key, azurite.account)


def load(owner: User, emulator: Emulator | None = None) -> None:
    sample.want()
    loading.load(owner, emulator)


def names(model: type) -> list[str]:
    return [thing.name for thing in model.objects.order_by("name")]


def test_artifacts_are_forty_and_always_the_same() -> None:
    contents = dict(artifacts.artifacts())

    assert len(contents) == 40
    digest = hashlib.sha256()
    for name, content in sorted(contents.items()):
        digest.update(name.encode() + b"\0" + content)
    assert digest.hexdigest() == "b19f9120e122fa01e1ab02b9099376b0d1e3a8667b61923dbfd789ef46a45d45"
    assert contents["data/flowers/_SUCCESS"] == b""
    assert "data/flowers/Nachzügler für später.csv" in contents
    assert contents["runs/0005-train/plots/loss-curve.png"].startswith(b"\x89PNG")
    assert contents["runs/0005-train/predictions.parquet"][-4:] == b"PAR1"


def test_the_model_is_a_valid_safetensors_file() -> None:
    content = dict(artifacts.artifacts())["models/flowers/v2/model.safetensors"]

    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])

    assert header["hidden"] == {"dtype": "F32", "shape": [512, 64], "data_offsets": [0, 131072]}
    assert header["output"]["data_offsets"] == [131072, 131840]
    assert len(content) == 8 + length + 131840


@pytest.mark.django_db
def test_loading_brings_stores_secret_and_the_stack_with_the_mistake(
    admin_user: User, emulator: Emulator
) -> None:
    load(admin_user, emulator)

    assert names(Store) == ["sample_azure", "sample_folder", "sample_implicit"]
    assert names(Secret) == ["sample_secret"]
    assert {thing.owner for model in MODELS for thing in model.objects.all()} == {admin_user}
    problem = next(findings(Stack.objects.get(name="sample_stack")))
    assert "cannot see this machine's variables, but sample_implicit" in problem.words
    assert sorted(str(check.store) for check in Check.objects.all()) == [
        "sample_azure",
        "sample_folder",
    ]
    with Store.objects.get(name="sample_folder").connect() as folder:
        assert len(list(folder.list())) == 40
    with Store.objects.get(name="sample_azure").connect() as container:
        assert len(list(container.list())) == 9
        assert b"".join(container.read("README.md")).startswith(b"# Flower classifier")
    assert sample.status().is_loaded


@pytest.mark.django_db
def test_loading_again_changes_nothing(admin_user: User, emulator: Emulator) -> None:
    load(admin_user, emulator)
    load(admin_user, emulator)

    assert [model.objects.count() for model in MODELS] == [3, 1, 1, 1]
    assert Secret.objects.get().version == 1


@pytest.mark.django_db
def test_without_azure_there_is_the_folder_and_a_stack(admin_user: User) -> None:
    load(admin_user)

    assert names(Store) == ["sample_folder"]
    assert not Secret.objects.exists()
    problem = next(findings(Stack.objects.get(name="sample_stack")))
    assert "cannot reach sample_folder, a folder of this server" in problem.words
    assert sample.status().words == "The sample is loaded, without Azure."


@pytest.mark.django_db
def test_the_account_key_stands_in_one_file_of_this_user_alone(
    admin_user: User, azurite: Azurite, home: Home
) -> None:
    kept = state.keep_emulator(azurite.port)

    holding = [
        path for path in home.path.rglob("*") if path.is_file() and kept.key in path.read_text()
    ]

    assert holding == [home.sample / "azure.json"]
    assert holding[0].stat().st_mode & 0o777 == 0o600
    assert kept.key not in repr(kept)
    assert state.keep_emulator(4000).key == kept.key


@pytest.mark.django_db
def test_a_new_port_goes_into_the_secret(admin_user: User, emulator: Emulator) -> None:
    load(admin_user, emulator)

    loading.load(admin_user, Emulator(4321, emulator.key, emulator.account))

    secret = Secret.objects.get()
    assert secret.version == 2
    assert ":4321/" in secret.reveal()["connection_string"]
    assert sample.status().port == 4321


@pytest.mark.django_db
def test_removing_takes_the_sample_and_nothing_else(admin_user: User, emulator: Emulator) -> None:
    mine = Store.objects.create(
        name="sample_like",
        owner=admin_user,
        flavor="azure",
        path="az://sample",
        sign_in="implicit",
    )
    load(admin_user, emulator)

    sample.remove()

    assert list(Store.objects.all()) == [mine]
    assert [model.objects.count() for model in (Secret, Component, Stack, Transfer)] == [0] * 4
    assert sample.status().state == State.REMOVED


@pytest.mark.django_db
def test_one_transfer_is_planned_and_ready_to_start(admin_user: User, emulator: Emulator) -> None:
    load(admin_user, emulator)

    transfer = Transfer.objects.get()
    runs.run_plan(transfer.pk)

    transfer.refresh_from_db()
    assert str(transfer).endswith("sample_folder → sample_azure/from-folder")
    assert transfer.state == Transfer.State.PLANNED
    assert transfer.totals()["new"] == 40


@pytest.mark.django_db
def test_a_sample_that_is_used_stays_and_says_by_what(
    admin_user: User, emulator: Emulator
) -> None:
    load(admin_user, emulator)
    azure = Store.objects.get(name="sample_azure")
    Stack.objects.create(name="mine", owner=admin_user, store=azure)
    Store.objects.create(
        name="other",
        owner=admin_user,
        flavor="azure",
        path="az://other",
        sign_in="from_secret",
        authentication_secret="sample_secret",
    )
    inside = Store.objects.get(name="sample_folder").path + "/runs"
    Store.objects.create(
        name="inside", owner=admin_user, flavor="local", path=inside, sign_in="none"
    )

    with pytest.raises(sample.InUse) as refused:
        sample.remove()

    assert str(refused.value) == (
        "The sample cannot be removed: stack `mine`, store `other`, store `inside` use it. Delete"
        " that first."
    )
    assert [model.objects.count() for model in MODELS] == [5, 1, 1, 2]
    assert sample.status().is_loaded


@pytest.mark.django_db
def test_a_file_from_an_older_database_removes_nothing_of_this_one(
    admin_user: User, person: User
) -> None:
    load(admin_user)
    kept = sample.status()
    sample.remove()
    mine = Store.objects.create(
        pk=kept.rows["stores.store"][0],
        name="mine",
        owner=person,
        flavor="azure",
        path="az://mine",
        sign_in="implicit",
    )
    state.write(kept)

    sample.remove()

    assert list(Store.objects.all()) == [mine]


@pytest.mark.django_db
def test_a_name_that_is_taken_is_said_and_nothing_is_left(admin_user: User) -> None:
    Component.objects.create(
        name="sample_kubeflow", type="orchestrator", flavor="kubeflow", owner=admin_user
    )

    with pytest.raises(SampleError, match="`sample_kubeflow` cannot be made: You have one"):
        load(admin_user)

    assert not Store.objects.exists()
    assert not sample.status().is_loaded


@pytest.mark.django_db
def test_a_sample_that_was_removed_meanwhile_is_not_loaded(admin_user: User) -> None:
    sample.want()
    sample.remove()

    loading.load(admin_user, None)

    assert not Store.objects.exists()
    assert sample.status().state == State.REMOVED


def test_a_file_that_cannot_be_read_means_no_sample(home: Home) -> None:
    for content in ("", "[]", '{"state": "eaten"}', '{"state": "loaded", "colour": 1}'):
        (home.sample / "state.json").write_text(content)
        assert sample.status().state == State.ABSENT


def test_only_a_running_up_can_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STOREROOM_UP", raising=False)
    assert not sample.status().can_load

    monkeypatch.setenv("STOREROOM_UP", "1")
    assert sample.status().can_load
    sample.want()
    assert (sample.status().can_load, sample.status().can_remove) == (False, True)


@pytest.mark.django_db
def test_the_command_loads_tells_and_removes(admin_user: User) -> None:
    output = StringIO()

    for words in (["load", "--without-azure"], ["status"], ["remove"]):
        call_command("sample", *words, stdout=output)

    assert output.getvalue().splitlines() == [
        "loaded: The sample is loaded, without Azure.",
        "loaded: The sample is loaded, without Azure.",
        "removed: The sample was removed.",
    ]


@pytest.mark.django_db
def test_the_command_waits_for_up_where_azure_does_not_answer(admin_user: User) -> None:
    output = StringIO()

    call_command("sample", "load", stdout=output)

    assert output.getvalue().startswith("wanted: `up` fetches and starts the embedded Azure")
    assert not Store.objects.exists()


@pytest.mark.django_db
def test_the_command_says_that_an_owner_is_missing() -> None:
    with pytest.raises(CommandError, match="start Storeroom once"):
        call_command("sample", "load")
