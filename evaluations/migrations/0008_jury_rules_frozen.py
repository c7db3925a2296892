"""What a published regulation asks of its juries never changes; points of a proclaimed session neither."""

from typing import ClassVar

from django.db import migrations

from cqp.triggers import refuse

PUBLISHED = (
    "EXISTS (SELECT 1 FROM evaluations_regulation r WHERE r.id = {row}.regulation_id AND r.state = 'PUBLIE')"
)
# A version published before juries had rules is completed once, by the reference data: the rule comes last.
COMPLETE = (
    "EXISTS (SELECT 1 FROM evaluations_juryrule t"
    " JOIN evaluations_regulation r ON r.id = t.regulation_id"
    " WHERE t.regulation_id = {row}.regulation_id AND r.state = 'PUBLIE')"
)
SAME_ID = "EXISTS (SELECT 1 FROM evaluations_juryrule t WHERE t.id = {row}.id)"
PROCLAIMED = (
    "EXISTS (SELECT 1 FROM candidates_enrolment e JOIN candidates_session s ON s.id = e.session_id"
    " WHERE e.id = {row}.enrolment_id AND s.state = 'PROCLAMEE')"
)
RULES = "Un règlement publié ne se modifie pas."


class Migration(migrations.Migration):
    dependencies: ClassVar = [("evaluations", "0007_jury_rules")]
    operations: ClassVar = [
        refuse("evaluations_juryrule", ["UPDATE", "DELETE"], RULES, PUBLISHED),
        refuse(
            "evaluations_juryrule",
            ["INSERT"],
            RULES,
            f"{COMPLETE} OR {SAME_ID}",
        ),
        refuse("evaluations_hearingpart", ["UPDATE", "DELETE"], RULES, PUBLISHED),
        refuse("evaluations_hearingpart", ["INSERT"], RULES, COMPLETE),
        refuse(
            "evaluations_jurypoints", ["INSERT", "UPDATE", "DELETE"], "La session est proclamée.", PROCLAIMED
        ),
    ]
