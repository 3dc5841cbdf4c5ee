"""What every page of the admin console shares: whose things a page shows, and how it is drawn.

Kept here and in the templates, the admin's theme could be changed without touching the pages.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import resolve, reverse
from django.utils.text import capfirst
from unfold.admin import ModelAdmin

from project import audit
from project.access import Role
from project.deleting import in_the_way, leave_out
from project.locking import hold
from project.owned_form import OwnedForm, called
from project.refusals import SAFE_METHODS, NotAllowed

# Which role an action of a list takes, by the permission that it names.
ROLES = {
    "view": Role.VIEWER,
    "operate": Role.OPERATOR,
    "change": Role.EDITOR,
    "delete": Role.OWNER,
}
# Digits of the largest key that a database can hold (2**63 - 1).
LONGEST_KEY = 19


class VisibleOnly(admin.RelatedFieldListFilter):
    """A list's filter by another thing: offers only those that the person may see."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        offered = field.related_model.objects.visible_to(request.user)
        return field.get_choices(include_blank=False, limit_choices_to={"pk__in": offered})


class ConsoleList:
    """A list of the console, drawn by `project.list_rows`. It filters by what it offers and no
    more: a lookup in the address that nobody offered could search what is not shown, or break the
    page."""

    change_list_template = "project/change_list.html"
    list_filter: Any

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        own = {getattr(each, "parameter_name", "") for each in self.list_filter}
        fields = [each for each in self.list_filter if not isinstance(each, type)]
        named = [each if isinstance(each, str) else each[0] for each in fields]
        ways = ("exact", "id__exact", "isnull")
        return lookup in {f"{name}__{way}" for name in named for way in ways} | {*named, *own}


class Audited:
    """An admin whose every change leaves a line in the audit, in the place of Django's log."""

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        audit.record(request.user, "added", obj)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        fields = [name for part in message for name in part.get("changed", {}).get("fields", [])]
        audit.record(request.user, "changed", obj, ", ".join(fields))

    def log_deletions(self, request: HttpRequest, queryset: QuerySet) -> None:
        for thing in queryset:
            audit.record(request.user, "deleted", thing)


