"""Open every secret that a stack names, one after the other, and keep what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from project import audit
from project.access import Namespace, Part, Role, in_namespace
from secrets_app import keyring, vaults
from secrets_app.expiry import expiry_of, span
from secrets_app.managers.base import ManagerCategory, ManagerError
from secrets_app.models import Secret
from secrets_app.references import Reference
from stores import stack_rules
from stores.models import Change, Run, Stack, StackCheck
from stores.runs.lease import working
from stores.stack_rules.opening import ABSENT, label, named_by


class CannotOpen(Exception):
    """Why a secret could not be opened, or is of no use, and what to do about it."""

    def __init__(self, category: str, text: str, action: str) -> None:
        super().__init__(text)
        self.category = category
        self.text = text
        self.action = action


def run_stack_check(stack_check_id: int) -> None:
    """Open the secrets if that is still to be done. What a dead worker left is begun again."""
    checks = StackCheck.objects.filter(pk=stack_check_id)
    with working(checks.select_related("stack__store", "requested_by"), _outdate) as lease:
        if lease is None:
            return
        stack, person = lease.run.stack, lease.run.requested_by
        refusal = _refusal(stack, person) if person else ""
        if refusal:
            lease.end(Run.Status.FAILED, error=refusal)
            return
        parts = list(stack.parts())
        named = _named(parts)
        results: list[dict[str, Any]] = []
        lease.write(parts=sorted(map(label, parts)), total=len(named), results=results)
        opener = _Opener(stack, person, f"stack check {lease.run.pk}")
        for (namespace, name), keys in named.items():
            results = [*results, opener.result(namespace, name, keys)]
            lease.write(results=results)
        lease.end(Run.Status.DONE)


def _outdate(check: StackCheck) -> None:
    """Have stacks judged anew: the rules look at what the check found."""
    Change.objects.note()


def _refusal(stack: Stack, person: Any) -> str:
    """Why the person may not have the stack's secrets opened, "" where they may."""
    for thing in (stack, stack.store):
        if not thing.allows(person, Role.OPERATOR):
            return f"{person} may not check `{thing}` any more."
    if stack_rules.unseen_parts(stack, person):
        return f"Not all that `{stack}` joins is shared with {person}."
    return ""


def _named(parts: Iterable[Part]) -> dict[tuple[Namespace, str], set[str]]:
    """The secrets that the parts name, and those that the vaults are signed in to with which keep
    them, in the order of their names."""
    named = named_by(parts)
    found = (_find(namespace, name) for namespace, name in named)
    managers = [secret.manager for secret in found if secret and not secret.kept_here]
    both = named_by(managers) | named
    return dict(sorted(both.items(), key=lambda item: item[0][1]))


def _find(namespace: Namespace, name: str) -> Secret | None:
    return (
        Secret.objects.select_related("manager").filter(in_namespace(namespace), name=name).first()
    )


class _Opener:
    """Opens secrets for one stack, in the name of a person. A vault that does not answer is asked
    once."""

    def __init__(self, stack: Stack, person: Any, run: str) -> None:
        self.stack = stack
        self.person = person
        self.run = run
        self.silent: dict[int, ManagerError] = {}

    def result(self, namespace: Namespace, name: str, keys: set[str]) -> dict[str, Any]:
        """What came of opening the secret, and of looking for these attributes in it."""
        secret = _find(namespace, name)
        said: dict[str, Any] = {
            "secret": secret.pk if secret else None,
            "name": name,
            "rests_on": _rests_on(secret) if secret else [],
        }
        try:
            if secret is None:
                raise CannotOpen(ABSENT, f"There is no secret `{name}`.", "Create it.")
            if secret.kept_here:
                words = self._open_here(secret, keys)
            else:
                words = self._open_in_vault(secret, keys)
        except CannotOpen as error:
            failed = {"mark": "failed", "category": error.category}
            return said | failed | {"words": error.text, "action": error.action}
        return said | {"mark": "ok", "category": "", "words": words, "action": ""}

    @sensitive_variables("values")
    def _open_here(self, secret: Secret, keys: set[str]) -> str:
        try:
            values = secret.reveal()
        except keyring.Undecryptable as error:
            words = f"`{secret}` {error}."
            audit.record(self.person, "refused", secret, f"to be used: {words}", run=self.run)
            raise CannotOpen(
                "secret_undecryptable",
                words,
                "Add the key that sealed it to FERNET_KEYS, or enter the values again.",
            ) from None
        version = secret.opened
        if version is None:
            raise CannotOpen(ABSENT, f"`{secret}` holds no value.", "Enter its values.")
        audit.record(
            self.person,
            "used",
            secret,
            f"version {version.number} for {self.stack}",
            fingerprint=version.fingerprint,
            run=self.run,
        )
        _look_for(secret, keys, values, ABSENT)
        expiry = expiry_of(secret, timezone.now())
        _refuse_ended(secret, expiry.at if expiry and expiry.refused else None)
        return f"`{secret}` v{version.number} decrypted (values not shown)."

    @sensitive_variables("fetched")
    def _open_in_vault(self, secret: Secret, keys: set[str]) -> str:
        manager = secret.manager
        try:
            if manager.pk in self.silent:
                raise self.silent[manager.pk]
            vault = vaults.open_vault(secret)
            vault.note_sign_in(self.person, self.run)
            fetched = vault.fetch()
        except ManagerError as error:
            if error.category == ManagerCategory.UNAVAILABLE:
                self.silent[manager.pk] = error
            raise CannotOpen(str(error.category), error.text, error.action) from None
        version = f"version {fetched.version}" if fetched.version else "its value"
        with transaction.atomic():
            vaults.note_end(secret, fetched.expires_at)
            words = f"{version} from {manager} for {self.stack}"
            audit.record(self.person, "used", secret, words, run=self.run)
        _look_for(secret, keys, fetched.values, "no_attribute")
        _refuse_ended(secret, fetched.expires_at)
        return f"`{secret}` fetched from `{manager}` (values not shown)."


def _rests_on(secret: Secret) -> list[int]:
    """The secret, and the one that its vault is signed in to with."""
    name = "" if secret.kept_here else secret.manager.authentication_secret
    signs_in = _find(secret.manager.namespace, name) if name else None
    return [each.pk for each in (secret, signs_in) if each]


@sensitive_variables("values")
def _look_for(secret: Secret, keys: set[str], values: Mapping[str, str], category: str) -> None:
    missing = [str(Reference(secret.name, key)) for key in sorted(keys - values.keys())]
    if missing:
        named = ", ".join(f"`{reference}`" for reference in missing)
        lead = "leads" if len(missing) == 1 else "lead"
        raise CannotOpen(
            category,
            f"{named} {lead} to no value in `{secret}`.",
            f"Add it to `{secret}`, or correct the reference.",
        )


def _refuse_ended(secret: Secret, end: datetime | None) -> None:
    if end and end <= timezone.now():
        raise CannotOpen(
            "secret_expired",
            f"`{secret}` expired {span(timezone.now() - end)} ago.",
            "Replace it.",
        )
