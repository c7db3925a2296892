"""A published regulation never changes; a proclaimed session's marks neither."""

from typing import ClassVar

from django.db import migrations

from cqp.triggers import refuse

PUBLISHED = (
    "EXISTS (SELECT 1 FROM evaluations_regulation r WHERE r.id = {row}.regulation_id AND r.state = 'PUBLIE')"
)
OF_BLOC = (
    "EXISTS (SELECT 1 FROM evaluations_bloccompetence b JOIN evaluations_regulation r"
    " ON r.id = b.regulation_id WHERE b.id = {row}.bloc_id AND r.state = 'PUBLIE')"
)
OF_COMPETENCE = (
    "EXISTS (SELECT 1 FROM evaluations_competence c"
    " JOIN evaluations_bloccompetence b ON b.id = c.bloc_id"
    " JOIN evaluations_regulation r ON r.id = b.regulation_id"
    " WHERE c.id = {row}.competence_id AND r.state = 'PUBLIE')"
)
PROCLAIMED = (
    "EXISTS (SELECT 1 FROM candidates_enrolment e JOIN candidates_session s ON s.id = e.session_id"
    " WHERE e.id = {row}.enrolment_id AND s.state = 'PROCLAMEE')"
)
ANY = ["INSERT", "UPDATE", "DELETE"]
RULES = "Un règlement publié ne se modifie pas."


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("evaluations", "0001_initial"),
        ("candidates", "0002_frozen_when_proclaimed"),
    ]
    operations: ClassVar = [
        refuse("evaluations_regulation", ["UPDATE", "DELETE"], RULES, "OLD.state = 'PUBLIE'"),
        refuse("evaluations_block", ANY, RULES, PUBLISHED),
        refuse("evaluations_seatrule", ANY, RULES, PUBLISHED),
        refuse("evaluations_bloccompetence", ANY, RULES, PUBLISHED),
        refuse("evaluations_competence", ANY, RULES, OF_BLOC),
        refuse("evaluations_criterion", ANY, RULES, OF_COMPETENCE),
        refuse("evaluations_adoption", ["UPDATE", "DELETE"], "Le règlement d’une session ne change pas."),
        refuse("evaluations_mark", ANY, "La session est proclamée.", PROCLAIMED),
    ]
