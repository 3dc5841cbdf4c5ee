"""What lists say of stacks.

To judge stacks takes the rules a dozen queries and much work. What comes of it is kept by each
process, at a few KiB a stack, until something is changed that it rests on.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.contrib.auth.models import Group, User
from django.db import connection

from stores.models import Change, Stack, Store
from stores.stack_rules.facts import Facts, Sketch, collect, load_parts
from stores.stack_rules.finding import Finding
from stores.stack_rules.judging import judge
from stores.stack_rules.seeing import Whose, hidden_from, not_shared
from stores.stack_rules.verdict import worst

# Seconds after which a stack is judged again although nothing was changed: what is said of how
# long a secret lasts and of how full a disk is changes by itself.
LASTS = 3600
LASTS_WHERE_TIME_TELLS = 60
# How many stacks a process keeps; with one more it begins anew.
MOST_KEPT = 10_000

# How many stacks are on a page of a list.
PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class Said:
    """A finding as lists show it; `about` is the name of the part, None for the stack itself."""

    id: str
    level: str
    about: str | None
    words: str
    brief: str
    action: str

    @classmethod
    def of(cls, finding: Finding) -> Said:
        """What the finding says."""
        about = finding.about and finding.about.name
        words, brief = finding.words, finding.brief
        return cls(finding.id, finding.level, about, words, brief, finding.action)


class Joined(NamedTuple):
    """A component of a stack."""

    type: str
    name: str
    flavor: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a list says of a stack to somebody, most of it in names. `store_state` is None where
    the store is not shared with them, `worst` is the gravest finding."""

    name: str
    owner: str | None
    team: str | None
    production: bool
    store: str
    store_state: str | None
    manager: str | None
    components: tuple[Joined, ...]
    worst: Said | None


class _Kept(NamedTuple):
    """What is kept of a stack: what it rests on and until when, by the process's clock, it holds;
    the parts, with the store first, and the summary for who sees them all."""

    rests_on: tuple[Any, ...]
    until: float
    parts: tuple[Whose, ...]
    summary: Summary

    def holds(self, rests_on: tuple[Any, ...]) -> bool:
        """Whether nothing was changed since."""
        return self.rests_on == rests_on and time.monotonic() < self.until

    def shown(self, hidden: Collection[Whose]) -> Summary:
        """The summary for somebody from whom these parts are hidden."""
        count = sum(part in hidden for part in self.parts) if hidden else 0
        if not count:
            return self.summary
        state = None if self.parts[0] in hidden else self.summary.store_state
        return replace(self.summary, store_state=state, worst=Said.of(not_shared(count)))


# By the stack's key. Threads share it: what is in it never changes, but is put in anew.
_kept: dict[int, _Kept] = {}


def forget() -> None:
    """Judge every stack anew from now on, as a process that has just begun."""
    _kept.clear()


def summaries(stacks: Collection[int], user: Any) -> dict[int, Summary]:
    """What a list says to the person of the stacks with these keys, in their order, in a fixed
    number of queries. Stacks that are gone are left out."""
    stamp = Change.objects.stamp()
    rests_on = {pk: (stamp, *read) for pk, *read in _read_each_time(stacks)}
    kept = {
        pk: each for pk, found in rests_on.items() if (each := _kept.get(pk)) and each.holds(found)
    }
    if missing := rests_on.keys() - kept.keys():
        kept |= _judged({pk: rests_on[pk] for pk in missing})
    hidden = hidden_from(user, {part for each in kept.values() for part in each.parts})
    return {pk: kept[pk].shown(hidden) for pk in stacks if pk in kept}


def _read_each_time(stacks: Collection[int]) -> list[tuple[Any, ...]]:
    """For each of the stacks its key, and what its summary rests on beside what `Change` notes:
    names of people and teams, and what the last check of the store found.

    Written in SQL: to put it together from Django's words takes longer than all the rest that a
    page of the list takes of this module.
    """
    if not stacks:
        return []
    asked = f"""
        SELECT stack.id, person.username, team.name,
               store.state, store.state_words, store.checked_at
        FROM {Stack._meta.db_table} stack
        JOIN {Store._meta.db_table} store ON store.id = stack.store_id
        LEFT JOIN {User._meta.db_table} person ON person.id = stack.owner_id
        LEFT JOIN {Group._meta.db_table} team ON team.id = stack.team_id
        WHERE stack.id IN ({", ".join(["%s"] * len(stacks))})
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(asked, list(stacks))
        return cursor.fetchall()


def _judged(rests_on: Mapping[int, tuple[Any, ...]]) -> dict[int, _Kept]:
    """Judge these stacks, and keep what comes of it."""
    parts = ("store", "secrets_manager", "owner", "team")
    stacks = list(Stack.objects.filter(pk__in=rests_on).select_related(*parts))
    load_parts(stacks)
    judged = {}
    for stack, facts in zip(stacks, collect([Sketch.of(each) for each in stacks]), strict=True):
        lasts = LASTS_WHERE_TIME_TELLS if _time_tells(facts) else LASTS
        judged[stack.pk] = _Kept(
            rests_on[stack.pk],
            time.monotonic() + lasts,
            tuple(map(Whose.of, stack.parts())),
            _summary(stack, facts),
        )
    if len(_kept) + len(judged) > MOST_KEPT:
        forget()
    _kept.update(judged)
    return judged


def _summary(stack: Stack, facts: Facts) -> Summary:
    """The summary for who sees every part."""
    found = worst(judge(facts))
    return Summary(
        name=stack.name,
        owner=stack.owner.get_username() if stack.owner else None,
        team=stack.team.name if stack.team else None,
        production=stack.production,
        store=stack.store.name,
        store_state=stack.store.state,
        manager=stack.secrets_manager.name if stack.secrets_manager else None,
        components=tuple(Joined(c.type, c.name, c.flavor) for c in stack.components.all()),
        worst=Said.of(found) if found else None,
    )


def _time_tells(facts: Facts) -> bool:
    """Whether the rules look at how long something lasts, or at how full a disk is: also where the
    folder is still to come."""
    expiry = facts.secret and facts.secret.expiry
    in_folder = facts.store is not None and facts.store.flavor == "local"
    return in_folder or bool(expiry and expiry.level != "fine")
