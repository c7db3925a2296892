"""Minutes, reopenings and summons never change; who sat and how they voted freezes with the proclamation."""

from typing import ClassVar

from django.db import migrations

from cqp.triggers import lift, refuse, refuse_truncate

ANY = ["INSERT", "UPDATE", "DELETE"]
DONE = "La session est proclamée."
PROCLAIMED = (
    "EXISTS (SELECT 1 FROM candidates_enrolment e JOIN candidates_session s ON s.id = e.session_id"
    " WHERE e.id = {row}.enrolment_id AND s.state = 'PROCLAMEE')"
)
OF_DECISION = (
    "EXISTS (SELECT 1 FROM juries_decision d JOIN candidates_enrolment e ON e.id = d.enrolment_id"
    " JOIN candidates_session s ON s.id = e.session_id"
    " WHERE d.id = {row}.decision_id AND s.state = 'PROCLAMEE')"
)
OF_HEARING = (
    "EXISTS (SELECT 1 FROM juries_hearing h JOIN candidates_enrolment e ON e.id = h.enrolment_id"
    " JOIN candidates_session s ON s.id = e.session_id"
    " WHERE h.id = {row}.hearing_id AND s.state = 'PROCLAMEE')"
)
OF_SITTING = (
    "EXISTS (SELECT 1 FROM juries_sitting t JOIN candidates_session s ON s.id = t.session_id"
    " WHERE t.id = {row}.sitting_id AND s.state = 'PROCLAMEE')"
)
NOT_PROCLAIMED = OF_DECISION.replace("EXISTS", "NOT EXISTS", 1)


def _there(table: str, *keys: str) -> str:
    """A row that is there already, by its id or by these keys: SQLite's REPLACE fires no trigger of deletion."""
    same = " AND ".join(f"t.{key} = {{row}}.{key}" for key in keys)
    return f"EXISTS (SELECT 1 FROM juries_{table} t WHERE t.id = {{row}}.id OR ({same}))"  # noqa: S608 - names of this file


KEPT = (
    ("localminutes", "Un procès-verbal ne se modifie pas.", ("jury_id", "rank")),
    ("juryreopening", "Une réouverture ne se modifie pas.", ("id",)),
    ("summons", "Une convocation envoyée ne se modifie pas.", ("enrolment_id", "rank")),
)
_CERTIFICATE = ("no_insert", "number_no_insert", "no_update", "no_delete", "no_truncate")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("juries", "0006_sittings_plans_rectifications")]
    operations: ClassVar = [
        *(refuse(f"juries_{table}", ["UPDATE", "DELETE"], said) for table, said, _keys in KEPT),
        *(refuse(f"juries_{table}", ["INSERT"], said, _there(table, *keys)) for table, said, keys in KEPT),
        refuse("juries_sittingmember", ANY, DONE, OF_SITTING),
        refuse("juries_memberrecusal", ANY, DONE, PROCLAIMED),
        refuse("juries_extraction", ANY, DONE, PROCLAIMED),
        refuse("juries_recusal", ANY, DONE, OF_HEARING),
        refuse("juries_collegevote", ANY, DONE, OF_DECISION),
        refuse(
            "juries_rectification",
            ["UPDATE", "DELETE"],
            "Une décision rectificative close ne se modifie pas.",
            "OLD.state IN ('DECIDEE', 'REJETEE')",
        ),
        refuse(
            "juries_rectification",
            ["INSERT"],
            "Seule une décision proclamée se rectifie, une fois par numéro.",
            f"{NOT_PROCLAIMED} OR {_there('rectification', 'decision_id', 'rank')}",
        ),
        # The table of certificates was made anew, its refusals with it: one more certificate by correction.
        lift("juries_certificate", [f"juries_certificate_{name}" for name in _CERTIFICATE]),
        refuse("juries_certificate", ["UPDATE", "DELETE"], "Un certificat ne se modifie pas."),
        refuse_truncate("juries_certificate", "Un certificat ne se modifie pas."),
        refuse(
            "juries_certificate",
            ["INSERT"],
            "Ce qui est proclamé ne se modifie pas.",
            "EXISTS (SELECT 1 FROM juries_certificate t WHERE t.id = {row}.id"
            " OR t.number = {row}.number OR t.code = {row}.code"
            " OR t.rectification_id = {row}.rectification_id"
            " OR (t.decision_id = {row}.decision_id"
            " AND t.rectification_id IS NULL AND {row}.rectification_id IS NULL))",
        ),
    ]
