"""What was found about a candidate, said in French: one code for programs, one sentence for people."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from evaluations.scoring.numbers import count_points, format_number
from evaluations.scoring.scheme import Block, Threshold
from evaluations.scoring.typography import typeset


class Code(StrEnum):
    """Reasons first, in the order in which they are given; then the notes, which change no verdict."""

    INVALID = "INVALID"
    DEFERRED = "DEFERRED"
    MISSING = "MISSING"
    SIGNATURE_MISSING = "SIGNATURE_MISSING"
    JUDGEMENT_MISSING = "JUDGEMENT_MISSING"
    PASS_UNKNOWN = "PASS_UNKNOWN"  # noqa: S105 (Pass is a course, not a password)
    PASS_NOT_FOLLOWED = "PASS_NOT_FOLLOWED"  # noqa: S105
    COURSE_TOO_LONG = "COURSE_TOO_LONG"
    ELIMINATORY = "ELIMINATORY"
    BLOC_REFUSED = "BLOC_REFUSED"
    TOTAL_TOO_LOW = "TOTAL_TOO_LOW"
    BLOCS_TOO_FEW = "BLOCS_TOO_FEW"
    ABSENT_COUNTS_ZERO = "ABSENT_COUNTS_ZERO"
    RETAKE_REPLACES = "RETAKE_REPLACES"
    RETAKE_IGNORED = "RETAKE_IGNORED"
    BLOC_KEPT = "BLOC_KEPT"
    JURY_POINTS = "JURY_POINTS"


_RANKS = {code.value: rank for rank, code in enumerate(Code)}


@dataclass(frozen=True, slots=True)
class Reason:
    """A code, the block or field it is about (may be empty), and the whole French sentence."""

    code: Code
    about: str
    sentence: str

    @property
    def rank(self) -> int:
        """The place of this reason among others: what commands the verdict comes first."""
        return _RANKS[self.code.value]

    @property
    def key(self) -> str:
        """« ELIMINATORY:ECRIT », short and stable."""
        return f"{self.code}:{self.about}" if self.about else self.code.value

    def to_data(self) -> dict[str, str]:
        return {"code": self.code.value, "about": self.about, "sentence": self.sentence}


def reason(code: Code, about: str, sentence: str) -> Reason:
    """A reason whose sentence is set as French wants it."""
    return Reason(code, about, typeset(sentence))


def eliminatory(block: Block, threshold: Threshold, mark: Decimal, *, absent: bool = False) -> Reason:
    """Block, mark, threshold, operator in words, distance."""
    scale = format_number(block.mark_max)
    distance = count_points(threshold.value - mark)
    shown = "ABS, comptée 0" if absent else f"{format_number(mark)}/{scale}"
    return reason(
        Code.ELIMINATORY,
        block.code,
        f"{block.label} : {shown}, note éliminatoire car {threshold.words}"
        f" à {format_number(threshold.value)}/{scale} (écart au seuil : {distance}).",
    )


def invalid(about: str, label: str, problem: str) -> Reason:
    """`problem` is a sentence of its own; it goes on here after the label."""
    return reason(Code.INVALID, about, f"{label} : {problem[:1].lower()}{problem[1:]}")


def deferred(block: Block, retake: bool) -> Reason:
    which = "absence justifiée au rattrapage" if retake else "absence justifiée"
    return reason(
        Code.DEFERRED,
        block.code,
        f"{block.label} : {which}, candidat reporté à une autre session.",
    )


def missing(block: Block) -> Reason:
    return reason(Code.MISSING, block.code, f"{block.label} : note manquante.")


def pass_unknown() -> Reason:
    return reason(Code.PASS_UNKNOWN, "PASS", "Pass : on ne sait pas si la formation a été suivie.")


def pass_not_followed() -> Reason:
    return reason(Code.PASS_NOT_FOLLOWED, "", "Pass : la formation n’a pas été suivie.")


def course_too_long(last_day: date, allowed: date, months: int) -> Reason:
    over = (last_day - allowed).days
    return reason(
        Code.COURSE_TOO_LONG,
        "",
        f"Durée du parcours : dernier jour le {last_day:%d/%m/%Y}, au-delà du {allowed:%d/%m/%Y}"
        f" ({months} mois à compter du premier jour), sans dérogation"
        f" (dépassement : {over} jour{'s' if over >= 2 else ''}).",
    )


@lru_cache(maxsize=4096)
def total_too_low(total: Decimal, total_max: Decimal, pass_total: Decimal) -> Reason:
    return reason(
        Code.TOTAL_TOO_LOW,
        "",
        f"Total : {format_number(total)}/{format_number(total_max)}, inférieur à {format_number(pass_total)}"
        f" (il manque {count_points(pass_total - total)}).",
    )


def absent_counts_zero(block: Block) -> Reason:
    return reason(
        Code.ABSENT_COUNTS_ZERO,
        block.code,
        f"{block.label} : absence non justifiée, comptée 0.",
    )


def retake_replaces(block: Block, first: str, second: str) -> Reason:
    return reason(
        Code.RETAKE_REPLACES,
        block.code,
        f"{block.label} : la note de rattrapage ({second}) remplace la première ({first}), éliminatoire.",
    )


def jury_points(block: Block, mark: Decimal, added: Decimal, counted: Decimal) -> Reason:
    return reason(
        Code.JURY_POINTS,
        block.code,
        f"{block.label} : le jury national ajoute {format_number(added)} à la note de"
        f" {format_number(mark)}, qui compte pour {format_number(counted)}.",
    )


def retake_ignored(block: Block, first: str, second: str) -> Reason:
    why = f"la première note ({first}) n’est pas éliminatoire" if first else "la première note manque"
    return reason(
        Code.RETAKE_IGNORED,
        block.code,
        f"{block.label} : le rattrapage ({second}) ne compte pas, car {why}.",
    )
