"""The référentiel of a certification in blocs of competences (R16–R20)."""

from typing import ClassVar

from django.db import models

from evaluations.models.regulation import Regulation


class BlocRule(models.Model):
    """When a bloc is acquired, and how many certify: data, since the source has no such rule (R21, A18)."""

    class Scope(models.TextChoices):
        ALL = "TOUTES", "Sur chaque compétence"
        KEY = "CLES", "Sur chaque compétence clé"
        NONE = "AUCUNE", "Sur aucune"

    regulation = models.OneToOneField(Regulation, models.CASCADE, related_name="bloc_rule")
    tutor = models.CharField("attestation du tuteur", max_length=8, choices=Scope, default=Scope.ALL)
    manager = models.CharField("signature du manager", max_length=8, choices=Scope, default=Scope.ALL)
    jury = models.CharField("« acquis » du jury", max_length=8, choices=Scope, default=Scope.KEY)
    blocs_needed = models.PositiveSmallIntegerField(
        "blocs nécessaires", null=True, blank=True, help_text="Vide : tous."
    )

    def __str__(self) -> str:
        return f"{self.regulation}"


class BlocCompetence(models.Model):
    """A bloc of competences and the modality that evaluates it."""

    regulation = models.ForeignKey(Regulation, models.CASCADE, related_name="blocs")
    position = models.PositiveSmallIntegerField()
    code = models.SlugField(max_length=8, allow_unicode=False)
    title = models.CharField("intitulé", max_length=200)
    activity = models.TextField("activité")
    modality = models.TextField("modalité d’évaluation")
    minutes = models.PositiveSmallIntegerField("durée de l’entretien, en minutes")

    class Meta:
        ordering: ClassVar = ["regulation", "position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["regulation", "code"], name="bloc_once")]

    def __str__(self) -> str:
        return self.title


class Competence(models.Model):
    """A competence of a bloc; the key ones are starred in the référentiel."""

    bloc = models.ForeignKey(BlocCompetence, models.CASCADE, related_name="competences")
    position = models.PositiveSmallIntegerField()
    code = models.SlugField(max_length=8, allow_unicode=False)
    label = models.TextField("libellé")
    is_key = models.BooleanField("compétence clé", default=False)

    class Meta:
        ordering: ClassVar = ["bloc", "position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["bloc", "code"], name="competence_once")]

    def __str__(self) -> str:
        return self.label


class Criterion(models.Model):
    """A criterion by which a competence is observed."""

    competence = models.ForeignKey(Competence, models.CASCADE, related_name="criteria")
    position = models.PositiveSmallIntegerField()
    text = models.TextField("critère")

    class Meta:
        ordering: ClassVar = ["competence", "position"]

    def __str__(self) -> str:
        return self.text
