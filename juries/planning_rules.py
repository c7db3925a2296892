"""Rules of the planning of hearings: each answers None (yes) or the French sentence of the refusal."""

from collections.abc import Iterable, Sequence
from datetime import date, time

from cqp.templatetags.fr import day as day_of
from cqp.templatetags.fr import hour
from juries.models import HearingDay, HearingSlot, Unavailability
from juries.planning import STEP, Span

ALL_DAY = Span(0, 24 * 60)


def minute_of(value: time) -> int:
    return value.hour * 60 + value.minute


def time_of(minute: int) -> time:
    return time(*divmod(minute, 60))


def span_of(slot: HearingSlot) -> Span:
    return Span(minute_of(slot.starts), minute_of(slot.starts) + slot.minutes)


def away_span(row: Unavailability) -> Span:
    if row.starts is None or row.ends is None:
        return ALL_DAY
    return Span(minute_of(row.starts), minute_of(row.ends))


def window_of(day: HearingDay) -> Span:
    return Span(minute_of(day.starts), minute_of(day.ends))


def pause_of(day: HearingDay) -> Span | None:
    if day.break_starts is None or day.break_ends is None:
        return None
    return Span(minute_of(day.break_starts), minute_of(day.break_ends))


def said(span: Span) -> str:
    """« de 9 h à 9 h 45 »."""
    if span == ALL_DAY:
        return "toute la journée"
    return f"de {hour(time_of(span.starts))} à {hour(time_of(min(span.ends, 24 * 60 - 1)))}"


def ending_refusal(starts: time, ends: time) -> str | None:
    """Does this day last?"""
    return "La journée doit finir après son début." if ends <= starts else None


def break_refusal(starts: time, ends: time, pause: time | None, pause_ends: time | None) -> str | None:
    """Is the break whole, and within the day?"""
    if pause is None and pause_ends is None:
        return None
    if pause is None or pause_ends is None:
        return "Indiquez le début et la fin de la pause, ou ni l’un ni l’autre."
    if pause_ends <= pause:
        return "La pause doit finir après son début."
    if pause < starts or pause_ends > ends:
        return "La pause doit être comprise dans la journée."
    return None


def twin_day_refusal(days: Iterable[HearingDay], day: date, own: HearingDay | None = None) -> str | None:
    """Does the jury sit only once that day?"""
    if any(other.day == day and (own is None or other.pk != own.pk) for other in days):
        return f"Ce jury a déjà une journée le {day_of(day)} : changez ses heures."
    return None


def day_removal_refusal(names: Sequence[str]) -> str | None:
    """May this day disappear? `names`: who is heard that day."""
    if not names:
        return None
    return f"Cette journée entend {', '.join(names)} : donnez-leur une autre heure, ou retirez la leur."


def losing_refusal(names: Sequence[str]) -> str | None:
    """May everything be planned anew? `names`: who would lose an hour that holds."""
    if not names:
        return None
    return f"Replanifier laisserait sans horaire : {', '.join(names)}. Rien n’a changé."


def away_refusal(starts: time | None, ends: time | None) -> str | None:
    """Is this absence a whole day, or hours that last?"""
    if (starts is None) != (ends is None):
        return "Indiquez les deux heures, ou aucune pour toute la journée."
    if starts is not None and ends is not None and ends <= starts:
        return "L’indisponibilité doit finir après son début."
    return None


def duration_refusal(minutes: int) -> str | None:
    """Is there anything to hear?"""
    return "Il n’y a rien à entendre : tous ses blocs sont conservés." if minutes < 1 else None


def step_refusal(starts: time) -> str | None:
    """Is this an hour the planning knows?"""
    if minute_of(starts) % STEP or starts.second:
        return f"L’heure se choisit de {STEP} en {STEP} minutes."
    return None


def hour_refusal(
    day: HearingDay,
    span: Span,
    name: str,
    others: Iterable[tuple[Span, str]] = (),
    elsewhere: Iterable[tuple[Span, str]] = (),
    away: Iterable[tuple[date, Span]] = (),
) -> str | None:
    """May somebody (`name`) be heard at this time of this day? The first reason against.

    `others`: who else this jury hears that day; `elsewhere`: which juries hold the same room, and when.
    """
    window, pause = window_of(day), pause_of(day)
    if span.starts < window.starts or span.ends > window.ends:
        return f"L’audition de {name} sortirait de la journée, {said(window)}."
    if pause and span.meets(pause):
        return f"L’audition de {name} tomberait pendant la pause, {said(pause)}."
    for other, who in others:
        if span.meets(other):
            return f"L’audition de {name} chevaucherait celle de {who}, {said(other)}."
    for other, jury in elsewhere:
        if span.meets(other):
            return f"La salle « {day.room} » est prise par {jury}, {said(other)}."
    for on, absence in away:
        if on == day.day and span.meets(absence):
            return f"{name} est indisponible {said(absence)}."
    return None
