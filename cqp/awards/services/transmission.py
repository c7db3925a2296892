"""Verbs of the transmission of holders: a flux, its report or its end, what is noted of the portal."""

import hashlib
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import transaction

from candidates.models import Session
from candidates.services.locks import lock_session
from cqp.accounts.actor import Actor
from cqp.awards import transmission_rules as own_rules
from cqp.awards.flux_report import Report, report_in
from cqp.awards.flux_schema import faults
from cqp.awards.flux_xml import Sender, flux_xml
from cqp.awards.holders import Holder, holders_of
from cqp.awards.models import Flux, Passage, PortalNote
from cqp.awards.states import PASSAGE, PassageState
from cqp.awards.transmission import registration_on, standing, to_send, with_standing
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.workflow import Refusal, demand
from juries.models import Certificate, CertificateQuerySet

BATCH = 400


@transaction.atomic
def make_flux(*, session: Session, by: Actor, at: datetime) -> Flux:
    """The flux of every holder to send whose identity is complete; the others wait, and are in no flux.

    Whoever is accepted, declared by hand, or in a flux that waits for its report, is not sent again: asked
    twice, it gives the same flux. A rejected holder is sent again under the same identifier, the number of
    the certificate, so that the Caisse des dépôts cannot count the same passage twice. Raises Refusal when
    the session is not proclaimed or not registered, a setting lacks, nobody is to send, or the file would
    not be valid.
    """
    by.must(Act.TRANSMIT_HOLDERS)
    session = lock_session(session)
    demand(own_rules.session_refusal(session))
    demand(own_rules.settings_refusal())
    registration = registration_on(session)
    demand(own_rules.registration_refusal(session, registration))
    ready = [
        # What is told no longer needs the rows it was read from: thousands of frozen files are heavy.
        replace(holder, certificate=Certificate(pk=holder.certificate.pk))
        for holder in holders_of(to_send(_certificates(session)))
        if holder.is_complete
    ]
    if not ready:
        return _waiting(session)
    sender = Sender(
        version=settings.CPF_VERSION,
        client=settings.CPF_SENDER,
        certifier=settings.CPF_CERTIFIER,
        contract=settings.CPF_CONTRACT,
        registration=registration.code if registration else "",
    )
    flux = _kept(session, sender, ready, by, at)
    after = {"flux": flux.identifier, "titulaires": len(ready), "empreinte": flux.digest}
    fact = Fact(Act.TRANSMIT_HOLDERS, f"flux {flux.identifier}", after=after)
    record(chain=session.code, by=by, at=at, facts=[fact])
    return flux


def read_report(*, flux: Flux, content: bytes, by: Actor, at: datetime) -> Flux:
    """What the Caisse des dépôts said of each passage of a flux; the same report again does nothing.

    A passage it does not name stays sent, and goes in the next flux. The report of a flux given up is read:
    it was deposited after all. Raises Refusal for what is no report, for the report of another flux, for
    unknown passages (named), and for a second, different report.
    """
    by.must(Act.READ_REPORT)
    # Before the transaction: eight megabytes from outside keep nobody else from writing.
    report, digest = report_in(content), hashlib.sha256(content).hexdigest()
    return _keep_report(flux, report, digest, by, at)


@transaction.atomic
def give_up_flux(*, flux: Flux, by: Actor, at: datetime) -> Flux:
    """A flux that will have no report, never deposited or refused whole: its holders go in the next one.

    Given up already, it stays as it is. Raises Refusal when its report is read.
    """
    by.must(Act.GIVE_UP_FLUX)
    session = lock_session(flux.session)
    flux = Flux.objects.select_for_update().get(pk=flux.pk)
    if flux.given_up_at is not None:
        return flux
    demand(own_rules.giving_up_refusal(flux))
    flux.given_up_at, flux.given_up_by = at, by.user
    flux.save(update_fields=["given_up_at", "given_up_by"])
    after = {"flux": flux.identifier, "titulaires": flux.passages.count()}
    fact = Fact(Act.GIVE_UP_FLUX, f"flux {flux.identifier}", after=after)
    record(chain=session.code, by=by, at=at, facts=[fact])
    return flux


@transaction.atomic
def note_portal(*, certificate: Certificate, kind: str, by: Actor, at: datetime) -> PortalNote:
    """Note that a holder was declared, or removed, by hand on the portal; noted already, it stays.

    Raises Refusal when that certificate is not to be declared, or not to be removed.
    """
    by.must(Act.NOTE_PORTAL)
    certificate, session = _held(certificate)
    known = certificate.portal_notes.filter(kind=kind).first()
    if known is not None:
        return known
    demand(own_rules.note_refusal(certificate, kind, registration_on(session)))
    note = PortalNote.objects.create(certificate=certificate, kind=kind, noted_at=at, noted_by=by.user)
    record(chain=session.code, by=by, at=at, facts=[_noted(Act.NOTE_PORTAL, certificate, kind)])
    return note


