"""Once a session is proclaimed opinions and decisions are frozen; what it kept and certificates always."""

from typing import ClassVar

from django.db import migrations

from cqp.triggers import refuse

OPINION = (
    "EXISTS (SELECT 1 FROM juries_hearing h JOIN candidates_enrolment e ON e.id = h.enrolment_id"
    " JOIN candidates_session s ON s.id = e.session_id"
    " WHERE h.id = {row}.hearing_id AND s.state = 'PROCLAMEE')"
)
DECISION = (
    "EXISTS (SELECT 1 FROM candidates_enrolment e JOIN candidates_session s ON s.id = e.session_id"
    " WHERE e.id = {row}.enrolment_id AND s.state = 'PROCLAMEE')"
)
ANY = ["INSERT", "UPDATE", "DELETE"]
SENTENCE = "La session est proclamée."


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("juries", "0001_initial"),
        ("candidates", "0002_frozen_when_proclaimed"),
    ]
    operations: ClassVar = [
        refuse("juries_opinion", ANY, SENTENCE, OPINION),
        refuse("juries_hearing", ANY, SENTENCE, DECISION),
        refuse("juries_decision", ANY, SENTENCE, DECISION),
        *(
            # An INSERT over a row that is there: SQLite's REPLACE fires no trigger of deletion.
            refuse(
                f"juries_{table}",
                ["INSERT"],
                "Ce qui est proclamé ne se modifie pas.",
                f"EXISTS (SELECT 1 FROM juries_{table} t WHERE t.id = {{row}}.id OR t.{key} = {{row}}.{key})",  # noqa: S608 - names of this file
            )
            for table, key in (
                ("proclamation", "session_id"),
                ("proclaimedfile", "enrolment_id"),
                ("certificate", "decision_id"),
            )
        ),
        refuse("juries_proclamation", ["UPDATE", "DELETE"], "Une proclamation ne se modifie pas."),
        refuse("juries_proclaimedfile", ["UPDATE", "DELETE"], "Un dossier proclamé ne se modifie pas."),
        refuse("juries_certificate", ["UPDATE", "DELETE"], "Un certificat ne se modifie pas."),
    ]
