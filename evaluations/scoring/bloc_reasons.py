"""What was found about a bloc of competences, said in French."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from evaluations.scoring.reasons import Code, Reason, reason

if TYPE_CHECKING:
    from evaluations.scoring.blocs import Bloc

_REFUSED = {
    "tutor": "maîtrise non attestée par le tuteur",
    "manager": "maîtrise refusée par le manager",
    "jury": "« non acquis » selon le jury",
}
_AWAITED = {
    "tutor": (Code.SIGNATURE_MISSING, "attestation du tuteur manquante"),
    "manager": (Code.SIGNATURE_MISSING, "signature du manager manquante"),
    "jury": (Code.JUDGEMENT_MISSING, "le jury ne s’est pas encore prononcé"),
}


def refused(bloc: Bloc, voice: str, codes: Sequence[str]) -> Reason:
    return reason(Code.BLOC_REFUSED, bloc.code, f"{_named(bloc)} : {_REFUSED[voice]} ({', '.join(codes)}).")


def awaited(bloc: Bloc, voice: str, codes: Sequence[str]) -> Reason:
    code, words = _AWAITED[voice]
    return reason(code, bloc.code, f"{_named(bloc)} : {words} ({', '.join(codes)}).")


def unconcluded(bloc: Bloc) -> Reason:
    return reason(Code.JUDGEMENT_MISSING, bloc.code, f"{_named(bloc)} : le jury n’a pas encore conclu.")


def concluded_against(bloc: Bloc) -> Reason:
    return reason(Code.BLOC_REFUSED, bloc.code, f"{_named(bloc)} : le jury conclut « non acquis ».")


def absent(bloc: Bloc) -> Reason:
    return reason(Code.BLOC_REFUSED, bloc.code, f"{_named(bloc)} : absence non justifiée devant le jury.")


def deferred(bloc: Bloc) -> Reason:
    sentence = f"{_named(bloc)} : absence justifiée devant le jury, candidat reporté à une autre session."
    return reason(Code.DEFERRED, bloc.code, sentence)


def kept(bloc: Bloc, day: date) -> Reason:
    return reason(Code.BLOC_KEPT, bloc.code, f"{_named(bloc)} : conservé, acquis le {day:%d/%m/%Y}.")


def blocs_too_few(acquired: int, needed: int) -> Reason:
    counted = f"{acquired} bloc{'s' if acquired >= 2 else ''} acquis"
    return reason(Code.BLOCS_TOO_FEW, "", f"{counted} sur {needed} nécessaires.")


def _named(bloc: Bloc) -> str:
    return f"{bloc.code} {bloc.label}"
