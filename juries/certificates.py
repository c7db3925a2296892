"""From what was frozen to the documents: plain content, number, code, digest, PDF.

A certificate's content is stored as it is printed: rendering it again gives the same bytes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings

from candidates.models import Enrolment, Session
from cqp.accounts.actor import Actor
from cqp.crockford import new_identifier
from cqp.pdf import render_pdf
from cqp.qr import paths_of
from cqp.templatetags.fr import day
from cqp.text import cleaned
from evaluations.scoring import account_of
from evaluations.scoring.explained import Decided, for_candidate
from juries.deliberation import holder_data
from juries.minutes import seal
from juries.models import (
    BlocCertificate,
    Certificate,
    Decision,
    ProclaimedFile,
    Proclamation,
    Rectification,
    Sitting,
)
from juries.rectification import Standing, Step, standing_of
from juries.registration import registration_of
from juries.stationery import dress_of, dressed, logos_of, worn_by_transcript

CERTIFIERS = ["Ucanss", "CPNEFP du régime général de Sécurité sociale"]
TEMPLATE = "documents/certificate.html"
SIGNATORY = "La présidence de la CPNEFP"
_SHORT = 16  # characters of a digest that a person can compare


def certificates_for(
    session: Session, sitting: Sitting, decisions: Sequence[Decision], proclamation: Proclamation, by: Actor
) -> Iterator[Certificate]:
    """The certificates of these certified candidates, numbered in the order given; not yet saved."""
    registration, dress = registration_of(session, sitting.held_on), dress_of(session.certification)
    for rank, decision in enumerate(decisions, start=1):
        number, code = f"{session.code}-{rank:05d}", new_identifier()
        enrolment = decision.enrolment
        content = printed_act(session, enrolment, proclamation, by) | {
            "option": enrolment.option.label if enrolment.option else "",
            "registration": registration,
            "number": number,
            "code": code,
            "verify_url": verify_url(code),
        }
        sealed = seal(dressed(content, dress, "certificate"))
        yield Certificate(
            decision=decision, number=number, code=code, content=sealed.text, digest=sealed.digest
        )


def printed_act(
    session: Session, enrolment: Enrolment, proclamation: Proclamation, by: Actor
) -> dict[str, Any]:
    """What every certificate of a proclamation says: who delivers, to whom, when and where, who signs."""
    return _act(session, holder_data(enrolment), proclamation.digest, by) | _done_at(
        session.sitting.held_on, session.sitting.place
    )


def corrected_certificate(
    session: Session,
    rectification: Rectification,
    content: Mapping[str, Any],
    replaced: Certificate | None,
    by: Actor,
) -> Certificate:
    """The certificate a decided rectification delivers, on a number of its own; not yet saved.

    It says which one it replaces, if one was in force. The registration stays that of the session's sitting:
    the certification is the one that sitting was to give.
    """
    if rectification.held_on is None:
        raise ValueError("a decided rectification has its day")
    decision = rectification.decision
    of_session = Certificate.objects.filter(decision__enrolment__session=session)
    number = f"{session.code}-{of_session.count() + 1:05d}-R{rectification.rank}"
    code = new_identifier()
    act = _act(session, content["holder"], rectification.digest, by)
    data = (
        act
        | _done_at(rectification.held_on, rectification.place)
        | {
            "option": content["option"],
            "registration": registration_of(session, session.sitting.held_on),
            "number": number,
            "code": code,
            "verify_url": verify_url(code),
            "replaces": replaced
            and {"number": replaced.number, "date": certificate_content(replaced)["decision_date"]},
        }
    )
    sealed = seal(dressed(data, dress_of(session.certification), "certificate"))
    return Certificate(
        decision=decision,
        rectification=rectification,
        number=number,
        code=code,
        content=sealed.text,
        digest=sealed.digest,
    )


def _act(session: Session, holder: Mapping[str, str], digest: str, by: Actor) -> dict[str, Any]:
    return {
        "certifiers": CERTIFIERS,
        "title": session.certification.title,
        "holder": printed_holder(holder),
        "session": session.name,
        "signatory": {"name": _natural_name(by), "quality": SIGNATORY},
        "digest": digest[:_SHORT],
    }


def _done_at(held_on: date, place: str) -> dict[str, str]:
    return {"decision_date": day(held_on), "decision_iso": held_on.isoformat(), "place": place}


def certificate_content(certificate: Certificate) -> dict[str, Any]:
    """What the certificate says, as frozen."""
    content: dict[str, Any] = json.loads(certificate.content)
    return content


def certificate_pdf(certificate: Certificate) -> bytes:
    """The certificate, always the same bytes."""
    content = printed_content(certificate)
    return render_pdf(
        TEMPLATE, content | qr_of(content), identifier=certificate.digest, logos=logos_of(content)
    )


def issued_at(certificate: Certificate | BlocCertificate) -> datetime:
    """When the decision was proclaimed, or rectified: the hour of the seal, so the file never changes."""
    if isinstance(certificate, BlocCertificate):
        return certificate.proclamation.at
    if certificate.rectification and certificate.rectification.closed_at:
        return certificate.rectification.closed_at
    return certificate.decision.enrolment.session.proclamation.at


def printed_content(certificate: Certificate) -> dict[str, Any]:
    """What the template is given, but for the QR code, which follows from it."""
    return {"replaces": None} | certificate_content(certificate)


def verify_url(code: str) -> str:
    """Where anybody checks a certificate, as its QR code says; frozen, for paper does not follow a move."""
    return f"{settings.SITE_URL}/v/{code}"


def qr_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """The QR code of a content, for its template; none for what was frozen before there was one."""
    url = content.get("verify_url")
    return {"qr": paths_of(url) if url else None}


def transcript_pdf(file: ProclaimedFile) -> bytes:
    """The relevé de notes of a candidate as decided today, from what was frozen; always the same bytes."""
    standing = standing_of(file)
    content = transcript_content(standing, standing.current)
    digest, logos = standing.current.digest, logos_of(content)
    return render_pdf("documents/transcript.html", content, identifier=digest, logos=logos)


def transcript_content(standing: Standing, step: Step) -> dict[str, Any]:
    """What the relevé says at a step: identity, marks as counted, decision, reasons, comments (R40)."""
    session, content = standing.session_data, step.content
    result, decision, opinion = content["result"], content["decision"], content["opinion"]
    proclaimed = standing.file.proclamation
    told = {
        "certifiers": CERTIFIERS,
        "title": session["session"]["certification"]["title"],
        "option": content["option"],
        "session": proclaimed.session.name,
        "number": content["number"],
        "holder": printed_holder(content["holder"]),
        "account": account_of(result),
        "outcome": step.outcome.label,
        "explained": for_candidate(result, Decided[step.outcome.name]),
        "recommendations": _recommendations(content),
        "opinion": _printed_opinion(opinion),
        "argument": opinion["argument"] if opinion else "",
        "motive": decision["motive"],
        "regulation": _printed_regulation(session["regulation"]),
        "rectified": f"décision rectificative n° {step.rank}" if step.rank else "",
        "superseded_date": day(standing.before(step).held_on) if step.rank else "",
        "digest": (step.digest if step.rank else proclaimed.digest)[:_SHORT],
    } | _done_at(step.held_on, step.place)
    return told | worn_by_transcript(session.get("stationery"), told)


def printed_holder(holder: Mapping[str, str]) -> dict[str, str]:
    """The identity in full; its heading is the name in use: first of the first names, then the name."""
    last_name = (holder["used_name"] or holder["birth_name"]).upper()
    name = f"{_usual_first_name(holder['first_names'])} {last_name}"
    return dict(holder) | {"name": name, "birth_date": day(date.fromisoformat(holder["birth_date"]))}


def _usual_first_name(first_names: str) -> str:
    """The first one: up to the comma, which lets a first name have two words; else up to the space."""
    first, comma, _others = first_names.strip().partition(",")
    return first.strip() if comma else first.split(" ")[0]


def _natural_name(by: Actor) -> str:
    return cleaned(f"{by.user.first_name} {by.user.last_name.upper()}")


def _recommendations(content: Mapping[str, Any]) -> list[dict[str, str]]:
    """What the jury said of each bloc, and of the competences it refused, for the next time (R40)."""
    found = []
    labels = {bloc["code"]: f"{bloc['code']} {bloc['label']}" for bloc in content["result"].get("blocs", [])}
    for sheet in content.get("judgements", []):
        words = [f"{one['code']} : {one['argument']}" for one in sheet["competences"] if one["argument"]]
        words += [sheet["argument"]] if sheet["argument"] else []
        if words:
            found.append({"bloc": labels[sheet["bloc"]], "words": "\n".join(words)})
    return found


def _printed_opinion(opinion: Mapping[str, Any] | None) -> str:
    if opinion is None:
        return ""
    return "Favorable à l’attribution" if opinion["favourable"] else "Non-attribution"


def _printed_regulation(regulation: dict[str, Any]) -> str:
    return f"{regulation['title']}, version {regulation['version']}"
