"""The commands `stack export`, `stack import` and `stack register-secrets`."""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Callable
from getpass import GetPassWarning
from pathlib import Path

import pytest
import typer
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from project.access import Role, Team
from project.audit import AuditEntry
from secrets_app.models import Secret, SecretsManager
from stores.models import Component, Stack, Store

pytestmark = pytest.mark.django_db

Run = Callable[..., str]
Refusal = Callable[..., CommandError]

SAMPLES = Path(__file__).parents[1] / "zenml"
LIST = SAMPLES / "zenml-0.98.0_list.yaml"
SAS = "sv=2022-11-02&sp=rl&se=2099-01-01&sig=Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmE%3D"


@pytest.fixture(autouse=True)
def orchestrator(db: None) -> None:
    Component.objects.default_orchestrator()


def test_an_import_says_what_it_made_used_and_misses(run: Run) -> None:
    printed = run("stack", "import", "train", "-f", str(LIST))

    assert printed.splitlines() == [
        "Imported the artifact store `az_secret_store`.",
        "Used the orchestrator `default` that is here.",
        "Imported the stack `train`.",
        "Missing secrets: `az_secret`. `stack register-secrets train` asks for it.",
    ]
    assert Stack.objects.get().name == "train"


def test_what_storeroom_has_no_place_for_is_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "old.yaml"
    file.write_text(
        "stack_name: old\n"
        "components:\n"
        "  artifact_store: {name: az, flavor: azure, path: 'az://abc'}\n"
        "  metadata_store: {name: meta, flavor: sqlite}\n"
    )

    assert run("stack", "import", str(file)).splitlines() == [
        "Imported the artifact store `az`.",
        "Metadata store `meta`: Storeroom has no such component: it is kept with the stack and"
        " exported unchanged.",
        "Imported the stack `old`.",
    ]


def test_a_file_alone_brings_its_own_names(run: Run) -> None:
    run("stack", "import", str(LIST))

    assert Stack.objects.get().name == "copy2"


def test_a_file_without_a_name_for_its_stack_is_refused_with_the_way_to_give_one(
    refusal: Refusal, tmp_path: Path
) -> None:
    file = tmp_path / "nameless.yaml"
    file.write_text("components:\n  artifact_store: {name: az, flavor: azure, path: 'az://abc'}\n")

    assert str(refusal("stack", "import", str(file))) == (
        "Nothing was imported. The file has no line `stack_name`; `stack import NAME -f FILE`"
        " gives the stack a name."
    )


def test_import_and_export_use_the_stack_s_name_for_the_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run("stack", "import", str(LIST))

    assert run("stack", "export", "copy2") == "Exported stack `copy2` to `copy2.yaml`.\n"
    assert run("stack", "import", "copy2").splitlines() == [
        "Used the artifact store `az_secret_store` that is here.",
        "Used the orchestrator `default` that is here.",
        "Used the stack `copy2` that is here.",
    ]


def test_m32_an_export_for_a_version_has_its_form(run: Run) -> None:
    run("stack", "import", str(SAMPLES / "zenml-0.33.0_dict.yaml"))

    old = run("stack", "export", "custom_stack", "-", "--zenml-version", "0.33.0")
    new = run("stack", "export", "custom_stack", "-")

    assert "\nzenml_version: 0.33.0\n" in old
    assert "\nzenml_version: 0.98.0\n" in new
    assert new.splitlines()[1:3] == [
        "# 1 secret is not in this file: az_secret.",
        "# ZenML has no secrets managers from 0.40 on: `secrets_manager` is kept under"
        " x_storeroom, which ZenML passes over.",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("custom.txt",), "ZenML reads files that end in .yaml; name it so."),
        (
            ("-", "--zenml-version", "0.13.2"),
            "ZenML before 0.23.0 reads another form, which is not written; 0.23.0 or later.",
        ),
        (("/nowhere/a.yaml",), "`/nowhere/a.yaml` cannot be written (No such file or directory)."),
        (("~no_one/a.yaml",), "`~no_one/a.yaml` cannot be written (No such file or directory)."),
    ],
)
def test_an_export_that_cannot_be_is_refused(
    run: Run, refusal: Refusal, words: tuple[str, ...], said: str
) -> None:
    run("stack", "import", str(LIST))

    assert str(refusal("stack", "export", "copy2", *words)) == said


