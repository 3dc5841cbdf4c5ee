"""Where things are, compared part by part and never as the beginning of a text.

`az://team` has nothing to do with `az://team-secret`. Every rule that asks whether two places are
the same, or one inside the other, asks here. Pure.
"""

from __future__ import annotations

Place = tuple[str, ...]
"""A place as its parts, the widest first: the kind of storage, the account, the container, …"""


def below(place: Place, outer: Place) -> Place | None:
    """The parts that lead from `outer` down to `place`: none where both are the same, None where
    `place` is not inside of it."""
    if place[: len(outer)] != outer:
        return None
    return place[len(outer) :]


def is_inside(place: Place, outer: Place) -> bool:
    """Whether `place` is `outer` itself or lies in it."""
    return below(place, outer) is not None


def parts_of(address: str) -> Place:
    """An address taken apart: what stands before `://`, "" where nothing does, then what slashes
    separate. A path that begins with a slash has an empty part for that."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        return ("", *address.split("/"))
    return (scheme.lower(), *rest.split("/"))
