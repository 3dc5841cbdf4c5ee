"""The secrets that a stack's parts name, and what a worker's last try to open them still tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from project.access import Namespace, Part
from secrets_app.models import Secret, SecretsManager
from secrets_app.references import references_in
from stores.models import StackCheck, Store

# The category of a result that says that the secret, or its attribute, is not in this database:
# the rules see that by themselves.
ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a worker found when it opened a secret. `secret` is None where there was none; `holds`
    is whether nothing that the result rests on was changed since."""

    secret: Secret | None
    result: Mapping[str, Any]
    holds: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """The last check of a stack's secrets, and what it says of each."""

    check: StackCheck
    secrets: Sequence[Opened]

    @property
    def good(self) -> int:
        """How many secrets could be opened, and were not changed since."""
        return sum(each.holds and each.result["mark"] == "ok" for each in self.secrets)


def named_by(parts: Iterable[Part]) -> dict[tuple[Namespace, str], set[str]]:
    """The secrets that the parts name, by whose they are and by name, each with the attributes
    that references lead to: the store's own, those in settings, and those that managers sign in
    with."""
    named: dict[tuple[Namespace, str], set[str]] = {}
    for part in parts:
        if isinstance(part, Store | SecretsManager) and part.authentication_secret:
            named.setdefault((part.namespace, part.authentication_secret), set())
        for reference in references_in(part.configuration):
            named.setdefault((part.namespace, reference.secret), set()).add(reference.key)
    return named


def label(part: Part) -> str:
    """What tells the part from all others: "store:4"."""
    return f"{part._meta.model_name}:{part.pk}"


def openings(parts_of: Mapping[int, Sequence[Part]]) -> dict[int, Opening]:
    """The last check of each stack's secrets, by the stack's key, unless the parts are others by
    now or one was changed since. Takes three queries at the most."""
    ended = StackCheck.objects.filter(stack__in=parts_of, status=StackCheck.Status.DONE)
    last = ended.order_by().values("stack").annotate(last=Max("pk")).values("last")
    checks = [
        check
        for check in StackCheck.objects.filter(pk__in=last).select_related("requested_by")
        if sorted(map(label, parts_of[check.stack_id])) == check.parts
        and _unchanged(check, parts_of[check.stack_id])
    ]
    results = [result for check in checks for result in check.results]
    keys = {key for result in results for key in result["rests_on"]}
    secrets = Secret.objects.select_related("manager").in_bulk(keys) if keys else {}
    return {
        check.stack_id: Opening(check, [_opened(check, each, secrets) for each in check.results])
        for check in checks
    }


def _opened(check: StackCheck, result: Mapping[str, Any], secrets: Mapping[int, Secret]) -> Opened:
    rests_on = [secrets[key] for key in result["rests_on"] if key in secrets]
    holds = len(rests_on) == len(result["rests_on"]) and _unchanged(
        check, [thing for secret in rests_on for thing in (secret, secret.manager)]
    )
    return Opened(secrets.get(result["secret"]), result, holds)


def _unchanged(check: StackCheck, things: Iterable[Part | Secret]) -> bool:
    """Whether the check began after the last change of all these."""
    began = check.started_at
    return began is not None and all(thing.changed_at <= began for thing in things)
