"""The demonstration of what follows a proclamation: papers dressed, people told, holders transmitted.

One session is well under way; another is proclaimed whose results open in three days.
"""

from datetime import timedelta

from django.utils import timezone
from lxml import etree

from candidates.communes import named
from candidates.models import Certification, Enrolment, Session
from candidates.registration_rules import RegistrationEntry
from candidates.services.civil_status import Completion, complete_identities
from candidates.services.registrations import add_registration
from cqp.awards.flux_report import NAMESPACE
from cqp.awards.models import Flux
from cqp.awards.services.duplicates import issue_duplicate
from cqp.awards.services.messages import write_messages
from cqp.awards.services.stationery import save_stationery
from cqp.awards.services.transmission import make_flux, read_report
from cqp.awards.transmission import registration_on
from cqp.awards.transmission_rules import settings_refusal
from juries.demo import Demo
from juries.models import Certificate

_SIGNATORY = ("Marianne Vidal", "Directrice de la formation professionnelle")  # invented
_CLOSING = "Recevez, Madame, Monsieur, nos salutations les meilleures."
_REJECTED = "Aucun titulaire ne correspond aux critères obligatoires"
_HOLDERS = 5  # whose identity is complete; the others are to be completed


def dress_papers(demo: Demo) -> None:
    """Before anything is proclaimed: who signs, in which words, and an invented registration."""
    ucanss, at, today = demo.actor("ucanss"), demo.now - timedelta(days=400), timezone.localdate(demo.now)
    gc = Certification.objects.get(code="GC")
    name, quality = _SIGNATORY
    save_stationery(
        certification=gc,
        signatory_name=name,
        signatory_quality=quality,
        wording={"letter": {"closing": _CLOSING}},
        logo=None,
        seen=0,
        by=ucanss,
        at=at,
    )
    known = gc.registrations.order_by("-valid_to").first()
    begins = today - timedelta(days=100)
    if known and known.valid_to >= begins:
        begins = known.valid_to + timedelta(days=1)
    entry = RegistrationEntry(
        code="RNCP99999",
        level="5",
        eu_level="5",
        nsf_codes="313t",
        decided_on=begins,
        valid_from=begins,
        valid_to=begins + timedelta(days=3 * 365),
    )
    add_registration(certification=gc, entry=entry, by=ucanss, at=at)


def follow_the_proclamations(demo: Demo) -> None:
    """What Ucanss did since: identities, a flux whose report rejects one holder, a duplicate, messages."""
    ucanss, at = demo.actor("ucanss"), demo.now
    session = Session.objects.filter(certification__code="GC", results_open_at__lte=at).latest("pk")
    issued = list(
        Certificate.objects.filter(decision__enrolment__session=session)
        .select_related("decision__enrolment__candidate", "decision__enrolment__part__crfp")
        .order_by("pk")
    )
    for rank, certificate in enumerate(issued[:_HOLDERS]):
        _complete(demo, certificate.decision.enrolment, "FM"[rank % 2])
    if settings_refusal() is None and registration_on(session) is not None:
        flux = make_flux(session=session, by=ucanss, at=at - timedelta(days=10))
        report = _report_on(flux)
        read_report(flux=flux, content=report, by=ucanss, at=at - timedelta(days=8))
    reason = "Original perdu dans un déménagement, demande écrite du titulaire."
    issue_duplicate(document=issued[0], reason=reason, by=ucanss, at=at)
    for proclaimed in Session.objects.filter(results_open_at__isnull=False).order_by("pk"):
        write_messages(session=proclaimed, by=ucanss, at=at)


def _complete(demo: Demo, enrolment: Enrolment, sex: str) -> None:
    """Born where the enrolment says."""
    commune = named(enrolment.candidate.birth_place)[0].code
    done, at = [Completion(enrolment, sex, commune)], demo.now - timedelta(days=12)
    complete_identities(session=enrolment.session, completions=done, by=demo.actor("ucanss"), at=at)


def _report_on(flux: Flux) -> bytes:
    """What the Caisse des dépôts would answer: the last passage is rejected."""
    root = etree.Element(f"{{{NAMESPACE}}}rapport", nsmap={None: NAMESPACE})

    def add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
        child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
        child.text = text
        return child

    identifiers = list(flux.passages.order_by("pk").values_list("technical_id", flat=True))
    add(root, "idFlux", flux.identifier)
    add(root, "idTraitement", "DEMO-0001")
    passage = add(add(root, "PassagesKO"), "passage")
    add(passage, "idTechnique", identifiers[-1])
    add(passage, "messageErreur", _REJECTED)
    accepted = add(root, "PassagesOK")
    for identifier in identifiers[:-1]:
        add(accepted, "idTechnique", identifier)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
