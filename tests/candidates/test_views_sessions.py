"""The screens of sessions: who sees what, and in how many queries."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates.imports.candidates import preview_of
from candidates.models import Candidate, Enrolment, Session, SessionPart
from candidates.services.enrolments import enrol, withdraw
from candidates.services.sessions import close_part
from candidates.states import SessionState
from cqp.accounts.actor import Actor
from cqp.accounts.models import Organisme
from cqp.crockford import check_character, normalise
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.sheets.reading import read_sheet
from cqp.templatetags.fr import day
from tests.candidates.pages import close_enrolments
from tests.cast import Cast, enrol_some, make_line, open_session_of, part_of

SignIn = Callable[[Actor], Client]


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_list_shows_every_session_and_the_clerk_s_own_candidates(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart, dam_session: Session
) -> None:
    enrol_some(cast, gc_part, 2)
    page = sign_in(cast.clerk).get(reverse("candidates:session_list"))
    counts = {session.code: session.candidates for session in page.context["page"]}
    assert counts == {gc_part.session.code: 2, dam_session.code: 0}
    outside = sign_in(cast.outsider).get(reverse("candidates:session_list"))
    assert {session.candidates for session in outside.context["page"]} == {0}


def test_the_list_is_filtered_by_its_address(
    cast: Cast, sign_in: SignIn, gc_session: Session, dam_session: Session
) -> None:
    url = reverse("candidates:session_list")
    found = sign_in(cast.ucanss).get(url, {"certification": "DAM"}).context["page"]
    assert [session.code for session in found] == [dam_session.code]
    nothing = sign_in(cast.ucanss).get(url, {"etat": SessionState.PROCLAIMED})
    assert "Aucune session ne répond" in text_of(nothing)


def test_only_the_ucanss_opens_a_session(cast: Cast, sign_in: SignIn, gc_session: Session) -> None:
    url = reverse("candidates:session_list")
    assert "Ouvrir une session" in text_of(sign_in(cast.ucanss).get(url))
    assert "Ouvrir une session" not in text_of(sign_in(cast.clerk).get(url))


@pytest.mark.parametrize("name", ["tutor", "juror", "organisme", "cpnefp"])
def test_the_list_is_closed_to_other_roles(name: str, cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(getattr(cast, name)).get(reverse("candidates:session_list")).status_code == 403


def test_the_list_costs_the_same_with_more_sessions(cast: Cast, sign_in: SignIn, gc_session: Session) -> None:
    url = reverse("candidates:session_list")
    client = sign_in(cast.ucanss)
    one = queries_of(client, url)
    open_session_of("DAM_2006", cast.ucanss)
    open_session_of("GC_2013", cast.ucanss, months_ahead=3)
    assert queries_of(client, url) == one


def test_a_session_shows_its_stages_days_and_parts(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    enrolments = enrol_some(cast, gc_part, 3)
    withdraw(enrolment=enrolments[0], motive="Mutation", by=cast.clerk, at=timezone.now())
    page = sign_in(cast.ucanss).get(reverse("candidates:session_detail", args=[gc_part.session.code]))
    assert [part.sitting for part in page.context["parts"]] == [2]
    assert len(page.context["without"]) == 13
    text = text_of(page)
    for label in ("Inscriptions", "Évaluations", "Jurys locaux", "Jury national", "Proclamation", "Diplômes"):
        assert label in text
    assert day(gc_part.session.national_jury_deadline) in text


def test_a_clerk_sees_one_part_only(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    enrol_some(cast, gc_part, 1)
    page = sign_in(cast.outsider).get(reverse("candidates:session_detail", args=[gc_part.session.code]))
    assert page.context["parts"] == []
    assert [part.crfp.code for part in page.context["without"]] == ["CRFP-LIL"]
    assert "CRFP de Lyon" not in text_of(page)


def test_a_session_costs_the_same_with_one_and_three_candidates(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    url = reverse("candidates:session_detail", args=[gc_part.session.code])
    client = sign_in(cast.ucanss)
    enrol_some(cast, gc_part, 1)
    one = queries_of(client, url)
    enrol_some(cast, gc_part, 2)
    assert queries_of(client, url) == one


def days_of(session: Session, **changes: Any) -> dict[str, str]:
    names = ("enrolment_deadline", "exam_first_day", "exam_last_day", "entry_deadline")
    days = {name: getattr(session, name) for name in names} | changes
    return {name: day.isoformat() for name, day in days.items()}


def test_the_ucanss_moves_the_calendar(cast: Cast, sign_in: SignIn, gc_session: Session) -> None:
    url = reverse("candidates:session_reschedule", args=[gc_session.code])
    later = gc_session.entry_deadline + timedelta(days=5)
    answer = sign_in(cast.ucanss).post(url, days_of(gc_session, entry_deadline=later))
    assert answer.status_code == 302
    gc_session.refresh_from_db()
    assert gc_session.entry_deadline == later


def test_days_out_of_order_stay_in_the_form_with_the_reason(
    cast: Cast, sign_in: SignIn, gc_session: Session
) -> None:
    url = reverse("candidates:session_reschedule", args=[gc_session.code])
    wrong = days_of(gc_session, enrolment_deadline=gc_session.exam_first_day + timedelta(days=1))
    page = sign_in(cast.ucanss).post(url, wrong)
    assert page.status_code == 200
    text = text_of(page)
    assert "La clôture des inscriptions doit précéder les épreuves." in text
    assert f'value="{wrong["enrolment_deadline"]}"' in text


def test_a_session_before_the_national_jury_keeps_its_calendar(
    cast: Cast, sign_in: SignIn, gc_session: Session
) -> None:
    Session.objects.filter(pk=gc_session.pk).update(state=SessionState.DELIBERATION)
    client = sign_in(cast.ucanss)
    page = client.get(reverse("candidates:session_detail", args=[gc_session.code]))
    assert "Le calendrier ne peut plus changer" in text_of(page)
    url = reverse("candidates:session_reschedule", args=[gc_session.code])
    assert "Le calendrier ne peut plus changer" in text_of(client.post(url, days_of(gc_session)))


def test_a_clerk_does_not_move_the_calendar(cast: Cast, sign_in: SignIn, gc_session: Session) -> None:
    url = reverse("candidates:session_reschedule", args=[gc_session.code])
    assert sign_in(cast.clerk).get(url).status_code == 403


def test_an_unknown_session_is_not_found(cast: Cast, sign_in: SignIn) -> None:
    assert (
        sign_in(cast.ucanss).get(reverse("candidates:session_detail", args=["GC-1999-06"])).status_code == 404
    )


# --- A CRFP's part ---


def part_url(part: SessionPart) -> str:
    return reverse("candidates:part_detail", args=[part.session.code, part.crfp.code])


def test_the_desk_lists_the_candidates(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    enrolments = enrol_some(cast, gc_part, 2)
    text = text_of(sign_in(cast.clerk).get(part_url(gc_part)))
    for enrolment in enrolments:
        assert enrolment.candidate.full_name in text
        assert enrolment.number in text
    assert "Inscrire un candidat" in text


def test_the_part_of_another_crfp_is_not_found(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    assert sign_in(cast.outsider).get(part_url(gc_part)).status_code == 404


def test_the_ucanss_reads_a_part_without_buttons(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    enrol_some(cast, gc_part, 1)
    text = text_of(sign_in(cast.ucanss).get(part_url(gc_part)))
    assert "Inscrire un candidat" not in text
    assert "Saisir les notes" not in text


def test_candidates_are_found_by_name_number_and_state(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    first, second, third = enrol_some(cast, gc_part, 3)
    withdraw(enrolment=third, motive="Mutation à Brest", by=cast.clerk, at=timezone.now())
    client = sign_in(cast.clerk)

    def found(**query: str) -> list[int]:
        return [e.pk for e in client.get(part_url(gc_part), query).context["page"]]

    assert found(q=first.number.lower().replace("-", " ")) == [first.pk]
    assert found(q=second.candidate.first_names) == [second.pk]
    assert found(etat="DESISTE") == [third.pk]
    assert found(q="personne de ce nom") == []
    used = "D’Élan-Nguyễn"
    Candidate.objects.filter(pk=first.candidate_id).update(used_name=used)
    for typed in ("elan", "ÉLAN", "nguyen d'", used.upper(), f"{used} {first.candidate.first_names}"):
        assert found(q=typed) == [first.pk], typed
    assert found(q="." * 9) == found(q="mot " * 1_500) == []
    assert "Désisté&nbsp;: Mutation à Brest" in text_of(client.get(part_url(gc_part)))


def test_candidates_sort_both_ways(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    enrol_some(cast, gc_part, 3)
    client = sign_in(cast.clerk)
    up = [e.pk for e in client.get(part_url(gc_part), {"sort": "naissance"}).context["page"]]
    down = [e.pk for e in client.get(part_url(gc_part), {"sort": "-naissance"}).context["page"]]
    assert up == down[::-1]


def test_a_part_costs_the_same_with_one_and_three_candidates(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    client = sign_in(cast.clerk)
    enrol_some(cast, gc_part, 1)
    one = queries_of(client, part_url(gc_part))
    enrol_some(cast, gc_part, 2)
    assert queries_of(client, part_url(gc_part)) == one


def test_a_session_without_options_has_no_option_column(
    cast: Cast, sign_in: SignIn, dam_part: SessionPart
) -> None:
    enrol_some(cast, dam_part, 1, option=None)
    page = sign_in(cast.clerk).get(part_url(dam_part))
    assert "Toutes les options" not in text_of(page)
    assert 'data-label="Option"' not in text_of(page)


def test_a_closed_enrolment_is_greyed_with_its_reason(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    close_enrolments(gc_part.session)
    text = text_of(sign_in(cast.clerk).get(part_url(gc_part)))
    assert "Les inscriptions sont closes depuis le" in text
    assert 'aria-disabled="true"' in text


def test_the_slips_give_each_number_to_its_candidate(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    first, second = enrol_some(cast, gc_part, 2)
    withdraw(enrolment=second, motive="Mutation", by=cast.clerk, at=timezone.now())
    url = reverse("candidates:identification_slips", args=[gc_part.session.code, gc_part.crfp.code])
    text = text_of(sign_in(cast.clerk).get(url))
    assert first.number in text
    assert second.number not in text
    assert sign_in(cast.outsider).get(url).status_code == 404


def test_a_name_that_reads_as_a_number_is_still_found_by_name(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    name = next(f"Abraham{n}{check}" for n in range(100, 999) if (check := check_character(f"ABRAHAM{n}")))
    assert normalise(name)
    line = make_line(cast, gc_part.session.certification)
    line = replace(line, identity=replace(line.identity, first_names=name))
    enrolment = enrol(part=gc_part, line=line, by=cast.clerk, at=timezone.now())
    page = sign_in(cast.clerk).get(part_url(gc_part), {"q": name}).context["page"]
    assert [e.pk for e in page] == [enrolment.pk]


def test_the_part_of_another_crfp_of_the_same_session_stays_apart(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    enrol_some(cast, gc_part, 1)
    other = part_of(gc_part.session, "CRFP-LIL")
    assert list(sign_in(cast.outsider).get(part_url(other)).context["page"]) == []


def test_the_table_is_exported_as_it_is_filtered(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    first, _second = enrol_some(cast, gc_part, 2)
    answer = sign_in(cast.clerk).get(part_url(gc_part), {"q": first.number, "format": "csv"})
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert first.number.replace("-", "") in lines[1].replace("-", "")
    assert "candidats-GC-" in answer["Content-Disposition"]
    assert sign_in(cast.outsider).get(part_url(gc_part), {"format": "csv"}).status_code == 404


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_an_export_passes_the_import_of_another_session(
    fmt: str, cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    enrol_some(cast, gc_part, 2)
    answer = sign_in(cast.clerk).get(part_url(gc_part), {"format": fmt})
    later = part_of(open_session_of("GC_2013", cast.ucanss, months_ahead=3))
    preview = preview_of(read_sheet(answer.content).rows, later)
    assert (len(preview.lines), preview.problems) == (2, ())


def test_the_last_stages_lead_to_their_screens_for_who_may_open_them(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    code = gc_part.session.code
    enrol_some(cast, gc_part, 1)

    def doors(actor: Actor) -> list[str]:
        page = sign_in(actor).get(reverse("candidates:session_detail", args=[code]))
        return [stage.label for stage in page.context["stages"] if stage.url]

    assert doors(cast.ucanss) == []
    Session.objects.filter(code=code).update(state=SessionState.DELIBERATION)
    assert doors(cast.ucanss) == ["Jury national"]
    Session.objects.filter(code=code).update(state=SessionState.PROCLAIMED, results_open_at=timezone.now())
    assert doors(cast.ucanss) == ["Jury national", "Proclamation", "Diplômes"]
    assert doors(cast.clerk) == ["Proclamation", "Diplômes"]


def test_the_slips_say_how_to_sign_in(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    first = enrol_some(cast, gc_part, 1)[0]
    url = reverse("candidates:identification_slips", args=[gc_part.session.code, gc_part.crfp.code])
    text = text_of(sign_in(cast.clerk).get(url))
    for word in ("http://testserver/", "Se connecter", first.candidate.email, "Mot de passe oublié"):
        assert word in text


# --- The calendar under files already transmitted ---


def test_the_exam_days_stay_once_a_part_is_transmitted(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    close_part(part=gc_part, by=cast.clerk, at=timezone.now())
    session, client = gc_part.session, sign_in(cast.ucanss)
    url = reverse("candidates:session_reschedule", args=[session.code])
    assert "déjà transmis au jury national (CRFP de Lyon)" in text_of(client.get(url))
    later = session.exam_last_day + timedelta(days=2)
    page = client.post(url, days_of(session, exam_last_day=later))
    assert "Les jours des épreuves ne peuvent plus changer" in text_of(page)
    session.refresh_from_db()
    assert session.exam_last_day < later
    assert client.post(url, days_of(session, entry_deadline=later + timedelta(days=30))).status_code == 302


def test_a_crfp_created_since_joins_the_session_with_its_calendar(
    cast: Cast, sign_in: SignIn, gc_session: Session
) -> None:
    Organisme.objects.create(code="CRFP-NEUF", name="CRFP neuf", kind=Organisme.Kind.CRFP)
    client = sign_in(cast.ucanss)
    for _click in range(2):
        client.post(reverse("candidates:session_reschedule", args=[gc_session.code]), days_of(gc_session))
    assert gc_session.parts.filter(crfp__code="CRFP-NEUF").count() == 1
    assert Entry.objects.filter(act=Act.RESCHEDULE_SESSION).count() == 1
    story = client.get(reverse("candidates:session_story", args=[gc_session.code]))
    assert "CRFP neuf" in text_of(story)
