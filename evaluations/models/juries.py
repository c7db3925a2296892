"""How juries sit under a regulation, as data: quorum, votes, points, parts of a hearing (R12, R33, A25)."""

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from candidates.models import Enrolment
from cqp.accounts.models import User
from evaluations.models.regulation import Block, Regulation


class JuryRule(models.Model):
    """What a regulation asks of its juries. Where it says nothing the defaults stand: our readings (A25)."""

    class Majority(models.TextChoices):
        ABSOLUTE = "ABSOLUE", "Majorité absolue des membres présents ou représentés"
        CAST = "EXPRIMEE", "Majorité des voix exprimées"

    class Rectifier(models.TextChoices):
        PRESIDENT = "PRESIDENCE", "La présidence de la CPNEFP"
        SITTING = "SEANCE", "Une séance de la CPNEFP"

    regulation = models.OneToOneField(Regulation, models.CASCADE, related_name="jury_rule")
    # The local jury.
    hearing_minimum = models.PositiveSmallIntegerField(
        "jurés nécessaires à une audition, récusés et absents déduits",
        default=2,
        validators=[MinValueValidator(1)],
    )
    argument_min = models.PositiveSmallIntegerField(
        "longueur minimale d’un avis argumenté, en caractères", default=15
    )
    # The national jury.
    college_quorum = models.PositiveSmallIntegerField(
        "membres nécessaires de chaque collège, présents ou représentés",
        default=1,
        validators=[MinValueValidator(1)],
    )
    proxies_max = models.PositiveSmallIntegerField("pouvoirs par membre, au plus", default=1)
    majority = models.CharField("majorité", max_length=8, choices=Majority, default=Majority.ABSOLUTE)
    casting_vote = models.BooleanField("voix prépondérante de la présidence", default=False)
    names_against = models.BooleanField("noms des votes contre au procès-verbal", default=False)
    points_max = models.DecimalField(
        "points de jury par épreuve, au plus",
        max_digits=4,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Vide : le jury national n’en accorde pas.",
    )
    rectified_by = models.CharField(
        "décision rectificative prise par", max_length=10, choices=Rectifier, default=Rectifier.PRESIDENT
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(hearing_minimum__gte=1, college_quorum__gte=1), name="jury_rule_asks_for_somebody"
            ),
            models.CheckConstraint(
                condition=Q(points_max__isnull=True) | Q(points_max__gt=0),
                name="jury_rule_points_are_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"Jurys de {self.regulation}"


def jury_rule_of(regulation: Regulation) -> JuryRule:
    """What this regulation asks of its juries; the defaults where it says nothing."""
    found: JuryRule | None = getattr(regulation, "jury_rule", None)
    return found or JuryRule(regulation=regulation)


class HearingPart(models.Model):
    """One part of a hearing and how long it lasts (R33: 10 min, 20 min, 10 to 15 min)."""

    regulation = models.ForeignKey(Regulation, models.CASCADE, related_name="hearing_parts")
    position = models.PositiveSmallIntegerField("ordre")
    label = models.CharField("partie", max_length=120)
    minutes = models.PositiveSmallIntegerField("minutes")
    minutes_max = models.PositiveSmallIntegerField("minutes au plus", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["regulation", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["regulation", "position"], name="hearing_part_once"),
            models.CheckConstraint(
                condition=Q(minutes__gte=1)
                & (Q(minutes_max__isnull=True) | Q(minutes_max__gte=models.F("minutes"))),
                name="hearing_part_lasts",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def longest(self) -> int:
        """Minutes to be kept for it."""
        return self.minutes_max or self.minutes


class JuryPoints(models.Model):
    """Points the national jury adds in one block, argued; the evaluator's mark beside them never changes."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="jury_points")
    block = models.ForeignKey(Block, models.PROTECT, related_name="jury_points")
    points = models.DecimalField("points de jury", max_digits=4, decimal_places=2)
    motive = models.TextField("motif", max_length=2000)
    given_at = models.DateTimeField("accordés le")
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")

    class Meta:
        ordering: ClassVar = ["enrolment", "block__position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enrolment", "block"], name="jury_points_once"),
            models.CheckConstraint(
                condition=Q(points__gt=Decimal(0)) & ~Q(motive=""), name="jury_points_are_argued"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} · {self.block} +{self.points}"
