"""Stores, components and stacks that were there before revisions were kept: what they are is
their first."""

from django.db import migrations
from django.utils import timezone

NAMED = ["id", "name", "description", "owner_id", "team_id"]
PART = [*NAMED, "flavor", "configuration", "labels"]
STORE = [*PART, "path", "sign_in", "authentication_secret", "allow_probes", "allow_implicit"]
COMPONENT = [*PART, "type", "runs_on", "identity"]
STACK = [*NAMED, "store_id", "secrets_manager_id", "production"]


def first(history, thing, fields):
    copied = {field: getattr(thing, field) for field in fields}
    return history.objects.create(history_date=timezone.now(), history_type="+", **copied)


def record(apps, schema_editor):
    for name, fields in (("Store", STORE), ("Component", COMPONENT)):
        history = apps.get_model("stores", f"Historical{name}")
        for thing in apps.get_model("stores", name).objects.iterator():
            first(history, thing, fields)
    history = apps.get_model("stores", "HistoricalStack")
    joined = apps.get_model("stores", "HistoricalStack_components")
    stacks = apps.get_model("stores", "Stack")
    for stack in stacks.objects.iterator():
        revision = first(history, stack, STACK)
        for row in stacks.components.through.objects.filter(stack=stack):
            joined.objects.create(
                history=revision, id=row.pk, stack_id=row.stack_id, component_id=row.component_id
            )


class Migration(migrations.Migration):
    dependencies = [("stores", "0011_revisions")]

    operations = [migrations.RunPython(record, migrations.RunPython.noop)]
