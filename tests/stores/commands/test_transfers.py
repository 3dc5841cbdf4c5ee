"""The command `transfer`, as call_command and a shell alike run it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError

from project.audit import AuditEntry
from stores import runs, tasks
from stores.commands import progress
from stores.commands import transfers as under_test
from stores.models import Store, Transfer

pytestmark = pytest.mark.django_db(transaction=True)

Run = Callable[..., str]
Refusal = Callable[..., CommandError]


@pytest.fixture
def places(admin_user: User, tmp_path: Path, settings: Any) -> Path:
    """The folder of two stores; `raw` holds three artifacts, `clean` none."""
    settings.STOREROOM_LOCAL_ROOTS = [str(tmp_path)]
    for name in ("raw", "clean"):
        Store.objects.create(
            name=name,
            path=str(tmp_path / name),
            flavor="local",
            sign_in="none",
            owner=admin_user,
        )
    (tmp_path / "clean").mkdir()
    (tmp_path / "raw/runs").mkdir(parents=True)
    for name in ("a", "b", "runs/=c"):
        (tmp_path / "raw" / name).write_bytes(b"0123456789")
    return tmp_path


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does at once what its bell is rung for."""
    monkeypatch.setattr(tasks.plan_transfer, "delay", runs.run_plan)
    monkeypatch.setattr(tasks.copy_transfer, "delay", runs.run_copies)


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker, and nobody with patience."""
    monkeypatch.setattr(tasks.plan_transfer, "delay", lambda number: None)
    monkeypatch.setattr(tasks.copy_transfer, "delay", lambda number: None)
    monkeypatch.setattr(under_test, "PATIENCE", timedelta(0))


@pytest.fixture
def planned(places: Path, worker: None, run: Run) -> str:
    """The number of a planned transfer."""
    run("transfer", "plan", "raw", "clean")
    return str(Transfer.objects.get().pk)


def break_one(places: Path) -> None:
    """Change an artifact after planning."""
    (places / "raw/b").write_bytes(b"changed after planning")


def test_a_plan_is_printed_with_its_number(places: Path, worker: None, run: Run) -> None:
    (places / "clean/a").write_bytes(b"0123456789")
    (places / "clean/b").write_bytes(b"other")

    printed = run("transfer", "plan", "raw", "clean")

    number = Transfer.objects.get().pk
    assert printed.splitlines() == [
        f"Transfer {number} is planned: raw → clean.",
        "3 objects: 1 new, 1 to overwrite, 1 the same, 0 refused.",
        "To copy: 2 objects, 20 bytes.",
        f"`./manage.py transfer start {number}` carries it out.",
    ]
    assert AuditEntry.objects.get(kind="transfer").action == "planned"


def test_a_plan_goes_from_prefix_to_prefix_by_a_rule(
    places: Path, worker: None, run_json: Callable[..., Any]
) -> None:
    facts = run_json("transfer", "plan", "raw/runs/", "clean/a/b", "--conflict", "fail")

    assert facts["transfer"] == Transfer.objects.get().pk
    assert facts["state"] == "planned"
    assert facts["source"] == "raw/runs"
    assert facts["target"] == "clean/a/b"
    assert facts["conflict"] == "fail"
    assert facts["moving"] == 1
    assert facts["moving_bytes"] == 10


def test_without_a_worker_planning_says_so(places: Path, nobody: None, refusal: Refusal) -> None:
    refused = refusal("transfer", "plan", "raw", "clean")

    number = Transfer.objects.get().pk
    assert str(refused) == (
        f"No worker took transfer {number} within 0 s. Is one running? `./manage.py up` starts"
        " one; the transfer waits for it."
    )
    assert refused.returncode == 1


def test_a_plan_that_takes_too_long_says_where_to_look(
    places: Path, refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks.plan_transfer, "delay", lambda number: None)
    monkeypatch.setattr(under_test, "PLANNING", 0)

    refused = refusal("transfer", "plan", "raw", "clean")

    assert "is not planned after 0 s; the worker goes on" in str(refused)


def test_a_side_that_cannot_be_listed_is_told(
    places: Path, worker: None, refusal: Refusal
) -> None:
    Store.objects.filter(name="raw").update(path=str(places / "gone"))

    refused = refusal("transfer", "plan", "raw", "clean")

    assert f"could not be planned. There is no folder `{places}/gone`." in str(refused)


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (("raw", "raw"), "Source and target are the same folder."),
        (("raw", "raw/runs"), "The target lies inside the source"),
        (("raw/../x", "clean"), "A prefix is a folder inside the store"),
        (("rwa", "clean"), "There is no store `rwa`. Did you mean `raw`?"),
    ],
)
def test_what_cannot_be_planned_is_refused(
    places: Path, refusal: Refusal, words: tuple[str, str], refused: str
) -> None:
    assert refused in str(refusal("transfer", "plan", *words))
    assert not Transfer.objects.exists()


def test_an_unknown_rule_is_refused_with_those_there_are(places: Path, refusal: Refusal) -> None:
    refused = refusal("transfer", "plan", "raw", "clean", "--conflict", "sync")

    assert "'skip_same', 'overwrite', 'fail'" in str(refused)
    assert refused.returncode == 2


def test_a_plan_is_carried_out_by_its_number(planned: str, places: Path, run: Run) -> None:
    printed = run("transfer", "start", planned, "--wait")

    assert printed.splitlines() == [
        f"Transfer {planned} is started.",
        f"Transfer {planned} is completed: 3 copied (30 bytes), 0 failed.",
    ]
    assert (places / "clean/runs/=c").read_bytes() == b"0123456789"


def test_planning_and_carrying_out_go_in_one(places: Path, worker: None, run: Run) -> None:
    printed = run("transfer", "start", "raw/runs", "clean", "--wait")

    number = Transfer.objects.get().pk
    assert printed.splitlines() == [
        f"Transfer {number} is planned: raw/runs → clean.",
        "1 object: 1 new, 0 to overwrite, 0 the same, 0 refused.",
        "To copy: 1 object, 10 bytes.",
        f"Transfer {number} is started.",
        f"Transfer {number} is completed: 1 copied (10 bytes), 0 failed.",
    ]


def test_without_wait_it_goes_on_by_itself(planned: str, nobody: None, run: Run) -> None:
    printed = run("transfer", "start", planned)

    assert printed == f"Transfer {planned} is started.\n"
    assert Transfer.objects.get().state == Transfer.State.RUNNING


def test_without_a_worker_waiting_ends_in_words(
    planned: str, nobody: None, refusal: Refusal
) -> None:
    refused = refusal("transfer", "start", planned, "--wait")

    assert f"No worker took transfer {planned} within 0 s." in str(refused)


def test_a_transfer_that_ends_with_errors_exits_with_1(
    planned: str, places: Path, refusal: Refusal
) -> None:
    break_one(places)

    refused = refusal("transfer", "start", planned, "--wait")

    assert str(refused) == (
        f"Transfer {planned} is completed with errors, 1 failed: `transfer report {planned}`"
        " lists them."
    )
    assert refused.returncode == 1


def test_starting_answers_in_json(planned: str, run_json: Callable[..., Any]) -> None:
    facts = run_json("transfer", "start", planned, "--wait")

    assert facts["state"] == "completed"
    assert facts["done"] == 3


def test_a_plan_is_not_started_twice(planned: str, run: Run, refusal: Refusal) -> None:
    run("transfer", "start", planned)

    refused = refusal("transfer", "start", planned)

    assert str(refused) == (
        f"Transfer {planned} has no plan that waits to be started; it is completed."
    )


def test_a_rule_does_not_change_a_plan(planned: str, refusal: Refusal) -> None:
    refused = refusal("transfer", "start", planned, "--conflict", "fail")

    assert str(refused) == "A planned transfer has its --conflict already."
    assert refused.returncode == 2


@pytest.mark.parametrize("number", ["raw", "4x", "²", "-1"])
def test_what_is_no_number_is_refused(places: Path, refusal: Refusal, number: str) -> None:
    assert refusal("transfer", "start", "--", number).returncode == 2


@pytest.mark.parametrize("command", ["start", "describe", "cancel", "retry", "report"])
def test_a_number_that_there_is_not_is_refused(
    admin_user: User, refusal: Refusal, command: str
) -> None:
    assert str(refusal("transfer", command, "99")) == "There is no transfer 99."


def test_a_foreign_transfer_is_not_there(planned: str, person: User, refusal: Refusal) -> None:
    refused = refusal("transfer", "describe", planned, "--as", person.username)

    assert str(refused) == f"There is no transfer {planned}."


def test_transfers_are_listed(planned: str, run: Run) -> None:
    heading, line = run("transfer", "list").splitlines()

    assert heading.split() == [
        "TRANSFER", "STATE", "SOURCE", "TARGET", "CONFLICT", "CREATED", "AT", "OWNER"
    ]  # fmt: skip
    assert line.split()[:5] == [planned, "planned", "raw", "clean", "skip_same"]
    assert line.split()[-1] == "ada"


def test_the_list_answers_in_json(planned: str, run_json: Callable[..., Any]) -> None:
    [facts] = run_json("transfer", "list")

    assert facts["transfer"] == int(planned)
    assert facts["owner"] == "ada"


def test_an_empty_list_says_how_to_begin(admin_user: User, run: Run) -> None:
    assert run("transfer", "list") == "There is no transfer yet: transfer plan --help\n"


def test_a_transfer_is_described_with_what_failed(
    planned: str, places: Path, run: Run, run_json: Callable[..., Any], refusal: Refusal
) -> None:
    break_one(places)
    refusal("transfer", "start", planned, "--wait")

    facts = run_json("transfer", "describe", planned)

    assert facts["state"] == "with_errors"
    assert facts["failures"] == ["b: `b` is another version by now."]
    assert "b: `b` is another version by now." in run("transfer", "describe", planned)


def test_a_plan_is_cancelled(planned: str, run: Run, refusal: Refusal) -> None:
    printed = run("transfer", "cancel", planned)

    assert printed == f"Transfer {planned} is cancelled; what was copied stays.\n"
    assert Transfer.objects.get().state == Transfer.State.CANCELLED
    assert str(refusal("transfer", "cancel", planned)) == (
        f"Transfer {planned} has ended already."
    )


def test_what_failed_is_tried_again(
    planned: str, places: Path, run: Run, refusal: Refusal
) -> None:
    break_one(places)
    refusal("transfer", "start", planned, "--wait")

    printed = run("transfer", "retry", planned, "--wait")

    assert printed.splitlines() == [
        f"Transfer {planned} is tried again.",
        f"Transfer {planned} is completed: 3 copied (42 bytes), 0 failed.",
    ]
    assert (places / "clean/b").read_bytes() == b"changed after planning"


def test_with_nothing_failed_there_is_nothing_to_try_again(planned: str, refusal: Refusal) -> None:
    assert str(refusal("transfer", "retry", planned)) == (
        f"Transfer {planned} has nothing to try again; it is planned."
    )


def test_the_report_is_printed(planned: str, run: Run) -> None:
    run("transfer", "start", planned)

    rows = list(csv.DictReader(run("transfer", "report", planned).splitlines()))

    assert {row["artifact"] for row in rows} == {"a", "b", "runs/=c"}
    assert {row["result"] for row in rows} == {"Copied"}


def test_the_report_is_written_to_a_file(planned: str, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "report.csv"

    printed = run("transfer", "report", planned, "--file", str(file))

    assert printed == f"Wrote the report of transfer {planned} to {file}.\n"
    assert file.read_bytes().count(b"\r\n") == 4


def test_a_file_that_cannot_be_written_is_told(planned: str, refusal: Refusal) -> None:
    refused = refusal("transfer", "report", planned, "--file", "/nowhere/report.csv")

    assert str(refused) == "`/nowhere/report.csv` cannot be written: No such file or directory."


def test_progress_is_printed_in_lines_where_there_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY", 0)
    totals = {"moving": 3, "moving_bytes": 3072, "done": 0, "done_bytes": 0, "failed": 0}
    said: list[str] = []

    progress.show_progress(
        iter(
            [
                {**totals, "flying_bytes": 0},
                {**totals, "flying_bytes": 0},
                {**totals, "done": 1, "done_bytes": 1024, "failed": 1, "flying_bytes": 512},
            ]
        ),
        said.append,
    )

    assert said == [
        "0 of 3 objects, 0 bytes of 3.0 KiB",
        "1 of 3 objects, 1 failed, 1.5 KiB of 3.0 KiB",
    ]


def test_progress_is_a_bar_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    totals = {"moving": 3, "moving_bytes": 3072, "done": 3, "done_bytes": 3072, "failed": 0}

    progress.show_progress(iter([{**totals, "flying_bytes": 0}]), print)

    assert "3 of 3 objects" in capsys.readouterr().out
