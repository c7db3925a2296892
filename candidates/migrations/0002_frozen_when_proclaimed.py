"""Once its session is proclaimed, an enrolment no longer changes; a proclaimed session stays so."""

from typing import ClassVar

from django.db import migrations

from cqp.triggers import refuse

PROCLAIMED = (
    "EXISTS (SELECT 1 FROM candidates_session s WHERE s.id = {row}.session_id AND s.state = 'PROCLAMEE')"
)
SENTENCE = "La session est proclamée."


class Migration(migrations.Migration):
    dependencies: ClassVar = [("candidates", "0001_initial")]
    operations: ClassVar = [
        refuse("candidates_enrolment", ["INSERT", "UPDATE", "DELETE"], SENTENCE, PROCLAIMED),
        refuse("candidates_session", ["UPDATE", "DELETE"], SENTENCE, "OLD.state = 'PROCLAMEE'"),
    ]
