"""What a regulation asks of its juries, in words (R12, R33, R34, A25)."""

from collections.abc import Sequence

from cqp.templatetags.fr import plural
from evaluations.models import HearingPart, JuryRule, Regulation
from evaluations.scoring import count_points
from evaluations.scoring.typography import typeset

_MAJORITIES = {
    JuryRule.Majority.ABSOLUTE: "la majorité absolue des membres présents ou représentés",
    JuryRule.Majority.CAST: "la majorité des voix exprimées",
}
_RECTIFIERS = {
    JuryRule.Rectifier.PRESIDENT: "la présidence de la CPNEFP",
    JuryRule.Rectifier.SITTING: "une séance de la CPNEFP",
}


def local_jury_of(rule: JuryRule, parts: Sequence[HearingPart]) -> list[str]:
    """How a local jury hears a candidate, a sentence each."""
    jurors = _count(rule.hearing_minimum, "juré")
    argued = f", en {rule.argument_min} caractères au moins" if rule.argument_min else ""
    sentences = [
        f"Un candidat est entendu par {jurors} au moins, récusés et absents déduits.",
        f"Un avis défavorable est argumenté{argued}.",
    ]
    if parts:
        told = ", ".join(f"{part.label.lower()} ({minutes_of(part)})" for part in parts)
        shortest, longest = (sum(getattr(p, name) for p in parts) for name in ("minutes", "longest"))
        lasts = f"{shortest} minutes" if shortest == longest else f"de {shortest} à {longest} minutes"
        sentences.append(f"L’audition dure {lasts} : {told}.")
    return [typeset(sentence) for sentence in sentences]


def national_jury_of(regulation: Regulation, rule: JuryRule) -> list[str]:
    """How the national jury sits and decides, a sentence each."""
    quorum = rule.college_quorum
    proxies = f"au plus {_count(rule.proxies_max, 'pouvoir')}" if rule.proxies_max else "aucun pouvoir"
    casting = "celle de la présidence l’emporte" if rule.casting_vote else "aucune ne l’emporte"
    against = "nomme" if rule.names_against else "ne nomme pas"
    s = plural(quorum)
    sentences = [
        "Le jury national siège quand chaque collège compte au moins "
        f"{quorum} membre{s} présent{s} ou représenté{s}.",
        f"Un membre porte {proxies}.",
        f"Une décision se prend à {_MAJORITIES[JuryRule.Majority(rule.majority)]}.",
        f"À égalité des voix, {casting}.",
        f"Le procès-verbal {against} les votes contre.",
    ]
    if not regulation.is_in_blocs:
        sentences.append(_points_of(rule))
    by = _RECTIFIERS[JuryRule.Rectifier(rule.rectified_by)]
    sentences.append(f"Une décision rectificative est prise par {by}.")
    return [typeset(sentence) for sentence in sentences]


def minutes_of(part: HearingPart) -> str:
    """« 10 minutes », « 10 à 15 minutes »."""
    if part.longest == part.minutes:
        return _count(part.minutes, "minute")
    return f"{part.minutes} à {part.longest} minutes"


def _points_of(rule: JuryRule) -> str:
    if rule.points_max is None:
        return "Le jury national n’accorde pas de point de jury."
    points = count_points(rule.points_max)
    return f"Le jury national peut accorder jusqu’à {points} de jury par épreuve, avec un motif."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{plural(number)}"
