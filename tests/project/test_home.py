"""The home folder: which one it is, and who may look into it."""

import stat
from pathlib import Path

from project.home import DEFAULT, Home, home_folder


def test_without_a_variable_the_home_is_var_beside_the_code():
    assert home_folder({}) == Home(DEFAULT)
    assert home_folder({"STOREROOM_HOME": " "}) == Home(DEFAULT)
    assert Path(__file__).resolve().parents[2] / "var" == DEFAULT


def test_a_relative_home_starts_at_the_current_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert home_folder({"STOREROOM_HOME": "state"}).path == tmp_path / "state"


def test_a_tilde_means_the_users_own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))

    assert home_folder({"STOREROOM_HOME": "~/state"}).path == tmp_path / "state"


def test_asking_for_the_home_makes_nothing(tmp_path):
    home_folder({"STOREROOM_HOME": str(tmp_path / "state")})

    assert list(tmp_path.iterdir()) == []


def test_created_folders_are_for_this_user_alone(tmp_path):
    home = Home(tmp_path / "above" / "state").create()

    folders = [home.path, *(path for path in home.path.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    assert {folder.name for folder in folders} == {
        *("state", "keys", "broker", "control", "static", "local_stores", "sample")
    }


def test_creating_twice_keeps_what_is_there(tmp_path):
    home = Home(tmp_path).create()
    home.database.write_text("rows")

    home.create()

    assert home.database.read_text() == "rows"
