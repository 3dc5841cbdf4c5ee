"""W20: who gets which answer from every address and every command, written out.

The addresses come from the URLconf and the verbs from the commands: one that is added without a
row here fails. What is not one's own to see is 404, and "There is no …" in a command.
"""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.management import get_commands, load_command_class

from stores.commands.components import ComponentCommand
from tests.support.matrix import Scene, all_routes, all_verbs, outcomes, set_scene, statuses

pytestmark = pytest.mark.django_db

# What anonymous, stranger, viewer, operator, editor, owner, superuser are answered.
ADDRESSES = {
    "GET healthz": "200 200 200 200 200 200 200",
    "POST healthz": "405 405 405 405 405 405 405",
    "GET stores/store/<int:pk>/overview/": "302 404 200 200 200 200 200",
    "POST stores/store/<int:pk>/overview/": "302 405 405 405 405 405 405",
    "GET stores/store/<int:pk>/check/": "302 405 405 405 405 405 405",
    "POST stores/store/<int:pk>/check/": "302 404 403 302 302 302 302",
    "GET stores/store/read/": "302 405 405 405 405 405 405",
    "POST stores/store/read/": "302 200 200 200 200 200 200",
    "GET stores/check/<int:pk>/": "302 404 200 200 200 200 200",
    "POST stores/check/<int:pk>/": "302 405 405 405 405 405 405",
    "GET stores/check/<int:pk>/steps/": "302 404 200 200 200 200 200",
    "POST stores/check/<int:pk>/steps/": "302 405 405 405 405 405 405",
    "GET stores/stack/<int:pk>/overview/": "302 404 200 200 200 200 200",
    "POST stores/stack/<int:pk>/overview/": "302 405 405 405 405 405 405",
    "GET stores/stack/<int:pk>/activate/": "302 405 405 405 405 405 405",
    "POST stores/stack/<int:pk>/activate/": "302 404 302 302 302 302 302",
    "GET stores/store/<int:pk>/history/": "302 404 200 200 200 200 200",
    "POST stores/store/<int:pk>/history/": "302 405 405 405 405 405 405",
    "GET stores/store/<int:pk>/history/diff/": "302 404 200 200 200 200 200",
    "POST stores/store/<int:pk>/history/diff/": "302 405 405 405 405 405 405",
    "GET stores/store/<int:pk>/history/<int:number>/restore/": "302 405 405 405 405 405 405",
    "POST stores/store/<int:pk>/history/<int:number>/restore/": "302 404 403 403 302 302 302",
    "GET stores/component/<int:pk>/history/": "302 404 200 200 200 200 200",
    "POST stores/component/<int:pk>/history/": "302 405 405 405 405 405 405",
    "GET stores/component/<int:pk>/history/diff/": "302 404 200 200 200 200 200",
    "POST stores/component/<int:pk>/history/diff/": "302 405 405 405 405 405 405",
    "GET stores/component/<int:pk>/history/<int:number>/restore/": "302 405 405 405 405 405 405",
    "POST stores/component/<int:pk>/history/<int:number>/restore/": "302 404 403 403 302 302 302",
    "GET stores/stack/<int:pk>/history/": "302 404 200 200 200 200 200",
    "POST stores/stack/<int:pk>/history/": "302 405 405 405 405 405 405",
    "GET stores/stack/<int:pk>/history/diff/": "302 404 200 200 200 200 200",
    "POST stores/stack/<int:pk>/history/diff/": "302 405 405 405 405 405 405",
    "GET stores/stack/<int:pk>/history/<int:number>/restore/": "302 405 405 405 405 405 405",
    "POST stores/stack/<int:pk>/history/<int:number>/restore/": "302 404 403 403 302 302 302",
    "GET secrets_app/secretsmanager/<int:pk>/history/": "302 404 200 200 200 200 200",
    "POST secrets_app/secretsmanager/<int:pk>/history/": "302 405 405 405 405 405 405",
    "GET secrets_app/secretsmanager/<int:pk>/history/diff/": "302 404 200 200 200 200 200",
    "POST secrets_app/secretsmanager/<int:pk>/history/diff/": "302 405 405 405 405 405 405",
    "GET secrets_app/secretsmanager/<int:pk>/history/<int:number>/restore/": (
        "302 405 405 405 405 405 405"
    ),
    "POST secrets_app/secretsmanager/<int:pk>/history/<int:number>/restore/": (
        "302 404 403 403 302 302 302"
    ),
    "GET stores/stack/<int:pk>/compare/": "302 404 200 200 200 200 200",
    "POST stores/stack/<int:pk>/compare/": "302 405 405 405 405 405 405",
    "GET stores/stack/<int:pk>/state/": "302 404 200 200 200 200 200",
    "POST stores/stack/<int:pk>/state/": "302 405 405 405 405 405 405",
    "GET stores/stack/<int:pk>/check/": "302 405 405 405 405 405 405",
    "POST stores/stack/<int:pk>/check/": "302 404 403 302 302 302 302",
    "GET stores/stack/<int:pk>/copy-part/": "302 405 405 405 405 405 405",
    "POST stores/stack/<int:pk>/copy-part/": "302 404 403 403 302 302 302",
    "GET stores/stack/<int:pk>/mend/": "302 405 405 405 405 405 405",
    "POST stores/stack/<int:pk>/mend/": "302 404 302 302 302 302 302",
    "GET stores/stack/read/": "302 405 405 405 405 405 405",
    "POST stores/stack/read/": "302 200 200 200 200 200 200",
    "GET stacks.json": "302 200 200 200 200 200 200",
    "POST stacks.json": "302 405 405 405 405 405 405",
    "GET stores/stack/<int:pk>/export/": "302 404 200 200 200 200 200",
    "POST stores/stack/<int:pk>/export/": "302 405 405 405 405 405 405",
    "GET stores/import/": "302 200 200 200 200 200 200",
    "POST stores/import/": "302 400 400 400 400 400 400",
    "GET stores/import/finish/": "302 405 405 405 405 405 405",
    "POST stores/import/finish/": "302 400 400 400 400 400 400",
    "GET stores/schedule/<int:pk>/pause/": "302 405 405 405 405 405 405",
    "POST stores/schedule/<int:pk>/pause/": "302 404 403 302 302 302 302",
    "GET stores/transfer/<int:pk>/": "302 404 200 200 200 200 200",
    "POST stores/transfer/<int:pk>/": "302 405 405 405 405 405 405",
    "GET stores/transfer/<int:pk>/progress/": "302 404 200 200 200 200 200",
    "POST stores/transfer/<int:pk>/progress/": "302 405 405 405 405 405 405",
    "GET stores/transfer/<int:pk>/start/": "302 405 405 405 405 405 405",
    "POST stores/transfer/<int:pk>/start/": "302 404 403 302 302 302 302",
    "GET stores/transfer/<int:pk>/cancel/": "302 405 405 405 405 405 405",
    "POST stores/transfer/<int:pk>/cancel/": "302 404 403 302 302 302 302",
    "GET stores/transfer/<int:pk>/retry/": "302 405 405 405 405 405 405",
    "POST stores/transfer/<int:pk>/retry/": "302 404 403 302 302 302 302",
    "GET stores/transfer/<int:pk>/report.csv": "302 404 200 200 200 200 200",
    "POST stores/transfer/<int:pk>/report.csv": "302 405 405 405 405 405 405",
    "GET secrets/secret/<int:pk>/overview/": "302 404 200 200 200 200 200",
    "POST secrets/secret/<int:pk>/overview/": "302 405 405 405 405 405 405",
    "GET secrets/secret/<int:pk>/rehearsal/": "302 404 200 200 200 200 200",
    "POST secrets/secret/<int:pk>/rehearsal/": "302 405 405 405 405 405 405",
    "GET secrets/secret/<int:pk>/<int:number>/check/": "302 405 405 405 405 405 405",
    "POST secrets/secret/<int:pk>/<int:number>/check/": "302 404 403 403 302 302 302",
    "GET secrets/secret/<int:pk>/<int:number>/use/": "302 405 405 405 405 405 405",
    "POST secrets/secret/<int:pk>/<int:number>/use/": "302 404 403 403 302 302 302",
    "GET secrets/secret/<int:pk>/<int:number>/destroy/": "302 405 405 405 405 405 405",
    "POST secrets/secret/<int:pk>/<int:number>/destroy/": "302 404 403 403 403 302 302",
    "GET secrets/secret/<int:pk>/replace/": "302 405 405 405 405 405 405",
    "POST secrets/secret/<int:pk>/replace/": "302 404 403 403 404 404 404",
    "GET secrets/secret/<int:pk>/remind-later/": "302 405 405 405 405 405 405",
    "POST secrets/secret/<int:pk>/remind-later/": "302 404 302 302 302 302 302",
    "GET secrets/secret/<int:pk>/reveal/": "302 405 405 405 405 405 405",
    "POST secrets/secret/<int:pk>/reveal/": "302 404 302 302 302 302 302",
    "GET secrets/rehearsal/<int:pk>/force/": "302 405 405 405 405 405 405",
    "POST secrets/rehearsal/<int:pk>/force/": "302 404 403 403 302 302 302",
    "GET secrets/read/": "302 405 405 405 405 405 405",
    "POST secrets/read/": "302 200 200 200 200 200 200",
    "GET keys/": "302 403 403 403 403 403 200",
    "POST keys/": "302 403 403 403 403 403 405",
    "GET keys/progress/": "302 403 403 403 403 403 200",
    "POST keys/progress/": "302 403 403 403 403 403 405",
    "GET keys/<slug:kind>/": "302 403 403 403 403 403 405",
    "POST keys/<slug:kind>/": "302 403 403 403 403 403 302",
    "GET access/store/<int:pk>/": "302 404 200 200 200 200 200",
    "POST access/store/<int:pk>/": "302 405 405 405 405 405 405",
    "GET access/stack/<int:pk>/": "302 404 200 200 200 200 200",
    "POST access/stack/<int:pk>/": "302 405 405 405 405 405 405",
    "GET access/component/<int:pk>/": "302 404 200 200 200 200 200",
    "POST access/component/<int:pk>/": "302 405 405 405 405 405 405",
    "GET access/secret/<int:pk>/": "302 404 200 200 200 200 200",
    "POST access/secret/<int:pk>/": "302 405 405 405 405 405 405",
    "GET access/secretsmanager/<int:pk>/": "302 404 200 200 200 200 200",
    "POST access/secretsmanager/<int:pk>/": "302 405 405 405 405 405 405",
    "GET access/schedule/<int:pk>/": "302 404 200 200 200 200 200",
    "POST access/schedule/<int:pk>/": "302 405 405 405 405 405 405",
    "GET access/transfer/<int:pk>/": "302 404 200 200 200 200 200",
    "POST access/transfer/<int:pk>/": "302 405 405 405 405 405 405",
    "GET access/store/<int:pk>/share/": "302 405 405 405 405 405 405",
    "POST access/store/<int:pk>/share/": "302 404 403 403 403 200 200",
    "GET access/stack/<int:pk>/share/": "302 405 405 405 405 405 405",
    "POST access/stack/<int:pk>/share/": "302 404 403 403 403 200 200",
    "GET access/component/<int:pk>/share/": "302 405 405 405 405 405 405",
    "POST access/component/<int:pk>/share/": "302 404 403 403 403 200 200",
    "GET access/secret/<int:pk>/share/": "302 405 405 405 405 405 405",
    "POST access/secret/<int:pk>/share/": "302 404 403 403 403 200 200",
    "GET access/secretsmanager/<int:pk>/share/": "302 405 405 405 405 405 405",
    "POST access/secretsmanager/<int:pk>/share/": "302 404 403 403 403 200 200",
    "GET access/schedule/<int:pk>/share/": "302 405 405 405 405 405 405",
    "POST access/schedule/<int:pk>/share/": "302 404 403 403 403 200 200",
    "GET access/transfer/<int:pk>/share/": "302 405 405 405 405 405 405",
    "POST access/transfer/<int:pk>/share/": "302 404 403 403 403 200 200",
    "GET access/store/<int:pk>/unshare/<int:team>/": "302 405 405 405 405 405 405",
    "POST access/store/<int:pk>/unshare/<int:team>/": "302 404 403 403 403 302 302",
    "GET access/stack/<int:pk>/unshare/<int:team>/": "302 405 405 405 405 405 405",
    "POST access/stack/<int:pk>/unshare/<int:team>/": "302 404 403 403 403 302 302",
    "GET access/component/<int:pk>/unshare/<int:team>/": "302 405 405 405 405 405 405",
    "POST access/component/<int:pk>/unshare/<int:team>/": "302 404 403 403 403 302 302",
    "GET access/secret/<int:pk>/unshare/<int:team>/": "302 405 405 405 405 405 405",
    "POST access/secret/<int:pk>/unshare/<int:team>/": "302 404 403 403 403 302 302",
    "GET access/secretsmanager/<int:pk>/unshare/<int:team>/": "302 405 405 405 405 405 405",
    "POST access/secretsmanager/<int:pk>/unshare/<int:team>/": "302 404 403 403 403 302 302",
    "GET access/schedule/<int:pk>/unshare/<int:team>/": "302 405 405 405 405 405 405",
    "POST access/schedule/<int:pk>/unshare/<int:team>/": "302 404 403 403 403 302 302",
    "GET access/transfer/<int:pk>/unshare/<int:team>/": "302 405 405 405 405 405 405",
    "POST access/transfer/<int:pk>/unshare/<int:team>/": "302 404 403 403 403 302 302",
    "GET teams/": "302 200 200 200 200 200 200",
    "POST teams/": "302 405 405 405 405 405 405",
    "GET teams/add/": "302 200 200 200 200 200 200",
    "POST teams/add/": "302 200 200 200 200 200 200",
    "GET teams/<int:pk>/": "302 404 200 200 200 200 200",
    "POST teams/<int:pk>/": "302 405 405 405 405 405 405",
    "GET teams/<int:pk>/shared/": "302 404 200 200 200 200 200",
    "POST teams/<int:pk>/shared/": "302 405 405 405 405 405 405",
    "GET teams/<int:pk>/invitations/": "302 404 200 200 200 200 200",
    "POST teams/<int:pk>/invitations/": "302 404 403 403 403 200 200",
    "GET teams/<int:pk>/invitations/<int:invitation>/revoke/": "302 405 405 405 405 405 405",
    "POST teams/<int:pk>/invitations/<int:invitation>/revoke/": "302 404 403 403 403 302 302",
    "GET teams/<int:pk>/activity/": "302 404 200 200 200 200 200",
    "POST teams/<int:pk>/activity/": "302 405 405 405 405 405 405",
    "GET teams/<int:pk>/settings/": "302 404 200 200 200 200 200",
    "POST teams/<int:pk>/settings/": "302 404 403 403 403 200 200",
    "GET teams/<int:pk>/default-stack/": "302 405 405 405 405 405 405",
    "POST teams/<int:pk>/default-stack/": "302 404 403 403 403 302 302",
    "GET teams/<int:pk>/delete/": "302 405 405 405 405 405 405",
    "POST teams/<int:pk>/delete/": "302 404 403 403 403 302 302",
    "GET teams/<int:pk>/members/<int:user>/": "302 404 200 200 200 200 200",
    "POST teams/<int:pk>/members/<int:user>/": "302 405 405 405 405 405 405",
    "GET teams/<int:pk>/members/<int:user>/role/": "302 405 405 405 405 405 405",
    "POST teams/<int:pk>/members/<int:user>/role/": "302 404 403 403 403 302 302",
    "GET teams/<int:pk>/members/<int:user>/remove/": "302 404 200 403 403 200 200",
    "POST teams/<int:pk>/members/<int:user>/remove/": "302 404 302 403 403 302 302",
    "GET invitation/<str:token>/": "200 200 302 302 302 302 200",
    "POST invitation/<str:token>/": "200 302 302 302 302 302 302",
    "GET sample/load/": "302 405 405 405 405 405 405",
    "POST sample/load/": "302 403 403 403 403 403 302",
    "GET sample/remove/": "302 405 405 405 405 405 405",
    "POST sample/remove/": "302 403 403 403 403 403 302",
    "GET search/": "302 200 200 200 200 200 200",
    "POST search/": "302 200 200 200 200 200 200",
    "GET ": "302 200 200 200 200 200 200",
    "POST ": "302 200 200 200 200 200 200",
    "GET login/": "200 302 302 302 302 302 302",
    "POST login/": "200 200 200 200 200 200 200",
    "GET logout/": "302 405 405 405 405 405 405",
    "POST logout/": "302 200 200 200 200 200 200",
    "GET password_change/": "302 200 200 200 200 200 200",
    "POST password_change/": "302 200 200 200 200 200 200",
    "GET password_change/done/": "302 200 200 200 200 200 200",
    "POST password_change/done/": "302 405 405 405 405 405 405",
    "GET autocomplete/": "302 403 403 403 403 403 403",
    "POST autocomplete/": "302 405 405 405 405 405 405",
    "GET jsi18n/": "302 200 200 200 200 200 200",
    "POST jsi18n/": "302 405 405 405 405 405 405",
    "GET auth/user/<id>/password/": "302 403 403 403 403 403 200",
    "POST auth/user/<id>/password/": "302 403 403 403 403 403 200",
    "GET auth/user/": "302 403 403 403 403 403 200",
    "POST auth/user/": "302 403 403 403 403 403 200",
    "GET auth/user/add/": "302 403 403 403 403 403 200",
    "POST auth/user/add/": "302 403 403 403 403 403 200",
    "GET auth/user/<path:object_id>/history/": "302 403 403 403 403 403 200",
    "POST auth/user/<path:object_id>/history/": "302 403 403 403 403 403 200",
    "GET auth/user/<path:object_id>/delete/": "302 403 403 403 403 403 200",
    "POST auth/user/<path:object_id>/delete/": "302 403 403 403 403 403 200",
    "GET auth/user/<path:object_id>/change/": "302 403 403 403 403 403 200",
    "POST auth/user/<path:object_id>/change/": "302 403 403 403 403 403 200",
    "GET auth/user/<path:object_id>/": "302 302 302 302 302 302 302",
    "POST auth/user/<path:object_id>/": "302 302 302 302 302 302 302",
    "GET project/auditentry/export.csv": "302 200 200 200 200 200 200",
    "POST project/auditentry/export.csv": "302 405 405 405 405 405 405",
    "GET project/auditentry/": "302 200 200 200 200 200 200",
    "POST project/auditentry/": "302 200 200 200 200 200 200",
    "GET project/auditentry/add/": "302 403 403 403 403 403 403",
    "POST project/auditentry/add/": "302 403 403 403 403 403 403",
    "GET project/auditentry/<path:object_id>/history/": "302 404 404 404 404 404 200",
    "POST project/auditentry/<path:object_id>/history/": "302 404 404 404 404 404 200",
    "GET project/auditentry/<path:object_id>/delete/": "302 403 403 403 403 403 403",
    "POST project/auditentry/<path:object_id>/delete/": "302 403 403 403 403 403 403",
    "GET project/auditentry/<path:object_id>/change/": "302 404 404 404 404 404 200",
    "POST project/auditentry/<path:object_id>/change/": "302 403 403 403 403 403 403",
    "GET project/auditentry/<path:object_id>/": "302 302 302 302 302 302 302",
    "POST project/auditentry/<path:object_id>/": "302 302 302 302 302 302 302",
    "GET stores/check/": "302 200 200 200 200 200 200",
    "POST stores/check/": "302 200 200 200 200 200 200",
    "GET stores/check/add/": "302 403 403 403 403 403 403",
    "POST stores/check/add/": "302 403 403 403 403 403 403",
    "GET stores/check/<path:object_id>/history/": "302 404 200 200 200 200 200",
    "POST stores/check/<path:object_id>/history/": "302 404 200 200 200 200 200",
    "GET stores/check/<path:object_id>/delete/": "302 403 403 403 403 403 403",
    "POST stores/check/<path:object_id>/delete/": "302 403 403 403 403 403 403",
    "GET stores/check/<path:object_id>/change/": "302 404 302 302 302 302 302",
    "POST stores/check/<path:object_id>/change/": "302 403 302 302 302 302 302",
    "GET stores/check/<path:object_id>/": "302 404 200 200 200 200 200",
    "POST stores/check/<path:object_id>/": "302 405 405 405 405 405 405",
    "GET stores/schedule/": "302 200 200 200 200 200 200",
    "POST stores/schedule/": "302 200 200 200 200 200 200",
    "GET stores/schedule/add/": "302 200 200 200 200 200 200",
    "POST stores/schedule/add/": "302 200 200 200 200 200 200",
    "GET stores/schedule/<path:object_id>/history/": "302 404 200 200 200 200 200",
    "POST stores/schedule/<path:object_id>/history/": "302 404 200 200 200 200 200",
    "GET stores/schedule/<path:object_id>/delete/": "302 404 403 403 403 200 200",
    "POST stores/schedule/<path:object_id>/delete/": "302 404 403 403 403 302 302",
    "GET stores/schedule/<path:object_id>/change/": "302 404 200 200 200 200 200",
    "POST stores/schedule/<path:object_id>/change/": "302 404 403 403 200 200 200",
    "GET stores/schedule/<path:object_id>/": "302 302 302 302 302 302 302",
    "POST stores/schedule/<path:object_id>/": "302 302 302 302 302 302 302",
    "GET secrets_app/secret/": "302 200 200 200 200 200 200",
    "POST secrets_app/secret/": "302 200 200 200 200 200 200",
    "GET secrets_app/secret/add/": "302 200 200 200 200 200 200",
    "POST secrets_app/secret/add/": "302 200 200 200 200 200 200",
    "GET secrets_app/secret/<path:object_id>/history/": "302 404 200 200 200 200 200",
    "POST secrets_app/secret/<path:object_id>/history/": "302 404 200 200 200 200 200",
    "GET secrets_app/secret/<path:object_id>/delete/": "302 404 403 403 403 200 200",
    "POST secrets_app/secret/<path:object_id>/delete/": "302 404 403 403 403 200 200",
    "GET secrets_app/secret/<path:object_id>/change/": "302 404 302 302 200 200 200",
    "POST secrets_app/secret/<path:object_id>/change/": "302 404 403 403 200 200 200",
    "GET secrets_app/secret/<path:object_id>/": "302 302 302 302 302 302 302",
    "POST secrets_app/secret/<path:object_id>/": "302 302 302 302 302 302 302",
    "GET secrets_app/secretsmanager/": "302 200 200 200 200 200 200",
    "POST secrets_app/secretsmanager/": "302 200 200 200 200 200 200",
    "GET secrets_app/secretsmanager/add/": "302 200 200 200 200 200 200",
    "POST secrets_app/secretsmanager/add/": "302 200 200 200 200 200 200",
    "GET secrets_app/secretsmanager/<path:object_id>/history/": "302 404 200 200 200 200 200",
    "POST secrets_app/secretsmanager/<path:object_id>/history/": "302 405 405 405 405 405 405",
    "GET secrets_app/secretsmanager/<path:object_id>/delete/": "302 404 403 403 403 200 200",
    "POST secrets_app/secretsmanager/<path:object_id>/delete/": "302 404 403 403 403 200 200",
    "GET secrets_app/secretsmanager/<path:object_id>/change/": "302 404 200 200 200 200 200",
    "POST secrets_app/secretsmanager/<path:object_id>/change/": "302 404 403 403 200 200 200",
    "GET secrets_app/secretsmanager/<path:object_id>/": "302 302 302 302 302 302 302",
    "POST secrets_app/secretsmanager/<path:object_id>/": "302 302 302 302 302 302 302",
    "GET stores/component/": "302 200 200 200 200 200 200",
    "POST stores/component/": "302 200 200 200 200 200 200",
    "GET stores/component/add/": "302 200 200 200 200 200 200",
    "POST stores/component/add/": "302 200 200 200 200 200 200",
    "GET stores/component/<path:object_id>/history/": "302 404 200 200 200 200 200",
    "POST stores/component/<path:object_id>/history/": "302 405 405 405 405 405 405",
    "GET stores/component/<path:object_id>/delete/": "302 404 403 403 403 200 200",
    "POST stores/component/<path:object_id>/delete/": "302 404 403 403 403 200 200",
    "GET stores/component/<path:object_id>/change/": "302 404 200 200 200 200 200",
    "POST stores/component/<path:object_id>/change/": "302 404 403 403 200 200 200",
    "GET stores/component/<path:object_id>/": "302 302 302 302 302 302 302",
    "POST stores/component/<path:object_id>/": "302 302 302 302 302 302 302",
    "GET stores/stack/": "302 200 200 200 200 200 200",
    "POST stores/stack/": "302 200 200 200 200 200 200",
    "GET stores/stack/add/": "302 200 200 200 200 200 200",
    "POST stores/stack/add/": "302 200 200 200 200 200 200",
    "GET stores/stack/<path:object_id>/history/": "302 404 200 200 200 200 200",
    "POST stores/stack/<path:object_id>/history/": "302 405 405 405 405 405 405",
    "GET stores/stack/<path:object_id>/delete/": "302 404 403 403 403 200 200",
    "POST stores/stack/<path:object_id>/delete/": "302 404 403 403 403 302 302",
    "GET stores/stack/<path:object_id>/change/": "302 404 302 302 200 200 200",
    "POST stores/stack/<path:object_id>/change/": "302 404 403 403 200 200 200",
    "GET stores/stack/<path:object_id>/": "302 302 302 302 302 302 302",
    "POST stores/stack/<path:object_id>/": "302 302 302 302 302 302 302",
    "GET stores/store/": "302 200 200 200 200 200 200",
    "POST stores/store/": "302 200 200 200 200 200 200",
    "GET stores/store/add/": "302 200 200 200 200 200 200",
    "POST stores/store/add/": "302 200 200 200 200 200 200",
    "GET stores/store/<path:object_id>/history/": "302 404 200 200 200 200 200",
    "POST stores/store/<path:object_id>/history/": "302 405 405 405 405 405 405",
    "GET stores/store/<path:object_id>/delete/": "302 404 403 403 403 200 200",
    "POST stores/store/<path:object_id>/delete/": "302 404 403 403 403 200 200",
    "GET stores/store/<path:object_id>/change/": "302 404 302 302 200 200 200",
    "POST stores/store/<path:object_id>/change/": "302 404 403 403 200 200 200",
    "GET stores/store/<path:object_id>/": "302 302 302 302 302 302 302",
    "POST stores/store/<path:object_id>/": "302 302 302 302 302 302 302",
    "GET stores/transfer/": "302 200 200 200 200 200 200",
    "POST stores/transfer/": "302 200 200 200 200 200 200",
    "GET stores/transfer/add/": "302 200 200 200 200 200 200",
    "POST stores/transfer/add/": "302 200 200 200 200 200 200",
    "GET stores/transfer/<path:object_id>/history/": "302 404 200 200 200 200 200",
    "POST stores/transfer/<path:object_id>/history/": "302 404 200 200 200 200 200",
    "GET stores/transfer/<path:object_id>/delete/": "302 404 403 403 403 200 200",
    "POST stores/transfer/<path:object_id>/delete/": "302 404 403 403 403 302 302",
    "GET stores/transfer/<path:object_id>/change/": "302 404 302 302 302 302 302",
    "POST stores/transfer/<path:object_id>/change/": "302 403 403 403 403 403 403",
    "GET stores/transfer/<path:object_id>/": "302 404 200 200 200 200 200",
    "POST stores/transfer/<path:object_id>/": "302 405 405 405 405 405 405",
}
# What stranger, viewer, operator, editor, owner, superuser are told: done, or none (there is no
# such thing), or that they lack the role, or refused for what has nothing to do with them.
COMMANDS = {
    "artifact-store register": (
        "artifact-store register fresh -f azure --path=az://artifacts",
        "done done done done done done",
    ),
    "artifact-store list": (
        "artifact-store list",
        "done done done done done done",
    ),
    "artifact-store describe": (
        "artifact-store describe train",
        "none done done done done done",
    ),
    "artifact-store check": (
        "artifact-store check train --no-wait",
        "none lacks done done done done",
    ),
    "artifact-store delete": (
        "artifact-store delete train -y",
        "none lacks lacks lacks refused refused",
    ),
    "artifact-store share": (
        "artifact-store share train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "artifact-store unshare": (
        "artifact-store unshare train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "orchestrator register": (
        "orchestrator register fresh -f kubeflow",
        "done done done done done done",
    ),
    "orchestrator list": (
        "orchestrator list",
        "done done done done done done",
    ),
    "orchestrator describe": (
        "orchestrator describe train",
        "none done done done done done",
    ),
    "orchestrator delete": (
        "orchestrator delete train -y",
        "none lacks lacks lacks refused refused",
    ),
    "orchestrator share": (
        "orchestrator share train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "orchestrator unshare": (
        "orchestrator unshare train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "secrets-manager register": (
        "secrets-manager register fresh -f local",
        "done done done done done done",
    ),
    "secrets-manager list": (
        "secrets-manager list",
        "done done done done done done",
    ),
    "secrets-manager describe": (
        "secrets-manager describe train",
        "none done done done done done",
    ),
    "secrets-manager check": (
        "secrets-manager check train",
        "none lacks done done done done",
    ),
    "secrets-manager delete": (
        "secrets-manager delete train -y",
        "none lacks lacks lacks refused refused",
    ),
    "secrets-manager share": (
        "secrets-manager share train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "secrets-manager unshare": (
        "secrets-manager unshare train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "secrets-manager secret register": (
        "secrets-manager secret register fresh --a=b",
        "done done done done done done",
    ),
    "secrets-manager secret update": (
        "secrets-manager secret update train --sas_token=sig",
        "none lacks lacks refused refused refused",
    ),
    "secrets-manager secret list": (
        "secrets-manager secret list",
        "done done done done done done",
    ),
    "secrets-manager secret get": (
        "secrets-manager secret get train",
        "none done done done done done",
    ),
    "secrets-manager secret delete": (
        "secrets-manager secret delete train -y --force",
        "none lacks lacks lacks done done",
    ),
    "secrets-manager secret share": (
        "secrets-manager secret share train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "secrets-manager secret unshare": (
        "secrets-manager secret unshare train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "artifact-store get": (
        "artifact-store get",
        "none none none none none none",
    ),
    "artifact-store update": (
        "artifact-store update train --description=new",
        "none lacks lacks done done done",
    ),
    "artifact-store remove-attribute": (
        "artifact-store remove-attribute train authentication_secret",
        "none lacks lacks done done done",
    ),
    "artifact-store rename": (
        "artifact-store rename train fresh",
        "none lacks lacks done done done",
    ),
    "artifact-store copy": (
        "artifact-store copy train fresh",
        "none lacks lacks done done done",
    ),
    "artifact-store flavor list": (
        "artifact-store flavor list",
        "done done done done done done",
    ),
    "orchestrator get": (
        "orchestrator get",
        "none none none none none none",
    ),
    "orchestrator update": (
        "orchestrator update train --description=new",
        "none lacks lacks done done done",
    ),
    "orchestrator remove-attribute": (
        "orchestrator remove-attribute train kubernetes_context",
        "none lacks lacks refused refused refused",
    ),
    "orchestrator rename": (
        "orchestrator rename train fresh",
        "none lacks lacks done done done",
    ),
    "orchestrator copy": (
        "orchestrator copy train fresh",
        "none lacks lacks done done done",
    ),
    "orchestrator flavor list": (
        "orchestrator flavor list",
        "done done done done done done",
    ),
    "secrets-manager get": (
        "secrets-manager get",
        "none none none none none none",
    ),
    "secrets-manager update": (
        "secrets-manager update train --description=new",
        "none lacks lacks done done done",
    ),
    "secrets-manager remove-attribute": (
        "secrets-manager remove-attribute train key_vault_name",
        "none lacks lacks refused refused refused",
    ),
    "secrets-manager rename": (
        "secrets-manager rename train fresh",
        "none lacks lacks done done done",
    ),
    "secrets-manager copy": (
        "secrets-manager copy train fresh",
        "none lacks lacks done done done",
    ),
    "secrets-manager flavor list": (
        "secrets-manager flavor list",
        "done done done done done done",
    ),
    "stack update": (
        "stack update train --description=new",
        "none lacks lacks done done done",
    ),
    "stack remove-component": (
        "stack remove-component train -x",
        "none lacks lacks done done done",
    ),
    "stack rename": (
        "stack rename train fresh",
        "none lacks lacks done done done",
    ),
    "stack copy": (
        "stack copy train fresh",
        "none refused done done done done",
    ),
    "stack history": (
        "stack history train",
        "none done done done done done",
    ),
    "stack diff": (
        "stack diff train --from 1 --to 1",
        "none done done done done done",
    ),
    "stack restore": (
        "stack restore train 1",
        "none lacks lacks refused refused refused",
    ),
    "stack compare": (
        "stack compare train train",
        "none done done done done done",
    ),
    "stack export": (
        "stack export train -",
        "none done done done done done",
    ),
    "stack import": (
        "stack import fresh -f tests/stores/zenml/zenml-0.33.0_dict.yaml",
        "done done done done done done",
    ),
    "stack copy-component": (
        "stack copy-component train -a --name=fresh",
        "none lacks lacks done done done",
    ),
    "stack register-secrets": (
        "stack register-secrets train --skip-existing",
        "none refused refused refused refused refused",
    ),
    "stack register": (
        "stack register fresh -a train",
        "none lacks done done done done",
    ),
    "stack list": (
        "stack list",
        "done done done done done done",
    ),
    "stack describe": (
        "stack describe train",
        "none done done done done done",
    ),
    "stack set": (
        "stack set train",
        "none done done done done done",
    ),
    "stack get": (
        "stack get",
        "none none none none none none",
    ),
    "stack delete": (
        "stack delete train -y",
        "none lacks lacks lacks done done",
    ),
    "stack share": (
        "stack share train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "stack unshare": (
        "stack unshare train --team data-science",
        "none lacks lacks lacks done done",
    ),
    "team create": (
        "team create fresh",
        "done done done done done done",
    ),
    "team list": (
        "team list",
        "done done done done done done",
    ),
    "team describe": (
        "team describe data-science",
        "none done done done done done",
    ),
    "team update": (
        "team update data-science --name research",
        "none lacks lacks lacks done done",
    ),
    "team invite": (
        "team invite data-science",
        "none lacks lacks lacks done done",
    ),
    "team delete": (
        "team delete data-science -y",
        "none lacks lacks lacks done done",
    ),
    "transfer plan": (
        "transfer plan train train",
        "none lacks refused refused refused refused",
    ),
    "transfer start": (
        "transfer start {transfer}",
        "none lacks refused refused refused refused",
    ),
    "transfer list": (
        "transfer list",
        "done done done done done done",
    ),
    "transfer describe": (
        "transfer describe {transfer}",
        "none done done done done done",
    ),
    "transfer cancel": (
        "transfer cancel {transfer}",
        "none lacks refused refused refused refused",
    ),
    "transfer retry": (
        "transfer retry {transfer}",
        "none lacks refused refused refused done",
    ),
    "transfer report": (
        "transfer report {transfer}",
        "none done done done done done",
    ),
}
# What works on the machine, for whoever may run commands there at all.
OF_THE_MACHINE = {
    "integration install",
    "integration list",
    "sample",
    "secrets rotate-keys",
    "secrets verify",
    "up",
}
# All of these are the same class: what holds for an orchestrator holds for each of them.
COMPONENTS = {
    "alerter",
    "annotator",
    "container-registry",
    "data-validator",
    "deployer",
    "experiment-tracker",
    "feature-store",
    "image-builder",
    "log-store",
    "model-deployer",
    "model-registry",
    "orchestrator",
    "sandbox",
    "step-operator",
}


