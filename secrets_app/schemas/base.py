"""What a kind of secret is made of; keeps out every particular kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

# The code of a complaint about a value that is right for another attribute, which its params name.
BELONGS_ELSEWHERE = "belongs_elsewhere"


def nothing_contradicts(values: Mapping[str, str]) -> dict[str, list[str]]:
    """For kinds whose values may stand beside each other in any way."""
    return {}


def nothing_to_say(values: Mapping[str, str], now: datetime) -> list[Finding]:
    """For kinds whose values tell nothing by themselves."""
    return []


def no_end(values: Mapping[str, str]) -> datetime | None:
    """For kinds whose values do not tell when they end."""
    return None


@dataclass(frozen=True, slots=True)
class Finding:
    """What can be said of a value without asking the service: how grave it is, which attribute it
    is about ("" for all of them), and a sentence that shows no value."""

    level: Literal["ok", "warning", "problem"]
    field: str
    words: str


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to be complete: the attributes that it needs, and those that may stand beside."""

    slug: str
    label: str
    needs: tuple[str, ...]
    takes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribute:
    """One value of a secret: what it is called, where it is found, and what it has to look like.

    `clean` gives the value in its normal form or raises `ValidationError`. A value that is not
    `sensitive` is kept sealed like all others, but it does no harm in a log. One that `directs`
    says to whom the others are sent. A `free_text` is kept exactly as it was typed.
    """

    name: str
    label: str
    help: str
    clean: Callable[[str], str]
    multiline: bool = False
    sensitive: bool = True
    directs: bool = False
    free_text: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """The attributes of one kind of secret; an open-ended kind takes any others as well.

    Where it has `shapes`, its values make exactly one of them. `contradictions` says, by
    attribute, what does not fit together among values that are right by themselves; `findings`
    what else they tell, `expires_at` when they end for certain.
    """

    slug: str
    label: str
    attributes: tuple[Attribute, ...] = ()
    open_ended: bool = False
    contradictions: Callable[[Mapping[str, str]], dict[str, list[str]]] = nothing_contradicts
    shapes: tuple[Shape, ...] = ()
    findings: Callable[[Mapping[str, str], datetime], list[Finding]] = nothing_to_say
    expires_at: Callable[[Mapping[str, str]], datetime | None] = no_end

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that canonical name, if it is one of the kind's own."""
        return next((each for each in self.attributes if each.name == name), None)

    def is_sensitive(self, name: str) -> bool:
        """Whether the value of that canonical name has to be hidden; unknown ones have to."""
        attribute = self.attribute(name)
        return attribute is None or attribute.sensitive

    def in_order(self, names: Iterable[str]) -> list[str]:
        """Attributes in the schema's order, those that it does not know last."""
        order = [attribute.name for attribute in self.attributes]
        return sorted(names, key=lambda key: (order.index(key) if key in order else 99, key))

    def shape(self, slug: str) -> Shape | None:
        """The shape of that name, if there is one."""
        return next((each for each in self.shapes if each.slug == slug), None)

    def shape_with(self, attribute: str) -> Shape | None:
        """The one shape that an attribute tells from the others, if it does."""
        telling = (each for each in self.shapes if attribute in _own(each, self.shapes))
        return next(telling, None)

    def keeps_end(self, names: Iterable[str]) -> bool:
        """Whether the end that somebody told of a secret still holds when these attributes are
        replaced or removed: it is the end of what is secret among them."""
        return not any(self.is_sensitive(name) for name in names)

    @property
    def offers_a_choice(self) -> bool:
        """Whether there are several ways to be complete."""
        return len(self.shapes) > 1

    def shape_of(self, names: Iterable[str]) -> Shape | None:
        """The one shape that exactly these attributes make, if they make one."""
        given = set(names)
        complete = [
            shape
            for shape in self.shapes
            if set(shape.needs) <= given <= {*shape.needs, *shape.takes}
        ]
        return complete[0] if len(complete) == 1 else None

    def incompleteness(self, names: Iterable[str]) -> dict[str, list[str]]:
        """What keeps these attributes from making exactly one shape, by the attribute to look at
        first; empty where they make one, or where there are no shapes."""
        given = set(names)
        if not self.shapes or not given or self.shape_of(given):
            return {}
        ways = [shape for shape in self.shapes if set(_own(shape, self.shapes)) & given]
        if len(ways) > 1:
            own = [next(n for n in _own(way, self.shapes) if n in given) for way in ways]
            both = "both " if len(own) == 2 else ""
            return {
                own[-1]: [
                    f"This secret has {both}{_joined(own)}: {len(own)} ways to sign in."
                    " Keep one of them."
                ]
            }
        if not ways:
            names = [_joined(shape.needs) for shape in self.shapes]
            return {
                next(iter(sorted(given))): [
                    f"This alone is no way to sign in. Complete are: {'; '.join(names)}."
                ]
            }
        missing = [name for name in ways[0].needs if name not in given]
        if missing:
            there = next(name for name in _own(ways[0], self.shapes) if name in given)
            return {missing[0]: [f"`{there}` needs {_joined(missing)} beside it."]}
        others = sorted(given - {*ways[0].needs, *ways[0].takes})
        return {others[0]: [f"This does not belong to {_joined(ways[0].needs)}."]}


def _own(shape: Shape, shapes: tuple[Shape, ...]) -> list[str]:
    """The attributes that tell this shape from the others."""
    others = {name for other in shapes if other is not shape for name in other.needs}
    return [name for name in shape.needs if name not in others]


def _joined(names: Iterable[str]) -> str:
    listed = [f"`{name}`" for name in names]
    return " and ".join(filter(None, [", ".join(listed[:-1]), listed[-1]]))
