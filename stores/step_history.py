"""How the steps of a check went in the checks of the same store before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from stores.models import Check

# How many checks are looked at, the one itself included.
MOST = 20


class Once(NamedTuple):
    """How a step went in one check: its mark."""

    check: int
    mark: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Past:
    """How a step went in the checks that came to it, the latest first."""

    times: list[Once]

    @property
    def failures(self) -> int:
        """In how many it failed."""
        return sum(each.mark == "failed" for each in self.times)


def histories(check: Check) -> dict[str, Past]:
    """The past of each step, by its name, that failed in some of the last checks and did not in
    others. One query; nothing while the check goes on, or where it rehearses another version of
    the secret."""
    if check.is_open or check.rehearsal_id is not None:
        return {}
    last = Check.objects.filter(
        store=check.store_id, pk__lte=check.pk, rehearsal=None, status=Check.Status.DONE
    ).order_by("-pk")
    found: dict[str, Past] = {}
    for pk, steps, at in last.values_list("pk", "steps", "finished_at")[:MOST]:
        for step in steps:
            if step["mark"] != "skipped":
                past = found.setdefault(step["name"], Past([]))
                past.times.append(Once(pk, step["mark"], at))
    return {name: past for name, past in found.items() if 0 < past.failures < len(past.times)}
