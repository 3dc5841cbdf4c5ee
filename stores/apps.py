"""What Django has to know of this application."""

import fsspec
from django.apps import AppConfig


class StoresConfig(AppConfig):
    """The application's name and label."""

    name = "stores"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Storeroom"

    def ready(self) -> None:
        """Let fsspec, and with it pandas, open `storeroom://store/path` in this process, and note
        changes of what stacks rest on."""
        from stores.models.change import watch

        fsspec.register_implementation("storeroom", "stores.filesystem.StoreroomFileSystem")
        watch()