def test_a_file_that_is_there_is_not_written_over_unasked(
    run: Run, refusal: Refusal, tmp_path: Path
) -> None:
    run("stack", "import", str(LIST))
    there = tmp_path / "there.yaml"
    there.write_text("mine")

    assert "give --yes" in str(refusal("stack", "export", "copy2", str(there)))
    assert there.read_text() == "mine"


def test_an_export_is_utf_8_whatever_the_terminal_takes(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("stack", "import", "naïve-日", "-f", str(LIST))
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "latin-1"))

    call_command("stack", "export", "naïve-日", "-")
    sys.stdout.flush()

    assert "stack_name: naïve-日\n".encode() in written.getvalue()


def test_what_differs_asks_for_a_choice_and_nothing_is_imported(
    run: Run, refusal: Refusal
) -> None:
    run("artifact-store", "register", "az_secret_store", "-f", "azure", "--path=az://another")

    said = str(refusal("stack", "import", str(LIST)))

    assert said == (
        "Nothing was imported. There is another artifact store `az_secret_store` here (path is"
        " az://another, authentication_secret is –). Say what to do by --if-different: rename,"
        " use, overwrite."
    )
    assert not Stack.objects.exists()


@pytest.mark.parametrize(
    ("way", "stores"),
    [
        ("rename", ["az_secret_store", "az_secret_store-2"]),
        ("use", ["az_secret_store"]),
        ("overwrite", ["az_secret_store"]),
    ],
)
def test_each_way_of_dealing_with_a_difference(run: Run, way: str, stores: list[str]) -> None:
    run("artifact-store", "register", "az_secret_store", "-f", "azure", "--path=az://another")

    run("stack", "import", str(LIST), "--if-different", way)

    assert list(Store.objects.order_by("name").values_list("name", flat=True)) == stores
    assert Stack.objects.get().store.name == stores[-1]


def test_what_a_newer_zenml_wrote_is_imported_only_on_purpose(
    run: Run, refusal: Refusal, tmp_path: Path
) -> None:
    newer = tmp_path / "a.yaml"
    newer.write_text(LIST.read_text().replace("0.98.0", "0.99.0"))

    said = str(refusal("stack", "import", str(newer)))
    printed = run("stack", "import", str(newer), "--ignore-version-mismatch")

    assert said == (
        "`copy2` was written by ZenML 0.99.0, which is newer than 0.98.0, the last that Storeroom"
        " was proven with. --ignore-version-mismatch imports it all the same."
    )
    assert printed.startswith("`copy2` was written by ZenML 0.99.0, newer than 0.98.0.\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("none",), "`none.yaml` cannot be read (No such file or directory)."),
        (
            ("bad\nname", "-f", str(LIST)),
            r"Nothing was imported. 'bad\nname' cannot be used as a name. A name has no line",
        ),
    ],
)
def test_an_import_that_cannot_be_is_refused(
    refusal: Refusal, words: tuple[str, ...], said: str
) -> None:
    assert str(refusal("stack", "import", *words)).startswith(said)


