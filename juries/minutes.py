"""The minutes of a proclamation: what is frozen, as canonical JSON, and how anybody checks it again."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from candidates.models import Session
from candidates.states import EnrolmentState
from cqp.accounts.actor import Actor
from cqp.journal.chain import canonical
from cqp.journal.models import Chain, Entry
from cqp.roles import Act
from evaluations.models import Mark
from evaluations.reading import scheme_of
from evaluations.scoring import plain_number
from juries.deliberation import File, holder_data, opinion_data
from juries.models import Decision, MemberRecusal, ProclaimedFile, Proclamation, Rectification
from juries.registration import registration_of
from juries.sitting import previous_college, roll_of
from juries.sitting_rules import alternation_warning
from juries.stationery import dress_of


@dataclass(frozen=True, slots=True)
class Sealed:
    """A text and its SHA-256."""

    text: str
    digest: str


def seal(data: dict[str, Any]) -> Sealed:
    """The canonical JSON of some data, with its SHA-256."""
    text = canonical(data)
    return Sealed(text, sha256(text))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def seal_files(session: Session, files: Sequence[File]) -> list[Sealed]:
    """What is kept of each candidate, in the order given; a constant number of queries."""
    marks = _marks_of(session)
    return [seal(_file_data(file, marks.get(file.pk, [])) | dict(file.evidence)) for file in files]


def seal_session(
    session: Session, files: Sequence[File], sealed: Sequence[Sealed], by: Actor, at: datetime
) -> Sealed:
    """What is kept of the session: regulation, sitting, registration and stationery of the certification if
    there were, who proclaimed, and the digest of every file.
    """
    chain = Chain.objects.get(key=session.code)
    regulation, dress = session.adoption.regulation, dress_of(session.certification)
    worn = {"stationery": dress.to_data()} if dress.version else {}
    return seal(
        worn
        | {
            "session": _session_data(session),
            "regulation": scheme_of(regulation).to_data() | {"source": regulation.source},
            "sitting": _sitting_data(session),
            "registration": registration_of(session, session.sitting.held_on),
            "proclaimed": {"at": at.isoformat(), "by": by.user.full_name, "by_id": by.user.pk},
            "journal": {"count": chain.count, "head": chain.head},
            "files": [_line(file, seal.digest) for file, seal in zip(files, sealed, strict=True)],
            "withdrawn": _withdrawn(session),
        }
    )


def verify_proclamation(proclamation: Proclamation) -> str | None:
    """What no longer agrees with the SHA-256 proclaimed, in a French sentence; None when all does."""
    code = proclamation.session.code
    if sha256(proclamation.payload) != proclamation.digest:
        return f"{code} : le texte de la proclamation ne correspond plus à son empreinte."
    announced = {line["enrolment"]: line["digest"] for line in json.loads(proclamation.payload)["files"]}
    for file in proclamation.files.order_by("pk").iterator(chunk_size=500):
        if sha256(file.content) != announced.pop(file.enrolment_id, None):
            return f"{code} : le dossier de l’inscription {file.enrolment_id} a été modifié."
    if announced:
        return f"{code} : le dossier de l’inscription {min(announced)} manque."
    return _rectifications_fault(proclamation)


def _rectifications_fault(proclamation: Proclamation) -> str | None:
    """The same of every rectification: its text, what it supersedes, and what the journal announced."""
    code = proclamation.session.code
    last = dict(proclamation.files.values_list("enrolment_id", "digest"))
    found: Counter[str] = Counter()
    rows = Rectification.objects.decided().filter(decision__enrolment__session=proclamation.session)
    for row in rows.select_related("decision").order_by("decision", "rank").iterator(chunk_size=500):
        enrolment, content = row.decision.enrolment_id, json.loads(row.content)
        which = f"{code} : la rectification n° {row.rank} de l’inscription {enrolment}"
        told = (content["decision"]["outcome"], content["rectifies"]["number"])
        if sha256(row.content) != row.digest or told != (row.outcome, row.rank):
            return f"{which} a été modifiée."
        if content["rectifies"]["digest"] != last.get(enrolment):
            return f"{which} ne suit pas la décision qu’elle rectifie."
        last[enrolment] = row.digest
        found[row.digest] += 1
    entries = Entry.objects.filter(chain__key=code, act=Act.DECIDE_RECTIFICATION)
    announced = Counter(json.loads(after)["empreinte"] for after in entries.values_list("after", flat=True))
    if announced != found:
        return f"{code} : les décisions rectificatives ne sont plus celles que le journal annonce."
    return None


def content_of(file: ProclaimedFile) -> dict[str, Any]:
    """What was frozen of a candidate, as plain data."""
    content: dict[str, Any] = json.loads(file.content)
    return content


def _line(file: File, digest: str) -> dict[str, Any]:
    decision = _decision_of(file)
    return {"enrolment": file.enrolment.pk, "outcome": decision.outcome, "digest": digest}


def _decision_of(file: File) -> Decision:
    if file.decision is None:
        raise ValueError("only decided files are sealed")
    return file.decision


def _session_data(session: Session) -> dict[str, Any]:
    return {
        "code": session.code,
        "certification": {"code": session.certification.code, "title": session.certification.title},
        "exam_first_day": session.exam_first_day.isoformat(),
        "exam_last_day": session.exam_last_day.isoformat(),
    }


def _file_data(file: File, marks: list[dict[str, Any]]) -> dict[str, Any]:
    enrolment, decision = file.enrolment, _decision_of(file)
    return {
        "enrolment": enrolment.pk,
        "number": enrolment.number,
        "holder": holder_data(enrolment),
        "option": enrolment.option.label if enrolment.option else "",
        "organisme": {"code": enrolment.organisme.code, "name": enrolment.organisme.name},
        "crfp": {"code": enrolment.part.crfp.code, "name": enrolment.part.crfp.name},
        "pass": enrolment.pass_followed,
        "premss_start": enrolment.premss_start.isoformat() if enrolment.premss_start else None,
        "derogation": enrolment.derogation_motive,
        "marks": marks,
        "result": file.result.to_data(),
        "opinion": opinion_data(file.opinion),
        "decision": {
            "outcome": decision.outcome,
            "proposed": decision.proposed,
            "motive": decision.motive,
            "at": decision.decided_at.isoformat(),
            "by": decision.decided_by.full_name,
            "votes": file.votes,
        },
    }


def _sitting_data(session: Session) -> dict[str, Any]:
    """When and where, who sat and who stepped aside for whom, by number."""
    sitting = session.sitting
    members = sitting.members.select_related("user", "proxy__user")
    recusals = MemberRecusal.objects.filter(member__sitting=sitting).order_by("enrolment__number", "pk")
    return {
        "held_on": sitting.held_on.isoformat(),
        "place": sitting.place,
        "alternation": alternation_warning(roll_of(session), previous_college(sitting)),
        "members": [
            {
                "name": member.user.full_name,
                "college": member.college,
                "presence": member.presence,
                "proxy": member.proxy.user.full_name if member.proxy else None,
                "office": member.office,
            }
            for member in members
        ],
        "recusals": [
            {"number": one.enrolment.number, "member": one.member.user.full_name, "motive": one.motive}
            for one in recusals.select_related("enrolment", "member__user")
        ],
    }


def _marks_of(session: Session) -> dict[int, list[dict[str, Any]]]:
    """Every mark recorded, as recorded, by enrolment; those of a withdrawn candidate stay out."""
    rows = (
        Mark.objects.filter(enrolment__session=session, enrolment__state=EnrolmentState.ENROLLED)
        .order_by("enrolment", "block__position", "attempt")
        .values_list(
            "enrolment_id", "block__code", "attempt", "outcome", "value", "version", "recorded_by_id"
        )
    )
    marks: dict[int, list[dict[str, Any]]] = {}
    for enrolment, block, attempt, outcome, value, version, recorded_by in rows:
        marks.setdefault(enrolment, []).append(
            {
                "block": block,
                "attempt": attempt,
                "outcome": outcome,
                "value": None if value is None else plain_number(value),
                "version": version,
                "by_id": recorded_by,
            }
        )
    return marks


def _withdrawn(session: Session) -> list[dict[str, Any]]:
    rows = session.enrolments.filter(state=EnrolmentState.WITHDRAWN).order_by("pk")
    return [
        {"enrolment": pk, "number": number, "motive": motive}
        for pk, number, motive in rows.values_list("pk", "number", "withdrawal_motive")
    ]
