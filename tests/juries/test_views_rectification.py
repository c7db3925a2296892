"""The screens of a rectification: who opens what, what each is told, what a button does once."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from evaluations.models import JuryRule, Regulation
from evaluations.services.regulations import copy_regulation, publish_regulation
from juries.certificates import certificate_pdf, transcript_pdf
from juries.models import Certificate, ProclaimedFile, Rectification
from juries.rectification import Corrections, standing_of
from juries.rectification_minutes import rectification_content, rectification_pdf
from juries.states import Outcome, RectificationState
from tests.access.world import client_of
from tests.cast import Cast, actor_of_candidate, open_session_of, part_of
from tests.juries.rectification_scenes import (
    MOTIVE,
    SPOILT,
    approved,
    proclaimed_three,
    proposed,
    rectified,
)

pytestmark = pytest.mark.django_db

Three = tuple[Enrolment, Enrolment, Enrolment]
ROOT = "/jurys/rectifications"


@pytest.fixture
def three(cast: Cast, gc_part: SessionPart) -> Three:
    cache.clear()
    return proclaimed_three(cast, gc_part)


def text_of(response: Any) -> str:
    assert response.status_code == 200, response
    plain = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(plain.replace("&nbsp;", " ").replace("\u00a0", " ").split())


def words_of(pdf: bytes, folder: Path) -> str:
    path = folder / "document.pdf"
    path.write_bytes(pdf)
    shown = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    return " ".join(shown.stdout.replace("\u00a0", " ").split())


def typed(client: Client, enrolment: Enrolment, **changes: str) -> dict[str, str]:
    """The form as it is offered, with these changes."""
    form = client.get(f"{ROOT}/proposer/{enrolment.pk}/").context["form"]
    values = {name: field.value() or "" for name, field in ((one.name, one) for one in form)}
    return {**{name: str(value) for name, value in values.items()}, **changes}


def test_the_whole_way_by_its_screens(cast: Cast, three: Three) -> None:
    enrolment = three[1]
    clerk, url = client_of(cast.clerk), f"{ROOT}/proposer/{enrolment.pk}/"
    data = typed(clerk, enrolment, **{"mark-ECRIT-1": "13", "outcome": "CERTIFIE", "motive": MOTIVE})

    preview = text_of(clerk.post(url, {**data, "preview": "1"}))
    assert "6 devient 13" in preview
    assert "La décision devient : certifié" in preview
    assert not Rectification.objects.exists()

    sent = clerk.post(url, {**data, "send": "1"}, follow=True)
    assert "attend d’être approuvée" in text_of(sent)
    rectification = Rectification.objects.get()
    page = f"{ROOT}/{rectification.pk}/"
    assert "Approuver une rectification" in text_of(client_of(cast.ucanss).get("/"))

    assert "est approuvée" in text_of(client_of(cast.ucanss).post(f"{page}approuver/", follow=True))
    president = client_of(cast.cpnefp_president)
    assert "Décider une rectification" in text_of(president.get("/"))
    assert "Ce qui va se passer, une seule fois" in text_of(president.get(f"{page}decider/"))
    when = {"held_on": timezone.localdate().isoformat(), "place": "Paris"}
    for _ in range(2):  # a double click
        answer = president.post(f"{page}decider/", when, follow=True)
        assert "Procès-verbal rectificatif" in text_of(answer)
    assert Rectification.objects.get().state == RectificationState.DECIDED
    assert Certificate.objects.filter(decision__enrolment=enrolment).count() == 1
    assert "Décider une rectification" not in text_of(president.get("/"))


def test_what_is_refused_is_said_beside_its_field_and_nothing_is_lost(cast: Cast, three: Three) -> None:
    clerk, url = client_of(cast.clerk), f"{ROOT}/proposer/{three[1].pk}/"
    data = typed(clerk, three[1], **{"mark-ECRIT-1": "21", "motive": "trop court", "first_names": ""})
    answer = clerk.post(url, {**data, "send": "1"})
    assert "first_names" in answer.context["form"].errors
    answer = clerk.post(url, {**data, "first_names": "Ève", "send": "1"})
    form = answer.context["form"]
    assert "mark-ECRIT-1" in form.errors
    assert form["motive"].value() == "trop court"
    assert "rien de ce que vous avez tapé n’est perdu" in text_of(answer)
    answer = clerk.post(url, {**data, "first_names": "Ève", "mark-ECRIT-1": "13", "send": "1"})
    assert "motive" in answer.context["form"].errors
    assert not Rectification.objects.exists()


def test_a_preview_that_changes_nothing_cannot_be_sent(cast: Cast, three: Three) -> None:
    clerk = client_of(cast.clerk)
    data = typed(clerk, three[1], motive=MOTIVE)
    answer = clerk.post(f"{ROOT}/proposer/{three[1].pk}/", {**data, "preview": "1"})
    assert "Rien ne change" in text_of(answer)
    assert 'name="send"' not in answer.content.decode()


def test_a_second_proposal_is_led_to_the_first(cast: Cast, three: Three) -> None:
    proposed(cast, three[1])
    assert "déjà en cours" in text_of(client_of(cast.clerk).get(f"{ROOT}/proposer/{three[1].pk}/"))


@pytest.mark.parametrize("name", ["juror", "jury_president", "organisme", "tutor", "outsider", "cpnefp"])
def test_those_who_propose_nothing_are_refused(cast: Cast, three: Three, name: str) -> None:
    answer = client_of(getattr(cast, name)).post(
        f"{ROOT}/proposer/{three[1].pk}/", {"outcome": "CERTIFIE", "motive": MOTIVE, "send": "1"}
    )
    assert answer.status_code in (403, 404)
    assert not Rectification.objects.exists()


def test_a_proposal_is_not_approved_by_who_sent_it(cast: Cast, three: Three) -> None:
    ucanss = client_of(cast.ucanss)
    data = typed(ucanss, three[1], **{"mark-ECRIT-1": "13", "outcome": "CERTIFIE", "motive": MOTIVE})
    ucanss.post(f"{ROOT}/proposer/{three[1].pk}/", {**data, "send": "1"})
    page = f"{ROOT}/{Rectification.objects.get().pk}/"
    assert "une autre personne doit l’approuver" in text_of(ucanss.get(page))
    assert "une autre personne doit l’approuver" in text_of(ucanss.post(f"{page}approuver/"))
    assert Rectification.objects.get().state == RectificationState.PROPOSED
    assert "Approuver une rectification" not in text_of(ucanss.get("/"))


def test_only_the_presidency_decides_and_only_what_is_approved(cast: Cast, three: Three) -> None:
    page = f"{ROOT}/{proposed(cast, three[1]).pk}/"
    when = {"held_on": timezone.localdate().isoformat(), "place": "Paris"}
    for name in ("clerk", "ucanss", "cpnefp", "juror", "outsider"):
        assert client_of(getattr(cast, name)).post(f"{page}decider/", when).status_code in (403, 404)
    assert "n’est pas possible" in text_of(client_of(cast.cpnefp_president).post(f"{page}decider/", when))
    assert Rectification.objects.get().state == RectificationState.PROPOSED


def test_a_day_to_come_is_refused_beside_its_field(cast: Cast, three: Three) -> None:
    pending = approved(cast, three[1])
    answer = client_of(cast.cpnefp_president).post(
        f"{ROOT}/{pending.pk}/decider/", {"held_on": "2999-01-01", "place": "Paris"}
    )
    assert "held_on" in answer.context["form"].errors


def test_a_dismissal_is_read_by_who_proposed(cast: Cast, three: Three) -> None:
    page = f"{ROOT}/{proposed(cast, three[1]).pk}/"
    reason = {"reason": "La copie a été relue : la note est juste."}
    text_of(client_of(cast.ucanss).post(f"{page}rejeter/", reason, follow=True))
    assert "la note est juste" in text_of(client_of(cast.clerk).get(page))
    assert client_of(cast.outsider).get(page).status_code == 404


def test_a_rectification_of_a_regulation_that_wants_a_sitting_says_so(cast: Cast) -> None:
    latest = Regulation.objects.get(code="GC_2013", version=1)
    draft = copy_regulation(regulation=latest, by=cast.ucanss, at=timezone.now())
    JuryRule.objects.filter(regulation=draft).update(rectified_by=JuryRule.Rectifier.SITTING)
    published = publish_regulation(regulation=draft, by=cast.ucanss, at=timezone.now())
    session = open_session_of("GC_2013", cast.ucanss, version=published.version)
    _, failed, _ = proclaimed_three(cast, part_of(session))
    page = f"{ROOT}/{approved(cast, failed).pk}/"

    assert "en séance" in text_of(client_of(cast.cpnefp_president).get(page))
    assert "Date de la séance" in text_of(client_of(cast.cpnefp_president).get(f"{page}decider/"))
    when = {"held_on": timezone.localdate().isoformat(), "place": "Paris"}
    client_of(cast.cpnefp_president).post(f"{page}decider/", when)
    rows = ProclaimedFile.objects.select_related("proclamation__session__certification")
    standing = standing_of(rows.get(enrolment=failed))
    assert rectification_content(standing, standing.current)["in_sitting"]


# --- Where it shows ---


def unlocked(enrolment: Enrolment) -> Client:
    client = client_of(actor_of_candidate(enrolment))
    client.post("/jurys/mes-resultats/", {"number": enrolment.number})
    return client


def test_the_candidate_reads_the_current_decision_first_and_the_first_below(cast: Cast, three: Three) -> None:
    done = rectified(cast, three[1])
    candidate = unlocked(three[1])

    words = text_of(candidate.get("/jurys/mes-resultats/"))

    assert words.index("Vous êtes certifié(e)") < words.index("Ce qui avait été décidé")
    assert MOTIVE in words
    assert "Proclamation du" in words
    assert "Et ensuite" not in words
    assert candidate.get(f"{ROOT}/{done.pk}.pdf").status_code == 200
    other = unlocked(three[0])
    assert other.get(f"{ROOT}/{done.pk}.pdf").status_code == 404
    locked = client_of(actor_of_candidate(three[1]))
    assert locked.get(f"{ROOT}/{done.pk}.pdf").status_code == 302


def test_a_candidate_reads_no_proposal(cast: Cast, three: Three) -> None:
    pending = proposed(cast, three[1])
    candidate = unlocked(three[1])
    assert candidate.get(f"{ROOT}/{pending.pk}.pdf").status_code == 404
    assert candidate.get(f"{ROOT}/{pending.pk}/").status_code == 403
    assert "rectificative" not in text_of(candidate.get("/jurys/mes-resultats/"))


def test_who_is_no_longer_certified_reads_what_comes_next(cast: Cast, three: Three) -> None:
    rectified(cast, three[0], corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    words = text_of(unlocked(three[0]).get("/jurys/mes-resultats/"))
    assert "Vous n’êtes pas certifié(e)" in words
    assert "Et ensuite" in words
    assert "Annulé le" in words
    assert "Télécharger mon certificat" not in words


def verified(code: str) -> str:
    return text_of(Client().get("/verifier/", {"code": code}))


def test_the_verification_page_says_replaced_and_by_which(cast: Cast, three: Three) -> None:
    first = Certificate.objects.get()
    assert "est authentique" in verified(first.code)
    done = rectified(cast, three[0], corrections=Corrections(identity={"birth_place": "Vienne"}))
    second = Certificate.objects.get(rectification=done)
    said = verified(first.code)
    assert "a été remplacé" in said
    assert f"par le n° {second.number}" in said
    assert "est authentique" not in said
    assert "est authentique" in verified(second.code)


def test_the_verification_page_says_withdrawn(cast: Cast, three: Three) -> None:
    first = Certificate.objects.get()
    rectified(cast, three[0], corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    said = verified(first.code)
    assert "a été annulé" in said
    assert "est authentique" not in said


def test_a_withdrawn_certificate_is_still_drawn_beside_its_status(cast: Cast, three: Three) -> None:
    first = Certificate.objects.get()
    rectified(cast, three[0], corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    ucanss = client_of(cast.ucanss)
    code = three[0].session.code
    assert "Annulé le" in text_of(ucanss.get(f"/jurys/{code}/certificats/"))
    assert ucanss.get(f"/jurys/certificats/{first.number}.pdf").status_code == 200
    assert "Annulé le" in ucanss.get(f"/jurys/{code}/certificats/?format=csv").content.decode()


def test_the_proclamation_says_what_is_decided_today(cast: Cast, three: Three) -> None:
    rectified(cast, three[1])
    ucanss = client_of(cast.ucanss)
    url = f"/jurys/{three[1].session.code}/proclamation/"
    words = text_of(ucanss.get(url))
    assert "tout correspond à l’empreinte" in words
    assert "1 décision rectificative depuis la proclamation" in words
    assert "proclamée : non certifié" in words
    assert ucanss.get(url, {"outcome": "CERTIFIE"}).context["page"].paginator.count == 2
    rows = ucanss.get(url, {"format": "csv"}).content.decode()
    assert "Décision proclamée" in rows


def test_an_organisme_reads_the_current_decision(cast: Cast, three: Three) -> None:
    wrong = Corrections(marks={("ECRIT", 1): "13", ("CC_OPT", 1): "18,5"})
    rectified(cast, three[1], corrections=wrong)
    lines = client_of(cast.organisme).get("/jurys/organisme/").context["lines"]
    outcomes = {line.enrolment.pk: (line.outcome, line.marks[0][1]) for line in lines}
    assert outcomes[three[1].pk] == ("CERTIFIED", "18,5")
    assert outcomes[three[0].pk] == ("CERTIFIED", "12")


def test_the_list_to_sit_again_follows_the_current_decision(cast: Cast, three: Three) -> None:
    rectified(cast, three[1])
    rectified(cast, three[0], corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    clerk = client_of(cast.clerk)
    page = clerk.get("/jurys/a-representer/")
    assert {row.enrolment.pk for row in page.context["rows"]} == {three[0].pk, three[2].pk}
    assert clerk.get(f"/jurys/a-representer/{three[1].pk}/").status_code == 404
    assert clerk.get(f"/jurys/a-representer/{three[0].pk}/").status_code == 200
    filtered = clerk.get("/jurys/a-representer/", {"resultat": "NON_CERTIFIE"})
    assert [row.enrolment.pk for row in filtered.context["rows"]] == [three[0].pk]


def test_the_file_of_the_candidate_leads_to_its_rectifications(cast: Cast, three: Three) -> None:
    done = rectified(cast, three[1])
    page = client_of(cast.clerk).get(f"/inscriptions/{three[1].pk}/").content.decode()
    assert f"{ROOT}/{done.pk}/" in page
    assert f"{ROOT}/proposer/{three[1].pk}/" in page
    assert f"/jurys/a-representer/{three[1].pk}/" not in page


def test_the_list_filters_and_says_when_it_is_empty(cast: Cast, three: Three) -> None:
    clerk = client_of(cast.clerk)
    assert "Aucune décision n’est rectifiée" in text_of(clerk.get(f"{ROOT}/"))
    proposed(cast, three[1])
    assert clerk.get(f"{ROOT}/", {"etat": "PROPOSEE"}).context["page"].paginator.count == 1
    assert "ne répond à ces critères" in text_of(clerk.get(f"{ROOT}/", {"etat": "DECIDEE"}))
    assert "Aucune décision n’est rectifiée" in text_of(client_of(cast.outsider).get(f"{ROOT}/"))


def cost(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_the_lists_cost_the_same_with_one_rectification_and_with_three(cast: Cast, three: Three) -> None:
    ucanss = client_of(cast.ucanss)
    code = three[0].session.code
    urls = [f"{ROOT}/", f"/jurys/{code}/certificats/", f"/jurys/{code}/proclamation/"]
    place = Corrections(identity={"birth_place": "Vienne"})
    rectified(cast, three[0], corrections=place)
    before = {url: cost(ucanss, url) for url in urls}
    rectified(cast, three[1], corrections=place, outcome=Outcome.NOT_CERTIFIED)
    rectified(cast, three[2], corrections=place, outcome=Outcome.DEFERRED)
    # The journal grew and the digests of two more files were checked: one query for all of them.
    assert {url: cost(ucanss, url) for url in urls} == before


# --- Documents ---


@pytest.fixture
def decided_step(cast: Cast, three: Three) -> Callable[[], Any]:
    rectified(cast, three[1])

    def reread() -> Any:
        rows = ProclaimedFile.objects.select_related("proclamation__session__certification")
        standing = standing_of(rows.get(enrolment=three[1]))
        return standing, standing.current

    return reread


def test_the_minutes_say_before_and_after_and_are_always_the_same_bytes(
    decided_step: Callable[[], Any], tmp_path: Path
) -> None:
    pdf = rectification_pdf(*decided_step())
    assert pdf == rectification_pdf(*decided_step())
    standing, step = decided_step()
    words = words_of(pdf, tmp_path)
    for expected in (
        "Non certifié",
        "Certifié",
        MOTIVE,
        "Avant",
        "Après",
        "MARCHAND Claire",
        "DELMAS Irène",
        "PRÉVOST Ève",
        "présidence de la CPNEFP",
        standing.first.digest,
        step.digest,
        "Page 1 / ",
    ):
        assert expected in words, expected


def test_the_transcript_is_that_of_the_current_decision(
    decided_step: Callable[[], Any], tmp_path: Path
) -> None:
    standing, _ = decided_step()
    words = words_of(transcript_pdf(standing.file), tmp_path)
    assert "Rectifié le" in words
    assert "Ce relevé remplace celui du" in words
    assert "13/20" in words


def test_a_corrected_certificate_says_which_it_replaces(cast: Cast, three: Three, tmp_path: Path) -> None:
    first = Certificate.objects.get()
    done = rectified(cast, three[0], corrections=Corrections(identity={"birth_name": "Ravier"}))
    words = words_of(certificate_pdf(Certificate.objects.get(rectification=done)), tmp_path)
    assert "RAVIER" in words
    assert f"Rectifie et remplace le certificat nº {first.number}" in words
