"""The transmission of holders to the Caisse des dépôts (accrochage): flux, passages, what is done by hand."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from candidates.models import Session
from cqp.accounts.actor import Actor
from cqp.accounts.models import User
from cqp.awards.states import PassageState
from cqp.roles import Role
from juries.models import Certificate


class FluxQuerySet(models.QuerySet["Flux"]):
    def waiting(self) -> Self:
        """Those whose report is awaited."""
        return self.filter(report_at__isnull=True, given_up_at__isnull=True)

    def visible_to(self, actor: Actor | None) -> Self:
        """Ucanss, the certifier."""
        return self.all() if actor is not None and actor.role == Role.UCANSS else self.none()


class Flux(models.Model):
    """One file sent: its XML is frozen; the report the Caisse des dépôts gives back is read once."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="fluxes")
    identifier = models.CharField("identifiant", max_length=50, unique=True)
    version = models.CharField("version du schéma", max_length=8)
    content = models.TextField()
    digest = models.CharField("empreinte SHA-256", max_length=64)
    made_at = models.DateTimeField("produit le")
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")
    report_digest = models.CharField("empreinte du rapport", max_length=64, blank=True, default="")
    report_treatment = models.CharField("traitement", max_length=60, blank=True, default="")
    report_at = models.DateTimeField("rapport relu le", null=True)
    report_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    given_up_at = models.DateTimeField("abandonné le", null=True)
    given_up_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = FluxQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-made_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(report_at__isnull=True, report_by__isnull=True, report_digest="")
                | (Q(report_at__isnull=False, report_by__isnull=False) & ~Q(report_digest="")),
                name="flux_report_is_signed",
            ),
            models.CheckConstraint(
                condition=Q(given_up_at__isnull=True, given_up_by__isnull=True)
                | Q(given_up_at__isnull=False, given_up_by__isnull=False),
                name="flux_given_up_is_signed",
            ),
        ]

    def __str__(self) -> str:
        return self.identifier

    @property
    def is_waiting(self) -> bool:
        """Is its report awaited? Not of a flux given up, though one that comes all the same is read."""
        return self.report_at is None and self.given_up_at is None


class Passage(models.Model):
    """One holder in one flux, and what the Caisse des dépôts said of it."""

    flux = models.ForeignKey(Flux, models.PROTECT, related_name="passages")
    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="passages")
    technical_id = models.CharField("identifiant technique", max_length=255)
    state = models.CharField("état", max_length=10, choices=PassageState, default=PassageState.SENT)
    reason = models.CharField("motif du rejet", max_length=1000, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["flux", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["flux", "certificate"], name="passage_once"),
            models.UniqueConstraint(fields=["flux", "technical_id"], name="passage_id_once"),
            models.CheckConstraint(
                condition=Q(state=PassageState.REJECTED) | Q(reason=""), name="passage_reason_of_rejection"
            ),
        ]

    def __str__(self) -> str:
        return self.technical_id


class PortalNote(models.Model):
    """What Ucanss did by hand on the portal of the Caisse des dépôts, where no flux may."""

    class Kind(models.TextChoices):
        DECLARED = "DECLARATION", "Déclaré sur le portail"
        REMOVED = "SUPPRESSION", "Supprimé sur le portail"

    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="portal_notes")
    kind = models.CharField("nature", max_length=11, choices=Kind)
    noted_at = models.DateTimeField("noté le")
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["certificate", "kind"], name="portal_note_once")
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
