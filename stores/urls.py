"""The addresses of stores' own pages; lists and forms are the admin's."""

from django.urls import path

from stores.views import (
    checks,
    importing,
    keys,
    samples,
    schedules,
    secrets,
    stacks,
    stores,
    transfers,
)

urlpatterns = [
    path("stores/store/<int:pk>/overview/", stores.overview, name="store_overview"),
    path("stores/store/<int:pk>/check/", checks.start, name="check_store"),
    path("stores/store/read/", stores.read_form, name="read_store_form"),
    path("stores/check/<int:pk>/", checks.show, name="check_page"),
    path("stores/check/<int:pk>/steps/", checks.steps, name="check_steps"),
    path("stores/stack/<int:pk>/overview/", stacks.overview, name="stack_overview"),
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
    path("sample/load/", samples.load, name="load_sample"),
    path("sample/remove/", samples.remove, name="remove_sample"),
]
