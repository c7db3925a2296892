"""The month of the national jury as a forecast: what is missing, from whom, what follows."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from cqp.accounts.models import Reminder
from cqp.home import home
from cqp.journal.models import Entry
from cqp.reminders import send_reminders
from cqp.workflow import Refusal
from evaluations.models import Mark
from evaluations.services.marks import record_mark
from evaluations.services.sheets import set_sheet
from juries.forecast import Cause, Forecast
from juries.forecast_reading import forecasts_of
from juries.services.composition import assign_candidates
from juries.services.reminders import remind_owner
from juries.services.transmission import outlook_of, transmit_part
from tests.cast import Cast, enrol_some, open_session_of, part_of
from tests.evaluations.carnets import attest_one
from tests.journey import (
    blocks_of,
    compose_jury,
    enter_marks,
    hold_jury,
    submit_sheets,
    to_deliberation,
    to_proclamation,
    to_transmission,
)

pytestmark = pytest.mark.django_db
PAGE = "juries:forecast_list"


def forecast(cast: Cast, session: Session, who: str = "ucanss") -> Forecast:
    return forecasts_of(getattr(cast, who), timezone.localdate(), session.code)[0]


def told(found: Forecast) -> list[tuple[str, str, str, int]]:
    """Cause, owner, words and candidates of everything owed."""
    return [
        (cause.name, one.owner.name, one.words, len(one.enrolments))
        for cause, _, rows in found.by_cause
        for one in rows
    ]


def test_carnets_are_owed_by_the_tutor_then_by_the_manager(cast: Cast, blocs_part: SessionPart) -> None:
    first, _ = enrol_some(cast, blocs_part, 2)
    attest_one(cast, first)
    found = forecast(cast, blocs_part.session)
    assert told(found)[:2] == [
        ("CARNET", "TISSOT Thomas", "29 compétences à observer", 2),
        ("CARNET", "MERCIER Maud", "1 compétence à signer", 1),
    ]
    assert found.by_cause[0][1] == "1 organisme n’a pas validé 2 carnets"
    assert found.conclusion == "Si rien ne change, 2 candidats ne pourront pas être proclamés."


def test_marks_are_owed_by_block_by_whoever_answers_for_them(cast: Cast, gc_part: SessionPart) -> None:
    one, _two = enrol_some(cast, gc_part, 2)
    blocks = {block.code: block for block in blocks_of(gc_part.session)}
    set_sheet(
        part=gc_part, block=blocks["ECRIT"], responsible=cast.second_clerk.user, double_entry="",
        by=cast.clerk, at=timezone.now(),
    )  # fmt: skip
    record_mark(
        enrolment=one, block=blocks["CC_TC"], attempt=Mark.Attempt.FIRST, entry="12", version=0,
        by=cast.clerk, at=timezone.now(),
    )  # fmt: skip
    found = forecast(cast, gc_part.session)
    marks = [row for row in told(found) if row[0] == "MARKS"]
    assert ("MARKS", "MOREL Denis", f"2 notes manquantes\u00a0: {blocks['ECRIT'].label}", 2) in marks
    assert ("MARKS", gc_part.crfp.name, f"1 note manquante\u00a0: {blocks['CC_TC'].label}", 1) in marks
    assert ("MARKS", "TISSOT Thomas", f"2 notes manquantes\u00a0: {blocks['APT'].label}", 2) in marks
    assert found.by_cause[0][1] == "7 notes manquent, chez 3 responsables"
    assert found.blocked == 2


def test_hearings_are_owed_by_the_president_of_the_jury_or_by_the_crfp(
    cast: Cast, gc_part: SessionPart
) -> None:
    assigned, _alone = enrol_some(cast, gc_part, 2)
    enter_marks(cast, [assigned, _alone])
    jury = compose_jury(cast, gc_part)
    assign_candidates(jury=jury, enrolments=[assigned], by=cast.clerk, at=timezone.now())
    assert told(forecast(cast, gc_part.session)) == [
        ("HEARING", gc_part.crfp.name, "1 candidat à affecter à un jury", 1),
        ("HEARING", "PERRIN Paule", "1 candidat à entendre\u00a0: Jury A", 1),
    ]


def test_what_only_waits_for_its_transmission_is_the_crfp_s(cast: Cast, gc_session: Session) -> None:
    lyon, lille = part_of(gc_session), part_of(gc_session, "CRFP-LIL")
    ready, late = enrol_some(cast, lyon, 2), enrol_some(cast, lille, 3)
    enter_marks(cast, ready)
    submit_sheets(cast, lyon)
    hold_jury(cast, lyon, ready)
    assert outlook_of(part_of(gc_session)).blockers == []
    found = forecast(cast, gc_session)
    assert ("PART", lyon.crfp.name, "2 dossiers à transmettre", 2) in told(found)
    assert found.blocked == 5
    assert len(late) == 3
    transmit_part(part=part_of(gc_session), by=cast.clerk, at=timezone.now())
    found = forecast(cast, gc_session)
    assert {one.place for one in found.owed} & {lyon.crfp.name} == set()
    assert found.conclusion.endswith(
        "3 candidats ne pourront pas être proclamés. 2 autres attendent aussi\u00a0: la séance s’ouvre quand "
        "tous les dossiers sont arrivés."
    )


def test_nothing_is_owed_for_somebody_a_justified_absence_defers(cast: Cast, gc_part: SessionPart) -> None:
    (excused,) = enrol_some(cast, gc_part, 1)
    written = next(block for block in blocks_of(gc_part.session) if block.code == "ECRIT")
    record_mark(
        enrolment=excused, block=written, attempt=Mark.Attempt.FIRST, entry="ABJ", version=0,
        by=cast.clerk, at=timezone.now(),
    )  # fmt: skip
    assert told(forecast(cast, gc_part.session)) == [
        ("PART", gc_part.crfp.name, "1 dossier à transmettre", 1)
    ]


def test_once_sent_deliberated_and_proclaimed_nothing_is_missing(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    session = gc_part.session
    to_deliberation(cast, gc_part, gc_enrolments)
    assert forecast(cast, session).conclusion == "Tous les dossiers sont arrivés, la séance est ouverte."
    other = part_of(open_session_of("DAM_2006", cast.ucanss))
    to_proclamation(cast, other, enrol_some(cast, other, 1))
    assert [found.session for found in forecasts_of(cast.ucanss, timezone.localdate())] == [session]


def test_a_crfp_reads_its_own_part_and_the_cpnefp_every_session_without_a_name(
    cast: Cast, sign_in: Any, gc_session: Session
) -> None:
    mine = enrol_some(cast, part_of(gc_session), 1)
    theirs = enrol_some(cast, part_of(gc_session, "CRFP-LIL"), 2)
    assert forecast(cast, gc_session, "clerk").candidates == 1
    assert forecast(cast, gc_session, "outsider").candidates == 2
    assert forecast(cast, gc_session, "cpnefp").candidates == 3
    for who in ("ucanss", "cpnefp", "clerk"):
        page = sign_in(getattr(cast, who)).get(reverse(PAGE)).content.decode()
        assert not [one for one in mine + theirs if one.candidate.birth_name.upper() in page]
        assert ("Relancer" in page) == (who != "cpnefp")
        assert ("CRFP de Lille" in page) == (who != "clerk")
    assert forecasts_of(cast.juror, timezone.localdate()) == []


def test_a_deadline_gone_by_is_said(cast: Cast, sign_in: Any, gc_part: SessionPart) -> None:
    enrol_some(cast, gc_part, 1)
    past = timezone.localdate() - timedelta(days=60)
    days = dict.fromkeys(("enrolment_deadline", "exam_first_day", "exam_last_day"), past)
    Session.objects.filter(pk=gc_part.session_id).update(**days)
    assert forecast(cast, Session.objects.get(pk=gc_part.session_id)).is_late
    page = sign_in(cast.cpnefp).get(reverse(PAGE)).content.decode()
    assert "dépassée de" in page
    assert "notice-bad" in page


# --- Reminding ---


def remind(cast: Cast, session: Session, owner: str, who: str = "ucanss") -> list[str]:
    members = remind_owner(session=session, owner=owner, by=getattr(cast, who), at=timezone.now())
    return [one.user.full_name for one in members]


def test_a_reminder_is_one_email_a_day_and_is_journaled(
    cast: Cast, sign_in: Any, blocs_part: SessionPart, django_capture_on_commit_callbacks: Any
) -> None:
    enrol_some(cast, blocs_part, 2)
    session, tutor = blocs_part.session, cast.tutor.user
    client = sign_in(cast.ucanss)
    url, said = reverse("juries:owner_remind", args=[session.code]), {"owner": f"tuteur-{tutor.pk}"}
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(url, said, follow=True).content.decode()
    assert "Relance envoyée à TISSOT Thomas." in page
    assert "relancé aujourd’hui" in page
    (message,) = mail.outbox
    assert message.to == [tutor.email]
    assert "30 compétences à observer (CPAM" in message.body
    assert "au plus tard le" in message.body
    for text in (str(message.subject), message.body):
        assert "\u00a0:" in text
        assert " :" not in text
    assert f"http://127.0.0.1:8000{reverse('evaluations:trainee_list')}" in message.body
    entry = Entry.objects.filter(subject=f"compte {tutor.pk}").get(chain__key=session.code)
    assert "30 compétences à observer" in entry.after
    with django_capture_on_commit_callbacks(execute=True):
        assert "déjà partie" in client.post(url, said, follow=True).content.decode()
        send_reminders(now=timezone.now())
    assert [one.to for one in mail.outbox].count([tutor.email]) == 1
    assert Entry.objects.filter(subject=f"compte {tutor.pk}", chain__key=session.code).count() == 1


def test_a_crfp_is_reminded_as_a_whole_and_only_reminds_for_its_part(cast: Cast, gc_session: Session) -> None:
    lyon, lille = part_of(gc_session), part_of(gc_session, "CRFP-LIL")
    enrol_some(cast, lyon, 1)
    enrol_some(cast, lille, 1)
    assert remind(cast, gc_session, f"organisme-{lyon.crfp_id}") == ["MARCHAND Claire", "MOREL Denis"]
    with pytest.raises(Refusal, match="Rien n’est plus attendu"):
        remind(cast, gc_session, f"organisme-{lille.crfp_id}", "clerk")
    with pytest.raises(Refusal, match="rôle"):
        remind(cast, gc_session, f"organisme-{lille.crfp_id}", "cpnefp_president")


def test_nobody_is_reminded_of_what_is_done(cast: Cast, gc_part: SessionPart) -> None:
    ready = enrol_some(cast, gc_part, 1)
    to_transmission(cast, gc_part, ready)
    with pytest.raises(Refusal, match="Rien n’est plus attendu"):
        remind(cast, gc_part.session, f"organisme-{gc_part.crfp_id}")


def test_an_account_that_is_shut_is_said(cast: Cast, blocs_part: SessionPart) -> None:
    enrol_some(cast, blocs_part, 1)
    cast.tutor.user.is_active = False
    cast.tutor.user.save()
    with pytest.raises(Refusal, match="TISSOT Thomas n’a pas de compte actif"):
        remind(cast, blocs_part.session, f"tuteur-{cast.tutor.user.pk}")


def test_an_address_out_of_reach_may_be_tried_again(
    cast: Cast, blocs_part: SessionPart, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    enrol_some(cast, blocs_part, 1)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with django_capture_on_commit_callbacks(execute=True):
        remind(cast, blocs_part.session, f"tuteur-{cast.tutor.user.pk}")
    assert not Reminder.objects.exists()
    assert remind(cast, blocs_part.session, f"tuteur-{cast.tutor.user.pk}") == ["TISSOT Thomas"]


# --- The home page, the links, the queries ---


@pytest.mark.parametrize("who", ["ucanss", "cpnefp", "clerk"])
def test_the_home_page_says_it_in_a_line(cast: Cast, sign_in: Any, blocs_part: SessionPart, who: str) -> None:
    enrol_some(cast, blocs_part, 2)
    page = sign_in(getattr(cast, who)).get(reverse(home)).content.decode()
    assert "Jury national au plus tard le" in page
    assert "1 organisme n’a pas validé 2 carnets" in page
    assert f"{reverse(PAGE)}#{blocs_part.session.code}" in page


def test_the_session_and_the_sittings_lead_to_the_forecast(
    cast: Cast, sign_in: Any, gc_session: Session
) -> None:
    url = reverse(PAGE)
    assert f'href="{url}"' in sign_in(cast.cpnefp).get(reverse("juries:sitting_list")).content.decode()
    session = sign_in(cast.clerk).get(reverse("candidates:session_detail", args=[gc_session.code]))
    assert f'href="{url}#{gc_session.code}"' in session.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_the_same_queries_whatever_the_sessions_and_candidates(
    cast: Cast, sign_in: Any, count: int, django_assert_max_num_queries: Any
) -> None:
    for code in ("GC_2013", "DAM_2006", "DAM_BLOCS")[:count]:
        session = open_session_of(code, cast.ucanss, months_ahead=3 if code == "DAM_BLOCS" else 0)
        for crfp in ("CRFP-LYO", "CRFP-LIL"):
            enrolments = enrol_some(cast, part_of(session, crfp), count)
            enter_marks(cast, enrolments[:-1])
        compose_jury(cast, part_of(session))
    client = sign_in(cast.ucanss)
    with django_assert_max_num_queries(24):
        answer = client.get(reverse(PAGE))
    assert len(answer.context["forecasts"]) == count
    assert {one.cause for one in answer.context["rows"]} >= {Cause.HEARING}
