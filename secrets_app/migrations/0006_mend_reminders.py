"""Reminders that could never come, or that no date can hold, become what the form takes."""

from typing import Any

from django.db import migrations

TEN_YEARS = 3650


def mend(apps: Any, schema_editor: Any) -> None:
    """A reminder after no days is none; one after more than ten years comes after ten."""
    secrets = apps.get_model("secrets_app", "Secret").objects
    secrets.filter(remind_after_days__lt=1).update(remind_after_days=None)
    secrets.filter(remind_after_days__gt=TEN_YEARS).update(remind_after_days=TEN_YEARS)


class Migration(migrations.Migration):
    dependencies = [("secrets_app", "0005_end_in_vault")]

    operations = [migrations.RunPython(mend, migrations.RunPython.noop)]
