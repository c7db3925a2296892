"""The procès-verbal of a rectification: what was decided, what was wrong and why, what is decided now."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from cqp.pdf import render_pdf
from cqp.templatetags.fr import day, moment, out_of
from evaluations.models import JuryRule
from evaluations.scoring import account_of
from juries.certificates import CERTIFIERS, SIGNATORY
from juries.rectification import Standing, Step, told_of
from juries.states import Outcome


def rectification_pdf(standing: Standing, step: Step) -> bytes:
    """The procès-verbal of the rectification decided at this step, always the same bytes."""
    content = rectification_content(standing, step)
    return render_pdf("documents/rectification.html", content, identifier=step.digest)


def rectification_content(standing: Standing, step: Step) -> dict[str, Any]:
    """What it says, from what was frozen alone."""
    rectifies, session, before = step.content["rectifies"], standing.session_data, standing.before(step)
    holder = before.content["holder"]
    earlier = [one for one in standing.steps if one.rank < step.rank]
    return {
        "certifiers": CERTIFIERS,
        "title": session["session"]["certification"]["title"],
        "option": step.content["option"],
        "session": standing.file.proclamation.session.name,
        "code": session["session"]["code"],
        "number": step.content["number"],
        "rank": step.rank,
        "holder": f"{holder['used_name'] or holder['birth_name']} {holder['first_names']}",
        "crfp": step.content["crfp"]["name"],
        "earlier": [decided_words(one) | {"digest": one.digest} for one in earlier],
        "corrections": told_of(rectifies["corrections"], step.content),
        "motive": step.content["decision"]["motive"],
        "now": decided_words(step),
        "departs_from": _departure(step),
        "tables": _tables(before, step),
        "in_sitting": rectifies["rectified_by"] == JuryRule.Rectifier.SITTING,
        "people": [
            {"did": "Proposée par", **_person(rectifies["proposed"])},
            {"did": "Approuvée par", **_person(rectifies["approved"])},
            {"did": "Décidée par", **_person(rectifies["decided"])},
        ],
        "quality": SIGNATORY,
        "signatory": rectifies["decided"]["by"],
        "decision_date": day(step.held_on),
        "decision_iso": step.held_on.isoformat(),
        "place": step.place,
        "digest": step.digest,
    }


def decided_words(step: Step) -> dict[str, str]:
    """When, what, and with which total."""
    result = step.content["result"]
    total = result.get("total")
    kind = f"Décision rectificative n° {step.rank}" if step.rank else "Proclamation"
    return {
        "kind": kind,
        "date": day(step.held_on),
        "outcome": step.outcome.label,
        "total": out_of(_french(total), _french(result["total_max"])) if total else "",
    }


def _french(number: str) -> str:
    return number.replace(".", ",")


def _departure(step: Step) -> str:
    """What the calculation proposed, when something else was decided (A23)."""
    proposed = step.content["decision"]["proposed"]
    return Outcome(proposed).label.lower() if proposed and proposed != step.outcome else ""


def _tables(before: Step, after: Step) -> list[dict[str, Any]]:
    """The result first decided and the result now, one table when nothing in it moved."""
    now = account_of(after.content["result"])
    if before.content["result"] == after.content["result"]:
        return [{"heading": "Résultat, inchangé", "account": now}]
    was = account_of(before.content["result"])
    return [{"heading": "Avant", "account": was}, {"heading": "Après", "account": now}]


def _person(told: dict[str, str]) -> dict[str, str]:
    return {"name": told["by"], "at": moment(timezone.localtime(datetime.fromisoformat(told["at"])))}
