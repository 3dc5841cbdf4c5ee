"""PostgreSQL itself refuses to change or delete what stands in the audit."""

from typing import Any

from django.db import migrations

REFUSE = """
CREATE FUNCTION project_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit entries are append-only';
END
$$;
CREATE TRIGGER project_auditentry_append_only BEFORE UPDATE OR DELETE ON project_auditentry
    FOR EACH ROW EXECUTE FUNCTION project_refuse_change();
"""
ALLOW = """
DROP TRIGGER project_auditentry_append_only ON project_auditentry;
DROP FUNCTION project_refuse_change();
"""


def refuse(apps: Any, schema_editor: Any) -> None:
    """Make the trigger."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(REFUSE)


def allow(apps: Any, schema_editor: Any) -> None:
    """Take the trigger away."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(ALLOW)


class Migration(migrations.Migration):
    dependencies = [("project", "0002_audit_details")]

    operations = [migrations.RunPython(refuse, allow)]
