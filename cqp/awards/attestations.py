"""The attestation provisoire: certified that day, until the parchemin is delivered."""

from collections.abc import Sequence
from typing import Any

from cqp.awards.letters import worded, worn_by
from cqp.awards.wordings import words_of
from cqp.pdf import LONGEST_DOCUMENT, render_pdf
from cqp.workflow import Refusal
from juries.certificates import transcript_content
from juries.minutes import seal
from juries.models import ProclaimedFile
from juries.rectification import Standing, standing_of
from juries.states import Outcome
from juries.stationery import fields_of, logos_of

NOT_CERTIFIED = "Une attestation n’est établie que pour un candidat certifié."


def attestation_pdf(file: ProclaimedFile) -> bytes:
    """The attestation of one candidate, always the same bytes. Raises Refusal when not certified today."""
    return attestations_pdf([file])


def attestations_pdf(files: Sequence[ProclaimedFile]) -> bytes:
    """The attestations of these candidates, a page each, bookmarked by name.

    Raises Refusal when one of them is not certified today.
    """
    return draw_attestations([attestation_content(standing_of(file)) for file in files])


def draw_attestations(attestations: Sequence[dict[str, Any]], across: str = "") -> bytes:
    """The file of these contents; `across`: what is written through each page."""
    logos: dict[str, bytes] = {}
    for digest in {one["logo"] for one in attestations}:
        logos |= logos_of({"logo": digest})
    context = {"attestations": attestations, "across": across}
    return render_pdf(
        "documents/attestation.html",
        context,
        identifier=seal(context).digest,
        longest=LONGEST_DOCUMENT * len(attestations),
        logos=logos,
    )


def attestation_content(standing: Standing) -> dict[str, Any]:
    """What it says, from what was frozen alone."""
    if standing.current.outcome != Outcome.CERTIFIED:
        raise Refusal(NOT_CERTIFIED)
    told, worn = transcript_content(standing, standing.current), worn_by(standing)
    values, words = fields_of(told), words_of(worn["wording"], "attestation")
    registration = standing.session_data["registration"]
    return {
        **{key: told[key] for key in ("certifiers", "title", "option", "session", "holder", "digest")},
        **{key: told[key] for key in ("decision_date", "decision_iso", "place")},
        "logo": worn["logo"],
        "signatory": worn["signatory"],
        "registration": registration and registration["code"],
        "body": worded(words["body"], values),
        "validity": worded(words["validity"], values),
    }
