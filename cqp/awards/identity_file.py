"""Completing identities by a file: the exported list, its last columns filled, read line by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from candidates.communes import CODE, commune_of
from candidates.forms.choices import plain
from candidates.imports.files import read_file
from candidates.imports.report import Findings, Problem
from candidates.models import Enrolment
from candidates.rules import own_file_refusal
from candidates.services.civil_status import Completion
from cqp.accounts.actor import Actor
from cqp.awards.identity_form import ABROAD, FRANCE, CivilStatusForm
from cqp.workflow import Refusal
from juries.models import Certificate, CertificateQuerySet

NUMBER, SEX, COMMUNE, COUNTRY = "Numéro", "Sexe", "Commune de naissance", "Pays de naissance"
_WORDS = {"F": "F", "FEMME": "F", "FEMININ": "F", "M": "M", "H": "M", "HOMME": "M", "MASCULIN": "M"}
_SHORTENED = 4  # a spreadsheet that takes a code for a number drops its zero: 01004 is then 1004
_COLUMNS = (
    f"Il manque la colonne «\u00a0{NUMBER}\u00a0», «\u00a0{SEX}\u00a0» ou celle du lieu de naissance\u00a0: "
    "partez de la liste exportée."
)


@dataclass(frozen=True, slots=True)
class IdentityFile:
    """The identities a file gives, how many of its lines are left to fill, what is wrong with the others."""

    found: tuple[Completion, ...]
    blank: int
    problems: tuple[Problem, ...]


def identities_in(content: bytes, certificates: CertificateQuerySet, by: Actor) -> IdentityFile:
    """Read a file against these certificates, whose numbers alone are known. Raises Refusal for no such list.

    A line without a sex is not filled yet: it says nothing. A person is completed once, by the first line of
    whatever certificate; nobody completes one's own (R56).
    """
    sheet = read_file(content)
    places = _places(sheet.rows[0][1])
    problems = Findings()
    lost: set[int] = set()
    for notice in sheet.notices:
        if notice.blocking:
            problems.add(notice.sentence, *notice.rows)
            lost.update(notice.rows)
    lines = [
        (number, {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()})
        for number, cells in sheet.rows[1:]
        if number not in lost
    ]
    filled = [(number, cells) for number, cells in lines if cells[SEX]]
    known = _known([cells[NUMBER] for _, cells in filled], certificates)
    found: list[Completion] = []
    met: set[int] = set()
    for number, cells in filled:
        certificate = known.get(cells[NUMBER].upper())
        if certificate is None:
            problems.add("Ce numéro n’est pas celui d’un titulaire de cette session.", number)
            continue
        enrolment = certificate.decision.enrolment
        if enrolment.pk in met:
            problems.add("Ce titulaire est déjà sur une ligne plus haut.", number)
        elif refusal := own_file_refusal(enrolment, by):
            problems.add(refusal, number)
        elif one := _completion(enrolment, cells, number, problems):
            found.append(one)
        met.add(enrolment.pk)
    return IdentityFile(tuple(found), len(lines) - len(filled), problems.as_problems())


def _places(headings: Sequence[str]) -> dict[str, int]:
    """Where each column stands. Raises Refusal without those that are needed."""
    said = [plain(heading) for heading in headings]
    places = {
        name: said.index(plain(name)) for name in (NUMBER, SEX, COMMUNE, COUNTRY) if plain(name) in said
    }
    if NUMBER not in places or SEX not in places or not {COMMUNE, COUNTRY} & places.keys():
        raise Refusal(_COLUMNS)
    return places


def _known(numbers: Sequence[str], certificates: CertificateQuerySet) -> dict[str, Certificate]:
    rows = certificates.filter(number__in=[number.upper() for number in numbers]).defer("content")
    rows = rows.select_related("decision__enrolment__candidate", "decision__enrolment__part")
    return {row.number: row for row in rows}


def _completion(
    enrolment: Enrolment, cells: Mapping[str, str], number: int, problems: Findings
) -> Completion | None:
    """The identity of a line by the form of the page; None when something is wrong, told."""
    commune, country = cells.get(COMMUNE, ""), cells.get(COUNTRY, "")
    if commune.isdigit() and len(commune) == _SHORTENED:
        commune = f"0{commune}"
    if commune and country:
        problems.add("Donnez la commune ou le pays de naissance, pas les deux.", number)
        return None
    if CODE.fullmatch(commune.upper()) and commune_of(commune.upper()) is None:
        problems.add(
            f"Le code {commune} n’est pas dans la liste des communes\u00a0: corrigez-le, "
            "ou confirmez-le sur la page du titulaire.",
            number,
        )
        return None
    form = CivilStatusForm(
        {
            "sex": _WORDS.get(plain(cells[SEX]), cells[SEX]),
            "place": ABROAD if country else FRANCE,
            "birth_commune": commune,
            "birth_country": country,
        }
    )
    if not form.is_valid():
        for messages in form.errors.get_json_data().values():
            for message in messages:
                is_choice = message["code"] == "invalid_choice"
                problems.add("Le sexe se dit F ou M." if is_choice else message["message"], number)
        return None
    data = form.cleaned_data
    return Completion(enrolment, data["sex"], data["birth_commune"], data["birth_country"])
