"""The states of a session, of a CRFP's part of it, of an enrolment, of a file somebody sent."""

from django.db.models import TextChoices

from cqp.roles import Act
from cqp.workflow import Transition, Workflow


class SessionState(TextChoices):
    OPEN = "OUVERTE", "Ouverte"
    DELIBERATION = "DELIBERATION", "En délibération"
    PROCLAIMED = "PROCLAMEE", "Proclamée"


class PartState(TextChoices):
    OPEN = "OUVERTE", "En cours"
    TRANSMITTED = "TRANSMISE", "Transmise"


class EnrolmentState(TextChoices):
    ENROLLED = "INSCRIT", "Inscrit"
    WITHDRAWN = "DESISTE", "Désisté"


class ImportState(TextChoices):
    PREVIEW = "APERCU", "À confirmer"
    RUNNING = "EN_COURS", "En cours"
    DONE = "FAIT", "Terminé"
    FAILED = "ECHEC", "Interrompu"


SESSION = Workflow(
    "La session",
    SessionState.OPEN,
    [
        Transition(SessionState.OPEN, Act.OPEN_SITTING, SessionState.DELIBERATION),
        Transition(SessionState.DELIBERATION, Act.PROCLAIM, SessionState.PROCLAIMED),
    ],
)

PART = Workflow(
    "La partie du CRFP",
    PartState.OPEN,
    [
        Transition(PartState.OPEN, Act.TRANSMIT, PartState.TRANSMITTED),
        Transition(PartState.TRANSMITTED, Act.REOPEN_JURY, PartState.OPEN),
    ],
)

ENROLMENT = Workflow(
    "L’inscription",
    EnrolmentState.ENROLLED,
    [
        Transition(EnrolmentState.ENROLLED, Act.WITHDRAW, EnrolmentState.WITHDRAWN),
        Transition(EnrolmentState.WITHDRAWN, Act.ENROL, EnrolmentState.ENROLLED),
    ],
)

IMPORT = Workflow(
    "L’import",
    ImportState.PREVIEW,
    [
        Transition(ImportState.PREVIEW, Act.CONFIRM_IMPORT, ImportState.RUNNING),
        Transition(ImportState.RUNNING, Act.FINISH_IMPORT, ImportState.DONE),
        Transition(ImportState.RUNNING, Act.FAIL_IMPORT, ImportState.FAILED),
    ],
)