def test_w38_a_hostile_file_is_refused_with_its_line(refusal: Refusal, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("components:\n  a: !!python/object/apply:os.system ['id']\n")

    assert str(refusal("stack", "import", str(bad))) == (
        f"`{bad}` was not imported. Line 2: tags (`!`) are not taken; they can build objects."
    )


def test_m31_pasted_commands_come_in_by_standard_input(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = b"zenml artifact-store register az -f azure --path=az://your-container\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))

    assert run("stack", "import", "-") == "Imported the artifact store `az`.\n"


@pytest.mark.parametrize("ending", [".yaml", ".yml", ".txt"])
def test_a_word_that_ends_as_files_do_is_a_file(run: Run, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"some{ending}"
    file.write_text("zenml artifact-store register az -f azure --path=az://your-container\n")

    assert run("stack", "import", str(file)) == "Imported the artifact store `az`.\n"


def test_register_secrets_asks_unseen_for_what_the_store_s_flavor_needs(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("stack", "import", str(LIST))
    asked = []

    def prompt(question: str, *, hide_input: bool, **_: object) -> str:
        asked.append((question, hide_input))
        return {"account_name": "team", "sas_token": SAS}.get(question, "")

    monkeypatch.setattr(typer, "prompt", prompt)

    printed = run("stack", "register-secrets", "copy2")

    assert ("sas_token", True) in asked
    assert ("connection_string", True) in asked
    secret = Secret.objects.get()
    assert (secret.name, secret.schema, secret.reveal()["sas_token"]) == (
        "az_secret",
        "azure",
        SAS,
    )
    assert "sig=" not in printed
    assert "The artifact store `az_secret_store` uses it from now on." in printed


def test_register_secrets_takes_values_from_files_without_asking(run: Run, tmp_path: Path) -> None:
    run("stack", "import", str(LIST))
    (tmp_path / "sas").write_text(f"{SAS}\n")

    run(
        "stack",
        "register-secrets",
        "copy2",
        "--value",
        "az_secret.accountname=team",
        "--value",
        f"az_secret.sas_token=@{tmp_path / 'sas'}",
    )

    assert Secret.objects.get().reveal() == {"account_name": "team", "sas_token": SAS}


def test_register_secrets_leaves_out_what_is_there(run: Run) -> None:
    run("stack", "import", str(LIST))
    values = ("--value", "az_secret.account_name=team", "--value", f"az_secret.sas_token={SAS}")
    run("stack", "register-secrets", "copy2", *values)

    printed = run("stack", "register-secrets", "copy2", "--skip-existing")

    assert printed == "Secret `az_secret` is there already.\n"


def test_register_secrets_without_the_option_replaces_values(run: Run) -> None:
    run("stack", "import", str(LIST))
    values = ("--value", "az_secret.account_name=team", "--value", f"az_secret.sas_token={SAS}")
    run("stack", "register-secrets", "copy2", *values)

    printed = run(
        "stack", "register-secrets", "copy2", "--value", f"az_secret.sas_token={SAS}&spr=https"
    )

    assert printed.startswith("Version 2 of `az_secret` is saved, not in use yet.\n")


@pytest.mark.parametrize("value", [f"sas_token={SAS}", f"other.sas_token={SAS}", SAS])
def test_s16_a_value_that_names_no_secret_is_refused_and_not_repeated(
    run: Run, refusal: Refusal, value: str
) -> None:
    run("stack", "import", str(LIST))

    said = str(refusal("stack", "register-secrets", "copy2", "--value", value))

    assert said == (
        "--value is written SECRET.ATTRIBUTE=VALUE, with a secret that the stack names: az_secret."
    )


def test_a_value_that_is_given_twice_is_refused(run: Run, refusal: Refusal) -> None:
    run("stack", "import", str(LIST))
    value = "--value=az_secret.account_name=team"

    refused = refusal("stack", "register-secrets", "copy2", value, f"{value}2")

    assert str(refused) == "az_secret.account_name is given twice."
    assert not Secret.objects.exists()


def test_nothing_unseen_is_asked_where_it_would_be_seen(
    run: Run, refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("stack", "import", str(LIST))
    monkeypatch.setattr("typer.prompt", prompt_without_a_terminal)

    refused = refusal("stack", "register-secrets", "copy2")

    assert str(refused) == "This is typed unseen, and there is no terminal to type it at."


def prompt_without_a_terminal(question: str, *, hide_input: bool, **_: object) -> str:
    """What getpass does where there is no terminal: it warns, and reads on."""
    if hide_input:
        warnings.warn("Can not control echo on the terminal.", GetPassWarning, stacklevel=2)
    return "seen"


def test_register_secrets_asks_for_what_references_name(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("stack", "import", str(SAMPLES / "zenml-0.98.0_several_alerters.yaml"))
    monkeypatch.setattr(typer, "prompt", lambda question, **_: f"value of {question}")

    run("stack", "register-secrets", "two_alerters")

    found = {secret.name: secret.reveal() for secret in Secret.objects.all()}
    assert found == {
        "slack": {"slack_token": "value of slack_token"},
        "discord": {"discord_token": "value of discord_token"},
    }


VALUES = ("--value", "az_secret.account_name=team", "--value", f"az_secret.sas_token={SAS}")


@pytest.fixture
def team(admin_user: User, person: User, stranger: User) -> Team:
    """A team with bea as Editor and carl as Operator; the imported stack is the team's."""
    team = Team.objects.found("ml", admin_user)
    team.admit(person, Role.EDITOR)
    team.admit(stranger, Role.OPERATOR)
    return team


@pytest.fixture
def team_stack(run: Run, team: Team) -> None:
    run("stack", "import", str(LIST))
    run("artifact-store", "update", "az_secret_store", "--team=ml")
    run("stack", "update", "copy2", "--team=ml")


def test_register_secrets_of_a_team_s_stack_makes_them_the_team_s(
    run: Run, team_stack: None, team: Team, person: User
) -> None:
    Secret.objects.create(
        name="az_secret", owner=person, manager=SecretsManager.objects.built_in()
    )

    printed = run("stack", "register-secrets", "copy2", *VALUES, "--as=bea")

    made = Secret.objects.get(team=team.pk)
    assert (made.name, made.owner, Store.objects.get().secret()) == ("az_secret", person, made)
    assert "The artifact store `az_secret_store` uses it from now on." in printed


def test_register_secrets_replaces_the_team_s_and_not_one_s_own_of_the_same_name(
    run: Run, team_stack: None, team: Team, person: User
) -> None:
    run("stack", "register-secrets", "copy2", *VALUES)
    own = Secret.objects.create(
        name="az_secret", owner=person, manager=SecretsManager.objects.built_in()
    )

    printed = run(
        "stack",
        "register-secrets",
        "copy2",
        "--value",
        f"az_secret.sas_token={SAS}&spr=https",
        "--as=bea",
    )

    assert printed.startswith("Version 2 of `az_secret` is saved, not in use yet.")
    own.refresh_from_db()
    assert own.version == 0


def test_register_secrets_of_a_team_is_for_its_editors(
    run: Run, refusal: Refusal, team_stack: None
) -> None:
    refused = refusal("stack", "register-secrets", "copy2", *VALUES, "--as=carl")

    assert str(refused) == (
        "carl is in `ml`, but lacks the role for this: Editor: also changes it, and uses its"
        " secrets without seeing them."
    )
    assert not Secret.objects.exists()


def test_register_secrets_names_no_team_that_one_is_not_in(
    run: Run, refusal: Refusal, team_stack: None
) -> None:
    dora = User.objects.create_user("dora", is_staff=True)
    others = Team.objects.found("others", dora)
    Stack.objects.get().share(others, Role.OWNER)

    refused = refusal("stack", "register-secrets", "copy2", *VALUES, "--as=dora")

    assert str(refused) == (
        "The artifact store of `copy2` finds the secrets of its team alone, and dora is not in"
        " that."
    )


def test_register_secrets_makes_none_for_somebody_else(
    run: Run, refusal: Refusal, person: User
) -> None:
    run("stack", "import", str(LIST), "--as=bea")

    refused = refusal("stack", "register-secrets", "copy2", *VALUES)

    assert str(refused) == (
        "The artifact store of `copy2` is not ada's own, and finds the secrets of its owner"
        " alone. Say whose with --as."
    )


def test_the_audit_names_who_imported(run: Run, admin_user: User) -> None:
    run("stack", "import", str(LIST))

    assert set(AuditEntry.objects.values_list("actor_name", "action")) == {
        (admin_user.username, "added")
    }


def test_an_import_into_a_team_makes_all_of_it_the_team_s(
    run: Run, refusal: Refusal, admin_user: User, person: User
) -> None:
    team = Team.objects.found("ml", admin_user)
    team.admit(person, Role.OPERATOR)

    refused = str(refusal("stack", "import", str(LIST), "--team=ml", "--as=bea"))
    team.admit(person, Role.EDITOR)
    run("stack", "import", str(LIST), "--team=ml", "--as=bea")

    assert refused.startswith("bea is in `ml`, but lacks the role for this: Editor")
    assert [str(stack.team) for stack in Stack.objects.all()] == ["ml"]
    assert [str(store.team) for store in Store.objects.all()] == ["ml"]
