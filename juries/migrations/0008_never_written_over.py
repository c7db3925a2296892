"""What the proclamation froze is neither written over nor emptied; juries, seats and sitting freeze too."""

from typing import ClassVar

from django.db import migrations

from cqp.triggers import refuse, refuse_overwrite, refuse_truncate

OF_SESSION = (
    "EXISTS (SELECT 1 FROM candidates_session s WHERE s.id = {row}.session_id AND s.state = 'PROCLAMEE')"
)
OF_PART = (
    "EXISTS (SELECT 1 FROM candidates_sessionpart p JOIN candidates_session s ON s.id = p.session_id"
    " WHERE p.id = {row}.part_id AND s.state = 'PROCLAMEE')"
)
OF_JURY = (
    "EXISTS (SELECT 1 FROM juries_localjury j JOIN candidates_sessionpart p ON p.id = j.part_id"
    " JOIN candidates_session s ON s.id = p.session_id"
    " WHERE j.id = {row}.jury_id AND s.state = 'PROCLAMEE')"
)
OF_ENROLMENT = (
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
CLOSED = "{row}.state IN ('DECIDEE', 'REJETEE')"
DONE = "La session est proclamée."
RECTIFIED = "Une décision rectificative close ne se modifie pas."

# Who sat, locally and nationally: nothing froze these three yet.
SEATS = (("sitting", OF_SESSION), ("localjury", OF_PART), ("juryseat", OF_JURY))
FROZEN = (
    *SEATS,
    ("hearing", OF_ENROLMENT),
    ("opinion", OF_HEARING),
    ("recusal", OF_HEARING),
    ("decision", OF_ENROLMENT),
    ("extraction", OF_ENROLMENT),
    ("collegevote", OF_DECISION),
    ("sittingmember", OF_SITTING),
    ("memberrecusal", OF_ENROLMENT),
)
# Their INSERT and UPDATE are refused already, whatever the row in the way.
KEPT = (
    ("localminutes", "Un procès-verbal ne se modifie pas."),
    ("juryreopening", "Une réouverture ne se modifie pas."),
    ("summons", "Une convocation envoyée ne se modifie pas."),
    ("proclamation", "Une proclamation ne se modifie pas."),
    ("proclaimedfile", "Un dossier proclamé ne se modifie pas."),
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("juries", "0007_juries_frozen"),
        ("candidates", "0004_never_written_over"),
    ]
    operations: ClassVar = [
        *(refuse(f"juries_{table}", ["INSERT", "UPDATE", "DELETE"], DONE, when) for table, when in SEATS),
        *(refuse_overwrite(f"juries_{table}", DONE, when) for table, when in FROZEN),
        refuse_overwrite("juries_rectification", RECTIFIED, CLOSED, ("decision_id", "rank")),
        *(refuse_truncate(f"juries_{table}", DONE) for table, _when in FROZEN),
        refuse_truncate("juries_rectification", RECTIFIED),
        *(refuse_truncate(f"juries_{table}", said) for table, said in KEPT),
    ]
