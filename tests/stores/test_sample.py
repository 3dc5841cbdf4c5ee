"""The sample: what it brings, and that it goes without a trace and without anything else."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from project.audit import AuditEntry
from project.home import Home
from secrets_app.models import Secret
from stores import runs, sample
from stores.models import Check, Component, Stack, Store, Transfer
from stores.sample import artifacts, loading, state
from stores.sample.removing import SampleError
from stores.sample.state import Emulator, State, Status
from stores.stack_rules import findings
from tests.support.azurite import Azurite
from tests.support.pages import collect_static, signed_in
from tests.support.threads import begin

MODELS = (Store, Secret, Component, Stack)


@pytest.fixture(scope="module")
def static_files() -> None:
    """Collected while the home is still the suite's."""
    collect_static()


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> Home:
    settings.HOME = Home(tmp_path / "home").create()
    settings.STOREROOM_LOCAL_ROOTS = [
        str(settings.HOME.sample_artifacts),
        str(settings.HOME.local_stores),
    ]
    return settings.HOME


@pytest.fixture
def emulator(azurite: Azurite) -> Emulator:
    return Emulator(azurite.port, azurite.key, azurite.account)


def load(owner: User, emulator: Emulator | None = None) -> None:
    sample.want()
    loading.load(owner, emulator)


def full_disk(*_: object) -> None:
    raise OSError(28, "No space left on device")


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
    assert sample.status().words == (
        "The sample is loaded, without Azure; removing it deletes all artifacts in its stores,"
        " yours too."
    )


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

    sample.remove(by=admin_user)

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
        sample.remove(by=admin_user)

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
    sample.remove(by=admin_user)
    mine = Store.objects.create(
        pk=kept.rows["stores.store"][0],
        name="mine",
        owner=person,
        flavor="azure",
        path="az://mine",
        sign_in="implicit",
    )
    state.write(kept)

    sample.remove(by=admin_user)

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
    sample.remove(by=admin_user)

    loading.load(admin_user, None)

    assert not Store.objects.exists()
    assert sample.status().state == State.REMOVED


@pytest.mark.django_db(transaction=True)
def test_a_sample_that_is_removed_while_it_is_loaded_leaves_no_rows(
    admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    removers = []

    def slowly(store: Store, by: User) -> None:
        removers.append(begin(lambda: sample.remove(by=admin_user)))
        assert removers[0].is_alive()

    monkeypatch.setattr(loading.dispatch, "check", slowly)

    load(admin_user)
    removers[0].join()

    assert [model.objects.count() for model in MODELS] == [0] * 4
    assert sample.status().state == State.REMOVED


@pytest.mark.django_db
def test_a_load_that_is_rolled_back_is_not_called_loaded(
    admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(store: Store, by: User) -> None:
        raise RuntimeError("no database")

    monkeypatch.setattr(loading.dispatch, "check", fail)

    with pytest.raises(RuntimeError, match="no database"):
        load(admin_user)

    assert not Store.objects.exists()
    assert sample.status().is_coming


@pytest.mark.django_db
def test_a_removal_that_could_not_be_noted_is_done_again(
    admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(admin_user)
    with monkeypatch.context() as disk:
        disk.setattr(json, "dump", full_disk)
        with pytest.raises(OSError, match="No space left"):
            sample.remove(by=admin_user)
    assert not Store.objects.exists()
    assert sample.status().is_loaded

    sample.remove(by=admin_user)

    assert sample.status().state == State.REMOVED


def test_a_full_disk_leaves_the_old_status_and_no_draft(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample.want()
    monkeypatch.setattr(json, "dump", full_disk)

    with pytest.raises(OSError, match="No space left"):
        state.note("Fetching …")

    assert sorted(path.name for path in home.sample.iterdir()) == ["state.json", "state.lock"]
    assert sample.status().words == "The sample is about to be loaded."


@pytest.mark.parametrize("say", [state.note, state.fail])
def test_what_up_says_does_not_bring_a_removed_sample_back(say: Callable[[str], None]) -> None:
    sample.want()

    with state.lock():
        late = begin(lambda: say("The sample is on its way."))
        assert late.is_alive()
        state.write(Status(State.REMOVED))
    late.join()

    assert sample.status().state == State.REMOVED


def test_a_wish_does_not_replace_what_was_loaded_meanwhile() -> None:
    with state.lock():
        wish = begin(sample.want)
        assert wish.is_alive()
        state.write(Status(State.LOADED, rows={"stores.store": [1]}))
    wish.join()

    assert sample.status().rows == {"stores.store": [1]}


@pytest.mark.django_db
def test_whoever_pressed_the_button_removed_the_sample_with_its_artifacts(
    admin_user: User, static_files: None
) -> None:
    load(admin_user)
    browser = signed_in(User.objects.create_superuser("grace"))

    before = browser.get("/").content.decode()
    after = browser.post("/sample/remove/", follow=True).content.decode()

    assert "removing it deletes all artifacts in its stores, yours too." in before
    assert "The sample is gone, with all artifacts in its stores." in after
    deleted = AuditEntry.objects.filter(action="deleted")
    assert sorted((entry.actor_name, entry.thing_name) for entry in deleted) == [
        ("grace", "sample_folder"),
        ("grace", "sample_kubeflow (orchestrator, kubeflow)"),
        ("grace", "sample_stack"),
    ]


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

    loaded = (
        "loaded: The sample is loaded, without Azure; removing it deletes all artifacts in its"
        " stores, yours too."
    )
    assert output.getvalue().splitlines() == [
        loaded,
        loaded,
        "removed: The sample was removed, with all artifacts in its stores.",
    ]


@pytest.mark.django_db
def test_the_command_removes_as_the_person_that_the_settings_name(
    admin_user: User, person: User, settings: Settings
) -> None:
    load(admin_user)
    settings.STOREROOM_USER = "bea"

    call_command("sample", "remove", stdout=StringIO())

    deleted = AuditEntry.objects.filter(action="deleted")
    assert {entry.actor for entry in deleted} == {person}


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
