"""What every command shares: persons, words, tables, and how a command ends."""

from __future__ import annotations

import errno
import io
import json
import runpy
import sys
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, load_command_class
from django.db import DatabaseError
from pytest_django.fixtures import Settings

from project.audit import AuditEntry
from project.commands import changing, find, save, unknown_option
from project.commands import person as run_as
from project.commands.command import as_failure
from project.commands.printing import aligned, in_words, plain, rows_of
from project.commands.usage import shown
from stores.forms import StoreForm
from stores.models import Store

MANAGE = Path(__file__).parents[2] / "manage.py"


def at_a_shell(*words: str) -> int:
    """Run a command as `./manage.py` does and return its exit status."""
    try:
        load_command_class("stores", words[0]).run_from_argv(["manage.py", *words])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def store(owner: User | None, name: str = "az_store") -> Store:
    return Store.objects.create(
        name=name, owner=owner, flavor="azure", path="az://abc", sign_in="implicit"
    )


def test_json_stands_alone_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    status = at_a_shell("integration", "list", "--output", "json")

    printed = capsys.readouterr()
    assert (status, printed.err) == (0, "")
    assert json.loads(printed.out)[0]["name"] == "azure"


def test_a_refusal_is_one_line_on_stderr_and_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    status = at_a_shell("integration", "install", "kubeflow")

    printed = capsys.readouterr()
    assert (status, printed.out) == (1, "")
    assert printed.err == "There is no integration `kubeflow`. Integrations: azure, s3, gcp.\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["integration"], "Missing command. See --help."),
        (["integration", "instal"], "No such command 'instal'. Did you mean 'install'"),
        (["integration", "list", "--otput=json"], "There is no option --otput; did you mean"),
        (["integration", "list", "--output", "xml"], "Invalid value for '--output': 'xml'"),
        (["stack", "set"], "Missing argument 'NAME'."),
        (["stack", "set", "one", "two"], "There is a word too many. See --help."),
        (["artifact-store", "register", "--path"], "Option '--path' requires an argument."),
        (["artifact-store", "register", "--ath", "x"], "did you mean --path?"),
        (["artifact-store", "register", "--zone", "x"], "is written as one word: --zone=VALUE."),
        (["orchestrator", "register", "--a=1", "--a=2"], "--a is given twice."),
        (
            ["orchestrator", "register", "kf", "-f", "kubeflow", "--share"],
            "There is no option --share. `share NAME --team TEAM` shares it afterwards. See",
        ),
        (["orchestrator", "remove-attribute", "kf"], "Missing argument 'ATTRIBUTE...'."),
        (["stack", "update", "--alertr", "x"], "--alertr; did you mean --alerter?"),
        (["stack", "remove-component", "one", "-z"], "There is no option -z."),
        (["stack", "describe", "lone\udcffbyte"], "A word of this call is no UTF-8 text."),
    ],
)
def test_a_wrong_call_is_one_line_on_stderr_and_status_2(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = at_a_shell(*words)

    printed = capsys.readouterr()
    assert (status, printed.out) == (2, "")
    assert line in printed.err
    assert printed.err.count("\n") == 1


def test_a_database_that_is_not_ready_is_said_in_one_line() -> None:
    failure = as_failure(DatabaseError("no such table: auth_user\nLINE 1: …"))

    assert str(failure).startswith(
        "The database cannot be used (no such table: auth_user). `./manage.py up` prepares it"
    )


def test_a_full_disk_is_said_in_one_line() -> None:
    failure = as_failure(OSError(errno.ENOSPC, "No space left on device"))

    assert str(failure) == "No space is left on the disk: not all of it was written."


@pytest.mark.django_db
def test_a_terminal_that_lacks_a_character_gets_its_number(
    admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(admin_user, "naïve-日")
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "latin-1"))

    status = at_a_shell("artifact-store", "list")

    assert status == 0
    assert "naïve-\\u65e5" in written.getvalue().decode("latin-1")


