"""Whether a certificate is in force: valid, replaced by another, or withdrawn; read from the decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch

from cqp.templatetags.fr import day
from juries.models import Certificate, CertificateQuerySet, Decision, Rectification
from juries.states import Outcome, RectificationState


@dataclass(frozen=True, slots=True)
class Status:
    """What is said of a certificate. `since` and `by` (a number) are those of the decision that ended it."""

    since: date | None = None
    by: str = ""
    is_corrected: bool = False  # the identity it prints was corrected, and it is not issued again

    @property
    def is_valid(self) -> bool:
        return self.since is None

    @property
    def is_withdrawn(self) -> bool:
        return not self.is_valid and not self.by and not self.is_corrected

    @property
    def words(self) -> str:
        """« Valide », « Remplacé le 3 mai 2027 par le n° … », « Annulé le 3 mai 2027 »."""
        if self.since is None:
            return "Valide"
        if self.by:
            return f"Remplacé le {day(self.since)} par le n° {self.by}"
        if self.is_corrected:
            return f"Identité corrigée le {day(self.since)}"
        return f"Annulé le {day(self.since)}"


def with_status(certificates: CertificateQuerySet) -> CertificateQuerySet:
    """With what `status_of` reads of each: two queries, whatever their number."""
    decided = Rectification.objects.decided().defer("content").prefetch_related(_CERTIFICATES)
    return certificates.select_related("decision", "rectification").prefetch_related(
        Prefetch("decision__rectifications", decided)
    )


_CERTIFICATES = Prefetch("certificates", Certificate.objects.defer("content"))


def status_of(certificate: Certificate) -> Status:
    """The status of a certificate, today; a row selected by `with_status` costs nothing more.

    Replaced says by which; a certificate replaced by one that was itself withdrawn is withdrawn.
    """
    later = later_of(certificate)
    return _ended(later) if later else Status()


def later_of(certificate: Certificate) -> list[Rectification]:
    """The decided rectifications after a certificate, in order: the first one ended it."""
    own = certificate.rectification.rank if certificate.rectification else 0
    decided = certificate.decision.rectifications.all()
    later = [one for one in decided if one.state == RectificationState.DECIDED and one.rank > own]
    return sorted(later, key=lambda one: one.rank)


def latest_of(decision: Decision) -> Rectification | None:
    """The last decided rectification of a decision; its `rectifications` may be prefetched."""
    decided = [one for one in decision.rectifications.all() if one.state == RectificationState.DECIDED]
    return max(decided, key=lambda one: one.rank, default=None)


def in_force_of(decision: Decision) -> Certificate | None:
    """The certificate in force on a decision, from prefetched `certificates` and `rectifications`."""
    last = latest_of(decision)
    if last is not None and last.outcome != Outcome.CERTIFIED:
        return None
    return decision.certificate


def _ended(later: Sequence[Rectification]) -> Status:
    """By the decisions after it, in order."""
    lost = next((one for one in later if one.outcome != Outcome.CERTIFIED), None)
    if lost is not None and (lost is later[0] or later[-1].outcome != Outcome.CERTIFIED):
        return Status(lost.held_on)
    (replacing,) = later[0].certificates.all()
    return Status(later[0].held_on, replacing.number)
