"""The certificate: what it says is frozen; its PDF is drawn from that, always the same."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from candidates.models import Enrolment
from cqp.accounts.actor import Actor
from cqp.roles import Role
from evaluations.models import AcquiredBloc
from juries.models.national import Decision, Proclamation
from juries.models.rectification import Rectification, RectificationQuerySet
from juries.publication import open_to


def _readable(enrolment: str, actor: Actor | None) -> Q:
    """Which documents this actor reads; `enrolment` is the way from a document to its enrolment."""
    opened = open_to(actor, f"{enrolment}__session")
    match actor.role if actor else None:
        case Role.UCANSS | Role.CPNEFP | Role.CPNEFP_PRESIDENT:
            return opened
        case Role.CRFP:
            return opened & Q(**{f"{enrolment}__part__crfp": actor.organisme})  # type: ignore[union-attr]
        case Role.CANDIDATE:
            return opened & Q(**{f"{enrolment}__candidate__user": actor.user})  # type: ignore[union-attr]
    return Q(pk__in=[])


def decided_after() -> RectificationQuerySet:
    """Inside a query of certificates: what was decided after each, and so replaced or withdrew it."""
    own = Coalesce(OuterRef("rectification__rank"), 0)
    return Rectification.objects.decided().filter(decision=OuterRef("decision"), rank__gt=own)


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """Ucanss, the CPNEFP that delivered it; once it is open, the holder and the CRFP of its own."""
        return self.filter(_readable("decision__enrolment", actor))

    def in_force(self) -> Self:
        """Neither replaced nor withdrawn: every decided rectification does one or the other."""
        return self.exclude(Exists(decided_after()))

    def held(self, *, candidate: Any, certification: Any, besides: Any) -> Self:
        """In force for a person and a CQP, `besides` this enrolment: values, or outer references."""
        rows = self.in_force().filter(
            decision__enrolment__candidate=candidate,
            decision__enrolment__session__certification=certification,
        )
        return rows.exclude(decision__enrolment=besides)


class Certificate(models.Model):
    """A delivered CQP: number, verification code, the frozen content and its SHA-256."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="certificates")
    # Null: the one the proclamation delivered; else the one of the decision that corrected it.
    rectification = models.ForeignKey(
        Rectification, models.PROTECT, null=True, related_name="certificates", editable=False
    )
    number = models.CharField("numéro", max_length=30, unique=True)
    code = models.CharField("code de vérification", max_length=14, unique=True)
    content = models.TextField()
    digest = models.CharField("empreinte SHA-256", max_length=64)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["decision"], condition=Q(rectification__isnull=True), name="certificate_once"
            ),
            models.UniqueConstraint(
                fields=["rectification"],
                condition=Q(rectification__isnull=False),
                name="corrected_certificate_once",
            ),
        ]

    def __str__(self) -> str:
        return self.number


def already_certified() -> Exists:
    """Does the person hold this CQP from another session? For a query of enrolments."""
    held = Certificate.objects.held(
        candidate=OuterRef("candidate"),
        certification=OuterRef("session__certification"),
        besides=OuterRef("pk"),
    )
    return Exists(held)


def certified_elsewhere(enrolment: Enrolment, reader: Actor) -> Certificate | None:
    """The certificate of this CQP the person holds from another session, with that session; or None.

    One whose results are not open yet is told to nobody who may not read them.
    """
    held = Certificate.objects.held(
        candidate=enrolment.candidate_id,
        certification=enrolment.session.certification_id,
        besides=enrolment.pk,
    )
    told = held.filter(open_to(reader, "decision__enrolment__session"))
    return told.select_related("decision__enrolment__session").first()


class BlocCertificateQuerySet(models.QuerySet["BlocCertificate"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """The same readers as a certificate."""
        return self.filter(_readable("acquired__enrolment", actor))


class BlocCertificate(models.Model):
    """One bloc acquired without the whole: a document of its own, which covers only that bloc."""

    acquired = models.OneToOneField(AcquiredBloc, models.PROTECT, related_name="certificate")
    proclamation = models.ForeignKey(Proclamation, models.PROTECT, related_name="bloc_certificates")
    number = models.CharField("numéro", max_length=30, unique=True)
    code = models.CharField("code de vérification", max_length=14, unique=True)
    content = models.TextField()
    digest = models.CharField("empreinte SHA-256", max_length=64)

    objects = BlocCertificateQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        return self.number