def test_a_command_that_is_broken_off_while_it_starts_ends_as_shells_expect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken_off(argv: list[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("django.core.management.execute_from_command_line", broken_off)

    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(MANAGE), run_name="__main__")

    assert ended.value.code == 130


def test_a_bug_stays_a_bug() -> None:
    assert as_failure(KeyError("name")) is None


@pytest.mark.django_db
def test_commands_run_as_the_first_superuser(admin_user: User, person: User) -> None:
    assert run_as("") == admin_user
    assert run_as("bea") == person


@pytest.mark.django_db
def test_the_environment_may_name_the_person(
    admin_user: User, person: User, settings: Settings
) -> None:
    settings.STOREROOM_USER = "bea"

    assert run_as("") == person
    assert run_as("ada") == admin_user


@pytest.mark.django_db
def test_without_a_superuser_the_first_start_is_named(person: User) -> None:
    with pytest.raises(CommandError, match="There is no superuser yet"):
        run_as("")


@pytest.mark.django_db
def test_nobody_runs_a_command_as_somebody_unknown_or_inactive(person: User) -> None:
    person.is_active = False
    person.save()

    with pytest.raises(CommandError, match="The user `bea` is not active"):
        run_as("bea")
    with pytest.raises(CommandError, match="There is no user `nobody`"):
        run_as("nobody")


@pytest.mark.django_db
def test_ones_own_thing_comes_before_the_installations(admin_user: User, person: User) -> None:
    built_in, theirs = store(None), store(person)

    assert find(Store.objects, "az_store", person) == theirs
    assert find(Store.objects, "az_store", admin_user) == built_in


@pytest.mark.django_db
def test_a_name_that_several_people_use_is_not_guessed(
    admin_user: User, person: User, stranger: User
) -> None:
    store(person)
    store(stranger)

    with pytest.raises(CommandError, match="More than one store is named `az_store`"):
        find(Store.objects, "az_store", admin_user)


@pytest.mark.django_db
def test_what_is_gone_meanwhile_is_said(admin_user: User) -> None:
    gone = store(admin_user)
    Store.objects.all().delete()

    with pytest.raises(CommandError, match="`az_store` is not there any more"), changing(gone):
        pytest.fail("It was changed.")


@pytest.mark.django_db
def test_a_name_that_is_taken_meanwhile_is_said(admin_user: User) -> None:
    kept = store(admin_user)

    with pytest.raises(CommandError, match="`az_store` was not changed: somebody"), changing(kept):
        store(admin_user)


@pytest.mark.django_db
def test_a_name_that_is_taken_while_a_new_thing_is_saved_is_said(admin_user: User) -> None:
    store(admin_user)
    data = {"name": "az_store", "flavor": "azure", "path": "az://abc"}
    form = StoreForm(data, user=admin_user)
    form.name_is_free = True

    with pytest.raises(CommandError) as refused:
        save(form, "az_store", admin_user)

    assert str(refused.value) == (
        "`az_store` was not registered. Somebody did the same at the same time."
    )
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_a_form_that_nobody_touched_sends_the_thing_as_it_is(admin_user: User) -> None:
    flagged = store(admin_user)
    flagged.allow_probes = True

    data = StoreForm(instance=flagged, user=admin_user).shown()

    assert (data["name"], data["path"], data["allow_probes"]) == ("az_store", "az://abc", True)
    assert StoreForm(data, instance=flagged, user=admin_user).is_valid()


def test_an_option_is_repeated_only_while_it_looks_like_one() -> None:
    assert shown("connection_sting") == "--connection_sting"
    assert shown("-z") == "-z"
    assert shown("A" * 41) == "of this name"
    assert shown("k/y+") == "of this name"


def test_a_hint_is_given_only_for_what_is_close() -> None:
    known = ["--path", "-f", "description"]

    assert str(unknown_option("--pth", known)) == (
        "There is no option --pth; did you mean --path?"
    )
    assert str(unknown_option("zone", known)) == "There is no option --zone."


def test_cells_begin_below_each_other() -> None:
    assert aligned([["NAME", "OWNER"], ["az_store", "-"]]) == [
        "NAME      OWNER",
        "az_store  -",
    ]


def test_cells_begin_below_each_other_also_after_wide_and_combined_signs() -> None:
    assert aligned([["日本", "a"], ["e\u0301t", "b"], ["plain", "c"]]) == [
        "日本   a",
        "e\u0301t     b",
        "plain  c",
    ]


def test_each_item_of_a_list_has_its_row() -> None:
    assert rows_of({"used_by": ["one", "two"], "owner": None, "active": True}) == [
        ["used by", "one"],
        ["", "two"],
        ["owner", "-"],
        ["active", "yes"],
    ]


def test_values_read_as_words() -> None:
    assert in_words({"a": 1, "b": 2}) == "a=1, b=2"
    assert in_words([]) == "-"
    assert in_words("two\nlines") == "two lines"


def test_nothing_that_is_printed_steers_the_terminal() -> None:
    assert plain("a\x1b[31mb\u202ec\nd") == "a\\x1b[31mb\\u202ec\\nd"