@pytest.fixture
def scene(person: User, admin_user: User) -> Scene:
    """Bea's things, and somebody of each role."""
    return set_scene(person, admin_user)


def test_w20_every_address_has_a_row() -> None:
    expected = {f"{method} {route}" for route in all_routes() for method in ("GET", "POST")}

    assert expected == set(ADDRESSES)


def test_w20_every_verb_has_a_row() -> None:
    others = COMPONENTS - {"orchestrator"}
    verbs = {verb for verb in all_verbs() if verb.partition(" ")[0] not in others}

    assert verbs == set(COMMANDS) | OF_THE_MACHINE


def test_the_commands_of_components_are_one_class() -> None:
    applications = get_commands()
    classes = {name: type(load_command_class(applications[name], name)) for name in COMPONENTS}

    assert all(issubclass(each, ComponentCommand) for each in classes.values())


def part_of(row: str) -> str:
    """The beginning of a row's address: what is tried together."""
    return "/".join(row.split(" ")[1].split("/")[:2])


@pytest.mark.parametrize("part", sorted({part_of(row) for row in ADDRESSES}))
def test_w20_every_address_answers_each_as_the_table_says(part: str, scene: Scene) -> None:
    rows = [row for row in ADDRESSES if part_of(row) == part]

    found = {row: statuses(scene, *row.split(" ", 1)) for row in rows}

    assert found == {row: ADDRESSES[row] for row in rows}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_w20_no_other_method_gets_a_stranger_further(method: str, scene: Scene) -> None:
    browser = scene.browser("stranger")
    routes = [route for route in all_routes() if "<int:pk>" in route]

    found = {browser.generic(method, scene.address(route)).status_code for route in routes}

    assert found <= {404, 405}


@pytest.mark.parametrize("verb", COMMANDS)
def test_w20_every_command_answers_each_as_the_table_says(verb: str, scene: Scene) -> None:
    line, expected = COMMANDS[verb]

    assert outcomes(scene, line.format(transfer=scene.world.transfer.pk)) == expected
