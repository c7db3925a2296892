"""A regulation in blocs of competences: no mark, but words; when a bloc is acquired, and why it is not.

The rule is data (R21, A18): by default a bloc needs both signatures of the carnet on every competence (R17),
and the jury's « acquis » on every key one (R16). Any refusal, needed or not, makes the bloc not acquired.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from typing import Self

from evaluations.scoring import bloc_reasons
from evaluations.scoring.data import (
    SchemeError,
    flag_of,
    list_of,
    mapping_of,
    optional_whole_of,
    text_of,
    whole_of,
)
from evaluations.scoring.reasons import Reason
from evaluations.scoring.table import Cell, Column
from evaluations.scoring.typography import typeset


class Scope(StrEnum):
    """On which competences of a bloc a word is needed. The values are those stored with a regulation."""

    ALL = "TOUTES"
    KEY = "CLES"
    NONE = "AUCUNE"

    def covers(self, *, is_key: bool) -> bool:
        """Is the word needed on a competence, key or not?"""
        return self is Scope.ALL or (self is Scope.KEY and is_key)


@dataclass(frozen=True, slots=True)
class Competence:
    """What is observed, attested and judged; the key ones are starred in the référentiel (R16)."""

    code: str
    label: str
    is_key: bool


@dataclass(frozen=True, slots=True)
class Bloc:
    """A bloc and its competences, in the order of the référentiel."""

    code: str
    label: str
    competences: tuple[Competence, ...]


@dataclass(frozen=True, slots=True)
class BlocRule:
    """Whose word is needed on which competences, and how many blocs certify (A18)."""

    tutor: Scope = Scope.ALL
    manager: Scope = Scope.ALL
    jury: Scope = Scope.KEY
    blocs_needed: int | None = None  # None: all of them

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Self:
        words = [text_of(data, name) for name in ("tutor", "manager", "jury")]
        if not set(words) <= set(Scope):
            raise SchemeError("la portée d’un avis est TOUTES, CLES ou AUCUNE")
        tutor, manager, jury = map(Scope, words)
        return cls(tutor, manager, jury, optional_whole_of(data, "blocs_needed"))


@dataclass(frozen=True, slots=True)
class BlocScheme:
    """How one version of a regulation turns signatures and the jury's words into a verdict."""

    code: str
    version: int
    title: str
    blocs: tuple[Bloc, ...]
    rule: BlocRule = BlocRule()
    requires_pass: bool = False
    max_months: int | None = None

    def __post_init__(self) -> None:
        codes = [bloc.code for bloc in self.blocs]
        codes += [competence.code for bloc in self.blocs for competence in bloc.competences]
        if not self.blocs or len(set(codes)) < len(codes):
            raise SchemeError(f"{self.code} : il faut au moins un bloc, et des codes tous différents")
        if any(not bloc.competences for bloc in self.blocs):
            raise SchemeError(f"{self.code} : un bloc n’a aucune compétence")
        if self.rule.blocs_needed is not None and self.rule.blocs_needed < 1:
            raise SchemeError(f"{self.code} : il faut au moins un bloc pour être certifié")
        if {self.rule.tutor, self.rule.manager, self.rule.jury} == {Scope.NONE}:
            raise SchemeError(f"{self.code} : personne n’aurait à se prononcer sur un bloc")
        if self.blocs_needed > len(self.blocs):
            raise SchemeError(f"{self.code} : il faudrait plus de blocs que le règlement n’en a")

    @property
    def blocs_needed(self) -> int:
        return self.rule.blocs_needed or len(self.blocs)

    @property
    def columns(self) -> tuple[Column, ...]:
        """One a bloc, for a table of candidates."""
        return tuple(Column(bloc.code, bloc.label) for bloc in self.blocs)

    @property
    def total_column(self) -> Column:
        return Column("Blocs acquis")

    @property
    def headings(self) -> tuple[str, ...]:
        """What `Result.values` are, for a spreadsheet."""
        return (*(bloc.code for bloc in self.blocs), "Blocs acquis", "Blocs nécessaires")

    @property
    def legend(self) -> tuple[str, ...]:
        """How to read a table of candidates."""
        return tuple(typeset(f"{bloc.code} : {bloc.label}") for bloc in self.blocs)

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Self:
        """Read a regulation as `fixtures/regulations/` writes it. Raises SchemeError, in French."""
        conditions = mapping_of(data.get("conditions", {}), "conditions")
        return cls(
            code=text_of(data, "code"),
            version=whole_of(data, "version"),
            title=text_of(data, "title"),
            blocs=tuple(_bloc(mapping_of(bloc, "blocs")) for bloc in list_of(data, "blocs")),
            rule=BlocRule.from_data(mapping_of(data.get("bloc_rule"), "bloc_rule")),
            requires_pass=flag_of(conditions, "requires_pass"),
            max_months=optional_whole_of(conditions, "max_months"),
        )

    def to_data(self) -> dict[str, object]:
        """The whole rule, as `from_data` reads it back: any verdict can be worked out again."""
        rule = self.rule
        return {
            "code": self.code,
            "version": self.version,
            "title": self.title,
            "regime": "BLOCS",
            "conditions": {"requires_pass": self.requires_pass, "max_months": self.max_months},
            "bloc_rule": {
                "tutor": rule.tutor.value,
                "manager": rule.manager.value,
                "jury": rule.jury.value,
                "blocs_needed": rule.blocs_needed,
            },
            "blocs": [
                {
                    "code": bloc.code,
                    "title": bloc.label,
                    "competences": [
                        {"code": one.code, "label": one.label, "is_key": one.is_key}
                        for one in bloc.competences
                    ],
                }
                for bloc in self.blocs
            ],
        }


