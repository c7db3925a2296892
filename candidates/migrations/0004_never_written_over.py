"""Nothing takes the place of a proclaimed session or of its enrolments, and neither table is emptied."""

from typing import ClassVar

from django.db import migrations

from cqp.triggers import refuse_overwrite, refuse_truncate

PROCLAIMED = (
    "EXISTS (SELECT 1 FROM candidates_session s WHERE s.id = {row}.session_id AND s.state = 'PROCLAMEE')"
)
SENTENCE = "La session est proclamée."


class Migration(migrations.Migration):
    dependencies: ClassVar = [("candidates", "0003_list_imports")]
    operations: ClassVar = [
        refuse_overwrite("candidates_session", SENTENCE, "{row}.state = 'PROCLAMEE'", ("code",)),
        refuse_overwrite("candidates_enrolment", SENTENCE, PROCLAIMED, ("number",)),
        refuse_truncate("candidates_session", SENTENCE),
        refuse_truncate("candidates_enrolment", SENTENCE),
    ]
