"""The register of holders: every certificate, in force or not, with what the lists read of each."""

from django.db.models import Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat

from candidates.models import Candidate, sort_key_of
from candidates.reading import spelt_like
from cqp.accounts.actor import Actor
from cqp.awards.transmission import with_told
from cqp.crockford import normalise
from juries.certificate_status import with_status
from juries.models import Certificate, CertificateQuerySet, decided_after
from juries.states import Outcome

VALID, REPLACED, WITHDRAWN = "valide", "remplace", "annule"
STATUSES = ((VALID, "Valide"), (REPLACED, "Remplacé"), (WITHDRAWN, "Annulé"))


def certificates_of(actor: Actor) -> CertificateQuerySet:
    """What this actor reads of the register, the latest delivered first."""
    return Certificate.objects.visible_to(actor).order_by("-pk")


def with_holders(certificates: CertificateQuerySet) -> CertificateQuerySet:
    """With all a line shows, in a fixed number of queries."""
    return (
        with_told(with_status(certificates))
        .select_related(
            "decision__enrolment__candidate",
            "decision__enrolment__option",
            "decision__enrolment__organisme",
            "decision__enrolment__part__crfp",
            "decision__enrolment__session__certification",
            "decision__enrolment__session__sitting",
        )
        .defer("content")
    )


def matching(certificates: CertificateQuerySet, text: str) -> CertificateQuerySet:
    """By the beginning of the number, by the code, or by the beginning of the name, accents apart.

    A name is that of birth or the name in use, followed by the first names.
    """
    typed = " ".join(text.split())
    if not typed:
        return certificates
    found = Q(decision__enrolment__candidate__in=_people(typed))
    if any(map(str.isdigit, typed)):  # « Dam » begins a name, and would begin every number of the DAM
        found |= Q(number__startswith=typed.upper())
    if code := normalise(typed):
        found |= Q(code=code)
    return certificates.filter(found)


def of_status(certificates: CertificateQuerySet, status: str) -> CertificateQuerySet:
    """Those of one status; the same reading as `juries.certificate_status`."""
    if status == VALID:
        return certificates.in_force()
    certified = Outcome.CERTIFIED.value
    told = certificates.annotate(
        first=Subquery(decided_after().order_by("rank").values("outcome")[:1]),
        last=Subquery(decided_after().order_by("-rank").values("outcome")[:1]),
    ).filter(first__isnull=False)
    replaced = Q(first=certified, last=certified)
    return told.filter(replaced) if status == REPLACED else told.exclude(replaced)


def _people(text: str) -> QuerySet[Candidate]:
    key = sort_key_of(text)
    if not key:
        return Candidate.objects.none()
    shown = Concat("used_name", Value(" "), "first_names")
    in_use = ~Q(used_name="") & Q(shown__regex=f"^{spelt_like(key)}")
    return Candidate.objects.annotate(shown=shown).filter(Q(sort_key__startswith=key) | in_use)
