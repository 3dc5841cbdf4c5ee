"""How far a transfer is, as it goes on: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from project.templatetags.storeroom import iec
from stores.models.transfer import moved_bytes

# Seconds between two lines.
LINE_EVERY = 2.0


class Rate(ProgressColumn):
    """Bytes a second, in the units that the rest of Storeroom uses."""

    def render(self, task: Task) -> Text:
        """The rate, as soon as there is one."""
        return Text(f"{iec(int(task.speed))}/s" if task.speed else "")


def show_progress(looks: Iterator[Mapping[str, int]], say: Callable[[str], None]) -> None:
    """Show the totals as they come, until they end."""
    if sys.stdout.isatty():
        _draw_bar(looks)
    else:
        _print_lines(looks, say)


def _draw_bar(looks: Iterator[Mapping[str, int]]) -> None:
    columns = (
        TextColumn("{task.fields[objects]}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as bar:
        task = bar.add_task("", total=None, objects="")
        for totals in looks:
            bar.update(
                task,
                total=totals["moving_bytes"],
                completed=moved_bytes(totals),
                objects=_objects(totals),
            )


def _print_lines(looks: Iterator[Mapping[str, int]], say: Callable[[str], None]) -> None:
    printed, last = "", time.monotonic()
    for totals in looks:
        line = f"{_objects(totals)}, {iec(moved_bytes(totals))} of {iec(totals['moving_bytes'])}"
        if line != printed and time.monotonic() - last >= LINE_EVERY:
            say(line)
            printed, last = line, time.monotonic()


def _objects(totals: Mapping[str, int]) -> str:
    failed = f", {totals['failed']} failed" if totals["failed"] else ""
    return f"{totals['done']} of {totals['moving']} objects{failed}"
