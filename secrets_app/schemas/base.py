"""What a kind of secret is made of; keeps out every particular kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


def nothing_contradicts(values: Mapping[str, str]) -> dict[str, list[str]]:
    """For kinds whose values may stand beside each other in any way."""
    return {}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One value of a secret: what it is called, where it is found, and what it has to look like.

    `clean` gives the value in its normal form or raises `ValidationError`. A value that is not
    `sensitive` is kept sealed like all others, but it does no harm in a log.
    """

    name: str
    label: str
    help: str
    clean: Callable[[str], str]
    multiline: bool = False
    sensitive: bool = True


@dataclass(frozen=True, slots=True)
class Schema:
    """The attributes of one kind of secret; an open-ended kind takes any others as well.

    `contradictions` says, by attribute, what does not fit together among values that are right
    by themselves.
    """

    slug: str
    label: str
    attributes: tuple[Attribute, ...] = ()
    open_ended: bool = False
    contradictions: Callable[[Mapping[str, str]], dict[str, list[str]]] = nothing_contradicts

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that canonical name, if it is one of the kind's own."""
        return next((each for each in self.attributes if each.name == name), None)

    def is_sensitive(self, name: str) -> bool:
        """Whether the value of that canonical name has to be hidden; unknown ones have to."""
        attribute = self.attribute(name)
        return attribute is None or attribute.sensitive
