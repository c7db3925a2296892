"""The journal in words: entries turned into sentences people read, with names instead of identifiers.

The journal itself keeps identifiers and values only; names are looked up here, for rows the reader may see.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Min, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from candidates.concealment import concealed_from
from candidates.models import Enrolment, ListImport, Option, Session
from candidates.states import EnrolmentState, PartState, SessionState
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership, Organisme, User
from cqp.journal.chain import REFERENCE
from cqp.journal.models import Chain, Entry
from cqp.roles import ROLE_LABELS, Act, Role
from cqp.templatetags.fr import NOTHING, day_short, moment
from cqp.templatetags.ui import OUTCOMES

REFERENCE_TITLE = "Référentiel et comptes"

FIELDS = {
    "absence": "Absence",
    "acceptes": "Acceptés",
    "a_revoir_le": "À revoir le",
    "argument": "Argument",
    "bloc": "Bloc",
    "cloture": "Clôture n°",
    "cloture_inscriptions": "Clôture des inscriptions",
    "codes": "Codes",
    "commentaire": "Commentaire",
    "confirmee": "Inhabituelle, confirmée",
    "controles": "Contrôles",
    "college": "Collège",
    "conserve": "Conservé",
    "contenu": "Contenu",
    "contrat": "Type de contrat",
    "convocation": "Convocation n°",
    "correcteur": "Correcteur",
    "crfp": "CRFP ajoutés",
    "criteres": "Critères remplis",
    "date": "Date",
    "decision": "Décision",
    "derogation": "Dérogation",
    "dernier_jour": "Dernier jour des épreuves",
    "double_saisie": "Double saisie",
    "echeance_saisie": "Échéance de saisie",
    "empreinte": "Empreinte",
    "envoi": "Message",
    "epreuve": "Épreuve",
    "etat": "État",
    "etat_civil": "État civil complété",
    "fait": "Lignes traitées",
    "favorable": "Avis favorable",
    "flux": "Flux",
    "heure": "Heure",
    "heures": "Heures",
    "inchanges": "Inchangés",
    "indisponible": "Indisponible le",
    "jour": "Jour",
    "jure": "Juré",
    "jury": "Jury n°",
    "jusqu_au": "Carnet ouvert jusqu’au",
    "lettre": "Lettre de désignation",
    "lettre_du": "Lettre du",
    "lieu": "Lieu",
    "lignes": "À traiter",
    "maitrisee": "Maîtrisée selon le tuteur",
    "manager": "Manager",
    "membre": "Membre",
    "minutes": "Durée en minutes",
    "modifies": "Modifiés",
    "nom": "Nom",
    "note": "Note",
    "notes": "Notes",
    "nouveau": "Compte créé",
    "nouveaux": "Nouveaux",
    "nature": "Nature",
    "numero": "Numéro",
    "observee_le": "Observée le",
    "operation": "Geste n°",
    "origine": "Session d’origine",
    "option": "Option",
    "options": "Options",
    "organisme": "Organisme",
    "ouverture": "Ouverture des résultats",
    "pass": "Pass suivi",
    "pause": "Pause",
    "piece": "Pièce jointe",
    "points": "Points",
    "premier_jour": "Premier jour des épreuves",
    "premss": "Premier jour de Prem’ss",
    "preside": "Préside",
    "presidence": "Présidence",
    "proposition": "Proposition calculée",
    "qualite": "En qualité de",
    "recusations": "Récusations",
    "refuses": "Refusés",
    "rejetes": "Rejetés",
    "renoncement": "Renoncement",
    "reglement": "Règlement",
    "responsable": "Responsable",
    "role": "Rôle",
    "salle": "Salle",
    "seconde": "Seconde saisie",
    "siege": "Siège",
    "signee_maitrisee": "Maîtrisée selon le manager",
    "situation": "Situation observée",
    "suppleant": "Suppléant",
    "suppleant_appele": "Suppléant appelé",
    "titulaires": "Titulaires",
    "tuteur": "Tuteur",
    "version": "Version",
    "version_reprise": "Valeur reprise de la saisie n°",
}
"""French names of what the journal keeps; a word not listed here is shown as it is written."""

WORDS: dict[str, str] = {
    **dict(EnrolmentState.choices),
    **dict(PartState.choices),
    **dict(SessionState.choices),
    **{kind.value: str(kind.label) for kind in ListImport.Kind},
    **dict(Enrolment.Contract.choices),
    **{role.value: label for role, label in ROLE_LABELS.items()},
    **{code: str(label) for code, label in Membership.College.choices if code},
    **{code: badge.label for code, badge in OUTCOMES.items()},
    "CERTIFIE": "Certifié",
    "NON_CERTIFIE": "Non certifié",
    "A_OBSERVER": "À observer",
    "ATTESTEE": "Attestée par le tuteur",
    "VALIDEE": "Validée par le manager",
    "RENVOYEE": "Renvoyée",
    "VIDE": "Non saisie",
    "SIGNALEES": "notes signalées",
    "TOUTES": "toutes les notes",
    "FRAPPE": "faute de frappe possible",
    "ECART": "loin des autres notes",
    "SEUIL": "fait passer un seuil",
    "ENVOYEE": "envoyé",
    "NON_PARTIE": "non parti",
    "EN_COURS": "envoi en cours",
    "DECLARATION": "déclaré à la main",
    "SUPPRESSION": "supprimé à la main",
}
_PASS = dict(Enrolment.Pass.choices)
_DELIBERATION = (Act.CALL_FILE, Act.EXTRACT_FILE, Act.STEP_ASIDE, Act.GIVE_POINTS, Act.DECIDE)
_PROCLAIMED = (
    *(Act.PROCLAIM, Act.ISSUE_CERTIFICATE, Act.PUBLISH),
    *(Act.PROPOSE_RECTIFICATION, Act.APPROVE_RECTIFICATION),
    *(Act.DECIDE_RECTIFICATION, Act.DISMISS_RECTIFICATION),
    *(Act.MAKE_DOCUMENTS, Act.ISSUE_DUPLICATE, Act.WRITE_MESSAGE),
    *(Act.COMPLETE_IDENTITY, Act.TRANSMIT_HOLDERS, Act.READ_REPORT, Act.GIVE_UP_FLUX),
    *(Act.NOTE_PORTAL, Act.ERASE_PORTAL_NOTE),
    # What the product does of itself: each of these tells who was certified as surely as the decision.
    *(Act.FINISH_DOCUMENTS, Act.FAIL_DOCUMENTS, Act.FORGET_DOCUMENTS),
    *(Act.SEND_MESSAGE, Act.FAIL_MESSAGE, Act.RESEND_MESSAGE, Act.ACCEPT_PASSAGE, Act.REJECT_PASSAGE),
)
_PEOPLE = {"tuteur", "manager", "correcteur", "jure", "membre", "presidence", "responsable", "suppleant"}
# Of these only that they changed may be told: a fingerprint, the number of an account.
_CHANGED = {"identite": "Identité ou adresse corrigée", "compte": "Compte du candidat changé"}
_SILENT = {"candidat"}
_REASONS = {"motif", "argument"}
_SUBJECT = re.compile(r"^inscription (\d+)$")
_ACCOUNT = re.compile(r"^compte (\d+)$")
_PART = re.compile(r"^partie (\S+)$")
_WHOLE_SESSION = re.compile(r"^(session|séance|proclamation) \S+$")
_FINGERPRINT = re.compile(r"^[0-9a-f]{64}$")
_DAY = re.compile(r"^\d{4}-\d\d-\d\d$")


@dataclass(frozen=True, slots=True)
class Change:
    """One value of an entry: its name, what it was, what it became."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One entry, told; its number and its seal are withheld while they would count the hidden ones."""

    seq: int | None
    at: datetime
    who: str
    what: str
    subject: str
    url: str
    changes: tuple[Change, ...]
    reason: str
    hash: str


