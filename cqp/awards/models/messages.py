"""The queue of messages: what leaves, for whom, when, and whether it left."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Concat

from candidates.models import Enrolment, Session
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership, Organisme
from cqp.awards.states import MessageState
from cqp.roles import Role

AGAIN = "+"
"""What the key of a message ends with, after that of the message it replaces at another address."""


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """Ucanss, which answers for what is sent."""
        return self.all() if actor is not None and actor.role == Role.UCANSS else self.none()

    def due(self, at: datetime) -> Self:
        """To send now: the session says that its results are open, whatever was written before.

        One that was tried already waits for its own hour. No join: an update with this condition is one
        comparison and one change of the row.
        """
        opened = Session.objects.filter(results_open_at__lte=at)
        tried = Q(attempts=0) | Q(leaves_at__lte=at)
        return self.filter(tried, state=MessageState.TO_SEND, session__in=opened)

    def standing(self) -> Self:
        """Those that still count: not replaced at another address, to somebody still of the organisme."""
        later = self.model.objects.filter(key=Concat(OuterRef("key"), Value(AGAIN), output_field=CharField()))
        reader = Membership.objects.filter(
            role=Role.ORGANISME,
            organisme=OuterRef("organisme"),
            user__email=OuterRef("email"),
            user__is_active=True,
        )
        return self.filter(~Exists(later)).filter(Q(organisme__isnull=True) | Exists(reader))

    def failed(self) -> Self:
        """Those that did not arrive, and that nothing replaces."""
        return self.standing().filter(state=MessageState.FAILED)


class Message(models.Model):
    """One message as it was written: text and HTML are frozen, only its sending moves.

    `key` says what it is about: the same thing is never told twice to the same person.
    """

    class Kind(models.TextChoices):
        RESULT = "RESULTAT", "Résultat au candidat"
        ORGANISME = "ORGANISME", "Résultats à l’organisme"
        RECTIFIED = "RECTIFICATION", "Décision rectificative"

    session = models.ForeignKey(Session, models.PROTECT, related_name="messages")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, null=True, related_name="messages")
    organisme = models.ForeignKey(Organisme, models.PROTECT, null=True, related_name="+")
    kind = models.CharField("nature", max_length=15, choices=Kind)
    key = models.CharField(max_length=120, unique=True, editable=False)
    email = models.EmailField("adresse électronique")
    subject = models.CharField("objet", max_length=200)
    text = models.TextField("texte")
    html = models.TextField("texte mis en forme")
    leaves_at = models.DateTimeField("part à partir du")
    state = models.CharField("état", max_length=12, choices=MessageState, default=MessageState.TO_SEND)
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    # How many times somebody had it leave again: what comes back of an earlier sending is not about this one.
    resent = models.PositiveSmallIntegerField("renvois", default=0)
    sent_at = models.DateTimeField("envoyé le", null=True)
    failure = models.CharField("échec", max_length=500, blank=True, default="")
    # The address itself was refused, by our server at once or by theirs later.
    is_bounced = models.BooleanField("adresse refusée", default=False)
    written_at = models.DateTimeField("préparé le")

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-written_at", "pk"]
        indexes: ClassVar = [models.Index(fields=["state", "leaves_at"], name="message_due")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state=MessageState.SENT, sent_at__isnull=False) | ~Q(state=MessageState.SENT),
                name="message_sent_is_dated",
            ),
            models.CheckConstraint(
                condition=Q(enrolment__isnull=True) ^ Q(organisme__isnull=True), name="message_to_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.email}"

    @property
    def is_leaving(self) -> bool:
        """Has a worker taken it, that has not said yet what became of it? It may have left."""
        return self.state == MessageState.TO_SEND and self.attempts > 0 and not self.failure
