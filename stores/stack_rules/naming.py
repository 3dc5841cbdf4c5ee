"""Whether the secrets that a stack's parts name can be found, read and used. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from secrets_app.managers.base import ManagerCategory
from secrets_app.references import dangling_among, references_in
from stores.stack_rules.facts import Facts, StoreSecret
from stores.stack_rules.finding import PROBLEM, WARNING, Finding, Mend
from stores.stack_rules.opening import ABSENT

# Why a vault does not answer now, and may soon.
PASSING = (ManagerCategory.UNAVAILABLE, ManagerCategory.THROTTLED)


def naming(facts: Facts) -> Iterator[Finding]:
    """What is wrong with the store's secret, and with references in settings."""
    store = facts.store
    if store is not None and store.authentication_secret:
        if facts.sketch.manager is None:
            yield Finding(
                "no-manager",
                PROBLEM,
                store,
                f"{store} names the secret {store.authentication_secret}, but this stack has no"
                " secrets manager. ZenML will not find it.",
                "Add a secrets manager.",
                mends=_add_manager(facts),
            )
        if facts.secret is None:
            yield _missing(facts)
        else:
            yield from _secret(facts, facts.secret)
    yield from _references(facts)
    yield from _unopened(facts)


def _missing(facts: Facts) -> Finding:
    """No such secret: it can be made, or a similar one that the person may use be used."""
    store = facts.store
    name = store.authentication_secret if store else ""
    by_name = facts.offers.by_name
    near = difflib.get_close_matches(name, by_name, n=2)
    similar = f" Similar: {', '.join(f'`{each}`' for each in near)}." if near else ""
    return Finding(
        "secret-missing",
        PROBLEM,
        store,
        f"There is no secret {name}.{similar}",
        "Create it.",
        mends=(
            *(Mend("use-secret", f"Use secret {each}", by_name[each]) for each in near),
            Mend("create-secret", f"Create {name}"),
        ),
    )


def _secret(facts: Facts, known: StoreSecret) -> Iterator[Finding]:
    secret, manager = known.secret, facts.sketch.manager
    if manager is not None and secret.manager_id != manager.pk:
        yield Finding(
            "other-manager",
            WARNING,
            secret,
            f"{secret} is kept in {secret.manager}, but this stack's secrets manager is {manager}."
            " ZenML looks for it there.",
            f"Use {secret.manager} in this stack, or keep the secret in {manager}.",
            mends=_add_manager(facts),
        )
    if known.unreadable:
        yield Finding(
            "secret-unreadable",
            PROBLEM,
            secret,
            f"{secret} {known.unreadable}.",
            "Enter its values again.",
        )
    if known.misfit:
        yield Finding(
            "secret-misfit",
            PROBLEM,
            secret,
            f"{secret} does not fit {facts.store}: {known.misfit}",
            "Complete the secret, or name another one in the store.",
        )
    yield from _end(known)


def _end(known: StoreSecret) -> Iterator[Finding]:
    """Whether the secret has ended, or soon will."""
    expiry = known.expiry
    if expiry is None or expiry.level == "fine":
        return
    over = expiry.level == "over" and expiry.refused
    yield Finding(
        "secret-over" if over else "secret-ends",
        PROBLEM if over else WARNING,
        known.secret,
        f"{known.secret}: {expiry.words}.",
        "Replace it.",
    )


def _add_manager(facts: Facts) -> tuple[Mend, ...]:
    """The manager that keeps the secret; where there is no secret yet, the one that comes with the
    installation. Nothing where the person may not use it."""
    kept_in = facts.secret.secret.manager_id if facts.secret else None
    for manager in facts.managers:
        if manager.pk == kept_in or (kept_in is None and manager.built_in):
            verb = "Add" if facts.sketch.manager is None else "Use"
            words = f"{verb} secrets manager {manager.name}"
            return (Mend("add-manager", words, manager.pk),)
    return ()


def _references(facts: Facts) -> Iterator[Finding]:
    """References in the settings of parts that lead nowhere."""
    for part in facts.sketch.parts():
        named = {reference.secret for reference in references_in(part.configuration)}
        beside = {
            name: secret for name in named if (secret := facts.secrets.get((part.namespace, name)))
        }
        for words in dangling_among(part.configuration, beside):
            yield Finding("dangling", PROBLEM, part, words, "Correct the reference.")


def _unopened(facts: Facts) -> Iterator[Finding]:
    """What a worker could not open when the whole stack was checked, unless the rules saw by
    themselves that the store's secret cannot be read or has ended."""
    known = facts.secret
    over = known and any(finding.level == PROBLEM for finding in _end(known))
    told = known.secret if known and (known.unreadable or over) else None
    for each in facts.opening.secrets if facts.opening else ():
        secret, result = each.secret, each.result
        if each.holds and secret and secret != told and result["category"] not in ("", ABSENT):
            yield Finding(
                "secret-not-opened",
                WARNING if result["category"] in PASSING else PROBLEM,
                secret,
                f"A worker could not use {secret}: {result['words']}",
                result["action"],
            )