@dataclass(frozen=True, slots=True)
class _Names:
    """The names the entries of a page need, in four queries."""

    users: Mapping[int, str]
    enrolments: Mapping[int, str]
    organismes: Mapping[str, str]
    options: Mapping[str, str]


def chains_of(actor: Actor) -> QuerySet[Chain]:
    """The Ucanss reads every chain; the others those of the sessions they follow."""
    if actor.role == Role.UCANSS:
        return Chain.objects.all()
    return Chain.objects.filter(key__in=Session.objects.visible_to(actor).values("code"))


def entries_of(actor: Actor, chain: Chain) -> QuerySet[Entry]:
    """What a reader may know of a chain.

    A CRFP reads what touches its candidates, and what its people did that touches no candidate at all: its
    juror may sit elsewhere. The CPNEFP reads nothing of a candidate before the session is brought before it,
    nor a member of whom he or she may not judge (R56). Ucanss reads what it deliberates from the proclamation
    on, a CRFP once the results are open (R38, R40).
    """
    session = Session.objects.filter(code=chain.key).first()
    entries = chain.entries.select_related("actor", "chain")
    own = Enrolment.objects.visible_to(actor).values("pk")
    if actor.role == Role.CRFP:
        where = actor.organisme.code if actor.organisme else ""
        entries = entries.filter(Q(enrolment_ref__in=own) | Q(enrolment_ref=None, organisme=where))
    elif actor.role != Role.UCANSS:
        entries = entries.filter(Q(enrolment_ref=None) | Q(enrolment_ref__in=own))
    if session is None:
        return entries
    if not actor.may(Act.SIT_IN_CPNEFP) and session.state != SessionState.PROCLAIMED:
        entries = entries.exclude(act__in=_DELIBERATION)
    if is_shut(session, actor):
        entries = entries.exclude(act__in=(*_DELIBERATION, *_PROCLAIMED))
    return entries.exclude(enrolment_ref__in=concealed_from(session, actor))


