"""The states of a local jury, and the words of opinions and decisions."""

from django.db.models import TextChoices

from cqp.roles import Act
from cqp.workflow import Transition, Workflow


class JuryState(TextChoices):
    OPEN = "OUVERT", "Ouvert"
    CLOSED = "CLOS", "Clos"


class Outcome(TextChoices):
    """What a proclamation says of a candidate."""

    CERTIFIED = "CERTIFIE", "Certifié"
    NOT_CERTIFIED = "NON_CERTIFIE", "Non certifié"
    DEFERRED = "REPORTE", "Reporté"


class RectificationState(TextChoices):
    PROPOSED = "PROPOSEE", "Proposée"
    APPROVED = "APPROUVEE", "Approuvée"
    DECIDED = "DECIDEE", "Décidée"
    DISMISSED = "REJETEE", "Rejetée"


LOCAL_JURY = Workflow(
    "Le jury local",
    JuryState.OPEN,
    [
        Transition(JuryState.OPEN, Act.GIVE_OPINION, JuryState.OPEN),
        Transition(JuryState.OPEN, Act.CLOSE_JURY, JuryState.CLOSED),
        Transition(JuryState.CLOSED, Act.REOPEN_JURY, JuryState.OPEN),
    ],
)

RECTIFICATION = Workflow(
    "La décision rectificative",
    RectificationState.PROPOSED,
    [
        Transition(RectificationState.PROPOSED, Act.APPROVE_RECTIFICATION, RectificationState.APPROVED),
        Transition(RectificationState.PROPOSED, Act.DISMISS_RECTIFICATION, RectificationState.DISMISSED),
        Transition(RectificationState.APPROVED, Act.DECIDE_RECTIFICATION, RectificationState.DECIDED),
        Transition(RectificationState.APPROVED, Act.DISMISS_RECTIFICATION, RectificationState.DISMISSED),
    ],
)
