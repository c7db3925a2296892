"""The states of a run of documents, of a message, of a holder's passage to the Caisse des dépôts."""

from django.db.models import TextChoices

from cqp.roles import Act
from cqp.workflow import Transition, Workflow


class RunState(TextChoices):
    WAITING = "DEMANDEE", "Demandée"
    DONE = "TERMINEE", "Terminée"
    FAILED = "INTERROMPUE", "Interrompue"
    FORGOTTEN = "EFFACEE", "Effacée"


class MessageState(TextChoices):
    TO_SEND = "A_ENVOYER", "À envoyer"
    SENT = "ENVOYE", "Envoyé"
    FAILED = "EN_ECHEC", "En échec"


class PassageState(TextChoices):
    SENT = "TRANSMIS", "Transmis"
    ACCEPTED = "ACCEPTE", "Accepté"
    REJECTED = "REJETE", "Rejeté"


RUN = Workflow(
    "La production de documents",
    RunState.WAITING,
    [
        Transition(RunState.WAITING, Act.FINISH_DOCUMENTS, RunState.DONE),
        Transition(RunState.WAITING, Act.FAIL_DOCUMENTS, RunState.FAILED),
        Transition(RunState.FAILED, Act.MAKE_DOCUMENTS, RunState.WAITING),
        Transition(RunState.DONE, Act.FORGET_DOCUMENTS, RunState.FORGOTTEN),
        Transition(RunState.FAILED, Act.FORGET_DOCUMENTS, RunState.FORGOTTEN),
    ],
)

MESSAGE = Workflow(
    "Le message",
    MessageState.TO_SEND,
    [
        Transition(MessageState.TO_SEND, Act.SEND_MESSAGE, MessageState.SENT),
        Transition(MessageState.TO_SEND, Act.FAIL_MESSAGE, MessageState.FAILED),
        Transition(MessageState.SENT, Act.FAIL_MESSAGE, MessageState.FAILED),
        Transition(MessageState.FAILED, Act.RESEND_MESSAGE, MessageState.TO_SEND),
    ],
)

PASSAGE = Workflow(
    "Le passage transmis à la Caisse des dépôts",
    PassageState.SENT,
    [
        Transition(PassageState.SENT, Act.ACCEPT_PASSAGE, PassageState.ACCEPTED),
        Transition(PassageState.SENT, Act.REJECT_PASSAGE, PassageState.REJECTED),
    ],
)
