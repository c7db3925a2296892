"""The sessions proclaimed until now opened their results at once; from now on a proclamation says when."""

from typing import ClassVar

from django.db import migrations

from cqp.triggers import refuse

OPENED = """
UPDATE candidates_session SET results_open_at =
  (SELECT p.at FROM juries_proclamation p WHERE p.session_id = candidates_session.id)
WHERE state = 'PROCLAMEE'
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("juries", "0008_never_written_over"),
        ("candidates", "0005_results_open"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(OPENED, migrations.RunSQL.noop),
        refuse(
            "candidates_session",
            ["UPDATE"],
            "Une proclamation dit quand ses résultats s’ouvrent.",
            "NEW.state = 'PROCLAMEE' AND NEW.results_open_at IS NULL",
            name="candidates_session_results",
        ),
    ]
