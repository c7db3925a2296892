"""What the professional jury concludes of a bloc, by its competences and their criteria (R18–R20)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from candidates.models import Enrolment
from cqp.accounts.models import User
from evaluations.models.referentiel import BlocCompetence, Competence, Criterion


class BlocJudgement(models.Model):
    """The sheet of one bloc of one candidate: begun, then concluded; what is not acquired is argued."""

    class Outcome(models.TextChoices):
        OPEN = "EN_COURS", "En cours"
        ACQUIRED = "ACQUIS", "Acquis"
        NOT_ACQUIRED = "NON_ACQUIS", "Non acquis"
        ABSENT = "ABS", "Absence injustifiée"
        EXCUSED = "ABJ", "Absence justifiée"

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="bloc_judgements")
    bloc = models.ForeignKey(BlocCompetence, models.PROTECT, related_name="judgements")
    outcome = models.CharField("conclusion", max_length=10, choices=Outcome, default=Outcome.OPEN)
    # Why not, and what the jury recommends for the next time; the candidate reads it.
    argument = models.TextField("argument et recommandations", blank=True, default="", max_length=4000)
    version = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField("enregistrée le")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")

    class Meta:
        ordering: ClassVar = ["enrolment", "bloc__position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enrolment", "bloc"], name="bloc_judged_once"),
            models.CheckConstraint(
                condition=~Q(outcome="NON_ACQUIS") | ~Q(argument=""), name="bloc_refused_is_argued"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} · {self.bloc.code} · {self.get_outcome_display()}"


class CompetenceJudgement(models.Model):
    """Acquired or not, said by the jury of one competence; argued when it is not."""

    judgement = models.ForeignKey(BlocJudgement, models.CASCADE, related_name="competences")
    competence = models.ForeignKey(Competence, models.PROTECT, related_name="judgements")
    acquired = models.BooleanField("acquise")
    argument = models.TextField("argument", blank=True, default="", max_length=2000)

    class Meta:
        ordering: ClassVar = ["judgement", "competence__position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["judgement", "competence"], name="competence_judged_once"),
            models.CheckConstraint(
                condition=Q(acquired=True) | ~Q(argument=""), name="competence_refused_is_argued"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.competence.code} : {'acquise' if self.acquired else 'non acquise'}"


class CriterionJudgement(models.Model):
    """How far one criterion was seen to be met, with the jury's note."""

    class Level(models.TextChoices):
        MASTERED = "MAITRISE", "Maîtrisé"
        PARTIAL = "PARTIEL", "Partiel"
        NO = "NON", "Non maîtrisé"
        UNSEEN = "NON_OBSERVE", "Non observé"

    judgement = models.ForeignKey(BlocJudgement, models.CASCADE, related_name="criteria")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="judgements")
    level = models.CharField("niveau", max_length=12, choices=Level, blank=True, default="")
    note = models.CharField("note", max_length=500, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["judgement", "criterion"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["judgement", "criterion"], name="criterion_judged_once"),
            models.CheckConstraint(condition=~Q(level="", note=""), name="criterion_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} : {self.get_level_display()}"
