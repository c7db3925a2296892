"""The procès-verbal of a local jury on paper: the frozen text, in French, page after page."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from cqp.pdf import render_pdf
from cqp.templatetags.fr import day, groups, mark, moment, plural
from juries.certificates import CERTIFIERS
from juries.local_minutes import minutes_content
from juries.models import LocalMinutes

_SHORT = 16  # characters of a digest that a person can compare
_LONGEST = 400_000  # characters: a jury of forty, each with the longest argument


def local_minutes_pdf(minutes: LocalMinutes, hidden: Collection[int] = ()) -> bytes:
    """The procès-verbal, always the same bytes; with `hidden` enrolments, the extract a juror may read."""
    content = printed_minutes(minutes, hidden)
    identifier = minutes.digest + "".join(f" {pk}" for pk in sorted(hidden))
    return render_pdf("documents/local_minutes.html", content, identifier=identifier, longest=_LONGEST)


def printed_minutes(minutes: LocalMinutes, hidden: Collection[int] = ()) -> dict[str, Any]:
    """What the document says, ready to be laid out."""
    content = minutes_content(minutes, hidden)
    candidates = content["candidates"]
    known = [one for one in candidates if "name" in one]
    closed = datetime.fromisoformat(content["closed"]["at"])
    return {
        "certifiers": CERTIFIERS,
        "title": content["certification"]["title"],
        "jury": content["jury"]["name"],
        "rank": content["rank"],
        "replaced": content["rank"] - 1,
        "reopening": _reopening(content["reopening"]) if content["rank"] > 1 else None,
        "facts": _facts(content),
        "members": [_member(one) for one in content["members"]],
        "substitutes": [one for one in content["substitutes"] if not one["called"]],
        "recusals": [one | {"number": groups(one["number"])} for one in content["recusals"]],
        "columns": _columns(known),
        "legend": [f"{each['code']} : {each['title']}" for each in (known[0]["blocs"] if known else ())],
        "candidates": [_candidate(one) for one in candidates],
        "argued": [one for one in map(_argued, known) if one["words"]],
        "absences": [sentence for one in known for sentence in _absences(one)],
        "withdrawn": [one | {"number": groups(one["number"])} for one in content["withdrawn"]],
        "incidents": content["incidents"],
        "counts": _counts(content["counts"]),
        "closed": f"{moment(closed)} par {content['closed']['by']}",
        "closed_iso": closed.date().isoformat(),
        "signatories": [one for one in content["members"] if not one["absence"]],
        "is_extract": bool(hidden),
        "session": content["session"]["code"],
        "digest": minutes.digest[:_SHORT],
    }


def _facts(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    session, regulation, registration = content["session"], content["regulation"], content["registration"]
    days = [_sat(one) for one in content["jury"]["days"]]
    president = next((one["name"] for one in content["members"] if one["presides"]), "")
    facts = [
        ("Session", f"{session['name']} ({session['code']})"),
        ("CRFP", content["crfp"]["name"]),
        ("Jury", content["jury"]["name"]),
        ("Présidence", president),
        ("Jours et lieux" if len(days) > 1 else "Jour et lieu", " ; ".join(days)),
        ("Règlement", f"{regulation['title']}, version {regulation['version']} ({regulation['code']})"),
        ("Enregistrement RNCP", registration["code"] if registration else "Aucun en vigueur ce jour-là"),
        ("Options", ", ".join(session["options"])),
    ]
    return [(label, value) for label, value in facts if value]


def _sat(one: Mapping[str, str]) -> str:
    where = f"{one['place']}, {one['room']}" if one["room"] else one["place"]
    return f"{day(date.fromisoformat(one['day']))}, {where}"


def _member(one: Mapping[str, Any]) -> dict[str, Any]:
    on = f" du {day(date.fromisoformat(one['lettered_on']))}" if one["lettered_on"] else ""
    return dict(one) | {"letter": f"{one['letter']}{on}".strip()}


def _columns(candidates: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is noted of each candidate: the jury's marks, or the blocs."""
    if not candidates:
        return []
    first = candidates[0]
    marks = [f"{one['label']} /{mark(one['scale'].replace('.', ','))}" for one in first["marks"]]
    return marks + [one["code"] for one in first["blocs"]]


def _candidate(one: Mapping[str, Any]) -> dict[str, Any]:
    """A line of the table; of somebody hidden, the number alone."""
    number = groups(one["number"])
    if "name" not in one:
        return {"number": number, "name": ""}
    opinion = one["opinion"]
    return {
        "number": number,
        "name": one["name"],
        "about": " – ".join(filter(None, (one["option"], one["organisme"]))),
        "cells": [each["entry"] or "–" for each in one["marks"]] + [each["words"] for each in one["blocs"]],
        "opinion": _opinion(opinion) if opinion else "Report proposé" if one["deferred"] else "–",
        "against": bool(opinion) and not opinion["favourable"],
    }


def _opinion(opinion: Mapping[str, Any]) -> str:
    return "Attribution" if opinion["favourable"] else "Non-attribution"


def _argued(one: Mapping[str, Any]) -> dict[str, str]:
    """What the jury wrote of a candidate: the argument of its opinion, and of each bloc it refused."""
    words = [one["opinion"]["argument"]] if one["opinion"] and one["opinion"]["argument"] else []
    for sheet in one["judgements"]:
        said = [f"{each['code']} : {each['argument']}" for each in sheet["competences"] if each["argument"]]
        said += [sheet["argument"]] if sheet["argument"] else []
        words += [f"{sheet['bloc']}. {' '.join(said)}"] if said else []
    return {
        "name": one["name"],
        "number": groups(one["number"]),
        "opinion": _opinion(one["opinion"]) if one["opinion"] else "",
        "words": "\n".join(words),
    }


def _absences(one: Mapping[str, Any]) -> list[str]:
    marks = [
        f"{one['name']}, {each['label']} : absence {each['absence']}"
        for each in one["marks"]
        if each["absence"]
    ]
    blocs = [each for each in one["blocs"] if each["words"].startswith("absence")]
    return marks + [f"{one['name']}, {each['code']} : {each['words']}" for each in blocs]


def _counts(counts: Mapping[str, int]) -> list[tuple[int, str]]:
    several = plural(counts["candidates"])
    found = [
        (counts["candidates"], f"candidat{several} de ce jury"),
        (counts["favourable"], "avis d’attribution"),
        (counts["unfavourable"], "avis de non-attribution"),
        (counts["deferred"], f"report{plural(counts['deferred'])} proposé{plural(counts['deferred'])}"),
        (counts["withdrawn"], f"désistement{plural(counts['withdrawn'])}"),
    ]
    return found[:3] + [one for one in found[3:] if one[0]]


def _reopening(reopening: Mapping[str, str] | None) -> dict[str, str] | None:
    if reopening is None:
        return None
    at = datetime.fromisoformat(reopening["at"])
    return {"by": reopening["by"], "at": day(at), "motive": reopening["motive"]}
