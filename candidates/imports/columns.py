"""The columns of a list of candidates: their headings, and the words people write in their cells."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from candidates.forms.choices import Choices, plain
from candidates.models import Enrolment, Session


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the form's field, its heading, other headings that mean the same."""

    field: str
    heading: str
    others: tuple[str, ...] = ()
    required: bool = True


COLUMNS = (
    Column("birth_name", "Nom de naissance", ("Nom", "Nom de famille", "Nom naissance")),
    Column("used_name", "Nom d’usage", ("Nom usage", "Nom marital", "Nom d'épouse"), required=False),
    Column("first_names", "Prénoms", ("Prénom", "Prénom(s)")),
    Column("birth_date", "Date de naissance", ("Né le", "Née le", "Né(e) le", "Date naissance")),
    Column("birth_place", "Lieu de naissance", ("Né à", "Née à", "Né(e) à", "Lieu naissance")),
    Column("email", "Adresse électronique", ("Courriel", "E-mail", "Email", "Mail", "Adresse mail")),
    Column("option", "Option"),
    Column("organisme", "Organisme", ("Caisse", "Employeur", "Code organisme")),
    Column("contract", "Type de contrat", ("Contrat",)),
    Column("tutor_last_name", "Nom du tuteur", ("Tuteur nom", "Nom tuteur")),
    Column("tutor_first_name", "Prénom du tuteur", ("Tuteur prénom", "Prénom tuteur")),
    Column(
        "tutor_email",
        "Adresse électronique du tuteur",
        ("Courriel du tuteur", "E-mail du tuteur", "Email tuteur"),
    ),
    Column("manager_last_name", "Nom du manager", ("Manager nom", "Nom manager")),
    Column("manager_first_name", "Prénom du manager", ("Manager prénom", "Prénom manager")),
    Column(
        "manager_email",
        "Adresse électronique du manager",
        ("Courriel du manager", "E-mail du manager", "Email manager"),
    ),
    Column("pass_followed", "Pass suivi", ("Pass", "Parcours Pass suivi"), required=False),
    Column("premss_start", "Premier jour de Prem’ss", ("Prem’ss", "Début Prem’ss"), required=False),
    Column("corrector_last_name", "Nom du correcteur", required=False),
    Column("corrector_first_name", "Prénom du correcteur", required=False),
    Column(
        "corrector_email", "Adresse électronique du correcteur", ("Courriel du correcteur",), required=False
    ),
    Column("session", "Session", ("Code session",), required=False),
)
BY_FIELD: Mapping[str, Column] = {column.field: column for column in COLUMNS}
COMMENT = "#"

_CONTRACTS = {
    **{plain(code): code for code in Enrolment.Contract.values},
    **{plain(label): code for code, label in Enrolment.Contract.choices},
    "CONTRAT PRO": Enrolment.Contract.PRO_CONTRACT.value,
    "PERIODE PRO": Enrolment.Contract.PRO_PERIOD.value,
}
_PASS = {
    "": Enrolment.Pass.UNKNOWN.value,
    "OUI": Enrolment.Pass.YES.value,
    "O": Enrolment.Pass.YES.value,
    "NON": Enrolment.Pass.NO.value,
    "N": Enrolment.Pass.NO.value,
    "INCONNU": Enrolment.Pass.UNKNOWN.value,
    plain(Enrolment.Pass.UNKNOWN.label): Enrolment.Pass.UNKNOWN.value,
}


def expected(session_has_options: bool) -> Iterator[Column]:
    """The columns of a session's list: no option where the certification has none."""
    return (column for column in COLUMNS if column.field != "option" or session_has_options)


def field_of(heading: str) -> str | None:
    """The field a heading means, whatever its case, accents or punctuation; None for a foreign column."""
    return _FIELDS.get(plain(heading))


def coded(cells: Mapping[str, str], choices: Choices) -> dict[str, str]:
    """The cells of a line as the form expects them: names of closed lists turned into codes.

    A word that names nothing is left as it is: the form then says so.
    """
    data = dict(cells)
    for field, names in (
        ("option", choices.option_names),
        ("organisme", choices.organisme_names),
        ("contract", _CONTRACTS),
        ("pass_followed", _PASS),
    ):
        text = data.get(field, "")
        data[field] = names.get(plain(text), text)
    return data


def template_of(session: Session, choices: Choices) -> str:
    """A list ready to be filled for this session: headings, then comments naming every accepted value."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([column.heading for column in expected(bool(choices.options))])
    for line in _comments(session, choices):
        writer.writerow([f"{COMMENT} {line}"])
    return out.getvalue()


def _comments(session: Session, choices: Choices) -> Iterator[str]:
    yield "Une ligne par candidat ; les lignes qui commencent par # ne sont pas lues."
    yield f"Session : {session.code}. Dates : jj/mm/aaaa. Pass suivi : oui, non, ou vide si inconnu."
    yield f"Type de contrat : {', '.join(Enrolment.Contract.values)}."
    if choices.options:
        yield f"Option : {', '.join(choices.options)}."
    yield "Organisme : son code ou son nom, par exemple " + ", ".join(list(choices.organismes)[:5]) + "."
    yield "Facultatives : nom d’usage, Pass, Prem’ss, correcteur (les trois colonnes), session."


_FIELDS = {plain(heading): column.field for column in COLUMNS for heading in (column.heading, *column.others)}