def is_shut(session: Session | None, actor: Actor) -> bool:
    """Are decisions being taken, or results waiting for their hour, that this reader may not know?

    Then neither the length of the chain nor its head may be told: one entry a certificate, they would say
    how many were certified, and the head what a single decision was to whoever tries both.
    """
    return (
        session is not None
        and session.state != SessionState.OPEN
        and not actor.may(Act.READ_DELIBERATION)
        and not session.is_published(timezone.now())
    )


def tell(entries: Sequence[Entry], actor: Actor) -> list[Chapter]:
    """Entries of one chain as chapters, in their order."""
    contents = [(json.loads(entry.before), json.loads(entry.after)) for entry in entries]
    names = _names_for(entries, contents, actor)
    told = [_chapter(entry, *content, names) for entry, content in zip(entries, contents, strict=True)]
    hidden_from = _hidden_from(entries[0].chain, actor) if entries else None
    if hidden_from is None:
        return told
    return [
        replace(chapter, seq=None, hash="") if entry.seq > hidden_from else chapter
        for entry, chapter in zip(entries, told, strict=True)
    ]


def _hidden_from(chain: Chain, actor: Actor) -> int | None:
    """The number of the first entry this reader may not know of yet: after it, numbers would have gaps."""
    if not is_shut(Session.objects.filter(code=chain.key).first(), actor):
        return None
    hidden = chain.entries.filter(act__in=(*_DELIBERATION, *_PROCLAIMED))
    first: int | None = hidden.aggregate(first=Min("seq"))["first"]
    return first


def title_of(chain: Chain, sessions: Mapping[str, Session]) -> str:
    """The session's name, or what the chain without a session is about."""
    if chain.key == REFERENCE:
        return REFERENCE_TITLE
    return sessions[chain.key].name if chain.key in sessions else chain.key