class ConsoleAdmin(ConsoleList, ModelAdmin):
    """What all lists share: staff may open them, and rows lead to an overview where one is."""

    list_per_page = 25
    list_max_show_all = 200
    list_filter_submit = True
    overview_url: str | None = None
    # What is said of the things where there are none yet.
    empty_words = ""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, under the name of what it lists."""
        title = str(self.opts.verbose_name_plural).capitalize()
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """The form; for those who may not change the thing its overview, where it has one."""
        thing = self.get_object(request, unquote(object_id)) if self.overview_url else None
        if thing is None or self.has_change_permission(request, thing):
            return super().change_view(request, object_id, *args, **kwargs)
        return redirect(str(self.overview_url), thing.pk)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """A list whose rows lead to the overview page where the thing has one."""
        overview = self.overview_url

        class Rows(super().get_changelist(request, **kwargs)):  # type: ignore[misc]
            def url_for_result(self, result: Model) -> str:
                if overview is None:
                    return super().url_for_result(result)
                return reverse(overview, args=[result.pk])

        return Rows

    def _get_obj_does_not_exist_redirect(self, *args: Any) -> HttpResponse:
        """What is not there, or not theirs to see, is not found."""
        raise Http404


class OwnedAdmin(Audited, ConsoleAdmin):
    """An admin over owned things: roles decide, and every change leaves a line in the audit."""

    warn_unsaved_form = True
    compressed_fields = True
    change_form_outer_after_template = "stores/teams/_access_link.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).visible_to(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._has_role(request, obj, Role.VIEWER)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._has_role(request, obj, Role.EDITOR)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._has_role(request, obj, Role.OWNER)

    def _has_role(self, request: HttpRequest, obj: Any, role: Role) -> bool:
        if not self.has_module_permission(request):
            return False
        return obj is None or obj._state.adding or obj.allows(request.user, role)

    def has_operate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._has_role(request, obj, Role.OPERATOR)

    def get_actions(self, request: Any) -> Any:
        """Those that the person may do with anything in the list. Another that is asked for all
        the same is refused in words. Looked up once, as Django asks several times for a page."""
        if request.method not in SAFE_METHODS:
            return super().get_actions(request)
        if not hasattr(request, "offered_actions"):
            request.offered_actions = {
                name: action
                for name, action in super().get_actions(request).items()
                if any(
                    self._has_any(request, ROLES[each]) for each in action[0].allowed_permissions
                )
            }
        return request.offered_actions

    def _has_any(self, request: HttpRequest, role: Role) -> bool:
        """Whether the person has the role on anything in the list; all of it they see."""
        things = self.model._default_manager
        return role == Role.VIEWER or things.visible_to(request.user, role).exists()

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """As above. Raises `NotAllowed` for those who try to change what they may not."""
        if request.method == "POST":
            thing = self.get_object(request, unquote(object_id))
            if thing and not self.has_change_permission(request, thing):
                raise NotAllowed(f"You may not change {thing}.", "change it", thing)
        return super().change_view(request, object_id, *args, **kwargs)

    @transaction.atomic
    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        """The form; what is saved is read under a lock of its row."""
        thing = object_id and self.get_object(request, unquote(object_id))
        if request.method == "POST" and thing:
            hold(self.model, thing.pk)
        return super().changeform_view(request, object_id, *args, **kwargs)

    def in_pickers(self, thing: Any, request: HttpRequest) -> str:
        """What the thing is called where a form picks one."""
        return called(thing, request.user)

    def response_add(self, request: HttpRequest, obj: Any, *args: Any) -> HttpResponse:
        """As Django's; a window that a picker opened gives it the thing under the name that the
        others there have."""
        reply = super().response_add(request, obj, *args)
        if IS_POPUP_VAR in request.POST:
            context: Any = reply.context_data
            told = json.loads(context["popup_response_data"])
            told["obj"] = self.in_pickers(obj, request)
            context["popup_response_data"] = json.dumps(told)
        return reply

    def delete_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """The question before it goes. Raises `NotAllowed` for those who may not delete it."""
        thing = self.get_object(request, unquote(object_id))
        if thing and not self.has_delete_permission(request, thing):
            raise NotAllowed(f"You may not delete {thing}.", "delete it", thing)
        return super().delete_view(request, object_id, *args, **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        if not issubclass(form, OwnedForm):
            return form

        class FormOfUser(form):  # type: ignore[misc, valid-type]
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, user=request.user, **kwargs)

        return FormOfUser

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes with the things, without the rows that join or share them: these say
        nothing to people, and without the names of what the person may not see. Who may delete the
        things may delete their history. Asked for each of them, as the list's action deletes what
        somebody else's page would not. Raises `NotAllowed` once they said yes to what they may
        not."""
        deleted, counts, _, protected = super().get_deleted_objects(objs, request)
        if protected:
            protected = in_the_way(objs, request.user)
        kept = [thing for thing in objs if not self.has_delete_permission(request, thing)]
        if kept and request.POST.get("post"):
            raise NotAllowed(f"You may not delete {kept[0]}.", "delete it", *kept)
        joining = [field.remote_field.through._meta for field in self.opts.many_to_many]
        shares = self.opts.get_field("shares").related_model._meta
        for rows in [*(each for each in joining if each.auto_created), shares]:
            counts.pop(rows.verbose_name_plural, None)
            deleted = leave_out(deleted, f"{capfirst(rows.verbose_name)}: ")
        return deleted, counts, {str(thing) for thing in kept}, protected


class HistoryAdmin(ConsoleAdmin):
    """Rows that the system writes: to be read, never changed by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view of the console: for signed-in staff only, others are asked to sign in."""
    return admin.site.admin_view(view)


def typed_number(typed: str) -> int:
    """The number that an address names, in plain digits. Raises `Http404` for anything else."""
    if not (typed.isascii() and typed.isdecimal()) or len(typed) > LONGEST_KEY:
        raise Http404
    return int(typed)


def find(
    queryset: Any, request: HttpRequest, pk: int | str, role: Role = Role.VIEWER, what: str = ""
) -> Any:
    """The thing with this key, which may be what somebody typed, on which the user has the role.
    `what` says what they are about to do, by default as the address is called. Raises `Http404`
    when there is none that they may see, `NotAllowed` when they see it but may not do this."""
    thing = get_object_or_404(queryset.visible_to(request.user), pk=typed_number(str(pk)))
    if role != Role.VIEWER and not thing.allows(request.user, role):
        what = what or str(resolve(request.path_info).url_name).replace("_", " ")
        raise NotAllowed(f"This needs a higher role: {role.label}.", what, thing)
    return thing


def draw(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    """A page in the console's frame."""
    return render(
        request, template, {**admin.site.each_context(request), "title": title, **context}
    )
