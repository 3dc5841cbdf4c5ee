"""Carry out a check: step by step, recorded as it goes on."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from project.access import Role
from stores import comparison, connectivity
from stores.flavors.base import Category
from stores.models import Check, Run, Store
from stores.runs.lease import Lease, working
from stores.runs.rehearsals import settle_check
from stores.runs.uses import keep_end, note_refusal, note_sign_in, note_use
from stores.steps import Step

# Steps end within milliseconds where all is well: what is shown of a check meanwhile is written
# this often, in seconds, as often as a page asks, and once the network was reached.
SHOWN_EVERY = 1.0


def run_check(check_id: int) -> None:
    """Do the check if it is still to be done, and set the store's state by what it proved."""
    checks = Check.objects.filter(pk=check_id).select_related("store", "requested_by")
    with working(checks, settle_check) as lease:
        if lease is None:
            return
        store = lease.run.store
        person = lease.run.requested_by
        rehearsal = lease.run.rehearsal
        if person and not store.allows(person, Role.OPERATOR):
            lease.end(Run.Status.FAILED, error=f"{person} may not check this store any more.")
            return
        if rehearsal:
            if store.secret() != rehearsal.secret:
                words = f"`{store}` names another secret now; version {rehearsal.version} of"
                lease.end(
                    Run.Status.FAILED, error=f"{words} `{rehearsal.secret}` was not tried with it."
                )
                return
            store.trying = rehearsal.secret.versions.get(number=rehearsal.version)
        steps: list[Step] = []
        shown_at = time.monotonic()
        probe_name = store.probe_name if store.allow_probes else None
        for step in connectivity.probe(store, probe_name, settings.CHECK_BUDGET):
            steps.append(step)
            if step.name in ("secret", "fetch"):
                _note_secret(lease, store, person, step, steps)
            elif step.name == "connect" or time.monotonic() - shown_at > SHOWN_EVERY:
                lease.write(steps=_as_dicts(steps))
            else:
                continue
            shown_at = time.monotonic()
        state, words = connectivity.verdict(steps)
        shown = _as_dicts(steps)
        with transaction.atomic():
            lease.end(
                Run.Status.DONE,
                steps=shown,
                verdict=state,
                words=words,
                fingerprint=_fingerprint(lease.run, store, shown),
            )
            if lease.run.rehearsal_id:
                return
            # What was proven says nothing of settings that were changed meanwhile.
            Store.objects.filter(
                pk=store.pk,
                path=store.path,
                configuration=store.configuration,
                sign_in=store.sign_in,
                authentication_secret=store.authentication_secret,
            ).update(state=state, state_words=words, checked_at=Now())


def _fingerprint(check: Check, store: Store, steps: list[dict[str, Any]]) -> dict[str, str]:
    """What later checks of the store are compared with."""
    _, number = store.used or (None, 0)
    settings_of = ", ".join(f"{name} {value}" for name, value in store.configuration.items())
    known = {
        "path": store.path,
        "configuration": settings_of,
        "sign_in": store.get_sign_in_display(),
        "secret": store.authentication_secret,
        "secret_version": store.fetched.version if store.fetched else number,
        "worker": check.worker.partition(":")[0],
    }
    return comparison.fingerprint(steps, store.kind, known)


def _note_secret(lease: Lease, store: Store, person: Any, step: Step, steps: list[Step]) -> None:
    """Write the steps so far and which version of which secret they used; note in the audit that
    it was used or refused, and when what a vault gave out ends."""
    run = f"check {lease.run.pk}"
    secret, number = store.used or (None, 0)
    with transaction.atomic():
        lease.write(steps=_as_dicts(steps), secret=secret, secret_version=number or None)
        if step.name == "secret":
            note_sign_in(store, person, run)
        else:
            keep_end(store)
        if step.mark == "ok" and (step.name == "fetch" or not store.vault):
            note_use(store, person, run)
        elif step.category == Category.SECRET_UNDECRYPTABLE:
            note_refusal(store, person, run, step.words)


def _as_dicts(steps: list[Step]) -> list[dict[str, Any]]:
    return [step.as_dict() for step in steps]
