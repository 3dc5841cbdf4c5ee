"""The sample's artifacts: small files such as pipelines leave behind, always the same."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILES = Path(__file__).parent / "files"
RUNS = 8
EPOCHS = 20
FLOWERS = ("iris", "tulip", "poppy")
# What the container gets besides: enough to browse and to read.
IN_AZURE = ("README.md", "runs/0008-train/", "models/flowers/v2/")


def artifacts() -> Iterator[tuple[str, bytes]]:
    """All of them: names, with parts joined by "/", and contents."""
    yield "README.md", README.encode()
    for run in range(1, RUNS + 1):
        yield from _of_run(run, f"runs/{run:04}-train")
    yield from _data("data/flowers")
    for version in (1, 2):
        yield from _model(version, f"models/flowers/v{version}")


def artifacts_in_azure() -> Iterator[tuple[str, bytes]]:
    """Those that the sample's container holds from the start."""
    return ((name, content) for name, content in artifacts() if name.startswith(IN_AZURE))


def _of_run(run: int, folder: str) -> Iterator[tuple[str, bytes]]:
    failed = run == 4
    losses = [_loss(run, epoch) for epoch in range(1, 4 if failed else EPOCHS + 1)]
    parameters = {"learning_rate": run / 1000, "batch_size": 16 * run, "epochs": EPOCHS}
    yield f"{folder}/params.json", _json(parameters)
    yield f"{folder}/train.log", _log(run, losses, failed).encode()
    if failed:
        return
    yield (
        f"{folder}/metrics.json",
        _json({"loss": losses[-1], "accuracy": round(1 - losses[-1] / 4, 4)}),
    )
    if run in (5, 8):
        yield f"{folder}/plots/loss-curve.png", (FILES / "loss-curve.png").read_bytes()
        yield f"{folder}/predictions.parquet", (FILES / "predictions.parquet").read_bytes()


def _loss(run: int, epoch: int) -> float:
    """A loss that falls with the epochs and a little with the runs, in whole thousandths."""
    return round((900 // epoch + 120 - 8 * run + (run * epoch * 7) % 11) / 1000, 3)


def _log(run: int, losses: list[float], failed: bool) -> str:
    lines = [f"run {run:04}: training the flower classifier"]
    lines += [f"epoch {epoch:2}/{EPOCHS}  loss {loss:.3f}" for epoch, loss in enumerate(losses, 1)]
    lines.append("ERROR: loss is NaN, stopping" if failed else "done: model kept")
    return "\n".join(lines) + "\n"


def _data(folder: str) -> Iterator[tuple[str, bytes]]:
    yield f"{folder}/train.csv", _table(range(240))
    yield f"{folder}/test.csv", _table(range(240, 300))
    yield f"{folder}/Nachzügler für später.csv", _table(range(300, 312))
    yield f"{folder}/labels.json", _json(list(FLOWERS))
    yield f"{folder}/schema.json", _json({"length_mm": "int", "width_mm": "int", "label": "str"})
    yield f"{folder}/_SUCCESS", b""


def _table(rows: range) -> bytes:
    lines = ["id,length_mm,width_mm,label"]
    for row in rows:
        lines.append(f"{row},{40 + row * 7 % 39},{11 + row * 5 % 23},{FLOWERS[row * 11 % 3]}")
    return ("\n".join(lines) + "\n").encode()


def _model(version: int, folder: str) -> Iterator[tuple[str, bytes]]:
    width = 32 * 4**version
    yield f"{folder}/model.safetensors", _safetensors({"hidden": (width, 64), "output": (64, 3)})
    yield f"{folder}/config.json", _json({"hidden": width, "labels": list(FLOWERS)})
    yield f"{folder}/model-card.md", MODEL_CARD.format(version=version, run=5 + version).encode()


def _safetensors(shapes: dict[str, tuple[int, int]]) -> bytes:
    """A file in the safetensors format: a header's length, the header in JSON, the numbers."""
    header: dict[str, Any] = {}
    numbers = bytearray()
    for name, (height, width) in shapes.items():
        start = len(numbers)
        for index in range(height * width):
            numbers += struct.pack("<f", (index * 37 % 201 - 100) / 128)
        offsets = [start, len(numbers)]
        header[name] = {"dtype": "F32", "shape": [height, width], "data_offsets": offsets}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(numbers)


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=2) + "\n").encode()


README = """# Flower classifier

Artifacts of a small training pipeline, as a sample of what an artifact store holds.

- `data/` tables that the pipeline read
- `runs/` a folder for each run: parameters, log, metrics, plots
- `models/` the models that were kept
"""

MODEL_CARD = """# Flowers v{version}

Tells irises, tulips and poppies apart by two measurements. Trained in run {run:04}.
For trying things out only: its numbers are made up.
"""
