"""Specimens: what each document of a certification would look like under a stationery being written.

An invented holder, SPÉCIMEN through every page, the fields nobody knows in red; nothing is kept.
"""

import hashlib
from dataclasses import replace
from datetime import date
from typing import Any

from candidates.models import Certification
from cqp.awards.attestations import draw_attestations
from cqp.awards.letters import DECISIONS, draw_letters
from cqp.awards.wordings import words_of
from cqp.pdf import render_pdf
from cqp.templatetags.fr import day
from evaluations.scoring import account_of
from juries.certificates import CERTIFIERS, SIGNATORY
from juries.registration import printed_registration
from juries.states import Outcome
from juries.stationery import Dress, dressed, fields_of, worded

SPECIMEN = "SPÉCIMEN"
SHOWN = {
    "certificate": "Parchemin",
    "bloc_certificate": "Certificat de bloc",
    "transcript": "Relevé de notes",
    "letter_certified": "Courrier, certifié",
    "letter_not_certified": "Courrier, non certifié",
    "letter_deferred": "Courrier, reporté",
    "attestation": "Attestation provisoire",
}
"""What may be looked at, and how it is called."""

_OUTCOMES = {
    "letter_certified": Outcome.CERTIFIED,
    "letter_not_certified": Outcome.NOT_CERTIFIED,
    "letter_deferred": Outcome.DEFERRED,
}
_HOLDER = {
    "name": "Camille EXEMPLE",
    "birth_name": "Exemple",
    "used_name": "",
    "first_names": "Camille",
    "birth_date": "1er janvier 1990",
    "birth_place": "Lyon",
}
_BLOCK = {
    "label": "Épreuve écrite", "mark": "12", "first_mark": "12", "retake_used": False, "scale": "20",
    "coefficient": "3", "weighted": "36", "weighted_max": "60", "threshold": "", "distance": None,
    "eliminatory": False,
}  # fmt: skip
_RESULT = {
    "blocks": [
        _BLOCK,
        _BLOCK | {"label": "Épreuve orale", "mark": "13", "first_mark": "13", "weighted": "39"},
    ],
    "total": "75", "total_max": "120", "pass_total": "60", "mean": "12.5",
}  # fmt: skip
_NEXT = {
    "why": "Ce que le règlement permet de conserver, en une phrase.",
    "kept": ["Épreuve orale\u00a0: 13/20"],
    "again": ["Épreuve écrite"],
    "until": "",
    "later": "",
    "crfp": "votre CRFP",
    "sessions": [
        {
            "name": "Session d’exemple",
            "days": "du 1er au 2 juin 2030",
            "deadline": "1er mars 2030",
            "is_beyond": False,
        }
    ],
}


def specimen_pdf(
    certification: Certification, shown: str, dress: Dress, logo: bytes | None, today: date
) -> bytes:
    """One document under this stationery; `shown` is a key of SHOWN, `logo` the PNG it wears."""
    dress = replace(dress, version=dress.version or 1, logo=hashlib.sha256(logo).hexdigest() if logo else "")
    logos = {dress.logo: logo} if logo else None
    content = _content(certification, today)
    if shown in _OUTCOMES:
        return draw_letters([_letter(content, dress, shown)], SPECIMEN, logos)
    if shown == "attestation":
        return draw_attestations([_attestation(content, dress)], SPECIMEN, logos)
    drawn = _transcript(content, dress) if shown == "transcript" else _certificate(content, dress, shown)
    return render_pdf(f"documents/{shown}.html", drawn, identifier=SPECIMEN, logos=logos)


def _content(certification: Certification, today: date) -> dict[str, Any]:
    option = certification.options.first()
    covering = (row for row in certification.registrations.all() if row.covers(today))
    registration = next(covering, None)
    return {
        "certifiers": CERTIFIERS,
        "title": certification.title,
        "option": option.label if option else "",
        "registration": registration and printed_registration(registration),
        "holder": _HOLDER,
        "session": f"{certification.short_title}, session d’exemple",
        "number": f"{certification.code}-0000-00-00000",
        "code": "SPECI-MEN00-0",
        "digest": "0" * 16,
        "decision_date": day(today),
        "decision_iso": today.isoformat(),
        "place": "Paris",
        "signatory": {"name": "Prénom NOM", "quality": SIGNATORY},
        "replaces": None,
        "bloc": {"code": "B1", "label": "Intitulé du bloc"},
        "across": SPECIMEN,
    }


def _certificate(content: dict[str, Any], dress: Dress, document: str) -> dict[str, Any]:
    awarded = words_of(dress.wording, document)["awarded"]
    return dressed(content, dress, document) | {"awarded_words": worded(awarded, fields_of(content))}


def _transcript(content: dict[str, Any], dress: Dress) -> dict[str, Any]:
    closing = words_of(dress.wording, "transcript")["closing"]
    return content | {
        "account": account_of(_RESULT),
        "regulation": "Règlement d’exemple, version 1",
        "outcome": Outcome.CERTIFIED.label,
        "explained": ["Ce que le candidat a obtenu, et pourquoi, en phrases."],
        "recommendations": (),
        **dict.fromkeys(("opinion", "argument", "motive", "rectified", "superseded_date"), ""),
        "logo": dress.logo,
        "closing": worded(closing, fields_of(content)),
    }


def _letter(content: dict[str, Any], dress: Dress, shown: str) -> dict[str, Any]:
    outcome, words = _OUTCOMES[shown], words_of(dress.wording, "letter")
    values = fields_of(content)
    return dressed(content, dress, "letter") | {
        "outcome": outcome.value,
        "decision": DECISIONS[outcome],
        "reasons": ["Les motifs de la décision, tels qu’ils ont été proclamés."],
        "rectified": "",
        "superseded_date": "",
        "words": worded(words[shown.removeprefix("letter_")], values),
        "contest": worded(words["contest"], values),
        "closing": worded(words["closing"], values),
        "certificate": content["number"],
        "next": None if outcome == Outcome.CERTIFIED else _NEXT,
    }


def _attestation(content: dict[str, Any], dress: Dress) -> dict[str, Any]:
    values, words = fields_of(content), words_of(dress.wording, "attestation")
    registration = content["registration"]
    return dressed(content, dress, "attestation") | {
        "registration": registration and registration["code"],
        "body": worded(words["body"], values),
        "validity": worded(words["validity"], values),
    }
