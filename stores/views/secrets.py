"""The page of one secret: its versions, their rehearsals, what uses it, what is done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from project.access import Role
from project.audit import AuditEntry
from project.console import draw, find, page
from secrets_app.changes import equal_versions
from secrets_app.expiry import expiry_of
from secrets_app.forms import SecretForm
from secrets_app.models import NotKept, Secret, Snooze
from secrets_app.models.snooze import PAUSE
from secrets_app.models.version import RETENTION
from stores import destroying, dispatch
from stores.models import Rehearsal, Store
from stores.revealing import Refused, reveal_values
from stores.run_pages import link_runs
from stores.secret_replacing import held_places_of, places_of, refusals, replace_everywhere
from stores.secret_uses import uses_of


@page
@require_safe
def overview(request: HttpRequest, pk: int) -> HttpResponse:
    """The secret: its state in a sentence, its versions, what uses it, what happened."""
    secret = find(Secret.objects.select_related("manager", "owner"), request, pk)
    seen = Secret.objects.visible_to(request.user)
    mine = AuditEntry.objects.filter(kind="secret", thing_id=str(secret.pk))
    activity = list(mine[:20])
    last_use = mine.filter(action="used").first()
    link_runs(filter(None, [*activity, last_use]), request.user)
    expiry = expiry_of(secret, timezone.now())
    quiet = secret.pk in Snooze.objects.quiet_for(request.user)
    equal = equal_versions(secret.current) if secret.current else []
    return draw(
        request,
        "stores/secret_overview.html",
        secret.name,
        **_rehearsal_context(request, secret),
        unreadable=secret.unreadable(),
        expiry=expiry,
        shape=secret.shape(),
        versions=secret.versions.select_related("created_by"),
        watching=secret.rehearsals.watching().first(),
        retention_days=RETENTION.days,
        equals=[each for each in equal if each.secret_id != pk and each.secret in seen],
        uses=uses_of(secret, request.user),
        places=places_of(secret, request.user),
        others=seen.beside(secret).exclude(pk=pk),
        chosen_other=request.GET.get("other", ""),
        last_use=last_use,
        activity=activity,
        quiet=quiet,
        may_pause=bool(expiry and expiry.reminder and expiry.left > PAUSE and not quiet),
        may_own=secret.allows(request.user, Role.OWNER),
        may_reveal=settings.STOREROOM_ALLOW_REVEAL
        and secret.kept_here
        and bool(secret.version)
        and secret.allows(request.user, Role.OWNER),
    )


@page
@require_safe
def rehearsal_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that changes while a rehearsal goes on; at its end the whole page."""
    secret = find(Secret.objects, request, pk)
    context = _rehearsal_context(request, secret)
    reply = render(request, "stores/_rehearsal.html", context)
    last = context["rehearsal"]
    if last is None or last.state != Rehearsal.State.CHECKING:
        reply["HX-Refresh"] = "true"
    return reply


@page
@require_POST
@never_cache
@sensitive_post_parameters()
def read_form(request: HttpRequest) -> HttpResponse:
    """What can be said of a secret's form as it is filled in, without asking Azure. Nothing is
    kept, and nothing that was typed comes back."""
    pk = request.GET.get("secret", "")
    secret = find(Secret.objects, request, pk, Role.EDITOR, "change it") if pk else None
    form = SecretForm(request.POST, user=request.user, instance=secret)
    return render(request, "secrets_app/_reading.html", {"findings": form.findings()})


@page
@require_POST
def check_version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Try a version with every store, without using it."""
    return _rehearse(request, pk, number, switch=False)


@page
@require_POST
def use_version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Use a version again as soon as every store passed with it."""
    return _rehearse(request, pk, number, switch=True)


@page
@require_POST
def force_rehearsal(request: HttpRequest, pk: int) -> HttpResponse:
    """Use a rehearsal's version although not all stores passed."""
    mine = Rehearsal.objects.filter(secret__in=Secret.objects.visible_to(request.user))
    rehearsal = get_object_or_404(mine, pk=pk)
    _secret(request, rehearsal.secret_id, Role.EDITOR, "use a version that did not pass")
    if dispatch.force(rehearsal, by=request.user):
        messages.success(request, f"Version {rehearsal.version} is in use.")
    else:
        messages.warning(request, "Nothing was changed: something else happened meanwhile.")
    return redirect("secret_overview", pk=rehearsal.secret_id)


