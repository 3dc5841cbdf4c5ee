"""Take the sample's rows away again; the running `up` deletes the files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Model, ProtectedError, Q

from project import audit
from secrets_app.models import Secret
from stores.models import Component, Stack, Store, Transfer
from stores.places import is_inside
from stores.sample import state
from stores.sample.state import State, Status

# In the order in which they can be deleted.
MODELS: tuple[type[Model], ...] = (Transfer, Stack, Component, Store, Secret)


class SampleError(Exception):
    """Why the sample cannot be loaded or removed, in words for whoever asked."""


class InUse(SampleError):
    """Something that is not the sample's uses a part of it."""


def remove(by: Any) -> None:
    """Delete the sample's rows, once nobody loads it. Raises `InUse`, and then deletes nothing."""
    with state.lock():
        _delete(state.status().rows, by)
        words = "The sample was removed, with all artifacts in its stores."
        state.write(Status(State.REMOVED, words))


def _delete(rows: dict[str, list[int]], by: Any) -> None:
    with transaction.atomic():
        things = {model: list(kept(model, rows)) for model in MODELS}
        users = list(_users(things))
        if users:
            raise _in_use(users)
        for model in MODELS:
            for thing in things[model]:
                audit.record(by, "deleted", thing, "the sample")
                try:
                    thing.delete()
                except ProtectedError as error:
                    raise _in_use([_say(user) for user in error.protected_objects]) from None


def kept(model: Any, rows: dict[str, list[int]]) -> Any:
    """The sample's rows of a model, as far as they are still there. The file may be older than
    the database, so a row has to look like the sample's too."""
    things = model.objects.filter(pk__in=rows.get(model._meta.label_lower, []))
    if hasattr(model, "labels"):
        return things.filter(labels__sample="yes")
    name = "source_name" if model is Transfer else "name"
    return things.filter(**{f"{name}__startswith": "sample_"})


def _users(things: dict[type[Model], list[Any]]) -> Iterator[str]:
    """What is not the sample's and uses a part of it."""
    stores, parts = things[Store], things[Component]
    using = Q(store__in=stores) | Q(components__in=parts)
    others = Stack.objects.filter(using).exclude(pk__in=[stack.pk for stack in things[Stack]])
    yield from (_say(stack) for stack in others.distinct())
    moving = Transfer.objects.under_way(stores)
    own = [transfer.pk for transfer in things[Transfer]]
    yield from (_say(transfer) for transfer in moving.exclude(pk__in=own))
    foreign = Store.objects.exclude(pk__in=[store.pk for store in stores])
    for secret in things[Secret]:
        yield from (_say(store) for store in foreign.naming(secret))
    places = [store.location() for store in stores if store.flavor == "local"]
    for store in foreign.filter(flavor="local"):
        if any(is_inside(store.location(), place) for place in places):
            yield _say(store)


def _say(thing: Model) -> str:
    return f"{thing._meta.verbose_name} `{thing}`"


def _in_use(users: list[str]) -> InUse:
    uses = "uses it" if len(users) == 1 else "use it"
    return InUse(f"The sample cannot be removed: {', '.join(users)} {uses}. Delete that first.")
