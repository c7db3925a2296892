"""Who must be told what of a proclaimed session, who was told already, and who has no address."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db.models import F, QuerySet

from candidates.models import Enrolment, Session
from cqp.accounts.models import Membership, Organisme
from cqp.awards.message_words import Words, words_of
from cqp.awards.models import Message
from cqp.awards.states import MessageState
from cqp.roles import Role
from juries.models import ProclaimedFile, Rectification

Kind = Message.Kind

# How the key of what is told to an organisme goes on: to one of its readers, or to nobody.
_READER, _ON_PAPER = ":organisme:", ":papier"


@dataclass(frozen=True, slots=True)
class Draft:
    """A message not written yet: what it is about (`key`), to whom, in the words of which template."""

    kind: Message.Kind
    template: str
    key: str
    email: str
    name: str
    enrolment: Enrolment | None = None
    organisme: Organisme | None = None
    about: Enrolment | None = None  # the candidate an organisme is told of

    def words(self, session: Session) -> Words:
        told = self.enrolment or self.about
        return words_of(
            self.template,
            session=session,
            name=self.name,
            candidate=self.about.candidate.full_name if self.about else "",
            crfp=told.part.crfp.name if told else "",
        )


@dataclass(frozen=True, slots=True)
class OnPaper:
    """Somebody no message reaches: nobody's address, or an address that was refused."""

    draft: Draft
    reason: str

    @property
    def name(self) -> str:
        """The candidate, or the organisme when it has nobody to write to."""
        return self.draft.name


@dataclass(frozen=True, slots=True)
class Owed:
    """What is left to tell: messages to write, letters to print."""

    drafts: Sequence[Draft] = field(default_factory=list)
    on_paper: Sequence[OnPaper] = field(default_factory=list)  # a candidate once, whatever there is to tell

    def count(self, kind: Message.Kind) -> int:
        return sum(draft.kind == kind for draft in self.drafts)


def to_tell() -> QuerySet[Rectification]:
    """The rectifications somebody is told of: nobody could read the decision that an earlier one replaces.

    Decided before the results open, it is what opens with them.
    """
    opening = F("decision__enrolment__session__results_open_at")
    return Rectification.objects.decided().filter(closed_at__gt=opening)


def owed_of(session: Session) -> Owed:
    """Everything to tell of a proclaimed session that no message tells yet; queries in constant number."""
    told = dict(session.messages.values_list("key", "state"))
    sent = {key for key, state in told.items() if state == MessageState.SENT}
    # An organisme was told by whoever read its results then, even if nobody does any more.
    sent |= {f"{key.rpartition(_READER)[0]}{_ON_PAPER}" for key in sent if _READER in key}
    refused = set(session.messages.failed().filter(is_bounced=True).values_list("enrolment", "kind"))
    drafts: list[Draft] = []
    on_paper: dict[str | int, OnPaper] = {}
    for draft in _everything(session):
        letter = draft.enrolment.pk if draft.enrolment else draft.key
        if not draft.email:
            if draft.key not in sent:
                on_paper.setdefault(letter, OnPaper(draft, _why(draft)))
        elif draft.key not in told:
            drafts.append(draft)
        elif draft.enrolment and (draft.enrolment.pk, draft.kind.value) in refused:
            on_paper.setdefault(letter, OnPaper(draft, "adresse refusée"))
    return Owed(drafts, list(on_paper.values()))


def _why(draft: Draft) -> str:
    return "sans adresse électronique" if draft.enrolment else "aucun compte actif"


def _everything(session: Session) -> Iterator[Draft]:
    """One draft a person and a thing to tell, told already or not; no address: an empty one."""
    files = ProclaimedFile.objects.filter(proclamation__session=session).defer("content")
    related = ("enrolment__candidate", "enrolment__part__crfp", "enrolment__organisme")
    enrolments = [file.enrolment for file in files.select_related(*related)]
    readers = _readers_of({one.organisme_id for one in enrolments})
    for enrolment in enrolments:
        yield _to_candidate(enrolment, Kind.RESULT, "result", f"resultat:{enrolment.pk}")
    organismes = {one.organisme_id: one.organisme for one in enrolments}
    for organisme in sorted(organismes.values(), key=lambda one: one.name):
        about = f"organisme:{session.pk}:{organisme.pk}"
        yield from _to_organisme(organisme, readers, Kind.ORGANISME, "organisme", about)
    for row in _rectified(session):
        enrolment, about = row.decision.enrolment, f"rectification:{row.pk}"
        yield _to_candidate(enrolment, Kind.RECTIFIED, "rectified", f"{about}:candidat")
        yield from _to_organisme(
            enrolment.organisme, readers, Kind.RECTIFIED, "rectified_organisme", about, enrolment
        )


def _rectified(session: Session) -> Iterable[Rectification]:
    rows = to_tell().filter(decision__enrolment__session=session).order_by("pk")
    related = ("candidate", "part__crfp", "organisme")
    return rows.defer("content").select_related(*(f"decision__enrolment__{name}" for name in related))


def _readers_of(organismes: set[int]) -> dict[int, list[Membership]]:
    """Who reads the results for each organisme."""
    rows = Membership.objects.filter(
        role=Role.ORGANISME, organisme__in=organismes, user__is_active=True
    ).select_related("user")
    found: dict[int, list[Membership]] = defaultdict(list)
    for row in rows.order_by("user__last_name", "user__first_name", "pk"):
        if row.organisme_id:
            found[row.organisme_id].append(row)
    return found


def _to_candidate(enrolment: Enrolment, kind: Message.Kind, template: str, key: str) -> Draft:
    person = enrolment.candidate
    return Draft(kind, template, key, person.email, person.full_name, enrolment=enrolment)


def _to_organisme(
    organisme: Organisme,
    readers: dict[int, list[Membership]],
    kind: Message.Kind,
    template: str,
    about: str,
    enrolment: Enrolment | None = None,
) -> Iterator[Draft]:
    told = {"organisme": organisme, "about": enrolment}
    users = [member.user for member in readers.get(organisme.pk, [])]
    if not users:
        yield Draft(kind, template, f"{about}{_ON_PAPER}", "", organisme.name, **told)  # type: ignore[arg-type]
    for user in users:
        key = f"{about}{_READER}{user.pk}"
        yield Draft(kind, template, key, user.email, user.full_name, **told)  # type: ignore[arg-type]
