"""What a regulation asks, in words: the same sentences for its page and for whoever publishes it."""

from evaluations.bloc_reading import rule_of
from evaluations.models import Regulation
from evaluations.scoring import Scope, format_number
from evaluations.scoring.typography import typeset

_ON = {Scope.ALL: "chaque compétence", Scope.KEY: "chaque compétence clé"}
_VOICES = {
    "tutor": "le tuteur a attesté {}",
    "manager": "le manager a signé {}",
    "jury": "le jury a dit « acquis » sur {}",
}


def conditions_of(regulation: Regulation) -> list[str]:
    """Everything that must hold for a candidate to be certified, a sentence each."""
    conditions = _of_blocs(regulation) if regulation.is_in_blocs else _of_points(regulation)
    if regulation.requires_pass:
        conditions.append("La formation Pass a été suivie.")
    if regulation.max_months:
        conditions.append(
            f"Le parcours dure au plus {regulation.max_months} mois à compter du premier jour de Prem’ss, "
            "sauf dérogation motivée."
        )
    return [typeset(sentence) for sentence in conditions]


def kept_of(regulation: Regulation) -> list[str]:
    """What a candidate who was deferred, or who failed, keeps for a later session (A5, A27)."""
    deferred = regulation.kept_when_deferred is not False
    failed = regulation.kept_when_failed is True
    if regulation.is_in_blocs:
        said = {True: "conserve les signatures de son carnet", False: "refait signer son carnet"}
        kept = f"Un candidat reporté {said[deferred]}{_silent(regulation.kept_when_deferred)}."
        return ["Un bloc acquis le reste, quelle que soit la suite.", kept]
    said = {True: "conserve les notes données", False: "repasse tout"}
    return [
        f"Un candidat reporté {said[deferred]}{_silent(regulation.kept_when_deferred)}.",
        f"Un candidat non certifié {said[failed]}{_silent(regulation.kept_when_failed)}.",
    ]


def _silent(flag: bool | None) -> str:
    return ", lecture par défaut : le règlement n’en dit rien" if flag is None else ""


def _of_points(regulation: Regulation) -> list[str]:
    total, out_of = format_number(regulation.pass_total), format_number(regulation.total_max)
    return [f"Un total d’au moins {total} points sur {out_of}.", "Aucune note éliminatoire."]


def _of_blocs(regulation: Regulation) -> list[str]:
    rule = rule_of(regulation)
    needed = [
        words.format(_ON[scope])
        for voice, words in _VOICES.items()
        if (scope := getattr(rule, voice)) is not Scope.NONE
    ]
    sentences = [f"Un bloc est acquis quand {', et que '.join(needed)}."] if needed else []
    sentences.append("Tout refus, du tuteur, du manager ou du jury, rend son bloc non acquis.")
    if rule.blocs_needed is None:
        return [*sentences, "Tous les blocs sont acquis."]
    plural = "s" if rule.blocs_needed >= 2 else ""
    return [*sentences, f"Au moins {rule.blocs_needed} bloc{plural} sur {regulation.blocs.count()}."]
