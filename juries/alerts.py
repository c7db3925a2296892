"""Why a file needs the eyes of the national jury: what it opens on, before the clear ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from evaluations.rules import NEAR
from evaluations.scoring import Result
from juries.rules import proposal_of
from juries.states import Outcome

CLOSE_TOTAL = Decimal(1)  # and so is a total of 99,x


@dataclass(frozen=True, slots=True)
class Alert:
    """Why a file needs a human, in a few words; the lower the rank, the sooner it is seen."""

    rank: int
    label: str


def alerts_of(
    result: Result,
    favourable: bool | None,
    *,
    derogation: bool,
    stale: bool,
    certified: bool,
    extracted: bool = False,
    reopened: bool = False,
    unusual: bool = False,
) -> tuple[Alert, ...]:
    """Everything that calls for the jury's eyes; a file without any is clear.

    `stale`: a mark was corrected since the local jury gave its opinion; `certified`: the person holds this
    CQP already; `extracted`: a member asked to see it by itself; `reopened`: the local jury sits again;
    `unusual`: a mark far from the others, or that looked like a slip, was confirmed by who typed it.
    """
    proposed = proposal_of(result)
    found = list(_opinion_alerts(proposed, favourable))
    found += [Alert(4, words) for words in result.close_calls(NEAR, CLOSE_TOTAL)]
    if reopened:
        found.append(Alert(1, "Jury rouvert"))
    if stale:
        found.append(Alert(2, "Note corrigée depuis l’avis"))
    if certified:
        found.append(Alert(1, "Déjà certifié à une autre session"))
    if extracted:
        found.append(Alert(3, "Extrait par un membre"))
    if proposed is None:
        found.append(Alert(0, "Dossier incomplet"))
    if proposed == Outcome.DEFERRED:
        found.append(Alert(5, "Absence justifiée"))
    if derogation:
        found.append(Alert(6, "Dérogation"))
    if unusual:
        found.append(Alert(8, "Note inhabituelle, confirmée"))
    if result.was_absent:
        found.append(Alert(7, "Absence injustifiée"))
    return tuple(sorted(found, key=lambda alert: alert.rank))


def _opinion_alerts(proposed: Outcome | None, favourable: bool | None) -> Iterator[Alert]:
    if favourable is None:
        if proposed != Outcome.DEFERRED:
            yield Alert(3, "Sans avis")
    elif not favourable:
        yield Alert(1, "Avis défavorable")
        if proposed == Outcome.CERTIFIED:
            yield Alert(2, "Contre le calcul")
    elif proposed == Outcome.NOT_CERTIFIED:
        yield Alert(2, "Favorable contre le calcul")
