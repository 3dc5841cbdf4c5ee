"""Zips from strangers: bombs, links and paths are refused before anything is unpacked."""

from __future__ import annotations

import io
import stat
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from stores.zenml_yaml import Refused, read

SAMPLES = Path(__file__).parents[1] / "zenml"
STACK = b"components: {}\nstack_name: a\nzenml_version: 0.98.0\n"


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def refusal(content: bytes) -> str:
    with pytest.raises(Refused) as refused:
        read(content)
    return str(refused.value)


def test_a_zip_of_yaml_files_is_a_bundle() -> None:
    content = zipped(
        **{
            "stacks/a.yaml": (SAMPLES / "zenml-0.33.0_dict.yaml").read_bytes(),
            "stacks/b.yml": (SAMPLES / "zenml-0.98.0_list.yaml").read_bytes(),
        }
    )

    bundle = read(content)

    assert [(stack.name, stack.source) for stack in bundle.stacks] == [
        ("custom_stack", "stacks/a.yaml"),
        ("copy2", "stacks/b.yml"),
    ]


def test_what_is_wrong_in_an_archive_names_file_and_line() -> None:
    content = zipped(**{"a.yaml": STACK, "b.yaml": b"a: 1\na: 2\n"})

    assert refusal(content) == "`b.yaml`, line 2: `a` stands here twice."


def test_w40_a_zip_bomb_is_refused_and_memory_stays_flat() -> None:
    one = zipped(**{"a.yaml": b"#" * 300 * 1024 * 1024})
    many = zipped(**{f"{number}.yaml": b"#" * 250 * 1024 for number in range(100)})
    assert len(one) < 512 * 1024

    tracemalloc.start()
    try:
        words = refusal(one), refusal(many)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert words == (
        "`a.yaml`: unpacked it is larger than 256 KiB.",
        "Unpacked, this zip is larger than 512 KiB.",
    )
    assert peak < 16 * 1024 * 1024


@pytest.mark.parametrize(
    "name", ["../a.yaml", "/etc/a.yaml", "x/../../a.yaml", "..\\a.yaml", "C:/a.yaml"]
)
def test_w40_a_path_out_of_the_archive_is_refused(name: str) -> None:
    assert refusal(zipped(**{name: STACK})).endswith("its path leads out of the archive.")


def test_w40_a_link_in_an_archive_is_refused() -> None:
    packed = io.BytesIO()
    link = zipfile.ZipInfo("a.yaml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(link, "/etc/passwd")

    assert refusal(packed.getvalue()) == "`a.yaml`: it is a link or a device, no file."


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x1f\x8b\x08\x00", "Of archives, only zip is taken."),
        (b"\0" * 257 + b"ustar\x0000", "Of archives, only zip is taken."),
        (b"PK\x03\x04 and no more", "This zip is damaged, or packed in a way that is not taken."),
        (zipped(**{"run.sh": b"id"}), "`run.sh`: a bundle holds .yaml files only."),
        (
            zipped(**{f"{number}.yaml": b"" for number in range(501)}),
            "This zip has more than 500 files.",
        ),
        (b"a" * 600 * 1024, "This is larger than 512 KiB."),
    ],
)
def test_w40_other_archives_and_files_are_refused(content: bytes, words: str) -> None:
    assert refusal(content) == words


def test_w40_a_file_twice_in_an_archive_is_refused() -> None:
    content = zipped(**{"a.yaml": STACK, "b.yaml": STACK}).replace(b"b.yaml", b"a.yaml")

    assert refusal(content) == "`a.yaml`: this file is in the zip twice."
