"""One result in three wordings: for the candidate, for the organisme, for the jury.

All three come from the same trace, `Result.to_data()` as a proclamation freezes it: nothing is worked out
again here. What an organisme may know is one word, so its wording is not given the trace at all.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

from evaluations.scoring.numbers import count_points, format_number, signed_number
from evaluations.scoring.reasons import Code
from evaluations.scoring.result import Verdict
from evaluations.scoring.typography import typeset

Data = Mapping[str, Any]


class Decided(StrEnum):
    """What the national jury says of a candidate."""

    CERTIFIED = "CERTIFIED"
    NOT_CERTIFIED = "NOT_CERTIFIED"
    DEFERRED = "DEFERRED"


PROPOSED = {
    Verdict.CERTIFIABLE.value: Decided.CERTIFIED,
    Verdict.NON_CERTIFIABLE.value: Decided.NOT_CERTIFIED,
    Verdict.REPORTE.value: Decided.DEFERRED,
}
"""What each verdict proposes to the jury; the others propose nothing."""


# --- The candidate ---


def for_candidate(data: Data, decided: Decided | None) -> tuple[str, ...]:
    """What the candidate obtained and why it comes to that, then the decision once it is: whole sentences."""
    said = [*_TO_CANDIDATE[_regime(data)](data)]
    if decided is not None:
        said += [*_departure(data, decided), _DECIDED_YOU[decided]]
    return tuple(typeset(sentence) for sentence in said)


_DECIDED_YOU = {
    Decided.CERTIFIED: "Le jury national vous a délivré la certification.",
    Decided.NOT_CERTIFIED: "Le jury national ne vous a pas délivré la certification à cette session.",
    Decided.DEFERRED: "Le jury national a reporté votre situation à une autre session.",
}
_PROPOSED_YOU = {
    Decided.CERTIFIED: "de vous certifier",
    Decided.NOT_CERTIFIED: "de ne pas vous certifier",
    Decided.DEFERRED: "de vous reporter à une autre session",
}


def _departure(data: Data, decided: Decided) -> Iterator[str]:
    proposed = PROPOSED.get(data["verdict"])
    if proposed is not None and proposed != decided:
        yield (
            f"Le calcul proposait {_PROPOSED_YOU[proposed]} ; le jury national en a décidé autrement, "
            "par une décision motivée."
        )


def _points_to_candidate(data: Data) -> Iterator[str]:
    if data["total"] is not None:
        yield _total(data)
    else:
        yield "Votre total ne se calcule pas, car toutes les épreuves n’ont pas une note qui compte."
    for block in data["blocks"]:
        yield from _block_to_candidate(block)
    yield from (reason["sentence"] for reason in _others(data))


def _total(data: Data) -> str:
    total, needed = Decimal(data["total"]), Decimal(data["pass_total"])
    got = f"Vous avez obtenu {count_points(total)} sur {format_number(Decimal(data['total_max']))}"
    if total < needed:
        return f"{got} ; il en faut {format_number(needed)}, il manque {count_points(needed - total)}."
    return f"{got} ; il en faut {format_number(needed)}."


def _block_to_candidate(block: Data) -> Iterator[str]:
    label, shown = block["label"], _shown(block)
    if block["retake_used"]:
        first = _on(block, block["first_mark"])
        yield f"{label} : le rattrapage, {shown}, remplace votre première note, {first}, éliminatoire."
    elif block["retake_mark"]:
        yield f"{label} : le rattrapage, {_on(block, block['retake_mark'])}, ne compte pas."
    if "jury_points" in block:
        added = count_points(Decimal(block["jury_points"]))
        yield (
            f"{label} : le jury national ajoute {added} à votre note, {shown}, "
            f"qui compte pour {_fr(block['counted'])}."
        )
    if block["mark"] == "ABS":
        then = f" ; 0 est {_limit(block)}, c’est éliminatoire" if block["eliminatory"] else ""
        yield f"{label} : votre absence n’est pas justifiée, elle est comptée 0{then}."
    elif block["mark"] == "ABJ":
        yield f"{label} : votre absence est justifiée, l’épreuve est reportée à une autre session."
    elif block["eliminatory"]:
        counted = _on(block, block["counted"]) if "counted" in block else shown
        yield f"{label} : votre note, {counted}, est {_limit(block)} : elle est éliminatoire."


def _blocs_to_candidate(data: Data) -> Iterator[str]:
    acquired, needed = len(data["acquired"]), data["needed"]
    plural = "s" if acquired >= 2 else ""
    yield f"Vous avez acquis {acquired} bloc{plural} ; il en faut {needed}."
    found = [*data["reasons"], *data["notes"]]
    for bloc in data["blocs"]:
        about = [one["sentence"] for one in found if one["about"] == bloc["code"]]
        yield from about or [f"{bloc['code']} {bloc['label']} : {_BLOC_WORDS[bloc['state']]}."]
    known = {bloc["code"] for bloc in data["blocs"]}
    for one in found:
        if one["about"] not in known and one["code"] != Code.BLOCS_TOO_FEW:
            yield one["sentence"]


_BLOC_WORDS = {
    "ACQUIRED": "acquis",
    "NOT_ACQUIRED": "non acquis",
    "INCOMPLETE": "incomplet",
    "DEFERRED": "reporté",
    "INVALID": "illisible",
}
_TO_CANDIDATE: dict[str, Callable[[Data], Iterator[str]]] = {
    "POINTS": _points_to_candidate,
    "BLOCS": _blocs_to_candidate,
}


# --- The organisme ---


def for_organisme(decided: Decided) -> tuple[str, ...]:
    """Certified or not (R38), and nothing of why (R40); of a deferral, only that nothing is decided."""
    return (_TO_ORGANISME[decided],)


_TO_ORGANISME = {
    Decided.CERTIFIED: "Le jury national a certifié ce candidat.",
    Decided.NOT_CERTIFIED: "Le jury national n’a pas certifié ce candidat à cette session.",
    Decided.DEFERRED: "Pas de décision de certification à cette session.",
}


# --- The jury ---


def for_jury(data: Data, decided: Decided | None) -> tuple[str, ...]:
    """The same facts, terse, each with its threshold and the rule it rests on; `decided` once it is."""
    said = [*_TO_JURY[_regime(data)](data), *_conclusion(data, decided)]
    return tuple(typeset(sentence) for sentence in said)


_RULES = {
    Code.DEFERRED.value: "A5",
    Code.MISSING.value: "A4",
    Code.SIGNATURE_MISSING.value: "A18",
    Code.JUDGEMENT_MISSING.value: "A18",
    Code.PASS_UNKNOWN.value: "R29, A9",
    Code.PASS_NOT_FOLLOWED.value: "R29, A9",
    Code.COURSE_TOO_LONG.value: "R31, A10",
    Code.BLOC_REFUSED.value: "A18",
    Code.BLOCS_TOO_FEW.value: "A18",
    Code.BLOC_KEPT.value: "A27",
}
_WORDS = {
    Decided.CERTIFIED: "certifié",
    Decided.NOT_CERTIFIED: "non certifié",
    Decided.DEFERRED: "reporté",
}


def _points_to_jury(data: Data) -> Iterator[str]:
    if data["total"] is not None:
        total, needed = Decimal(data["total"]), Decimal(data["pass_total"])
        scale = format_number(Decimal(data["total_max"]))
        yield (
            f"Total {format_number(total)}/{scale}, requis {format_number(needed)} "
            f"({signed_number(total - needed)}) [R6, R29]."
        )
    for block in data["blocks"]:
        yield from _block_to_jury(block)
    yield from (_with_rule(reason) for reason in _others(data))


def _block_to_jury(block: Data) -> Iterator[str]:
    label = block["label"]
    if block["retake_used"]:
        first = _on(block, block["first_mark"], "/")
        yield f"{label} : rattrapage {_shown(block, '/')}, d’abord {first} [R7, A6]."
    elif block["retake_mark"]:
        yield f"{label} : rattrapage {_on(block, block['retake_mark'], '/')} sans effet [R7, A6]."
    if "jury_points" in block:
        added, counted = signed_number(Decimal(block["jury_points"])), _on(block, block["counted"], "/")
        yield f"{label} : {_shown(block, '/')}, {added} du jury, compte {counted}."
    if block["mark"] == "ABS":
        yield f"{label} : absence non justifiée, comptée 0 [A5]."
    if block["mark"] == "ABJ":
        yield f"{label} : absence justifiée [A5]."
    if block["eliminatory"]:
        counted = _on(block, block["counted"], "/") if "counted" in block else _shown(block, "/")
        rule = "R26" if block["threshold"].startswith("≤") else "R2"
        gap = signed_number(Decimal(block["distance"]))
        yield f"{label} : {counted}, éliminatoire ({block['threshold']}, écart {gap}) [{rule}]."


def _blocs_to_jury(data: Data) -> Iterator[str]:
    yield f"Blocs acquis : {len(data['acquired'])}, requis {data['needed']} [A18]."
    found = [*data["reasons"], *data["notes"]]
    yield from (_with_rule(one) for one in found if one["code"] != Code.BLOCS_TOO_FEW)


_TO_JURY: dict[str, Callable[[Data], Iterator[str]]] = {"POINTS": _points_to_jury, "BLOCS": _blocs_to_jury}


def _conclusion(data: Data, decided: Decided | None) -> Iterator[str]:
    proposed = PROPOSED.get(data["verdict"])
    if proposed is not None:
        yield f"Proposition : {_WORDS[proposed]} [R6, R29]."
    if decided is None:
        return
    departs = ", contre la proposition, par décision motivée [A23]" if proposed not in (None, decided) else ""
    yield f"Décision : {_WORDS[decided]}{departs}."


# --- The trace ---

_TOLD_BY_BLOCK = frozenset(
    code.value
    for code in (
        Code.ELIMINATORY,
        Code.DEFERRED,
        Code.ABSENT_COUNTS_ZERO,
        Code.RETAKE_REPLACES,
        Code.RETAKE_IGNORED,
        Code.JURY_POINTS,
        Code.TOTAL_TOO_LOW,
    )
)


def _others(data: Data) -> list[Data]:
    """The reasons about no figure already told: the Pass, the length of the course, a missing mark."""
    return [one for one in (*data["reasons"], *data["notes"]) if one["code"] not in _TOLD_BY_BLOCK]


def _regime(data: Data) -> str:
    found: str = data.get("regime", "POINTS")
    return found


def _with_rule(reason: Data) -> str:
    sentence = reason["sentence"].rstrip(".")
    rule = _RULES.get(reason["code"])
    return f"{sentence} [{rule}]." if rule else f"{sentence}."


def _shown(block: Data, between: str = " sur ") -> str:
    return _on(block, block["mark"], between)


def _on(block: Data, mark: str, between: str = " sur ") -> str:
    """A mark on its scale; ABS and ABJ in words, for they have none."""
    if _NUMBER.fullmatch(mark):
        return f"{_fr(mark)}{between}{_fr(block['scale'])}"
    return _ABSENCES.get(mark, mark or "aucune note")


_NUMBER = re.compile(r"[0-9]+([.,][0-9]+)?")
_ABSENCES = {"ABS": "absence non justifiée", "ABJ": "absence justifiée"}


def _limit(block: Data) -> str:
    """« inférieure ou égale à 6 », from the threshold of the trace: « ≤ 6/20 »."""
    sign, _, value = block["threshold"].partition(" ")
    words = "inférieure ou égale" if sign == "≤" else "strictement inférieure"
    return f"{words} à {value.partition('/')[0]}"


def _fr(number: str) -> str:
    """A number of the trace as French writes it: some are stored with a point, a mark with its comma."""
    return format_number(Decimal(number.replace(",", ".")))
