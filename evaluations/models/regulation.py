"""The rules of a certification as dated, versioned data; a published regulation never changes."""

from decimal import Decimal
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from candidates.models import Certification, Session
from cqp.accounts.actor import Actor
from cqp.roles import Act, Role
from evaluations.states import RegulationState


class RegulationQuerySet(models.QuerySet["Regulation"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """Ucanss sees drafts too; the other readers see what is published."""
        if actor is None or not actor.may(Act.READ_REGULATIONS):
            return self.none()
        if actor.role == Role.UCANSS:
            return self.all()
        return self.filter(state=RegulationState.PUBLISHED)


class Regulation(models.Model):
    """A regulation of evaluation: blocks, thresholds, conditions, composition of the local jury."""

    class Regime(models.TextChoices):
        POINTS = "POINTS", "En points, sur 200"
        BLOCS = "BLOCS", "En blocs de compétences"

    code = models.CharField(max_length=20)
    version = models.PositiveSmallIntegerField(default=1)
    certification = models.ForeignKey(Certification, models.PROTECT, related_name="regulations")
    title = models.CharField("intitulé", max_length=200)
    regime = models.CharField("régime", max_length=8, choices=Regime, default=Regime.POINTS)
    state = models.CharField("état", max_length=8, choices=RegulationState, default=RegulationState.DRAFT)
    valid_from = models.DateField("applicable à partir du")
    source = models.TextField("source", max_length=1000)
    notes = models.TextField("notes de lecture", blank=True, default="", max_length=4000)
    total_max = models.DecimalField("total maximal", max_digits=6, decimal_places=2, default=Decimal(200))
    pass_total = models.DecimalField("total requis", max_digits=6, decimal_places=2, default=Decimal(100))
    requires_pass = models.BooleanField("Pass doit être suivi", default=False)
    max_months = models.PositiveSmallIntegerField(
        "amplitude maximale du parcours, en mois", null=True, blank=True
    )
    # What an earlier enrolment leaves to the next one. Null where the regulation says nothing: a deferred
    # candidate keeps what was given (A5), one who failed keeps nothing (A27).
    kept_when_deferred = models.BooleanField("conservé en cas de report", null=True, blank=True)
    kept_when_failed = models.BooleanField("conservé en cas d’échec", null=True, blank=True)
    published_at = models.DateTimeField("publié le", null=True, editable=False)

    objects = RegulationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["certification", "code", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "version"], name="regulation_version_once"),
            models.CheckConstraint(
                condition=Q(state=RegulationState.DRAFT, published_at__isnull=True)
                | Q(state=RegulationState.PUBLISHED, published_at__isnull=False),
                name="regulation_publication_is_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"

    @property
    def is_in_blocs(self) -> bool:
        return self.regime == self.Regime.BLOCS


class Block(models.Model):
    """One evaluation: its scale, weight, threshold with its operator, and who records its mark."""

    class Operator(models.TextChoices):
        NONE = "", "Aucun seuil"
        BELOW = "<", "Éliminatoire en dessous du seuil"
        AT_MOST = "<=", "Éliminatoire au seuil ou en dessous"

    class Recorder(models.TextChoices):
        CRFP = "CRFP", "Le CRFP"
        TUTOR = "TUTOR", "Le tuteur (ou le CRFP)"
        MANAGER = "MANAGER", "Le manager (ou le CRFP)"
        JURY = "JURY", "Le jury local"

    class DoubleEntry(models.TextChoices):
        """Which marks a second person types again, blind, before they are transmitted."""

        FLAGGED = "SIGNALEES", "Les notes inhabituelles ou proches d’un seuil"
        ALL = "TOUTES", "Toutes les notes"

    regulation = models.ForeignKey(Regulation, models.CASCADE, related_name="blocks")
    position = models.PositiveSmallIntegerField("ordre")
    code = models.SlugField(max_length=20, allow_unicode=False)
    label = models.CharField("libellé", max_length=120)
    mark_max = models.DecimalField("barème", max_digits=6, decimal_places=2)
    coefficient = models.DecimalField("coefficient", max_digits=5, decimal_places=2, default=Decimal(1))
    threshold_operator = models.CharField(
        "règle éliminatoire", max_length=2, choices=Operator, blank=True, default=""
    )
    threshold = models.DecimalField("seuil", max_digits=6, decimal_places=2, null=True, blank=True)
    retake = models.BooleanField("peut être repassé si éliminatoire", default=False)
    recorder = models.CharField("noté par", max_length=8, choices=Recorder, default=Recorder.CRFP)
    shared_with_organisme = models.BooleanField("communiqué à l’organisme", default=False)
    # Null where the regulation says nothing: the CRFP may still choose it.
    double_entry = models.CharField(
        "double saisie", max_length=10, choices=DoubleEntry, null=True, blank=True
    )

    class Meta:
        ordering: ClassVar = ["regulation", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["regulation", "code"], name="block_once"),
            models.CheckConstraint(
                condition=Q(mark_max__gt=0, coefficient__gt=0), name="block_scale_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(threshold__isnull=True, threshold_operator="")
                | Q(
                    threshold__gte=0, threshold__lte=models.F("mark_max"), threshold_operator__in=["<", "<="]
                ),
                name="block_threshold_has_its_operator",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def weighted_max(self) -> Decimal:
        return self.mark_max * self.coefficient


class SeatRule(models.Model):
    """One seat a local jury must fill, by quality (R12; A25 where the source is silent)."""

    regulation = models.ForeignKey(Regulation, models.CASCADE, related_name="seats")
    position = models.PositiveSmallIntegerField("ordre")
    code = models.SlugField(max_length=20, allow_unicode=False)
    label = models.CharField("qualité", max_length=120)
    qualities = models.CharField("qualités admises", max_length=300, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["regulation", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["regulation", "code"], name="seat_rule_once")
        ]

    def __str__(self) -> str:
        return self.label


class Adoption(models.Model):
    """The regulation a session runs under: chosen at its opening, for good."""

    session = models.OneToOneField(Session, models.PROTECT, related_name="adoption")
    regulation = models.ForeignKey(Regulation, models.PROTECT, related_name="adoptions")

    def __str__(self) -> str:
        return f"{self.session.code} · {self.regulation}"
