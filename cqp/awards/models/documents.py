"""What documents wear, the duplicates delivered, and the runs of the worker that makes a session's files."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from candidates.models import Certification, Session
from cqp.accounts.actor import Actor
from cqp.accounts.models import User
from cqp.awards.states import RunState
from cqp.roles import Role
from juries.models import BlocCertificate, Certificate


class Stationery(models.Model):
    """The logo, the signatory and the wording of a certification's documents: a row a version, never changed.

    A document freezes the version it was made with, so it can be drawn again as it was.
    """

    certification = models.ForeignKey(Certification, models.PROTECT, related_name="stationeries")
    version = models.PositiveSmallIntegerField()
    logo = models.BinaryField(null=True, editable=False)  # a PNG, as checked and written again
    logo_digest = models.CharField("empreinte du logo", max_length=64, blank=True, default="")
    # Empty: whoever proclaimed.
    signatory_name = models.CharField("signataire", max_length=80, blank=True, default="")
    signatory_quality = models.CharField("qualité du signataire", max_length=120, blank=True, default="")
    wording = models.JSONField("formulations", default=dict)  # by document and place, plain text with fields
    saved_at = models.DateTimeField("enregistrée le")
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")

    class Meta:
        ordering: ClassVar = ["certification", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["certification", "version"], name="stationery_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.certification.code}, version {self.version}"


class Duplicate(models.Model):
    """One more original of a certificate, delivered on request under its own rank; never changed."""

    certificate = models.ForeignKey(Certificate, models.PROTECT, null=True, related_name="duplicates")
    bloc_certificate = models.ForeignKey(
        BlocCertificate, models.PROTECT, null=True, related_name="duplicates"
    )
    rank = models.PositiveSmallIntegerField("duplicata n°")
    reason = models.CharField("motif", max_length=500)
    at = models.DateTimeField("délivré le")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")

    class Meta:
        ordering: ClassVar = ["certificate", "bloc_certificate", "rank"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["certificate", "rank"], name="duplicate_rank_once"),
            models.UniqueConstraint(fields=["bloc_certificate", "rank"], name="bloc_duplicate_rank_once"),
            models.CheckConstraint(
                condition=Q(certificate__isnull=True) ^ Q(bloc_certificate__isnull=True),
                name="duplicate_of_one_document",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.certificate or self.bloc_certificate}, duplicata n° {self.rank}"


class DocumentRunQuerySet(models.QuerySet["DocumentRun"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """Ucanss, which makes the documents of every session."""
        return self.all() if actor is not None and actor.role == Role.UCANSS else self.none()


class DocumentRun(models.Model):
    """Every document of one kind of a session: what was asked, how far it is, which files it left."""

    class Kind(models.TextChoices):
        CERTIFICATES = "CERTIFICATS", "Certificats"
        TRANSCRIPTS = "RELEVES", "Relevés de notes"
        LETTERS = "COURRIERS", "Courriers"

    session = models.ForeignKey(Session, models.PROTECT, related_name="document_runs")
    kind = models.CharField("documents", max_length=12, choices=Kind)
    state = models.CharField("état", max_length=12, choices=RunState, default=RunState.WAITING)
    total = models.PositiveIntegerField("à produire")
    done = models.PositiveIntegerField("produits", default=0)
    failure = models.TextField("interruption", blank=True, default="")
    # What it left, once over: name, size, SHA-256.
    files = models.JSONField("fichiers", default=list)
    asked_at = models.DateTimeField("demandée le")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")
    finished_at = models.DateTimeField("terminée le", null=True)

    objects = DocumentRunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-asked_at", "-pk"]
        constraints: ClassVar = [
            # The second click of a double click finds the run of the first.
            models.UniqueConstraint(
                fields=["session", "kind"], condition=Q(state=RunState.WAITING), name="run_waiting_once"
            ),
            models.CheckConstraint(condition=Q(done__lte=models.F("total")), name="run_done_within_total"),
        ]

    def __str__(self) -> str:
        return f"{self.session.code} · {self.get_kind_display()}"
