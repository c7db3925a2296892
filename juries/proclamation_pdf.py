"""The procès-verbal of a proclamation, drawn from what was frozen: always the same bytes."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from candidates.models import sort_key_of
from cqp.accounts.models import Membership
from cqp.pdf import render_pdf
from cqp.templatetags.fr import day, groups, moment, plural
from evaluations.scoring import account_of, format_number
from evaluations.scoring.explained import Decided, for_jury
from juries.certificates import CERTIFIERS
from juries.minutes import content_of
from juries.models import Proclamation, SittingMember
from juries.registration import registration_of
from juries.states import Outcome

LONGEST = 4_000_000  # a session of several thousands, each with its line

Data = Mapping[str, Any]


def proclamation_pdf(proclamation: Proclamation) -> bytes:
    """Who sat, what was decided of each candidate and by what vote, under which digests (dossier § 2.2)."""
    context = proclamation_content(proclamation)
    return render_pdf("documents/proclamation.html", context, identifier=proclamation.digest, longest=LONGEST)


def proclamation_content(proclamation: Proclamation) -> dict[str, Any]:
    """What the procès-verbal says, as plain data, from the frozen texts alone."""
    payload: dict[str, Any] = json.loads(proclamation.payload)
    files = sorted(map(content_of, proclamation.files.order_by("pk")), key=_sort_key)
    sitting, session = payload["sitting"], payload["session"]
    held_on = date.fromisoformat(sitting["held_on"])
    counts = Counter(file["decision"]["outcome"] for file in files)
    return {
        "certifiers": CERTIFIERS,
        "title": session["certification"]["title"],
        "session": proclamation.session.name,
        "code": session["code"],
        "regulation": f"{payload['regulation']['title']}, version {payload['regulation']['version']}",
        "registration": _registration(proclamation, payload),
        "exams": _exams(session),
        "decision_date": day(held_on),
        "decision_iso": held_on.isoformat(),
        "place": sitting["place"],
        "proclaimed": moment(_local(payload["proclaimed"]["at"])),
        "by": payload["proclaimed"]["by"],
        "colleges": _colleges(sitting.get("members", [])),
        "alternation": sitting.get("alternation") or "",
        "recusals": [one | {"number": groups(one["number"])} for one in sitting.get("recusals", [])],
        "counts": [
            (str(counts[outcome]), outcome.label.lower() + ("s" if counts[outcome] > 1 else ""))
            for outcome in Outcome
        ],
        "total": str(len(files)),
        "rows": [_row(file) for file in files],
        "argued": [one for file in files if (one := _argued(file))],
        "withdrawn": [
            {"number": groups(one["number"]), "motive": one["motive"]} for one in payload["withdrawn"]
        ],
        "digest": proclamation.digest,
        "journal": {"count": str(payload["journal"]["count"]), "head": payload["journal"]["head"]},
    }


def _sort_key(file: Data) -> str:
    """The order of the lists, by the names that were frozen."""
    return sort_key_of(file["holder"]["birth_name"], file["holder"]["first_names"])


def _registration(proclamation: Proclamation, payload: Data) -> dict[str, str] | None:
    """The registration that was frozen; the first proclamations froze none, and read the live one."""
    if "registration" not in payload:
        return registration_of(proclamation.session, date.fromisoformat(payload["sitting"]["held_on"]))
    frozen: dict[str, str] | None = payload["registration"]
    return frozen


def _exams(session: Data) -> str:
    first, last = (date.fromisoformat(session[key]) for key in ("exam_first_day", "exam_last_day"))
    return f"le {day(last)}" if first == last else f"du {day(first)} au {day(last)}"


def _local(at: str) -> datetime:
    return timezone.localtime(datetime.fromisoformat(at))


def _colleges(members: Sequence[Data]) -> list[dict[str, Any]]:
    """The members of each college, how they took part, and a place to sign."""
    offices, states = SittingMember.Office, SittingMember.Presence
    return [
        {
            "label": college.label,
            "members": [
                {
                    "name": one["name"],
                    "office": offices(one["office"]).label if one["office"] else "",
                    "presence": states(one["presence"]).label if one["presence"] else "Non dit",
                    "proxy": one["proxy"] or "",
                    "signs": one["presence"] == states.PRESENT,
                }
                for one in members
                if one["college"] == college
            ],
        }
        for college in (Membership.College.EMPLOYEURS, Membership.College.SALARIES)
    ]


def _name(file: Data) -> str:
    holder = file["holder"]
    last_name = (holder["used_name"] or holder["birth_name"]).upper()
    return f"{last_name} {holder['first_names']}"


def _row(file: Data) -> dict[str, str]:
    """One line of the table: who, what the calculation and the local jury say, what is decided."""
    account = account_of(file["result"])
    opinion = file["opinion"]
    return {
        "number": groups(file["number"]),
        "name": _name(file),
        "option": file["option"],
        "crfp": file["crfp"]["name"],
        "figure": account.figures[0].value if account.figures else "–",
        "against": ", ".join(
            row.label for row in account.rows if any(cell.tone == "bad" and cell.said for cell in row.cells)
        ),
        "opinion": "–" if opinion is None else "Favorable" if opinion["favourable"] else "Défavorable",
        "decision": Outcome(file["decision"]["outcome"]).label,
        "vote": _vote(file["decision"].get("votes", [])),
    }


def _vote(votes: Sequence[Data]) -> str:
    if not votes:
        return "à l’unanimité"
    counts = [sum(vote[key] for vote in votes) for key in ("in_favour", "against", "abstained")]
    return f"{counts[0]} pour, {counts[1]} contre, {counts[2]} abst."


def _argued(file: Data) -> dict[str, Any] | None:
    """What is said in words of a file: opinion against, points of the jury, departure, votes; or nothing."""
    opinion, decision = file["opinion"], file["decision"]
    lines = []
    if opinion and not opinion["favourable"]:
        lines.append(("Avis du jury local", opinion["argument"]))
    lines += [
        (
            f"Points de jury, {one['label'].lower()}",
            f"+{format_number(Decimal(one['points']))} : {one['motive']}",
        )
        for one in file.get("points", [])
    ]
    if decision["motive"]:
        proposed = Outcome(decision["proposed"]).label.lower()
        lines.append((f"Motif de la décision (proposé : {proposed})", decision["motive"]))
    lines += [(f"Vote, collège {_college(vote)}", _counted(vote)) for vote in decision.get("votes", [])]
    if not lines:
        return None
    decided = Decided[Outcome(decision["outcome"]).name]
    lines.insert(0, ("Ce que dit le calcul", "\n".join(for_jury(file["result"], decided))))
    return {"number": groups(file["number"]), "name": _name(file), "lines": lines}


def _college(vote: Data) -> str:
    return Membership.College(vote["college"]).label.lower()


def _counted(vote: Data) -> str:
    abstained = vote["abstained"]
    said = f"{vote['in_favour']} pour, {vote['against']} contre, {abstained} abstention{plural(abstained)}"
    return f"{said} ; contre : {vote['names_against']}" if vote["names_against"] else said
