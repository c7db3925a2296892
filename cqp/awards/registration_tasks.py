"""Registrations that expire, or that cover no jury to come: the documents would not speak of them."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Prefetch
from django.urls import reverse

from candidates.models import Certification, Session
from candidates.registration_rules import jury_day_warning, validity_warning
from candidates.states import SessionState
from cqp.accounts.actor import Actor
from cqp.roles import Act
from cqp.tasks import Task
from juries.registration import jury_day_of


def registrations_to_renew(actor: Actor, today: date) -> Iterator[Task]:
    """One task a certification whose registration needs the Ucanss; three queries."""
    if not actor.may(Act.EDIT_REGISTRATION):
        return
    for certification in certifications_watched():
        warning = warning_of(certification, today)
        if warning:
            yield Task(
                title=f"Compléter l’enregistrement au RNCP : {certification.short_title}",
                detail=warning,
                url=reverse("awards:registration_list", args=[certification.code]),
                button="Voir",
            )


def certifications_watched() -> list[Certification]:
    """With their registrations and their sessions not proclaimed yet, the next jury first."""
    open_sessions = Session.objects.exclude(state=SessionState.PROCLAIMED).select_related("sitting")
    return list(
        Certification.objects.prefetch_related(
            "registrations", Prefetch("sessions", open_sessions.order_by("exam_last_day"), to_attr="to_come")
        )
    )


def warning_of(certification: Certification, today: date) -> str | None:
    """What to know of the registrations of a certification read by `certifications_watched`."""
    rows = list(certification.registrations.all())
    warning = validity_warning(rows, today)
    if warning:
        return warning
    if not rows:
        return None  # never registered: its documents never had a line
    for session in certification.to_come:  # type: ignore[attr-defined]
        session.certification = certification
        warning = jury_day_warning(session, jury_day_of(session), rows)
        if warning:
            return warning
    return None
