"""From a certificate to what the Caisse des dépôts is told of its holder; or what lacks for that.

The identity is the one the decision froze: the certificate and the flux name the same person. A name longer
than the schema takes is never cut, for it decides whether the person is found: the holder stays out of the
flux, and the list says so. A label of a commune or of an option only informs: it is cut.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from candidates.communes import commune_of
from candidates.models import CivilStatus, Enrolment
from juries.models import Certificate, CertificateQuerySet

NAME, LABEL, OPTION = 60, 60, 255
_READ = 200  # rows held at a time, each with a frozen file
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ACCESS = {
    Enrolment.Contract.PRO_CONTRACT: "FORMATION_CONTINUE_CONTRAT_DE_PROFESSIONNALISATION",
}
_OTHERS = "FORMATION_CONTINUE_HORS_CONTRAT_DE_PROFESSIONNALISATION"
_CIVIL_STATUS = "sexe et lieu de naissance"


@dataclass(frozen=True, slots=True)
class Holder:
    """One holder as told: `technical_id` is the number of the certificate, the same whenever it is sent."""

    certificate: Certificate
    technical_id: str
    option: str
    valid_from: date
    access: str
    birth_name: str
    used_name: str
    first_names: tuple[str, ...]
    birth_date: date
    sex: str
    commune_code: str
    country_code: str
    birth_place: str
    lacks: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return not self.lacks

    @property
    def is_known(self) -> bool:
        """Is there nothing to complete? Whatever lacks then, only the portal takes."""
        return bool(self.sex)


def with_identity(certificates: CertificateQuerySet) -> CertificateQuerySet:
    """With all that `holder_of` reads, in one query."""
    return certificates.select_related(
        "rectification",
        "decision__enrolment__proclaimed",
        "decision__enrolment__option",
        "decision__enrolment__candidate__civil_status",
        "decision__enrolment__session__sitting",
    ).defer("content")


def holders_of(certificates: CertificateQuerySet) -> Iterator[Holder]:
    """The holders of these certificates, in their order, a few rows at a time."""
    return (holder_of(certificate) for certificate in with_identity(certificates).iterator(_READ))


def holder_of(certificate: Certificate) -> Holder:
    """The holder of one certificate selected by `with_identity`, and what lacks to send it."""
    enrolment = certificate.decision.enrolment
    identity = _frozen_identity(certificate)
    status: CivilStatus | None = getattr(enrolment.candidate, "civil_status", None)
    first_names = names_of(identity["first_names"])
    told = {
        "nom de naissance": identity["birth_name"],
        "nom d’usage": identity["used_name"],
        **{f"prénom {rank}": name for rank, name in enumerate(first_names, 1)},
    }
    commune = status.birth_commune_code if status else ""
    known = commune_of(commune) if commune else None
    return Holder(
        certificate=certificate,
        technical_id=certificate.number,
        option=_cut(enrolment.option.label if enrolment.option else "", OPTION),
        valid_from=decided_on(certificate),
        access=_ACCESS.get(Enrolment.Contract(enrolment.contract), _OTHERS),
        birth_name=identity["birth_name"],
        used_name=identity["used_name"],
        first_names=first_names,
        birth_date=date.fromisoformat(identity["birth_date"]),
        sex=status.sex if status else "",
        commune_code=commune,
        country_code=status.birth_country_code if status else "",
        birth_place=_cut(known.name if known else identity["birth_place"], LABEL),
        lacks=tuple(_lacks(told, first_names, status)),
    )


def decided_on(certificate: Certificate) -> date:
    """The day of the decision that delivered this certificate."""
    rectification = certificate.rectification
    if rectification is not None and rectification.held_on is not None:
        return rectification.held_on
    return certificate.decision.enrolment.session.sitting.held_on


def names_of(text: str) -> tuple[str, ...]:
    """The first names one by one, three at most: a comma parts them, or, without any, the spaces do."""
    parts: Iterable[str] = text.split(",") if "," in text else text.split()
    return tuple(name for part in parts if (name := " ".join(part.split())))[:3]


def _frozen_identity(certificate: Certificate) -> dict[str, str]:
    """As decided: by the rectification that delivered it, else by the proclamation."""
    frozen: Any = certificate.rectification or certificate.decision.enrolment.proclaimed
    identity: dict[str, str] = json.loads(frozen.content)["holder"]
    return {name: " ".join(value.split()) for name, value in identity.items()}


def _lacks(told: dict[str, str], first_names: tuple[str, ...], status: CivilStatus | None) -> Iterator[str]:
    """What keeps a holder out of the flux, in words."""
    if status is None:
        yield _CIVIL_STATUS
    if not told["nom de naissance"]:
        yield "nom de naissance"
    if not first_names:
        yield "prénom"
    for name, value in told.items():
        if len(value) > NAME:
            yield f"{name} de plus de {NAME} caractères\u00a0: à déclarer sur le portail"
        if _ILLEGAL.search(value):
            yield f"{name} avec un caractère que XML ne porte pas"


def _cut(text: str, most: int) -> str:
    return _ILLEGAL.sub(" ", text)[:most].strip()
