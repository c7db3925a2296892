"""Results, each to those they belong to; and the public page that verifies a certificate."""

import re
from typing import Any

import pytest
from django.test import Client

from candidates.models import SessionPart
from cqp.crockford import new_identifier
from juries.models import Certificate
from juries.shared import lines_for_organisme
from juries.states import Outcome
from juries.views.results import TRIES
from tests.cast import Cast, actor_of_candidate
from tests.juries.national_scenes import ARGUMENT, CLEAR, EXCUSED, Story, play, proclaim_all, sit

pytestmark = pytest.mark.django_db

LATER = "Les résultats seront consultables après la proclamation."
WRONG = "Ce numéro n’ouvre aucun résultat."
# Marks that can be recognised wherever they would leak.
CANARY = Story({"CC_TC": "13,37", "CC_OPT": "17,71", "ECRIT": "5,55", "ORAL": "18,18", "APT": "16,61"}, False)
SECRETS = ("13,37", "5,55", "18,18", "16,61", ARGUMENT)


def text_of(response: Any) -> str:
    assert response.status_code == 200, response
    plain = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(plain.replace("\u00a0", " ").split())


# --- The organisme ---


def test_the_organisme_sees_the_option_mark_then_one_word(
    cast: Cast, gc_part: SessionPart, sign_in: Any
) -> None:
    failed, clear = play(cast, gc_part, [CANARY, CLEAR])
    client = sign_in(cast.organisme)
    before = text_of(client.get("/jurys/organisme/"))
    sit(cast, gc_part.session)
    during = text_of(client.get("/jurys/organisme/"))
    proclaim_all(cast, gc_part.session, {failed: Outcome.NOT_CERTIFIED})

    after = text_of(client.get("/jurys/organisme/"))

    for page in (before, during, after):
        assert failed.candidate.full_name in page
        assert "17,71/20" in page
        assert not [secret for secret in SECRETS if secret in page]
        assert failed.number not in page
    assert "Non certifié" not in before + during
    assert "Non certifié" in after
    assert clear.candidate.full_name in after


def test_an_organisme_reads_no_reason_where_nothing_is_decided(
    cast: Cast, gc_part: SessionPart, sign_in: Any
) -> None:
    """A deferral would tell that an absence was justified (R38)."""
    (excused,) = play(cast, gc_part, [EXCUSED])
    sit(cast, gc_part.session)
    client = sign_in(cast.organisme)
    assert "Pas de décision" not in text_of(client.get("/jurys/organisme/"))
    proclaim_all(cast, gc_part.session, {excused: Outcome.DEFERRED})

    page = text_of(client.get("/jurys/organisme/"))

    assert "Pas de décision de certification à cette session" in page
    for word in ("Reporté", "report", "justifiée", "ABJ", "après la proclamation</span>"):
        assert word not in page
    (line,) = lines_for_organisme([excused.pk])
    assert (line.outcome, line.is_published) == ("", True)


def test_an_organisme_sees_nothing_of_the_candidates_of_another(
    cast: Cast, gc_part: SessionPart, sign_in: Any
) -> None:
    (enrolment,) = play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    proclaim_all(cast, gc_part.session, {})

    page = text_of(sign_in(cast.stranger).get("/jurys/organisme/"))

    assert enrolment.candidate.full_name not in page
    assert "Aucun agent" in page


def test_documents_are_not_found_by_an_organisme_or_another_crfp(
    cast: Cast, gc_part: SessionPart, sign_in: Any
) -> None:
    (enrolment,) = play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    proclaim_all(cast, gc_part.session, {})
    number = Certificate.objects.get().number
    paths = (f"/jurys/certificats/{number}.pdf", f"/jurys/releves/{enrolment.pk}.pdf")

    for name, status in (("organisme", 403), ("outsider", 404), ("juror", 403), ("tutor", 403)):
        client = sign_in(getattr(cast, name))
        assert {client.get(path).status_code for path in paths} == {status}, name


@pytest.mark.parametrize("count", [1, 3])
def test_the_organisme_page_takes_the_same_number_of_queries(
    cast: Cast, gc_part: SessionPart, sign_in: Any, count: int, django_assert_max_num_queries: Any
) -> None:
    play(cast, gc_part, [CLEAR] * count)
    client = sign_in(cast.organisme)

    with django_assert_max_num_queries(12):
        client.get("/jurys/organisme/")


# --- The candidate ---


@pytest.fixture
def failed(cast: Cast, gc_part: SessionPart) -> Any:
    """A candidate with marks to recognise, before the national jury, and another who passed."""
    enrolment, _clear = play(cast, gc_part, [CANARY, CLEAR])
    sit(cast, gc_part.session)
    return enrolment


