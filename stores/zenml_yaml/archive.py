"""Takes YAML files out of a zip, without ever writing one: names, links and sizes are checked
before and while a file is read, whatever the archive's own directory says of it."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator

from stores.zenml_yaml.document import Refused
from stores.zenml_yaml.parsing import LONGEST

MOST_FILES = 500
MOST_BYTES = 512 * 1024
ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
# gzip, bzip2, xz, zstd, 7z; tar has its name at 257.
OTHERS = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf")
ENCRYPTED = 0x1


def is_archive(content: bytes) -> bool:
    """Whether this is a zip. Raises `Refused` for archives of other kinds."""
    if content.startswith(OTHERS) or content[257:262] == b"ustar":
        raise Refused("of archives, only zip is taken.")
    return content.startswith((ZIP, EMPTY_ZIP))


def members(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each YAML file, in the archive's order. Raises `Refused`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from _members(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError):
        raise Refused("this zip is damaged, or packed in a way that is not taken.") from None


def _members(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MOST_FILES:
        raise Refused(f"this zip has more than {MOST_FILES} files.")
    left = MOST_BYTES
    seen = set()
    for info in infos:
        _check(info)
        if info.filename in seen:
            raise Refused("this file is in the zip twice.", 0, info.filename)
        seen.add(info.filename)
        with archive.open(info) as file:
            packed = file.read(min(left, LONGEST) + 1)
        if len(packed) > LONGEST:
            raise Refused(f"unpacked it is larger than {LONGEST // 1024} KiB.", 0, info.filename)
        left -= len(packed)
        if left < 0:
            raise Refused(f"unpacked, this zip is larger than {MOST_BYTES // 1024} KiB.")
        yield info.filename, packed


def _check(info: zipfile.ZipInfo) -> None:
    """Raise `Refused` for a file that no bundle of stacks needs."""
    name = info.filename
    if not name.isprintable() or len(name) > 200:
        raise Refused("a name in this zip is too long, or holds control characters.")
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise Refused("its path leads out of the archive.", 0, name)
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        raise Refused("it is a link or a device, no file.", 0, name)
    if info.flag_bits & ENCRYPTED:
        raise Refused("it is encrypted.", 0, name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused("it is packed in a way that is not taken.", 0, name)
    if not name.endswith((".yaml", ".yml")):
        raise Refused("a bundle holds .yaml files only.", 0, name)
