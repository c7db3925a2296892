"""The notification letters: what the national jury decided, what it means, what comes next.

Everything said of the decision is what was frozen; what comes next is what the candidate's page says the day
the letter is drawn. The same content always gives the same bytes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from candidates.models.enrolments import published
from cqp.awards.wordings import words_of
from cqp.pdf import LONGEST_DOCUMENT, render_pdf
from cqp.templatetags.fr import day
from evaluations.models import AcquiredBloc, KeptBloc
from juries.certificates import SIGNATORY, transcript_content
from juries.minutes import seal
from juries.models import Certificate, ProclaimedFile
from juries.rectification import Standing, standing_of
from juries.retakes import Plan, plan_of, sitting_again_of, with_plan
from juries.states import Outcome
from juries.stationery import fields_of, logos_of, worded

_PLACE_OF = {
    Outcome.CERTIFIED: "certified",
    Outcome.NOT_CERTIFIED: "not_certified",
    Outcome.DEFERRED: "deferred",
}
DECISIONS = {
    Outcome.CERTIFIED: "Certification délivrée",
    Outcome.NOT_CERTIFIED: "Certification non délivrée",
    Outcome.DEFERRED: "Situation reportée",
}


def letter_pdf(file: ProclaimedFile) -> bytes:
    """The letter to one candidate, as decided today."""
    return letters_pdf([file])


def letter_pdfs(files: Sequence[ProclaimedFile]) -> Iterator[bytes]:
    """The same, one file each: what letters share is read once for all of them."""
    known = _Known.of(files)
    for file in files:
        yield draw_letters([letter_content(standing_of(file), known)])


def letters_pdf(files: Sequence[ProclaimedFile]) -> bytes:
    """The letters to these candidates in one file, each on its own page, bookmarked by name.

    `proclamation__session__certification` had better be selected. ValueError without a candidate.
    """
    if not files:
        raise ValueError("a file of letters has a letter")
    known = _Known.of(files)
    letters = [letter_content(standing_of(file), known) for file in files]
    return draw_letters(letters)


def draw_letters(
    letters: Sequence[dict[str, Any]], across: str = "", logos: Mapping[str, bytes] | None = None
) -> bytes:
    """The file of these contents; `across`: what is written through each page; `logos`: those not kept."""
    pictures = dict(logos or {})
    for digest in {letter["logo"] for letter in letters} - pictures.keys():
        pictures |= logos_of({"logo": digest})
    context = {"letters": letters, "across": across}
    return render_pdf(
        "documents/letter.html",
        context,
        identifier=seal(context).digest,
        longest=LONGEST_DOCUMENT * len(letters),
        logos=pictures,
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read once for a whole file of letters: certificates in force, what comes next, by enrolment."""

    numbers: Mapping[int, str]
    plans: Mapping[int, Plan]

    @classmethod
    def of(cls, files: Sequence[ProclaimedFile]) -> "_Known":
        enrolments = [file.enrolment_id for file in files]
        delivered = Certificate.objects.in_force().filter(decision__enrolment__in=enrolments)
        again = sitting_again_of(with_plan(Enrolment.objects.filter(pk__in=enrolments)))
        today = timezone.localdate()
        return cls(
            dict(delivered.values_list("decision__enrolment_id", "number")),
            {enrolment.pk: plan_of(enrolment, today) for enrolment in again},
        )


def letter_content(standing: Standing, known: _Known) -> dict[str, Any]:
    """What the letter says, as plain data."""
    step, file = standing.current, standing.file
    told = transcript_content(standing, step)
    worn = worn_by(standing)
    values = fields_of(told)
    words = words_of(worn["wording"], "letter")
    plan = known.plans.get(file.enrolment_id)
    return {
        **{key: told[key] for key in ("certifiers", "title", "option", "session", "number", "holder")},
        **{key: told[key] for key in ("rectified", "superseded_date", "digest")},
        **{key: told[key] for key in ("decision_date", "decision_iso", "place")},
        "reasons": [reason["sentence"] for reason in step.content["result"]["reasons"]],
        "logo": worn["logo"],
        "signatory": worn["signatory"],
        "outcome": step.outcome.value,
        "decision": DECISIONS[step.outcome],
        "words": worded(words[_PLACE_OF[step.outcome]], values),
        "contest": worded(words["contest"], values),
        "closing": worded(words["closing"], values),
        "certificate": known.numbers.get(file.enrolment_id, ""),
        "next": _next_of(plan) if plan else None,
    }


def ahead_of(session: Session) -> str:
    """A digest of whatever a letter of this session may say of what comes next, which nothing freezes.

    A letter drawn under another digest is drawn again. Four queries, however many the letters.
    """
    mine, today = session.certification_id, timezone.localdate()
    people = session.enrolments.values("candidate")
    own = {"enrolment__candidate__in": people, "enrolment__session__certification": mine}
    opened = published("enrolment__session", timezone.now())
    parts = SessionPart.objects.filter(
        session__certification=mine,
        session__exam_last_day__gt=session.exam_last_day,
        session__enrolment_deadline__gte=today,
    )
    of_session = ("state", "code", "adoption", "exam_first_day", "exam_last_day", "enrolment_deadline")
    later = Enrolment.objects.filter(session__certification=mine, candidate__in=people)
    told: list[QuerySet[Any, Any]] = [
        parts.values_list("pk", "state", "crfp__name", *(f"session__{name}" for name in of_session)),
        later.values_list("pk", "state", "session__code", "part__crfp__name"),
        AcquiredBloc.objects.filter(opened, **own).values_list("pk", "acquired_on"),
        KeptBloc.objects.filter(opened, **own).values_list("pk", "acquired_on"),
    ]
    rows = [list(one.order_by("pk")) for one in told]
    return sha256(json.dumps(rows, default=str).encode()).hexdigest()


def worn_by(standing: Standing) -> dict[str, Any]:
    """The stationery frozen with the session, and who signs: the one it names, else who decided."""
    data, step = standing.session_data, standing.current
    worn = data.get("stationery", {"signatory": {"name": "", "quality": ""}, "logo": "", "wording": {}})
    decided = step.content["rectifies"]["decided"] if step.rank else data["proclaimed"]
    signatory = {
        "name": worn["signatory"]["name"] or decided["by"],
        "quality": worn["signatory"]["quality"] or SIGNATORY,
    }
    return {"signatory": signatory, "logo": worn["logo"], "wording": worn["wording"]}


def _next_of(plan: Plan) -> dict[str, Any]:
    return {
        "why": plan.why,
        "kept": plan.kept,
        "again": list(plan.keeping.again),
        "until": day(plan.until) if plan.until else "",
        "later": plan.later.session.name if plan.later else "",
        "crfp": plan.enrolment.part.crfp.name,
        "sessions": [
            {
                "name": opening.session.name,
                "days": _days_of(opening.session),
                "deadline": day(opening.session.enrolment_deadline),
                "is_beyond": opening.is_beyond,
            }
            for opening in plan.openings
        ],
    }


def _days_of(session: Session) -> str:
    """The days of the exams, one or several."""
    first, last = day(session.exam_first_day), day(session.exam_last_day)
    return f"le {last}" if first == last else f"du {first} au {last}"
