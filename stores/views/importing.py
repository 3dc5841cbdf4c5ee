"""The pages on which stacks come in from a file or a pasted text, and go out as a file.

Between the preview and the import the text travels through the person's browser, sealed: it may
hold values of secrets, and nothing that was pasted comes back in clear.
"""

from __future__ import annotations

import base64
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from project.console import draw, find, page
from project.owned_form import complaints
from project.refusals import NotAllowed
from secrets_app import keyring
from secrets_app.schemas import read_paste
from stores.exporting import export, file_name, secrets_of
from stores.forms import ImportForm
from stores.importing import ImportFailed, Plan, carry_out, plan
from stores.models import Stack
from stores.stack_rules import unseen_parts
from stores.zenml_yaml import MOST_BYTES, NEWEST, Refused, WrongVersion, read

CHOICE = "choice:"
# What an export is offered for: the seed's version, and those at which ZenML's form changed.
VERSIONS = (NEWEST, "0.94.0", "0.40.0", "0.33.0")


@page
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
@sensitive_variables()
def start(request: HttpRequest) -> HttpResponse:
    """Take a file or a pasted text, and show what it would make. Nothing is saved."""
    if request.method != "POST":
        return _ask(request, ImportForm(initial=request.GET.dict(), user=request.user))
    form = ImportForm(request.POST, user=request.user)
    if not form.is_valid():
        return _ask(request, form, complaints(form))
    try:
        content = _content(request)
        planned = plan(read(content), request.user, team=form.cleaned_data["team"])
    except Refused as refused:
        return _ask(request, form, str(refused), _belongs_elsewhere(request))
    return _preview(request, content, planned)


@page
@require_POST
@never_cache
@sensitive_post_parameters()
@sensitive_variables()
def finish(request: HttpRequest) -> HttpResponse:
    """Make what was previewed, in the way that was chosen for each thing; the preview again where
    something changed meanwhile."""
    form = ImportForm(request.POST, user=request.user)
    try:
        content = base64.b64decode(
            keyring.unseal(request.POST.get("text", ""), _bound_to(request))
        )
    except keyring.Undecryptable:
        words = "This preview cannot be used any more: give the text once more."
        return _ask(request, form, words)
    if not form.is_valid():
        return _ask(request, form, complaints(form))
    chosen = {
        name.removeprefix(CHOICE): str(value)
        for name, value in request.POST.items()
        if name.startswith(CHOICE)
    }
    try:
        planned = plan(read(content), request.user, chosen, form.cleaned_data["team"])
    except Refused as refused:
        return _ask(request, form, str(refused))
    try:
        stacks = carry_out(planned)
    except ImportFailed as failed:
        return _preview(request, content, planned, str(failed))
    messages.success(request, planned.done())
    if len(stacks) == 1:
        return redirect("stack_overview", stacks[0].pk)
    return redirect("admin:stores_stack_changelist")


@page
@require_safe
def show_export(request: HttpRequest, pk: int) -> HttpResponse:
    """The stack as a file, to look at, copy or download."""
    stack = find(Stack.objects.select_related("store", "secrets_manager"), request, pk)
    if unseen_parts(stack, request.user):
        raise NotAllowed(
            "Not all that the stack joins is shared with you, and a file would tell all of it.",
            "export",
            stack,
        )
    version = request.GET.get("version", NEWEST)
    wrong = text = ""
    try:
        text = export(stack, version)
    except WrongVersion as error:
        wrong = str(error)
    if text and "download" in request.GET:
        return HttpResponse(
            text,
            content_type="application/yaml",
            headers={"Content-Disposition": f'attachment; filename="{file_name(stack)}"'},
        )
    return draw(
        request,
        "stores/export.html",
        f"Export {stack.name}",
        stack=stack,
        text=text,
        wrong=wrong,
        version=version,
        versions=VERSIONS,
        secrets=secrets_of(stack),
    )


def _ask(
    request: HttpRequest, form: ImportForm, wrong: str = "", elsewhere: str = ""
) -> HttpResponse:
    """The page that asks for a text, with what was wrong with the last one."""
    reply = draw(
        request,
        "stores/import.html",
        "Import",
        form=form,
        wrong=wrong,
        elsewhere=elsewhere,
        largest=MOST_BYTES // 1024,
    )
    reply.status_code = 400 if wrong else 200
    return reply


@sensitive_variables()
def _preview(request: Any, content: bytes, planned: Plan, wrong: str = "") -> HttpResponse:
    text = base64.b64encode(content).decode()
    return draw(
        request,
        "stores/import_preview.html",
        "Import: preview",
        plan=planned,
        wrong=wrong,
        text=keyring.seal(text, _bound_to(request)),
    )


def _bound_to(request: Any) -> tuple[str, int]:
    """Whose preview it is: nobody else can go on with it."""
    return "import", request.user.pk


@sensitive_variables()
def _content(request: HttpRequest) -> bytes:
    """What was given: a file, else the text. Raises `Refused`."""
    upload: Any = request.FILES.get("file")
    if upload is None:
        content = request.POST.get("text", "").encode("utf-8", "replace")
    elif upload.size > MOST_BYTES:
        raise Refused(f"this is larger than {MOST_BYTES // 1024} KiB.")
    else:
        content = upload.read()
    if not content.strip():
        raise Refused("there is nothing in it.")
    return content


def _belongs_elsewhere(request: HttpRequest) -> str:
    """What a text is that is no stack, but that a secret's form could take; "" for none."""
    try:
        return read_paste(request.POST.get("text", "")).words
    except ValidationError:
        return ""