def _names_for(entries: Sequence[Entry], contents: Iterable[tuple[Any, Any]], actor: Actor) -> _Names:
    people = {int(match[1]) for entry in entries if (match := _ACCOUNT.match(entry.subject))}
    bodies: set[str] = {entry.organisme for entry in entries}
    bodies |= {match[1] for entry in entries if (match := _PART.match(entry.subject))}
    for content in contents:
        for values in content:
            people |= {value for key, value in values.items() if key in _PEOPLE and isinstance(value, int)}
            bodies |= {
                value for key, value in values.items() if key == "organisme" and isinstance(value, str)
            }
            bodies |= set(values.get("crfp", ()))
    seen = Enrolment.objects.visible_to(actor).filter(pk__in={e.enrolment_ref for e in entries})
    return _Names(
        users={user.pk: user.full_name for user in User.objects.filter(pk__in=people)},
        enrolments={e.pk: e.candidate.full_name for e in seen.select_related("candidate")},
        organismes=dict(Organisme.objects.filter(code__in=bodies).values_list("code", "name")),
        options=dict(Option.objects.values_list("code", "label")),
    )


def _chapter(entry: Entry, before: Mapping[str, Any], after: Mapping[str, Any], names: _Names) -> Chapter:
    # The reason is told apart: a motive written among the values would only repeat it.
    told = {*after, *before} - (_REASONS if entry.reason else set())
    keys = [key for key in [*after, *(key for key in before if key not in after)] if key in told]
    changes = [_change(key, before, after, names) for key in keys if key not in _SILENT]
    subject, url = _subject(entry, names)
    return Chapter(
        seq=entry.seq,
        at=entry.at,
        who=_who(entry, names),
        what=entry.act_label,
        subject=subject,
        url=url,
        changes=tuple(change for change in changes if change is not None),
        reason=entry.reason,
        hash=entry.hash,
    )


def _change(key: str, before: Mapping[str, Any], after: Mapping[str, Any], names: _Names) -> Change | None:
    """One value told; nothing when it did not change, or began as nothing."""
    if key in _CHANGED:
        return Change(_CHANGED[key], "", "") if key in before else None
    if key == "version" and "note" in after:
        return None  # the counter of a mark's writings, nothing to a reader
    was = _value(key, before[key], names) if key in before else ""
    now = _value(key, after[key], names) if key in after else ""
    if was == now or (not was and now == NOTHING):
        return None
    return Change(FIELDS.get(key, key.replace("_", " ").capitalize()), was, now)


def _who(entry: Entry, names: _Names) -> str:
    """« NOM Prénom, CRFP (CRFP de Lyon) »; the product itself when nobody acted."""
    if entry.actor is None:
        return "le produit"
    where = names.organismes.get(entry.organisme, "")
    role = entry.role_label
    place = f" ({where})" if where and where != role else ""
    return f"{entry.actor.full_name}, {role}{place}"


def _subject(entry: Entry, names: _Names) -> tuple[str, str]:
    """Whom or what the act is about: the candidate by name, and the way there, when the reader may see it."""
    pk = entry.enrolment_ref
    if pk is not None and pk in names.enrolments:
        detail = "" if _SUBJECT.match(entry.subject) else f", {entry.subject}"
        return f"{names.enrolments[pk]}{detail}", reverse("candidates:enrolment_story", args=[pk])
    if account := _ACCOUNT.match(entry.subject):
        return names.users.get(int(account[1]), entry.subject), ""
    if part := _PART.match(entry.subject):
        return names.organismes.get(part[1], entry.subject), ""
    # The page is about the session: its code again would say nothing.
    return "" if _WHOLE_SESSION.match(entry.subject) else entry.subject, ""


def _value(key: str, value: Any, names: _Names) -> str:
    """A value as people read it."""
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return ", ".join(_value(key, item, names) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{inner} : {_value(inner, item, names)}" for inner, item in value.items())
    if key in _PEOPLE:
        return names.users.get(value, f"compte {value}")
    text = str(value)
    if key == "ouverture":
        return moment(datetime.fromisoformat(text))
    if key in ("organisme", "crfp"):
        return names.organismes.get(text, text)
    if key in ("option", "options"):
        return names.options.get(text, text)
    if key == "pass":
        return _PASS.get(text, text)
    if _FINGERPRINT.match(text):
        return f"{text[:16]}…"
    if _DAY.match(text):
        return day_short(date.fromisoformat(text))
    return WORDS.get(text, text)
