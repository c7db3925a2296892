"""The carnet de suivi: each competence attested by the tutor, then signed by the manager (R17)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from candidates.models import Enrolment
from cqp.accounts.actor import Actor
from cqp.accounts.models import User
from cqp.roles import Act
from evaluations.models.referentiel import Competence, Criterion
from evaluations.models.regulation import Block
from evaluations.states import AttestationState


class MasteryAttestationQuerySet(models.QuerySet["MasteryAttestation"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """Of the people whose carnet this actor follows; never an organisme's, nor a juror's."""
        if actor is None or not actor.may(Act.READ_CARNETS):
            return self.none()
        return self.filter(enrolment__in=Enrolment.objects.visible_to(actor).values("pk"))


class MasteryAttestation(models.Model):
    """One competence of one carnet, as its two signatories left it. No row: still to be observed.

    `mastered` is the tutor's word, `confirmed` the manager's: the manager may sign a mastery, or its absence.
    Two different people, never the candidate: the database holds to it.
    """

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="attestations")
    competence = models.ForeignKey(Competence, models.PROTECT, related_name="attestations")
    state = models.CharField("état", max_length=9, choices=AttestationState)
    mastered = models.BooleanField("maîtrisée selon le tuteur")
    observed_on = models.DateField("observée le")
    situation = models.TextField("situation observée", max_length=1000)
    met = models.ManyToManyField(Criterion, blank=True, related_name="+", verbose_name="critères remplis")
    comment = models.TextField("commentaire", blank=True, default="", max_length=2000)
    attested_at = models.DateTimeField("attestée le")
    attested_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="tuteur")
    confirmed = models.BooleanField("maîtrisée selon le manager", null=True)
    signed_at = models.DateTimeField("signée le", null=True)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="manager")
    returned_at = models.DateTimeField("renvoyée le", null=True)
    returned_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    review_on = models.DateField("à revoir le", null=True)
    reason = models.TextField("motif du renvoi ou du refus", blank=True, default="", max_length=1000)
    version = models.PositiveIntegerField(default=1)

    objects = MasteryAttestationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["enrolment", "competence__bloc__position", "competence__position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enrolment", "competence"], name="attestation_once"),
            models.CheckConstraint(
                condition=Q(
                    state=AttestationState.ATTESTED,
                    confirmed__isnull=True,
                    signed_at__isnull=True,
                    signed_by__isnull=True,
                    returned_at__isnull=True,
                    returned_by__isnull=True,
                    review_on__isnull=True,
                )
                | Q(
                    state=AttestationState.SIGNED,
                    confirmed__isnull=False,
                    signed_at__isnull=False,
                    signed_by__isnull=False,
                    returned_at__isnull=True,
                    returned_by__isnull=True,
                    review_on__isnull=True,
                )
                | Q(
                    ~Q(reason=""),
                    state=AttestationState.RETURNED,
                    confirmed__isnull=True,
                    signed_at__isnull=True,
                    signed_by__isnull=True,
                    returned_at__isnull=False,
                    returned_by__isnull=False,
                    review_on__isnull=False,
                ),
                name="attestation_state_is_signed",
            ),
            models.CheckConstraint(
                condition=(Q(signed_by__isnull=True) | ~Q(signed_by=F("attested_by")))
                & (Q(returned_by__isnull=True) | ~Q(returned_by=F("attested_by"))),
                name="attestation_two_people",
            ),
            models.CheckConstraint(
                condition=Q(confirmed__isnull=True) | Q(confirmed=F("mastered")) | ~Q(reason=""),
                name="attestation_disagreement_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} · {self.competence.code}"


class AttestationFile(models.Model):
    """What the tutor joined to an attestation, as it was checked and kept: a PDF, or a picture made anew."""

    class Kind(models.TextChoices):
        PDF = "application/pdf", "PDF"
        JPEG = "image/jpeg", "JPEG"
        PNG = "image/png", "PNG"

    attestation = models.OneToOneField(MasteryAttestation, models.CASCADE, related_name="file")
    name = models.CharField("nom", max_length=120)
    kind = models.CharField("type", max_length=20, choices=Kind)
    content = models.BinaryField()
    size = models.PositiveIntegerField("octets")
    sha256 = models.CharField("empreinte", max_length=64)
    at = models.DateTimeField("joint le")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(size__gt=0, size__lte=5 * 1024 * 1024), name="attestation_file_is_bounded"
            )
        ]

    def __str__(self) -> str:
        return self.name


class CarnetReopening(models.Model):
    """A carnet opened again after its deadline, until a day, with who did it and why; never edited."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="reopenings")
    until = models.DateField("rouvert jusqu’au")
    motive = models.TextField("motif", max_length=1000)
    at = models.DateTimeField("rouvert le")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(motive=""), name="reopening_has_motive")]

    def __str__(self) -> str:
        return f"{self.enrolment} · {self.until}"


class ObservationLine(models.Model):
    """One line of a carnet marked in points: what is observed, out of how many points (R9)."""

    block = models.ForeignKey(Block, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField("ordre")
    label = models.CharField("libellé", max_length=200)
    mark_max = models.DecimalField("points", max_digits=6, decimal_places=2)

    class Meta:
        ordering: ClassVar = ["block", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["block", "position"], name="observation_line_once"),
            models.CheckConstraint(condition=Q(mark_max__gt=0), name="observation_line_is_positive"),
        ]

    def __str__(self) -> str:
        return self.label


class Observation(models.Model):
    """What was observed of one candidate on one line; the total of the lines is the mark of the block."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="observations")
    line = models.ForeignKey(ObservationLine, models.PROTECT, related_name="observations")
    value = models.DecimalField("points", max_digits=6, decimal_places=2)
    scale = models.DecimalField("barème", max_digits=6, decimal_places=2)
    comment = models.TextField("commentaire", blank=True, default="", max_length=1000)
    version = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField("saisie le")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["enrolment", "line"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enrolment", "line"], name="observation_once"),
            models.CheckConstraint(
                condition=Q(value__gte=0, value__lte=F("scale")), name="observation_within_scale"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} · {self.line}"
