"""The addresses of stores' own pages; lists and forms are the admin's."""

from django.urls import URLPattern, path

from stores.views import (
    checks,
    history,
    importing,
    invitations,
    keys,
    samples,
    schedules,
    secrets,
    sharing,
    stack_lists,
    stack_mends,
    stacks,
    stores,
    teams,
    transfers,
)


def _history_of(kind: str, below: str) -> list[URLPattern]:
    """The pages of a thing's revisions, the first in the place of the admin's own history."""
    options = {"kind": kind}
    return [
        path(f"{below}/history/", history.revisions, options, name=f"{kind}_history"),
        path(f"{below}/history/diff/", history.difference, options, name=f"{kind}_diff"),
        path(
            f"{below}/history/<int:number>/restore/",
            history.restore_revision,
            options,
            name=f"restore_{kind}",
        ),
    ]


urlpatterns = [
    *_history_of("store", "stores/store/<int:pk>"),
    *_history_of("component", "stores/component/<int:pk>"),
    *_history_of("stack", "stores/stack/<int:pk>"),
    *_history_of("secrets_manager", "secrets_app/secretsmanager/<int:pk>"),
    path("stores/stack/<int:pk>/compare/", history.compare, name="compare_stack"),
    path("stores/store/<int:pk>/overview/", stores.overview, name="store_overview"),
    path("stores/store/<int:pk>/check/", checks.start, name="check_store"),
    path("stores/store/read/", stores.read_form, name="read_store_form"),
    path("stores/check/<int:pk>/", checks.show, name="check_page"),
    path("stores/check/<int:pk>/steps/", checks.steps, name="check_steps"),
    path("stores/stack/<int:pk>/overview/", stacks.overview, name="stack_overview"),
    path("stores/stack/<int:pk>/state/", stacks.state, name="stack_state"),
    path("stores/stack/<int:pk>/check/", stacks.check, name="check_stack"),
    path("stores/stack/<int:pk>/copy-part/", stacks.copy_part, name="copy_part_of_stack"),
    path("stores/stack/<int:pk>/mend/", stack_mends.mend, name="mend_stack"),
    path("stores/stack/read/", stacks.read_form, name="read_stack_form"),
    path("stacks.json", stack_lists.as_json, name="stacks_json"),
    path("stores/stack/<int:pk>/activate/", stacks.activate, name="activate_stack"),
    path("stores/stack/<int:pk>/export/", importing.show_export, name="export_stack"),
    path("stores/import/", importing.start, name="import_page"),
    path("stores/import/finish/", importing.finish, name="finish_import"),
    path("stores/schedule/<int:pk>/pause/", schedules.pause, name="pause_schedule"),
    path("stores/transfer/<int:pk>/", transfers.show, name="transfer_page"),
    path("stores/transfer/<int:pk>/progress/", transfers.progress, name="transfer_progress"),
    path("stores/transfer/<int:pk>/start/", transfers.start, name="start_transfer"),
    path("stores/transfer/<int:pk>/cancel/", transfers.cancel, name="cancel_transfer"),
    path("stores/transfer/<int:pk>/retry/", transfers.retry, name="retry_transfer"),
    path("stores/transfer/<int:pk>/report.csv", transfers.download, name="transfer_report"),
    path("secrets/secret/<int:pk>/overview/", secrets.overview, name="secret_overview"),
    path(
        "secrets/secret/<int:pk>/rehearsal/", secrets.rehearsal_progress, name="rehearsal_progress"
    ),
    path(
        "secrets/secret/<int:pk>/<int:number>/check/", secrets.check_version, name="check_version"
    ),
    path("secrets/secret/<int:pk>/<int:number>/use/", secrets.use_version, name="use_version"),
    path(
        "secrets/secret/<int:pk>/<int:number>/destroy/",
        secrets.destroy_version,
        name="destroy_version",
    ),
    path("secrets/secret/<int:pk>/replace/", secrets.replace, name="replace_secret"),
    path("secrets/secret/<int:pk>/remind-later/", secrets.remind_later, name="remind_later"),
    path("secrets/secret/<int:pk>/reveal/", secrets.reveal, name="reveal_secret"),
    path("secrets/rehearsal/<int:pk>/force/", secrets.force_rehearsal, name="force_rehearsal"),
    path("secrets/read/", secrets.read_form, name="read_secret_form"),
    path("keys/", keys.overview, name="keys_page"),
    path("keys/progress/", keys.progress, name="keys_progress"),
    path("keys/<slug:kind>/", keys.start, name="start_resealing"),
    path("access/<slug:kind>/<int:pk>/", sharing.access, name="access"),
    path("access/<slug:kind>/<int:pk>/share/", sharing.share, name="share"),
    path("access/<slug:kind>/<int:pk>/unshare/<int:team>/", sharing.unshare, name="unshare"),
    path("teams/", teams.listing, name="team_list"),
    path("teams/add/", teams.add, name="add_team"),
    path("teams/<int:pk>/", teams.members, name="team_page"),
    path("teams/<int:pk>/shared/", teams.shared, name="team_shared"),
    path("teams/<int:pk>/invitations/", invitations.listing, name="team_invitations"),
    path(
        "teams/<int:pk>/invitations/<int:invitation>/revoke/",
        invitations.revoke,
        name="revoke_invitation",
    ),
    path("teams/<int:pk>/activity/", teams.activity, name="team_activity"),
    path("teams/<int:pk>/settings/", teams.settings, name="team_settings"),
    path("teams/<int:pk>/default-stack/", teams.set_default_stack, name="team_default_stack"),
    path("teams/<int:pk>/delete/", teams.delete, name="delete_team"),
    path("teams/<int:pk>/members/<int:user>/", teams.member, name="team_member"),
    path("teams/<int:pk>/members/<int:user>/role/", teams.change_role, name="change_role"),
    path("teams/<int:pk>/members/<int:user>/remove/", teams.remove, name="remove_member"),
    path("invitation/<str:token>/", invitations.accept, name="invitation"),
    path("sample/load/", samples.load, name="load_sample"),
    path("sample/remove/", samples.remove, name="remove_sample"),
]
