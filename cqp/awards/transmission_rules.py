"""Rules of the transmission of holders: each answers None (yes) or the French sentence of the refusal."""

from collections.abc import Collection
from typing import Any

from django.conf import settings

from candidates.models import RncpRegistration, Session
from candidates.states import SessionState
from cqp.awards.flux_report import Report
from cqp.awards.flux_schema import VERSIONS
from cqp.awards.models import Flux, PortalNote
from cqp.awards.transmission import Standing
from cqp.templatetags.fr import day, moment, plural
from juries.models import Certificate

NAMED = 5
_CLIENT = 8  # characters of an idClient


def session_refusal(session: Session) -> str | None:
    """The duty runs from the decision, whether or not the results are open to the candidates."""
    if session.state != SessionState.PROCLAIMED:
        return "La session n’est pas proclamée\u00a0: il n’y a pas encore de titulaire à transmettre."
    return None


def settings_refusal() -> str | None:
    """Do we know who sends? What the portal gave is in the environment."""
    values = {
        "CQP_CPF_SENDER": len(settings.CPF_SENDER) == _CLIENT,
        "CQP_CPF_CERTIFIER": len(settings.CPF_CERTIFIER) == _CLIENT,
        "CQP_CPF_CONTRACT": 0 < len(settings.CPF_CONTRACT) <= 20,
        "CQP_CPF_VERSION": settings.CPF_VERSION in VERSIONS,
    }
    wrong = [name for name, is_right in values.items() if not is_right]
    if not wrong:
        return None
    return (
        f"Réglage{plural(len(wrong))} à donner avant de transmettre\u00a0: {', '.join(wrong)}. "
        "L’exploitant du site les tient du portail des certificateurs."
    )


def registration_refusal(session: Session, registration: RncpRegistration | None) -> str | None:
    """Only a certification registered the day of the decision is transmitted."""
    if registration is not None:
        return None
    return (
        f"Aucun enregistrement au RNCP du {session.certification.short_title} ne couvre "
        f"le {day(session.sitting.held_on)}, jour de la décision\u00a0: rien ne peut être transmis."
    )


def nothing_refusal(standing: Standing) -> str:
    """Why no flux is to be made."""
    count, lacking = standing.to_send, standing.incomplete
    if lacking:
        return (
            f"{lacking} titulaire{plural(lacking)} {plural(lacking, 'attend,attendent')} "
            f"{plural(lacking, 'son,leur')} identité complète\u00a0: complétez-la, puis produisez le flux."
        )
    if count:
        return (
            f"{count} titulaire{plural(count)} ne {plural(count, 'tient,tiennent')} pas dans un flux\u00a0: "
            f"{plural(count, 'déclarez-le,déclarez-les')} sur le portail, puis notez-le ici."
        )
    if not standing.accepted:
        return "Personne n’est à transmettre."
    return "Tous les titulaires de cette session sont transmis et acceptés."


def report_refusal(flux: Flux, report: Report, sent: Collection[str]) -> str | None:
    """Does this report speak of this flux, and only of those who are in it?"""
    if report.flux != flux.identifier:
        return (
            (
                f"Ce rapport parle du flux « {report.flux[:60]} »\u00a0; "
                f"celui-ci est « {flux.identifier} »\u00a0: rien n’est lu."
            )
            .replace("« ", "«\u00a0")
            .replace(" »", "\u00a0»")
        )
    unknown = sorted({*report.accepted, *report.rejected} - set(sent))
    if unknown:
        more = f" et {len(unknown) - NAMED} autres" if len(unknown) > NAMED else ""
        names = ", ".join(name[:60] for name in unknown[:NAMED])
        return (
            f"Ce rapport nomme des passages qui ne sont pas dans le flux\u00a0: {names}{more}. Rien n’est lu."
        )
    if not report.accepted and not report.rejected:
        return "Ce rapport ne nomme aucun passage\u00a0: rien n’est lu."
    return None


def read_again_refusal(flux: Flux) -> str | None:
    """A flux has one report."""
    if flux.report_at is None:
        return None
    day_read = moment(flux.report_at)
    return f"Le rapport de ce flux est déjà relu, le {day_read}\u00a0: un autre ne le remplace pas."


def giving_up_refusal(flux: Flux) -> str | None:
    """A flux whose report is read was deposited."""
    if flux.report_at is None:
        return None
    read = moment(flux.report_at)
    return f"Le rapport de ce flux est relu depuis le {read}\u00a0: il n’est plus à abandonner."


def note_refusal(certificate: Certificate, kind: str, registration: RncpRegistration | None) -> str | None:
    """May this be noted of a certificate read by `with_standing`? Declared in its time, removed once void."""
    stands: Any = certificate
    if kind == PortalNote.Kind.REMOVED:
        if stands.accepted and stands.ended:
            return None
        return "Ce certificat n’est pas à faire supprimer du portail."
    if stands.ended:
        return "Ce certificat n’est plus en vigueur\u00a0: il n’est pas à déclarer."
    if stands.accepted:
        return "Ce titulaire est déjà accepté par la Caisse des dépôts."
    if stands.waiting:
        return (
            "Ce titulaire est dans un flux qui attend son rapport\u00a0: relisez le rapport, "
            "ou abandonnez le flux."
        )
    return registration_refusal(certificate.decision.enrolment.session, registration)


def erasing_refusal(certificate: Certificate, kind: str) -> str | None:
    """The declaration of what is noted as removed stays noted."""
    if kind == PortalNote.Kind.DECLARED and certificate.removed:  # type: ignore[attr-defined]
        return "Ce certificat est noté comme supprimé du portail\u00a0: effacez d’abord cette note."
    return None
