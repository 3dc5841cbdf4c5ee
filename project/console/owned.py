"""Admins over owned things."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst

from project.access import Role
from project.console.lists import Audited, ConsoleAdmin
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
