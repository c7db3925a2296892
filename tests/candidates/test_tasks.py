"""What this room puts on a home page, by role."""

from datetime import timedelta

from django.utils import timezone

from candidates.models import Session, SessionPart
from candidates.tasks import followed_by, tasks_of
from cqp.accounts.actor import Actor
from tests.candidates.pages import close_enrolments
from tests.cast import Cast, enrol_some


def titles(actor: Actor, days: int = 0) -> list[str]:
    return [task.title for task in tasks_of(actor, timezone.localdate() + timedelta(days=days))]


def test_a_crfp_without_candidates_has_a_list_to_make(cast: Cast, gc_part: SessionPart) -> None:
    assert titles(cast.clerk) == ["Inscrire les candidats"]
    enrol_some(cast, gc_part, 1)
    assert titles(cast.clerk) == []
    assert titles(cast.outsider) == ["Inscrire les candidats"]
    close_enrolments(gc_part.session)
    assert titles(cast.outsider) == []


def test_a_crfp_follows_the_sessions_where_it_has_candidates(cast: Cast, gc_part: SessionPart) -> None:
    assert list(followed_by(cast.clerk)) == []
    enrol_some(cast, gc_part, 2)
    (line,) = followed_by(cast.clerk)
    assert line.detail.startswith("2 candidats, inscriptions ouvertes jusqu’au")
    assert list(followed_by(cast.outsider)) == []


def test_the_ucanss_is_asked_for_a_session_when_none_is_open(cast: Cast) -> None:
    assert titles(cast.ucanss) == ["Ouvrir une session"]


def test_the_ucanss_watches_the_deadline_of_the_national_jury(cast: Cast, gc_part: SessionPart) -> None:
    assert titles(cast.ucanss) == []
    enrol_some(cast, gc_part, 1)
    left = (gc_part.session.national_jury_deadline - timezone.localdate()).days
    assert titles(cast.ucanss, left - 22) == []
    assert titles(cast.ucanss, left - 21) == ["Veiller à la tenue du jury national"]


def test_the_ucanss_follows_every_running_session(
    cast: Cast, gc_session: Session, dam_session: Session
) -> None:
    assert len(list(followed_by(cast.ucanss))) == 2


def test_the_others_have_nothing_to_do_here(cast: Cast, gc_session: Session) -> None:
    for actor in (cast.tutor, cast.juror, cast.cpnefp, cast.organisme):
        assert titles(actor) == []
        assert list(followed_by(actor)) == []
