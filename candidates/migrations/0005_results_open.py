"""A proclaimed session says when its results open, and only that may move."""

from typing import ClassVar

from django.db import migrations, models

from cqp.triggers import lift, refuse

SENTENCE = "La session est proclamée."
KEPT = (
    *("id", "code", "certification_id", "exam_first_day", "exam_last_day"),
    *("enrolment_deadline", "entry_deadline", "state", "opened_at"),
)
MOVED = " OR ".join(f"NEW.{column} <> OLD.{column}" for column in KEPT)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("candidates", "0004_never_written_over")]
    operations: ClassVar = [
        migrations.AddField(
            "session",
            "results_open_at",
            models.DateTimeField(blank=True, null=True, verbose_name="ouverture des résultats"),
        ),
        # The results of the sessions proclaimed before opened with their proclamation: juries 0009 says so.
        lift("candidates_session", ["candidates_session_no_update"]),
        refuse("candidates_session", ["UPDATE"], SENTENCE, f"OLD.state = 'PROCLAMEE' AND ({MOVED})"),
    ]
