"""The screens of the national jury."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from candidates.states import SessionState
from evaluations.reading import results_of
from juries import deliberation
from juries.deliberation import file_of
from juries.models import Decision, Proclamation, Sitting
from juries.services.national import adopt_clear_files, decision_mark
from juries.states import Outcome
from juries.tasks import followed_by, tasks_of
from tests.cast import PASSWORD, Cast, actor_of_candidate, enrol_some, part_of
from tests.juries.national_scenes import (
    AGAINST,
    ARGUMENT,
    AT_THE_LIMIT,
    CLEAR,
    EXCUSED,
    FAILED,
    INDULGENT,
    NEAR,
    TOO_LOW,
    decide_as,
    play,
    proclaim_all,
    sit,
)
from tests.juries.scenes import transmitted_part

pytestmark = pytest.mark.django_db


def text_of(response: Any) -> str:
    """The page without its tags, spaces squeezed."""
    assert response.status_code == 200, response
    plain = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(plain.replace("\u00a0", " ").split())


def names_in_order(response: Any, *names: str) -> list[str]:
    page = text_of(response)
    return sorted(names, key=page.index)


@pytest.fixture
def president(cast: Cast, sign_in: Any) -> Client:
    client: Client = sign_in(cast.cpnefp_president)
    return client


# --- Before the sitting ---


def test_the_list_says_which_crfp_is_awaited(cast: Cast, gc_part: SessionPart, president: Client) -> None:
    play(cast, gc_part, [CLEAR])
    late = enrol_some(cast, part_of(gc_part.session, "CRFP-LIL"), 1)[0].part.crfp

    page = text_of(president.get("/jurys/national/"))

    assert gc_part.crfp.name in page
    assert late.name in page
    assert "Ouvrir la séance" not in page
    assert "attend encore les dossiers" in text_of(
        president.get(f"/jurys/{gc_part.session.code}/seance/ouvrir/")
    )


def test_the_president_opens_the_sitting(cast: Cast, gc_part: SessionPart, president: Client) -> None:
    play(cast, gc_part, [CLEAR])
    url = f"/jurys/{gc_part.session.code}/seance/ouvrir/"
    assert "Ouvrir la séance" in text_of(president.get("/jurys/national/"))

    bad = president.post(url, {"held_on": "31/02/2027", "place": "Montreuil"})
    assert "Cette date n’existe pas" in text_of(bad)
    assert 'value="Montreuil"' in bad.content.decode()

    tomorrow = timezone.localdate() + timedelta(days=1)
    early = president.post(url, {"held_on": tomorrow.isoformat(), "place": "Montreuil"})
    assert "Cette date est à venir" in text_of(early)
    assert "Cette date est à venir" in early.context["form"].errors["held_on"][0]

    past = timezone.localdate() - timedelta(days=60)
    Session.objects.update(enrolment_deadline=past, exam_first_day=past, exam_last_day=past)
    today = timezone.localdate().isoformat()
    answer = president.post(url, {"held_on": today, "place": "Montreuil"}, follow=True)

    assert Sitting.objects.get().place == "Montreuil"
    assert "dépasse le délai d’un mois" in text_of(answer)


def test_before_the_sitting_the_table_is_empty(cast: Cast, gc_part: SessionPart, president: Client) -> None:
    (enrolment,) = play(cast, gc_part, [CLEAR])

    page = text_of(president.get(f"/jurys/{gc_part.session.code}/"))

    assert "La séance n’est pas ouverte" in page
    assert enrolment.candidate.full_name not in page
    assert president.get(f"/jurys/{gc_part.session.code}/dossiers/{enrolment.pk}/").status_code == 404


# --- The table ---


def test_what_needs_a_human_comes_first(cast: Cast, gc_part: SessionPart, president: Client) -> None:
    stories = [CLEAR, EXCUSED, AT_THE_LIMIT, INDULGENT, FAILED, NEAR, AGAINST, TOO_LOW]
    names = [e.candidate.full_name for e in play(cast, gc_part, stories)]
    clear, excused, limit, indulgent, failed, near, against, too_low = names
    sit(cast, gc_part.session)

    response = president.get(f"/jurys/{gc_part.session.code}/")

    order = names_in_order(response, *names)
    assert set(order[:3]) == {failed, against, too_low}
    assert order[3] == indulgent
    assert set(order[4:6]) == {limit, near}
    assert order[6:] == [excused, clear]
    page = text_of(response)
    assert page.index("À examiner d’abord") < page.index("Avis favorable et certifiables")
    for sentence in (
        "Épreuve écrite à 0,25 du seuil",
        "Total au seuil",
        "Favorable contre le calcul",
        "Absence justifiée",
        "6 éliminatoire",
        "Adopter le dossier favorable",
    ):
        assert sentence in page


def test_the_address_filters_and_sorts(cast: Cast, gc_part: SessionPart, president: Client) -> None:
    clear, failed = play(cast, gc_part, [CLEAR, FAILED])
    sit(cast, gc_part.session)
    decide_as(cast, failed, Outcome.NOT_CERTIFIED)
    table = f"/jurys/{gc_part.session.code}/"

    def shown(**query: str) -> list[str]:
        page = text_of(president.get(table, query))
        return [e.candidate.full_name for e in (clear, failed) if e.candidate.full_name in page]

    one, other = clear.candidate.full_name, failed.candidate.full_name
    assert shown(show="examiner") == [other]
    assert shown(show="a-decider") == [one]
    assert shown(show="ecarts") == []
    assert shown(show="n’importe quoi", sort="non") == [one, other]
    assert shown(crfp="CRFP-LIL") == []
    assert shown(option="inconnue") == []
    assert names_in_order(president.get(table, {"sort": "total"}), one, other) == [other, one]
    assert names_in_order(president.get(table, {"sort": "-total"}), one, other) == [one, other]
    for key in ("nom", "option", "crfp", "avis", "decision"):
        assert len(shown(sort=key)) == 2


@pytest.mark.parametrize("path", ["", "proclamer/"])
def test_the_table_takes_the_same_number_of_queries_whatever_the_candidates(
    cast: Cast, gc_part: SessionPart, dam_part: SessionPart, president: Client, path: str
) -> None:
    play(cast, gc_part, [CLEAR])
    other = part_of(dam_part.session)
    play_dam(cast, other, 6)
    sit(cast, gc_part.session)
    sit(cast, other.session)
    counts = []
    for session in (gc_part.session, other.session):
        with CaptureQueriesContext(connection) as queries:
            assert president.get(f"/jurys/{session.code}/{path}").status_code == 200
        counts.append(len(queries))
    assert counts[1] <= counts[0]  # the second session has more candidates, and no option to look up


def play_dam(cast: Cast, part: SessionPart, count: int) -> None:
    transmitted_part(cast, part, enrol_some(cast, part, count))


def test_ucanss_reads_the_table_without_the_decisions(cast: Cast, gc_part: SessionPart, sign_in: Any) -> None:
    (enrolment,) = play(cast, gc_part, [FAILED])
    sit(cast, gc_part.session)
    decide_as(cast, enrolment, Outcome.CERTIFIED, "CANARI-MOTIF")
    client = sign_in(cast.ucanss)

    page = text_of(client.get(f"/jurys/{gc_part.session.code}/"))
    file = f"/jurys/{gc_part.session.code}/dossiers/{enrolment.pk}/"
    detail = text_of(client.get(file))

    assert enrolment.candidate.full_name in page
    assert "Certifié" not in page.replace("Non certifiable", "")
    assert "CANARI-MOTIF" not in page + detail
    assert ARGUMENT in detail
    assert client.post(file, {"outcome": Outcome.CERTIFIED}).status_code == 403
    assert client.post(f"/jurys/{gc_part.session.code}/adopter/").status_code == 403
    assert client.get(f"/jurys/{gc_part.session.code}/proclamer/").status_code == 403


@pytest.mark.parametrize("name", ["clerk", "juror", "tutor", "organisme"])
def test_the_table_is_closed_to_the_others(cast: Cast, gc_part: SessionPart, sign_in: Any, name: str) -> None:
    play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    client = sign_in(getattr(cast, name))

    assert client.get(f"/jurys/{gc_part.session.code}/").status_code == 403
    assert client.get("/jurys/national/").status_code == 403


def test_the_clear_files_are_adopted_by_one_button(
    cast: Cast, gc_part: SessionPart, president: Client
) -> None:
    play(cast, gc_part, [CLEAR, CLEAR, FAILED])
    sit(cast, gc_part.session)
    table = f"/jurys/{gc_part.session.code}/"
    assert "Adopter les 2 dossiers favorables" in text_of(president.get(table))

    answer = president.post(f"{table}adopter/", follow=True)

    assert "2 dossiers favorables adoptés" in text_of(answer)
    assert Decision.objects.count() == 2
    assert "Adopter" not in text_of(president.get(table))


# --- One file ---


def test_a_decision_goes_on_to_the_next_undecided_file(
    cast: Cast, gc_part: SessionPart, president: Client
) -> None:
    first, second = play(cast, gc_part, [FAILED, FAILED])
    sit(cast, gc_part.session)
    first, second = sorted((first, second), key=lambda e: e.candidate.sort_key)
    folder = f"/jurys/{gc_part.session.code}/dossiers/"

    page = president.get(f"{folder}{first.pk}/?show=examiner")
    assert ARGUMENT in text_of(page)
    assert "éliminatoire (≤ 6/20" in text_of(page)
    assert f"{folder}{second.pk}/?show=examiner" in page.content.decode()

    answer = president.post(
        f"{folder}{first.pk}/?show=examiner",
        {"outcome": Outcome.NOT_CERTIFIED, "motive": "", "seen": "", "next": "1"},
    )
    assert answer["Location"] == f"{folder}{second.pk}/?show=examiner"
    answer = president.post(
        f"{folder}{second.pk}/", {"outcome": Outcome.NOT_CERTIFIED, "motive": "", "seen": "", "next": "1"}
    )
    assert answer["Location"] == f"/jurys/{gc_part.session.code}/"


def test_a_departure_without_motive_is_said_at_the_motive_and_nothing_is_lost(
    cast: Cast, gc_part: SessionPart, president: Client
) -> None:
    (enrolment,) = play(cast, gc_part, [FAILED])
    sit(cast, gc_part.session)

    answer = president.post(
        f"/jurys/{gc_part.session.code}/dossiers/{enrolment.pk}/",
        {"outcome": Outcome.CERTIFIED, "motive": "", "seen": ""},
    )

    assert "indiquez le motif" in text_of(answer)
    assert re.search(r'value="CERTIFIE"[^>]*checked|checked[^>]*value="CERTIFIE"', answer.content.decode())
    assert not Decision.objects.exists()


def test_a_stale_page_shows_the_other_decision_and_may_then_confirm(
    cast: Cast, gc_part: SessionPart, president: Client
) -> None:
    (enrolment,) = play(cast, gc_part, [FAILED])
    sit(cast, gc_part.session)
    decide_as(cast, enrolment, Outcome.NOT_CERTIFIED)
    url = f"/jurys/{gc_part.session.code}/dossiers/{enrolment.pk}/"
    mine = {"outcome": Outcome.CERTIFIED, "motive": "Circonstances.", "seen": ""}

    answer = president.post(url, mine)

    assert "COLIN Carole a décidé entre-temps" in text_of(answer)
    assert "Circonstances." in answer.content.decode()
    assert mark_of(enrolment) in answer.content.decode()
    president.post(url, mine | {"seen": mark_of(enrolment)})
    assert Decision.objects.get().outcome == Outcome.CERTIFIED


def test_what_the_page_sends_back_is_what_it_showed(
    cast: Cast, gc_part: SessionPart, president: Client
) -> None:
    (enrolment,) = play(cast, gc_part, [FAILED])
    sit(cast, gc_part.session)
    url = f"/jurys/{gc_part.session.code}/dossiers/{enrolment.pk}/"
    shown = president.get(url).context["form"]["seen"].value()
    sent = {"outcome": Outcome.NOT_CERTIFIED, "motive": "", "seen": shown, "manner": "unanimite"}

    assert president.post(url, sent).status_code == 302
    assert Decision.objects.get().outcome == Outcome.NOT_CERTIFIED


def test_an_excused_candidate_is_offered_only_to_be_deferred(
    cast: Cast, gc_part: SessionPart, president: Client
) -> None:
    (enrolment,) = play(cast, gc_part, [EXCUSED])
    sit(cast, gc_part.session)
    url = f"/jurys/{gc_part.session.code}/dossiers/{enrolment.pk}/"

    assert 'value="CERTIFIE"' not in president.get(url).content.decode()
    answer = president.post(url, {"outcome": Outcome.CERTIFIED, "motive": "x", "seen": ""})

    assert answer.status_code == 200
    assert not Decision.objects.exists()


def test_a_file_of_another_session_is_not_found(
    cast: Cast, gc_part: SessionPart, dam_part: SessionPart, president: Client
) -> None:
    (enrolment,) = play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)

    assert president.get(f"/jurys/{dam_part.session.code}/dossiers/{enrolment.pk}/").status_code == 404


# --- The proclamation ---


def test_the_proclamation_says_what_will_happen_then_happens_once(
    cast: Cast, gc_part: SessionPart, president: Client
) -> None:
    _clear, failed = play(cast, gc_part, [CLEAR, FAILED])
    sit(cast, gc_part.session)
    url = f"/jurys/{gc_part.session.code}/proclamer/"
    assert "Il reste à décider" in text_of(president.get(url))
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())
    decide_as(cast, failed, Outcome.CERTIFIED, "Écrit perturbé par une alerte incendie.")

    page = text_of(president.get(url))
    assert "2 candidats certifiés" in page
    assert "Écrit perturbé par une alerte incendie." in page

    agreed = {"when": "immediate", "check": "1", "password": PASSWORD, "seen": seen_on(president.get(url))}
    first, second = president.post(url, agreed), president.post(url, agreed)

    proclamation = f"/jurys/{gc_part.session.code}/proclamation/"
    assert (first["Location"], second["Location"]) == (proclamation, proclamation)
    assert Proclamation.objects.count() == 1
    assert Proclamation.objects.get().digest in text_of(president.get(proclamation))
    assert Session.objects.get(pk=gc_part.session_id).state == SessionState.PROCLAIMED


def test_a_member_cannot_proclaim(cast: Cast, gc_part: SessionPart, sign_in: Any) -> None:
    play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)

    assert sign_in(cast.cpnefp).post(f"/jurys/{gc_part.session.code}/proclamer/").status_code == 403


def test_a_refused_proclamation_says_why(cast: Cast, gc_part: SessionPart, president: Client) -> None:
    (enrolment,) = play(cast, gc_part, [FAILED])
    sit(cast, gc_part.session)

    url = f"/jurys/{gc_part.session.code}/proclamer/"
    agreed = {"when": "immediate", "check": "1", "password": PASSWORD, "seen": seen_on(president.get(url))}
    answer = president.post(url, agreed)

    assert f"Il reste à décider : {enrolment.candidate.full_name}." in text_of(answer)
    assert not Proclamation.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"password": "un autre"}, "Ce mot de passe n’est pas le vôtre."),
        ({"password": ""}, "Ce champ est obligatoire."),
        ({"check": ""}, "Cochez cette case"),
        ({"seen": "0" * 64}, "Un dossier a changé depuis l’affichage de cette page"),
    ],
)
def test_nobody_proclaims_by_a_stray_click(
    cast: Cast, gc_part: SessionPart, president: Client, changed: dict[str, str], said: str
) -> None:
    play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())
    url = f"/jurys/{gc_part.session.code}/proclamer/"
    agreed = {"when": "immediate", "check": "1", "password": PASSWORD, "seen": seen_on(president.get(url))}

    assert said in text_of(president.post(url, agreed | changed))
    assert not Proclamation.objects.exists()
    assert president.post(url, agreed).status_code == 302


def test_five_wrong_passwords_close_the_door_for_an_hour(
    cast: Cast, gc_part: SessionPart, president: Client
) -> None:
    play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())
    url = f"/jurys/{gc_part.session.code}/proclamer/"
    agreed = {"when": "immediate", "check": "1", "seen": seen_on(president.get(url))}
    for _ in range(5):
        president.post(url, agreed | {"password": "devinette"})

    assert "Trop d’essais" in text_of(president.post(url, agreed | {"password": PASSWORD}))
    assert not Proclamation.objects.exists()


def mark_of(enrolment: Enrolment) -> str:
    """What the page of this file would send back now."""
    return decision_mark(file_of(Enrolment.objects.select_related("session").get(pk=enrolment.pk)))


def seen_on(page: Any) -> str:
    """The digest of what a page of proclamation shows, which its form sends back."""
    return str(page.context["form"]["seen"].value())


# --- Home ---


def test_the_home_page_asks_the_next_act(cast: Cast, gc_part: SessionPart) -> None:
    (enrolment,) = play(cast, gc_part, [FAILED])
    today = timezone.localdate()

    def asked(actor: Any) -> list[str]:
        return [task.title for task in tasks_of(actor, today)]

    assert asked(cast.cpnefp_president) == ["Ouvrir la séance du jury national"]
    assert asked(cast.cpnefp) == []
    sit(cast, gc_part.session)
    assert asked(cast.cpnefp) == ["Décider de 1 dossier"]
    decide_as(cast, enrolment, Outcome.NOT_CERTIFIED)
    assert asked(cast.cpnefp) == []
    assert asked(cast.cpnefp_president) == ["Proclamer la session"]
    candidate = actor_of_candidate(enrolment)
    assert asked(candidate) == []
    assert "après la proclamation" in next(followed_by(candidate)).detail
    proclaim_all(cast, gc_part.session, {})
    assert asked(candidate) == ["Consulter mes résultats"]
    assert any("0 certifié sur 1" in line.detail for line in followed_by(cast.ucanss))
    assert "1 résultat ouvert" in next(followed_by(cast.organisme)).detail


def test_the_whole_session_is_worked_out_only_where_it_is_shown(
    cast: Cast, gc_part: SessionPart, president: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    (enrolment,) = play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    whole: list[int] = []

    def count(session: Session, enrolments: Any = None) -> Any:
        whole.append(enrolments is None)
        return results_of(session, enrolments)

    monkeypatch.setattr(deliberation, "results_of", count)
    url = f"/jurys/{gc_part.session.code}/dossiers/{enrolment.pk}/"
    assert president.post(url, {"outcome": Outcome.CERTIFIED, "motive": ""}).status_code == 302
    assert sum(whole) == 0
    assert president.get(f"/jurys/{gc_part.session.code}/proclamer/").status_code == 200
    assert sum(whole) == 1
