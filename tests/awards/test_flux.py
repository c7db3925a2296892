"""The flux itself: what it says, in which order, with which values; and what the schema refuses."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from lxml import etree

from candidates.models import Enrolment, SessionPart
from cqp.awards.flux_schema import NAMESPACE, TREE, faults
from cqp.awards.flux_xml import Sender, flux_xml, stamp
from cqp.awards.holders import Holder, holders_of, names_of
from juries.models import Certificate
from juries.rectification import Corrections
from juries.states import Outcome
from tests.awards.flux_scenes import certified, complete, flux_of, sender
from tests.cast import Cast
from tests.juries.rectification_scenes import rectified

__all__ = ["sender"]

SENDER = Sender("1.1.2", "UCANSS01", "CERTIF01", "MCFCER000001", "RNCP99999")
AT = datetime(2026, 11, 26, 14, 5, 59, 123456, tzinfo=UTC)


def holder(**changes: Any) -> Holder:
    """A complete one, born in Lyon."""
    values: dict[str, Any] = {
        "certificate": SimpleNamespace(),
        "technical_id": "GC-2026-11-00001",
        "option": "Technicien conseil allocataires",
        "valid_from": date(2026, 11, 26),
        "access": "FORMATION_CONTINUE_HORS_CONTRAT_DE_PROFESSIONNALISATION",
        "birth_name": "Énault",
        "used_name": "",
        "first_names": ("Ève", "Marie"),
        "birth_date": date(1990, 2, 3),
        "sex": "F",
        "commune_code": "69123",
        "country_code": "",
        "birth_place": "Lyon",
        "lacks": (),
    }
    return Holder(**(values | changes))


def made(*holders: Holder, version: str = "1.1.2") -> bytes:
    known = Sender(version, SENDER.client, SENDER.certifier, SENDER.contract, SENDER.registration)
    return flux_xml("GC-2026-11-F001", known, holders or (holder(),), AT)


def names_under(content: bytes, name: str) -> list[str]:
    element = next(etree.fromstring(content).iter(f"{{{NAMESPACE}}}{name}"))
    return [etree.QName(child).localname for child in element]


def text_of(content: bytes, name: str) -> str | None:
    element = next(etree.fromstring(content).iter(f"{{{NAMESPACE}}}{name}"))
    return element.text


def test_a_flux_is_what_the_schema_wants() -> None:
    assert faults(made(), "1.1.2") == []
    assert names_under(made(), "titulaire") == [
        *("nomNaissance", "nomUsage", "prenom1", "prenom2", "anneeNaissance", "moisNaissance"),
        *("jourNaissance", "sexe", "codeCommuneNaissance", "libelleCommuneNaissance"),
    ]
    assert text_of(made(), "obtentionCertification") == "PAR_ADMISSION"
    assert text_of(made(), "dateDebutValidite") == "2026-11-26"
    assert b'<cpf:dateFinValidite xsi:nil="true"/>' in made()
    assert b'<cpf:nomUsage xsi:nil="true"/>' in made()
    assert b"nir" not in made().lower()


def test_the_newer_version_says_what_the_flux_does() -> None:
    newer = made(version="1.1.5")
    assert names_under(newer, "flux") == ["idFlux", "horodatage", "action", "emetteur"]
    assert faults(newer, "1.1.5") == []
    assert faults(newer, "1.1.2")
    assert faults(made(), "1.1.5")


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (datetime(2026, 1, 15, 12, 0, 0, 999999, tzinfo=UTC), "2026-01-15T13:00:00+01:00"),
        (datetime(2026, 7, 15, 20, 30, tzinfo=UTC), "2026-07-15T22:30:00+02:00"),
        # The nights the clock moves: 29 March forward, 25 October back.
        (datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), "2026-03-29T01:59:59+01:00"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "2026-03-29T03:00:00+02:00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T02:30:00+02:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25T02:30:00+01:00"),
    ],
)
def test_the_moment_is_that_of_paris_with_its_offset_in_figures(at: datetime, written: str) -> None:
    assert stamp(at) == written


def test_who_is_born_abroad_is_told_by_the_country() -> None:
    content = made(holder(commune_code="", country_code="99109", birth_place="Berlin"))
    assert faults(content, "1.1.2") == []
    assert b'<cpf:codePostal xsi:nil="true"/>' in content
    assert text_of(content, "codePaysNaissance") == "109"


@pytest.mark.parametrize(
    "name", ["<script>", "A & B", "]]>", "<!DOCTYPE x>", "&lt;", "‘Ō’ \U0001f600", "\\u0000", "x" * 60]
)
def test_a_hostile_name_is_only_a_name(name: str) -> None:
    content = made(holder(birth_name=name, used_name=name, first_names=(name,)))
    assert faults(content, "1.1.2") == []
    assert text_of(content, "nomNaissance") == text_of(content, "prenom1") == name


MUTATIONS = {
    "an element missing": lambda root: _drop(root, "idFlux"),
    "an element of too many": lambda root: _one(root, "sexe").addnext(_new("surnom", "Bibi")),
    "an element twice": lambda root: _one(root, "sexe").addnext(_new("sexe", "F")),
    "two elements swapped": lambda root: _one(root, "prenom1").addprevious(_one(root, "sexe")),
    "a word of no list": lambda root: _say(root, "sexe", "X"),
    "an access of another wording": lambda root: _say(
        root, "modaliteAcces", "EQUIVALENCE_(DIPLOME_ETRANGER)"
    ),
    "a name too long": lambda root: _say(root, "nomNaissance", "x" * 61),
    "an empty name": lambda root: _say(root, "nomNaissance", ""),
    "a client too short": lambda root: _say(root, "idClient", "UCANSS"),
    "a moment with Z": lambda root: _say(root, "horodatage", "2026-11-26T14:05:59Z"),
    "a moment with milliseconds": lambda root: _say(root, "horodatage", "2026-11-26T14:05:59.123+01:00"),
    "a moment that is none": lambda root: _say(root, "horodatage", "2026-11-31T24:61:00+01:00"),
    "an offset that is none": lambda root: _say(root, "horodatage", "2026-11-26T14:05:59+99:00"),
    "figures of another script": lambda root: _say(root, "dateDebutValidite", "20٢٦-11-26"),
    "an attribute of the root": lambda root: root.set("note", "12"),
    "a day that is none": lambda root: _say(root, "dateDebutValidite", "2026-02-30"),
    "a day of another century": lambda root: _say(root, "dateDebutValidite", "1800-01-01"),
    "a boolean in French": lambda root: _say(root, "donneeCertifiee", "vrai"),
    "a month too far": lambda root: _say(root, "moisNaissance", "13"),
    "a commune of four characters": lambda root: _say(root, "codeInsee", "6912"),
    "nothing where something is due": lambda root: _nil(root, "nomNaissance"),
    "nil and full": lambda root: _say(root, "scoring", "12"),
    "no passage": lambda root: _empty(root, "passageCertifications"),
    "an identity twice": lambda root: _one(root, "titulaire").addnext(_new("titulaire")),
    "the number of Social Security": lambda root: _one(root, "titulaire").append(
        _new("nir", "2900269123456")
    ),
    "an attribute": lambda root: _one(root, "sexe").set("note", "12"),
    "text between elements": lambda root: setattr(_one(root, "sexe"), "tail", "12"),
    "another root": lambda root: setattr(root, "tag", "flux"),
    "the wrong wording of an element": lambda root: setattr(
        _one(root, "modalitesInscription"), "tag", f"{{{NAMESPACE}}}modaliteInscription"
    ),
    "an action of the other version": lambda root: _one(root, "horodatage").addnext(
        _new("action", "CREATION")
    ),
}


def _one(root: Any, name: str) -> Any:
    return next(root.iter(f"{{{NAMESPACE}}}{name}"))


def _new(name: str, text: str = "") -> Any:
    element = etree.Element(f"{{{NAMESPACE}}}{name}")
    element.text = text
    return element


def _say(root: Any, name: str, text: str) -> None:
    _one(root, name).text = text


def _drop(root: Any, name: str) -> None:
    element = _one(root, name)
    element.getparent().remove(element)


def _empty(root: Any, name: str) -> None:
    element = _one(root, name)
    for child in list(element):
        element.remove(child)


def _nil(root: Any, name: str) -> None:
    element = _one(root, name)
    element.text = None
    element.set("{http://www.w3.org/2001/XMLSchema-instance}nil", "true")


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_the_schema_refuses(mutation: str) -> None:
    root = etree.fromstring(made())
    MUTATIONS[mutation](root)
    assert faults(etree.tostring(root), "1.1.2")


def test_two_holders_do_not_share_an_identifier() -> None:
    assert faults(made(holder(), holder()), "1.1.2") == ["idTechnique\u00a0: GC-2026-11-00001 sert deux fois"]


def test_what_is_no_xml_is_refused() -> None:
    assert faults(b"<flux", "1.1.2")
    bomb = b'<!DOCTYPE f [<!ENTITY a "aaaa">]><flux>&a;</flux>'
    assert faults(bomb, "1.1.2")


def test_every_compulsory_element_is_missed() -> None:
    content = made(holder(first_names=("Ève", "Marie", "Anne")))
    present = {etree.QName(one).localname for one in etree.fromstring(content).iter()}
    compulsory = {
        rule.name
        for name, rules in TREE.items()
        if name in present | {"flux"}
        for rule in rules
        if not rule.optional
    }
    for name in sorted(compulsory & present):
        root = etree.fromstring(content)
        _drop(root, name)
        assert faults(etree.tostring(root), "1.1.2"), name


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ève", ("Ève",)),
        ("Jean-Pierre Marie Paul Luc", ("Jean-Pierre", "Marie", "Paul")),
        ("Anne Sophie, Marie", ("Anne Sophie", "Marie")),
        (" , Ève ,, Marie ", ("Ève", "Marie")),
        ("", ()),
    ],
)
def test_first_names_are_told_one_by_one(text: str, names: tuple[str, ...]) -> None:
    assert names_of(text) == names


# --- From a certificate ---


def test_a_holder_is_told_as_the_decision_froze_it(cast: Cast, gc_part: SessionPart) -> None:
    first, second = certified(cast, gc_part)
    complete([first], cast.clerk)
    Enrolment.objects.get(pk=first.pk)
    type(first.candidate).objects.filter(pk=first.candidate_id).update(birth_name="Autre")
    told, bare = holders_of(Certificate.objects.order_by("decision__enrolment__candidate__pk"))
    assert told.birth_name == first.candidate.birth_name != "Autre"
    assert told.birth_place == "Lyon"
    assert told.valid_from == gc_part.session.exam_last_day
    assert told.is_complete
    assert bare.lacks == ("sexe et lieu de naissance",)
    assert second.pk == bare.certificate.decision.enrolment_id


def test_a_contract_of_professionalisation_says_so(cast: Cast, gc_part: SessionPart) -> None:
    certified(cast, gc_part, 1)
    (plain,) = holders_of(Certificate.objects.all())
    assert plain.access == "FORMATION_CONTINUE_HORS_CONTRAT_DE_PROFESSIONNALISATION"
    certificate = plain.certificate
    certificate.decision.enrolment.contract = Enrolment.Contract.PRO_CONTRACT
    from cqp.awards.holders import holder_of

    assert holder_of(certificate).access == "FORMATION_CONTINUE_CONTRAT_DE_PROFESSIONNALISATION"


@pytest.mark.parametrize("name", ["N" * 61, "N" * 80])
@pytest.mark.usefixtures("sender")
def test_a_name_too_long_stays_out_and_is_named(cast: Cast, gc_part: SessionPart, name: str) -> None:
    first, second = certified(cast, gc_part)
    complete([first, second], cast.clerk)
    rectified(cast, first, corrections=Corrections(identity={"birth_name": name}), outcome=Outcome.CERTIFIED)
    flux = flux_of(cast, gc_part.session)
    assert flux.passages.get().certificate.decision.enrolment == second
    out = Certificate.objects.in_force().get(decision__enrolment=first)
    (told,) = holders_of(Certificate.objects.filter(pk=out.pk))
    assert told.lacks == ("nom de naissance de plus de 60 caractères\u00a0: à déclarer sur le portail",)


@pytest.mark.usefixtures("sender")
def test_what_is_kept_passed_the_schema_and_says_the_registration(cast: Cast, gc_part: SessionPart) -> None:
    complete(certified(cast, gc_part), cast.clerk)
    flux = flux_of(cast, gc_part.session)
    content = flux.content.encode()
    assert faults(content, flux.version) == []
    assert text_of(content, "code") == "RNCP99999"
    assert text_of(content, "type") == "RNCP"
    assert text_of(content, "idFlux") == flux.identifier
    assert str(timezone.localdate()) == text_of(content, "dateDebutValidite")