@transaction.atomic
def erase_portal_note(*, certificate: Certificate, kind: str, by: Actor, at: datetime) -> bool:
    """Take back a note made by mistake; False when there is none.

    Raises Refusal when a later note leans on it.
    """
    by.must(Act.ERASE_PORTAL_NOTE)
    certificate, session = _held(certificate)
    known = certificate.portal_notes.filter(kind=kind).first()
    if known is None:
        return False
    demand(own_rules.erasing_refusal(certificate, kind))
    known.delete()
    record(chain=session.code, by=by, at=at, facts=[_noted(Act.ERASE_PORTAL_NOTE, certificate, kind)])
    return True


@transaction.atomic
def _keep_report(flux: Flux, report: Report, digest: str, by: Actor, at: datetime) -> Flux:
    session = lock_session(flux.session)
    flux = Flux.objects.select_for_update().get(pk=flux.pk)
    if flux.report_digest == digest:
        return flux
    demand(own_rules.read_again_refusal(flux))
    passages = list(flux.passages.select_related("certificate__decision").defer("certificate__content"))
    demand(own_rules.report_refusal(flux, report, {one.technical_id for one in passages}))
    judged = [one for one in passages if _judge(one, report)]
    Passage.objects.bulk_update(judged, ["state", "reason"], batch_size=BATCH)
    flux.report_digest, flux.report_treatment = digest, report.treatment
    flux.report_at, flux.report_by = at, by.user
    flux.save()
    record(chain=session.code, by=by, at=at, facts=[_read(flux, report), *map(_judged, judged)])
    return flux


def _held(certificate: Certificate) -> tuple[Certificate, Session]:
    """The certificate as it stands, under the lock of its session."""
    rows = Certificate.objects.select_related("decision__enrolment__session").defer("content")
    session = lock_session(rows.get(pk=certificate.pk).decision.enrolment.session)
    return with_standing(rows).get(pk=certificate.pk), session


def _noted(act: Act, certificate: Certificate, kind: str) -> Fact:
    pk = certificate.decision.enrolment_id
    return Fact(act, f"inscription {pk}", pk, after={"numero": certificate.number, "nature": kind})


def _certificates(session: Session) -> CertificateQuerySet:
    return Certificate.objects.filter(decision__enrolment__session=session)


def _waiting(session: Session) -> Flux:
    """The latest flux that waits for its report, when there is nobody more to send."""
    flux = session.fluxes.waiting().first()
    if flux is None:
        raise Refusal(own_rules.nothing_refusal(standing(session)))
    return flux


def _kept(session: Session, sender: Sender, ready: list[Holder], by: Actor, at: datetime) -> Flux:
    """The flux checked against the schema, then frozen with its passages."""
    identifier = f"{session.code}-F{session.fluxes.count() + 1:03d}"
    content = flux_xml(identifier, sender, ready, at)
    wrong = faults(content, sender.version)
    if wrong:
        raise Refusal(f"Le fichier ne respecterait pas le schéma\u00a0: {wrong[0]}. Rien n’est gardé.")
    flux = Flux.objects.create(
        session=session,
        identifier=identifier,
        version=sender.version,
        content=content.decode(),
        digest=hashlib.sha256(content).hexdigest(),
        made_at=at,
        made_by=by.user,
    )
    Passage.objects.bulk_create(
        [
            Passage(flux=flux, certificate=holder.certificate, technical_id=holder.technical_id)
            for holder in ready
        ],
        batch_size=BATCH,
    )
    return flux


def _judge(passage: Passage, report: Report) -> bool:
    """Set what the report says of a passage; False when it says nothing."""
    if passage.technical_id in report.rejected:
        passage.state = PASSAGE.target(passage.state, Act.REJECT_PASSAGE)
        passage.reason = report.rejected[passage.technical_id]
        return True
    if passage.technical_id in report.accepted:
        passage.state = PASSAGE.target(passage.state, Act.ACCEPT_PASSAGE)
        return True
    return False


def _read(flux: Flux, report: Report) -> Fact:
    told = {"flux": flux.identifier, "acceptes": len(report.accepted), "rejetes": len(report.rejected)}
    after = told | {"empreinte": flux.report_digest}
    return Fact(Act.READ_REPORT, f"flux {flux.identifier}", after=after)


def _judged(passage: Passage) -> Fact:
    act = Act.REJECT_PASSAGE if passage.state == PassageState.REJECTED else Act.ACCEPT_PASSAGE
    pk = passage.certificate.decision.enrolment_id
    return Fact(act, f"inscription {pk}", pk, after={"numero": passage.technical_id}, reason=passage.reason)
