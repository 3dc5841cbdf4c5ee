"""Carry out a check: step by step, each recorded as it ends."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from project.access import Role
from stores import connectivity
from stores.models import Check, Run, Store
from stores.runs.lease import working


def run_check(check_id: int) -> None:
    """Do the check if it is still to be done, and set the store's state by what it proved."""
    with working(Check.objects.filter(pk=check_id)) as lease:
        if lease is None:
            return
        store = lease.run.store
        person = lease.run.requested_by
        if person and not store.allows(person, Role.OPERATOR):
            lease.end(Run.Status.FAILED, error=f"{person} may not check this store any more.")
            return
        steps: list[connectivity.Step] = []
        probe_name = store.probe_name if store.allow_probes else None
        for step in connectivity.probe(store, probe_name, settings.CHECK_BUDGET):
            steps.append(step)
            lease.write(steps=[step.as_dict() for step in steps])
        state, words = connectivity.verdict(steps)
        with transaction.atomic():
            lease.end(Run.Status.DONE, verdict=state, words=words)
            # What was proven says nothing of settings that were changed meanwhile.
            Store.objects.filter(
                pk=store.pk,
                path=store.path,
                configuration=store.configuration,
                sign_in=store.sign_in,
                authentication_secret=store.authentication_secret,
            ).update(state=state, state_words=words, checked_at=Now())