def _bloc(data: Mapping[str, object]) -> Bloc:
    competences = [mapping_of(row, "competences") for row in list_of(data, "competences")]
    return Bloc(
        code=text_of(data, "code"),
        label=text_of(data, "title"),
        competences=tuple(
            Competence(text_of(row, "code"), text_of(row, "label"), flag_of(row, "is_key"))
            for row in competences
        ),
    )


@dataclass(frozen=True, slots=True)
class Words:
    """What was said of one competence: yes, no, or nothing yet."""

    tutor: bool | None = None
    manager: bool | None = None
    jury: bool | None = None


SILENCE = Words()


class Conclusion(StrEnum):
    """What the jury says of a whole bloc. The values are those stored."""

    ACQUIRED = "ACQUIS"
    NOT_ACQUIRED = "NON_ACQUIS"
    ABSENT = "ABS"  # unjustified absence: not acquired (A5)
    EXCUSED = "ABJ"  # justified absence: the candidate is deferred (A5)


class BlocState(IntEnum):
    """From harmless to most serious: the worst bloc of a candidate commands the verdict."""

    ACQUIRED = 0
    NOT_ACQUIRED = 1
    INCOMPLETE = 2
    DEFERRED = 3
    INVALID = 4


STATE_WORDS = {
    "ACQUIRED": "acquis",
    "NOT_ACQUIRED": "non acquis",
    "INCOMPLETE": "incomplet",
    "DEFERRED": "reporté",
    "INVALID": "illisible",
}
STATE_TONES = {"NOT_ACQUIRED": "bad", "INVALID": "bad", "INCOMPLETE": "missing", "DEFERRED": "missing"}


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything known of one bloc of one candidate; words by competence code, absent means silence.

    `kept` is the day it was acquired in an earlier session; `problems`, what could not be read of it. A jury
    still at work (`is_open`) has not spoken yet, whatever its sheet already holds.
    """

    words: Mapping[str, Words]
    conclusion: Conclusion | None = None
    is_open: bool = False
    kept: date | None = None
    problems: tuple[Reason, ...] = ()


NOTHING_HEARD = Heard({})


@dataclass(frozen=True, slots=True)
class BlocLine:
    """One bloc of one candidate: its state, and what is to be said of it."""

    bloc: Bloc
    heard: Heard
    state: BlocState
    findings: tuple[Reason, ...]
    notes: tuple[Reason, ...]

    @property
    def acquired(self) -> bool:
        return self.state is BlocState.ACQUIRED

    @property
    def cell(self) -> Cell:
        """The bloc in a table of candidates."""
        return Cell(self.words, tone=STATE_TONES.get(self.state.name, ""))

    @property
    def words(self) -> str:
        if self.heard.kept:
            return f"conservé ({self.heard.kept:%d/%m/%Y})"
        return STATE_WORDS[self.state.name]

    def to_data(self) -> dict[str, object]:
        """Plain values: what a proclamation freezes."""
        heard = self.heard
        return {
            "code": self.bloc.code,
            "label": self.bloc.label,
            "state": self.state.name,
            "kept": heard.kept.isoformat() if heard.kept else None,
            "conclusion": heard.conclusion.value if heard.conclusion else None,
            "competences": [
                {
                    "code": one.code,
                    "label": one.label,
                    "is_key": one.is_key,
                    "tutor": (words := heard.words.get(one.code, SILENCE)).tutor,
                    "manager": words.manager,
                    "jury": words.jury,
                }
                for one in self.bloc.competences
            ],
        }


def judge(rule: BlocRule, bloc: Bloc, heard: Heard = NOTHING_HEARD) -> BlocLine:
    """The line of this bloc (A18): refused if anybody refused, else incomplete if a needed word is missing.

    A bloc kept from an earlier session stays acquired, whatever else is said. A justified absence before the
    jury defers, an unjustified one refuses (A5).
    """
    unknown = sorted(heard.words.keys() - {one.code for one in bloc.competences})
    if unknown:
        raise ValueError(f"{bloc.code} ne connaît pas {', '.join(unknown)}")
    if heard.problems:
        return BlocLine(bloc, heard, BlocState.INVALID, heard.problems, ())
    if heard.kept:
        return BlocLine(bloc, heard, BlocState.ACQUIRED, (), (bloc_reasons.kept(bloc, heard.kept),))
    if heard.conclusion is Conclusion.EXCUSED:
        return BlocLine(bloc, heard, BlocState.DEFERRED, (bloc_reasons.deferred(bloc),), ())
    for state, findings in (
        (BlocState.NOT_ACQUIRED, tuple(_refusals(bloc, heard))),
        (BlocState.INCOMPLETE, tuple(_silences(rule, bloc, heard))),
    ):
        if findings:
            return BlocLine(bloc, heard, state, findings, ())
    return BlocLine(bloc, heard, BlocState.ACQUIRED, (), ())


# Who speaks, in the order in which it is told; how each word is read.
_VOICES: Sequence[tuple[str, Callable[[Words], bool | None]]] = (
    ("tutor", lambda words: words.tutor),
    ("manager", lambda words: words.manager),
    ("jury", lambda words: words.jury),
)


def _refusals(bloc: Bloc, heard: Heard) -> Iterator[Reason]:
    for voice, word in _VOICES:
        codes = [one.code for one in bloc.competences if word(heard.words.get(one.code, SILENCE)) is False]
        if codes:
            yield bloc_reasons.refused(bloc, voice, codes)
    if heard.conclusion is Conclusion.ABSENT:
        yield bloc_reasons.absent(bloc)
    if heard.conclusion is Conclusion.NOT_ACQUIRED:
        yield bloc_reasons.concluded_against(bloc)


def _silences(rule: BlocRule, bloc: Bloc, heard: Heard) -> Iterator[Reason]:
    for voice, word in _VOICES:
        scope: Scope = getattr(rule, voice)
        codes = [
            one.code
            for one in bloc.competences
            if scope.covers(is_key=one.is_key) and word(heard.words.get(one.code, SILENCE)) is None
        ]
        if codes:
            yield bloc_reasons.awaited(bloc, voice, codes)
        elif voice == "jury" and heard.is_open and scope is not Scope.NONE:
            yield bloc_reasons.unconcluded(bloc)
