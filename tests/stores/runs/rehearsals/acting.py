"""What the tests of rehearsals do again and again, and how a store may fail in them."""

from __future__ import annotations

from secrets_app.models import Secret
from stores import runs
from stores.flavors.base import Category, StoreError
from stores.models import Check, Rehearsal, Store

State = Rehearsal.State
REFUSED = StoreError(Category.SIGN_IN, "The key is refused.")
MISSING = StoreError(Category.CONTAINER_MISSING, "There is no container.")
READ_ONLY = StoreError(Category.PERMISSION, "Writing is not allowed.")
UNFIT = StoreError(Category.SECRET_SHAPE, "This is no key.")


def checked(store: Store) -> Check:
    """A check of the store with the version in use, after its end."""
    check = Check.objects.create(store=store)
    runs.run_check(check.pk)
    check.refresh_from_db()
    return check


def try_out(rehearsal: Rehearsal) -> None:
    """Carry out what is open of the rehearsal's checks."""
    for check in rehearsal.checks.open():
        runs.run_check(check.pk)
    rehearsal.refresh_from_db()


def rehearsed(secret: Secret, version: int = 2, *, switch: bool = True) -> Rehearsal:
    """A rehearsal of the version, after the end of its checks."""
    rehearsal = runs.begin(secret, version, switch, secret.owner)
    try_out(rehearsal)
    return rehearsal


def version_in_use(secret: Secret) -> int:
    return Secret.objects.get(pk=secret.pk).version


def state(rehearsal: Rehearsal) -> str:
    return Rehearsal.objects.get(pk=rehearsal.pk).state