def test_before_the_proclamation_any_number_gets_the_same_answer(failed: Any, sign_in: Any) -> None:
    client = sign_in(actor_of_candidate(failed))

    answers = {
        text_of(client.post("/jurys/mes-resultats/", {"number": number})).replace(number, "")
        for number in (failed.number, new_identifier(), "n’importe quoi")
    }

    assert len(answers) == 1
    assert LATER in answers.pop()


def test_after_the_proclamation_the_number_opens_marks_and_comments(
    cast: Cast, gc_part: SessionPart, failed: Any, sign_in: Any
) -> None:
    proclaim_all(cast, gc_part.session, {failed: Outcome.NOT_CERTIFIED})
    client = sign_in(actor_of_candidate(failed))
    assert not [secret for secret in SECRETS if secret in text_of(client.get("/jurys/mes-resultats/"))]

    typed = failed.number.lower().replace("-", " ")
    page = text_of(client.post("/jurys/mes-resultats/", {"number": typed}, follow=True))

    for secret in (*SECRETS, "17,71", "est inférieure ou égale à 6 : elle est éliminatoire"):
        assert secret in page
    assert "Vous n’êtes pas certifié(e) à cette session" in page
    assert "certificat (PDF)" not in page
    closed = client.post("/jurys/mes-resultats/", {"close": "1"}, follow=True)
    assert not [secret for secret in SECRETS if secret in text_of(closed)]


def test_a_certified_candidate_downloads_the_certificate(
    cast: Cast, gc_part: SessionPart, failed: Any, sign_in: Any
) -> None:
    proclaim_all(cast, gc_part.session, {failed: Outcome.NOT_CERTIFIED})
    certificate = Certificate.objects.select_related("decision__enrolment__candidate__user").get()
    enrolment = certificate.decision.enrolment
    client = sign_in(actor_of_candidate(enrolment))

    page = client.post("/jurys/mes-resultats/", {"number": enrolment.number}, follow=True)

    assert "Vous êtes certifié(e)" in text_of(page)
    assert f"/jurys/certificats/{certificate.number}.pdf" in page.content.decode()
    assert certificate.code in text_of(page)


@pytest.mark.parametrize("wrong", ["absent", "someone", "mistyped"])
def test_wrong_absent_and_mistyped_numbers_get_the_same_sentence(
    cast: Cast, gc_part: SessionPart, failed: Any, sign_in: Any, wrong: str
) -> None:
    proclaim_all(cast, gc_part.session, {failed: Outcome.NOT_CERTIFIED})
    other = Certificate.objects.get().decision.enrolment
    number = {"absent": new_identifier(), "someone": other.number, "mistyped": "abc"}[wrong]
    client = sign_in(actor_of_candidate(failed))

    assert WRONG in text_of(client.post("/jurys/mes-resultats/", {"number": number}))
    assert not [secret for secret in SECRETS if secret in text_of(client.get("/jurys/mes-resultats/"))]


def test_tries_are_counted(cast: Cast, gc_part: SessionPart, failed: Any, sign_in: Any) -> None:
    proclaim_all(cast, gc_part.session, {failed: Outcome.NOT_CERTIFIED})
    client = sign_in(actor_of_candidate(failed))
    for _ in range(TRIES):
        assert WRONG in text_of(client.post("/jurys/mes-resultats/", {"number": new_identifier()}))

    page = text_of(client.post("/jurys/mes-resultats/", {"number": failed.number}))

    assert "Trop d’essais" in page
    assert not [secret for secret in SECRETS if secret in page]


# --- The public page ---


def test_anybody_verifies_a_certificate(cast: Cast, gc_part: SessionPart, client: Client) -> None:
    (enrolment,) = play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    proclaim_all(cast, gc_part.session, {})
    code = Certificate.objects.get().code

    response = client.get("/verifier/", {"code": code.lower().replace("-", "")})

    page = text_of(response)
    assert "Ce certificat est authentique" in page
    assert enrolment.candidate.birth_name.upper() in page
    assert f"{gc_part.session.code}-00001" in page
    assert "noindex" in response["X-Robots-Tag"]
    assert "noindex" in response.content.decode()
    assert enrolment.number not in page


def test_a_mistyped_code_and_an_unknown_one_are_told_apart(client: Client, db: None) -> None:
    assert "mal recopié" in text_of(client.get("/verifier/", {"code": "7K2QM-93XTA-9"}))
    assert "Aucun certificat ne porte ce code" in text_of(
        client.get("/verifier/", {"code": new_identifier()})
    )
    empty = text_of(client.get("/verifier/"))
    assert "Aucun certificat" not in empty


def test_unknown_codes_are_counted_by_address(client: Client, db: None) -> None:
    code = new_identifier()
    pages = [text_of(client.get("/verifier/", {"code": code})) for _ in range(61)]

    assert "Aucun certificat ne porte ce code" in pages[59]
    assert "Trop de codes inconnus" in pages[60]
