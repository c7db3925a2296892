"""Notification letters and attestations provisoires: what each candidate is told, from what was frozen."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pikepdf
import pypdf
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from cqp.accounts.actor import Actor
from cqp.awards.attestations import NOT_CERTIFIED, attestation_pdf, attestations_pdf
from cqp.awards.letters import ahead_of, letter_pdf, letters_pdf
from cqp.awards.provisional import provisional_transcript_pdf
from cqp.templatetags.fr import day
from cqp.workflow import Refusal
from juries.models import ProclaimedFile
from juries.states import Outcome
from tests.cast import Cast, open_session_of
from tests.journey import enter_marks
from tests.juries.rectification_scenes import SPOILT, proclaimed_three, rectified


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, without any white space."""
    return [re.sub(r"\s", "", page.extract_text()) for page in pypdf.PdfReader(BytesIO(pdf)).pages]


def says(text: str, *words: str) -> None:
    for one in words:
        assert re.sub(r"\s", "", one) in text, one


def files_of(cast: Cast, part: SessionPart) -> list[ProclaimedFile]:
    """One certified, one failed, one deferred."""
    proclaimed_three(cast, part)
    rows = ProclaimedFile.objects.select_related("proclamation__session__certification")
    return list(rows.order_by("enrolment_id"))


def test_each_outcome_has_its_letter(cast: Cast, gc_part: SessionPart) -> None:
    certified, failed, deferred = pages_of(letters_pdf(files_of(cast, gc_part)))
    says(certified, "vous a délivré le Certificat", "Certification délivrée", "parchemin porte le nº GC-")
    says(
        failed, "ne vous a pas délivré", "Les motifs", "note éliminatoire", "Vous repassez", "Épreuve écrite"
    )
    says(deferred, "Situation reportée", "absence justifiée", "Vous conservez", "Épreuve orale : 12/20")
    assert "Lesmotifs" not in certified
    for page in (certified, failed, deferred):
        says(page, "Montreuil, le 26 novembre" if "26novembre" in page else "Montreuil, le", "La présidence")
        assert "Contester" not in page  # nothing is known of it until the Ucanss writes it


def test_the_same_content_gives_the_same_bytes(cast: Cast, gc_part: SessionPart) -> None:
    files = files_of(cast, gc_part)
    assert letter_pdf(files[0]) == letter_pdf(ProclaimedFile.objects.get(pk=files[0].pk))
    assert attestation_pdf(files[0]) == attestation_pdf(ProclaimedFile.objects.get(pk=files[0].pk))


def test_letters_in_one_file_are_bookmarked_by_name(cast: Cast, gc_part: SessionPart) -> None:
    files = files_of(cast, gc_part)
    pdf = letters_pdf(files)
    with pikepdf.open(BytesIO(pdf)) as document, document.open_outline() as outline:
        titles = [item.title for item in outline.root]
    assert len(titles) == len(files) == len(pages_of(pdf))
    assert all(title.split()[0] in page for title, page in zip(titles, pages_of(pdf), strict=True))


def test_a_file_of_letters_has_a_letter() -> None:
    with pytest.raises(ValueError, match="a letter"):
        letters_pdf([])


def test_a_rectified_decision_says_which_one_it_replaces(cast: Cast, gc_part: SessionPart) -> None:
    _, failed, _ = proclaimed_three(cast, gc_part)
    rectified(cast, failed)
    file = ProclaimedFile.objects.get(enrolment=failed)
    (page,) = pages_of(letter_pdf(file))
    says(page, "Certification délivrée", "décision rectificative n° 1", "elle remplace celle du", "-R1")
    says(pages_of(attestation_pdf(file))[0], "Fait à Paris")


def test_an_attestation_is_for_who_is_certified_today(cast: Cast, gc_part: SessionPart) -> None:
    files = files_of(cast, gc_part)
    (page,) = pages_of(attestation_pdf(files[0]))
    says(page, "Attestation provisoire", "Il est attesté que", "dans l’attente du parchemin")
    with pytest.raises(Refusal, match=NOT_CERTIFIED):
        attestations_pdf(files)
    certified = Enrolment.objects.get(proclaimed=files[0])
    rectified(cast, certified, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    with pytest.raises(Refusal, match=NOT_CERTIFIED):
        attestation_pdf(ProclaimedFile.objects.get(pk=files[0].pk))


def test_a_letter_says_the_next_sessions_the_page_says_the_day_it_is_drawn(
    cast: Cast, gc_part: SessionPart, sign_in: Callable[[Actor], Client]
) -> None:
    _, failed, _ = proclaimed_three(cast, gc_part)
    file, session = ProclaimedFile.objects.get(enrolment=failed), gc_part.session
    (before,), known = pages_of(letter_pdf(file)), ahead_of(session)
    says(before, "Aucune session n’est encore ouverte aux inscriptions")
    near = open_session_of("GC_2013", cast.ucanss, months_ahead=1)
    assert ahead_of(session) != known, "what was drawn before is drawn again"
    url = reverse("awards:result_preview", args=[session.code, failed.pk, "candidat"])
    page = sign_in(cast.ucanss).get(url).content.decode()
    page = html.unescape(
        re.sub(r"<[^>]+>", "", page.partition("Prochaines sessions")[2].partition("</ul>")[0])
    )
    (letter,) = pages_of(letter_pdf(file))
    says(letter, page, near.name, f"épreuves le {day(near.exam_last_day)}")
    assert letter_pdf(file) == letter_pdf(file)
    known = ahead_of(session)
    with time_machine.travel(timezone.now() + timedelta(days=45)):
        assert ahead_of(session) != known
        (late,) = pages_of(letter_pdf(file))
    assert near.name.replace(" ", "") not in late


def test_what_lies_ahead_of_a_session_costs_four_queries(cast: Cast, gc_part: SessionPart) -> None:
    proclaimed_three(cast, gc_part)
    with CaptureQueriesContext(connection) as queries:
        ahead_of(gc_part.session)
    assert len(queries) == 4


def test_a_letter_more_costs_two_queries_of_its_own(cast: Cast, gc_part: SessionPart) -> None:
    """Certificates and next sessions are read once for the whole file; what was decided, by candidate."""
    certified = files_of(cast, gc_part)[:1]
    with CaptureQueriesContext(
        connection,
    ) as one:
        letters_pdf(certified)
    with CaptureQueriesContext(connection) as three:
        letters_pdf(certified * 3)
    assert len(three) - len(one) == 2


def test_a_provisional_transcript_explains_and_decides_nothing(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    enter_marks(cast, gc_enrolments[:1])
    pages = pages_of(provisional_transcript_pdf(gc_enrolments[0], timezone.now()))
    says(pages[0], "PROVISOIRE", "Explications", "Pas encore prise", "Votre total ne se calcule pas")
    assert "Lejurynationalvousa" not in "".join(pages)