@page
@require_POST
def destroy_version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Remove the values of a version that is not in use, for good."""
    secret = _secret(request, pk, Role.OWNER, f"destroy version {number}")
    try:
        destroying.destroy_version(secret, number, request.user)
        messages.success(request, f"Destroyed version {number}.")
    except destroying.NotDestroyed as error:
        messages.warning(request, str(error))
    return redirect("secret_overview", pk=pk)


@page
@require_POST
def replace(request: HttpRequest, pk: int) -> HttpResponse:
    """Let everything that names the secret, and that the person may change, name another one; the
    stores are checked with it."""
    secret = _secret(request, pk, Role.EDITOR, "replace it everywhere")
    theirs = Secret.objects.beside(secret).exclude(pk=pk)
    what = f"put it in the place of {secret}"
    other = find(theirs, request, request.POST.get("other", ""), Role.EDITOR, what)
    with transaction.atomic():
        places = held_places_of(secret, request.user)
        refused = refusals(places, secret, other)
        if places and not refused:
            replace_everywhere(places, secret, other, request.user)
    if refused:
        why = " ".join(f"{name}: {words}" for name, words in refused.items())
        messages.error(request, f"Nothing was changed. {other} does not fit: {why}")
        return redirect("secret_overview", pk=pk)
    if not places:
        messages.warning(request, f"Nothing that you may change names {secret}.")
        return redirect("secret_overview", pk=pk)
    checked = " Each store is being checked with it." if places.stores else ""
    try:
        for store in places.stores:
            if store.kind.opens:
                dispatch.check(store, by=request.user)
    except dispatch.TooManyChecks as limit:
        checked = f" {limit}"
    use = "use" if len(list(places)) > 1 else "uses"
    names = ", ".join(map(str, places))
    messages.success(request, f"{names} {use} {other} from now on.{checked}")
    if places.left:
        left = ", ".join(places.left.names)
        messages.warning(request, f"Left as it is, as you may not change it: {left}.")
    return redirect("secret_overview", pk=other.pk)


@page
@require_POST
def remind_later(request: HttpRequest, pk: int) -> HttpResponse:
    """Say nothing of the secret's end to this person for two days, unless it ends before."""
    secret = find(Secret.objects, request, pk)
    Snooze.objects.pause(secret, request.user)
    messages.success(request, f"Your dashboard is silent about {secret} for {PAUSE.days} days.")
    return redirect("secret_overview", pk=pk)


@page
@require_POST
@never_cache
@sensitive_post_parameters("password")
@sensitive_variables()
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """The values in clear, once, for who may and has signed in again and given a reason; written
    to the audit before they are shown."""
    secret = find(Secret.objects, request, pk)
    try:
        values: Mapping[str, str] = reveal_values(
            secret,
            request.user,
            reason=request.POST.get("reason", ""),
            password=request.POST.get("password", ""),
            request=request,
        )
    except Refused as error:
        messages.error(request, str(error))
        return redirect("secret_overview", pk=pk)
    reply = draw(
        request,
        "stores/secret_revealed.html",
        f"{secret.name}, revealed",
        secret=secret,
        version=secret.version,
        values=values,
    )
    reply["Cache-Control"] = "no-store"
    return reply


def _rehearse(request: HttpRequest, pk: int, number: int, *, switch: bool) -> HttpResponse:
    secret = _secret(request, pk, Role.EDITOR, f"rehearse version {number}")
    try:
        dispatch.rehearse(secret, number, request.user, switch=switch)
    except NotKept as error:
        messages.warning(request, str(error))
    return redirect("secret_overview", pk=pk)


def _rehearsal_context(request: HttpRequest, secret: Secret) -> dict[str, Any]:
    """The last rehearsal with its checks."""
    last = secret.rehearsals.select_related("requested_by").first()
    checks = list(last.checks.select_related("store").order_by("store__name")) if last else []
    seen = set(Store.objects.visible_to(request.user).values_list("pk", flat=True))
    shown = [check for check in checks if check.store_id in seen]
    return {
        "secret": secret,
        "rehearsal": last,
        "rehearsal_checks": shown,
        "rehearsal_hidden": len(checks) - len(shown),
        "may_edit": secret.allows(request.user, Role.EDITOR),
    }


def _secret(request: HttpRequest, pk: int, role: Role, what: str) -> Secret:
    """The secret on which the person has the role. Raises `Http404`, or `NotAllowed`, of which the
    audit notes what was refused."""
    secret: Secret = find(Secret.objects, request, pk, role, what)
    return secret
