"""What no flux carries, declared by hand on the portal; a flux given up; the clock that runs all along."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from candidates.models import Candidate, Enrolment, RncpRegistration, SessionPart
from cqp.accounts.actor import Actor
from cqp.awards.models import Passage, PortalNote
from cqp.awards.services.transmission import erase_portal_note, give_up_flux, note_portal, read_report
from cqp.awards.states import PassageState
from cqp.awards.transmission import deadline, in_state, standing, to_declare_by_hand, told_of, with_told
from cqp.awards.transmission_panel import panel
from cqp.awards.transmission_tasks import followed_by, tasks_of
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.templatetags.fr import day
from cqp.workflow import Refusal
from juries.models import Certificate
from juries.rectification import Corrections
from juries.states import Outcome
from tests.awards.flux_scenes import (
    certified,
    complete,
    flux_of,
    ids_in,
    number_of,
    register_certification,
    report_xml,
    reported,
    sender,
)
from tests.awards.scenes import shown
from tests.cast import Cast, enrol_some
from tests.journey import to_proclamation
from tests.juries.rectification_scenes import SPOILT, rectified

__all__ = ["sender"]
pytestmark = pytest.mark.usefixtures("sender")

SignIn = Callable[[Actor], Client]
DECLARED, REMOVED = PortalNote.Kind.DECLARED, PortalNote.Kind.REMOVED
NOTE = {"noter": DECLARED}


def text(answer: Any) -> str:
    return str(answer.content.decode())


def certificate_of(enrolment: Enrolment) -> Certificate:
    return Certificate.objects.get(number=number_of(enrolment))


def two_of_whom_one_is_long(cast: Cast, part: SessionPart) -> tuple[Enrolment, Enrolment]:
    """Proclaimed, identities complete; the name of the first is longer than the schema takes."""
    register_certification(part.session)
    first, second = enrol_some(cast, part, 2)
    Candidate.objects.filter(pk=first.candidate_id).update(birth_name="Long" * 16)
    to_proclamation(cast, part, [first, second])
    complete([first, second], cast.clerk)
    return Enrolment.objects.get(pk=first.pk), Enrolment.objects.get(pk=second.pk)


def test_a_name_too_long_is_declared_by_hand_and_then_asks_nothing(
    cast: Cast, dam_part: SessionPart, sign_in: SignIn
) -> None:
    long, short = two_of_whom_one_is_long(cast, dam_part)
    session = dam_part.session
    mine = Certificate.objects.filter(decision__enrolment__session=session)
    assert [holder.technical_id for holder in to_declare_by_hand(mine)] == [number_of(long)]
    flux = flux_of(cast, session)
    assert ids_in(flux) == [number_of(short)]
    reported(cast, flux)
    with pytest.raises(Refusal, match="1 titulaire ne tient pas dans un flux\u00a0: déclarez-le"):
        flux_of(cast, session)
    client = sign_in(cast.ucanss)
    page = text(client.get(reverse("awards:transmission", args=[session.code])))
    assert reverse("awards:portal_note", args=[number_of(long)]) in page
    url = reverse("awards:portal_note", args=[number_of(long)])
    shows = text(client.get(url))
    assert "Long" * 16 in shows, "all there is to type"
    assert "de plus de 60 caractères" in shows
    client.post(url, NOTE)
    client.post(url, NOTE)  # a double click
    assert PortalNote.objects.count() == 1
    assert Entry.objects.filter(act=Act.NOTE_PORTAL).count() == 1
    now = standing(session)
    assert (now.to_send, now.accepted, now.due) == (0, 2, None)
    assert not list(tasks_of(cast.ucanss, timezone.localdate()))
    assert "acceptés" in shown(panel(session, cast.ucanss, timezone.now())).sentence
    assert "Déclaré sur le portail" in text(client.get(url))
    assert "Déclaré sur le portail" in text(
        client.get(f"{reverse('awards:register')}?session={session.code}")
    )


def test_a_note_made_by_mistake_is_erased(cast: Cast, gc_part: SessionPart, sign_in: SignIn) -> None:
    (first,) = certified(cast, gc_part, 1)
    certificate, client = certificate_of(first), sign_in(cast.ucanss)
    url = reverse("awards:portal_note", args=[certificate.number])
    client.post(url, NOTE)
    assert standing(gc_part.session).to_send == 0
    client.post(url, {"effacer": DECLARED})
    assert standing(gc_part.session).to_send == 1
    assert (
        erase_portal_note(certificate=certificate, kind=DECLARED, by=cast.ucanss, at=timezone.now()) is False
    )
    assert Entry.objects.filter(act=Act.ERASE_PORTAL_NOTE).count() == 1


def test_a_certification_not_registered_that_day_says_so(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    (first,) = certified(cast, gc_part, 1)
    RncpRegistration.objects.all().delete()
    page = sign_in(cast.ucanss).get(reverse("awards:portal_note", args=[number_of(first)]))
    assert "non enregistrée ce jour-là" in text(page)
    with pytest.raises(Refusal, match="ne couvre"):
        note_portal(certificate=certificate_of(first), kind=DECLARED, by=cast.ucanss, at=timezone.now())


def test_only_what_is_to_be_declared_is_declared(cast: Cast, gc_part: SessionPart) -> None:
    first, second = certified(cast, gc_part)
    complete([first], cast.clerk)
    flux = flux_of(cast, gc_part.session)

    def note(one: Enrolment, kind: PortalNote.Kind = DECLARED) -> PortalNote:
        return note_portal(certificate=certificate_of(one), kind=kind, by=cast.ucanss, at=timezone.now())

    with pytest.raises(Refusal, match="attend son rapport"):
        note(first)
    reported(cast, flux)
    with pytest.raises(Refusal, match="déjà accepté"):
        note(first)
    with pytest.raises(Refusal, match="pas à faire supprimer"):
        note(second, REMOVED)
    assert not PortalNote.objects.exists()


def test_what_is_void_is_removed_by_hand_and_then_asks_nothing(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    first, second = certified(cast, gc_part)
    complete([first, second], cast.clerk)
    reported(cast, flux_of(cast, gc_part.session))
    rectified(cast, first, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    certificate = certificate_of(first)
    with pytest.raises(Refusal, match="plus en vigueur"):
        note_portal(certificate=certificate, kind=DECLARED, by=cast.ucanss, at=timezone.now())
    assert standing(gc_part.session).to_remove == 1
    client, url = sign_in(cast.ucanss), reverse("awards:portal_note", args=[certificate.number])
    assert "Noter la suppression" in text(client.get(url))
    client.post(url, {"noter": REMOVED})
    assert standing(gc_part.session).to_remove == 0
    assert standing(gc_part.session).accepted == 1
    assert "Supprimé sur le portail" in text(client.get(url))


def test_a_declaration_that_a_removal_leans_on_stays(cast: Cast, gc_part: SessionPart) -> None:
    (first,) = certified(cast, gc_part, 1)
    by, at, certificate = cast.ucanss, timezone.now(), certificate_of(first)
    note_portal(certificate=certificate, kind=DECLARED, by=by, at=at)
    rectified(cast, first, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    note_portal(certificate=certificate, kind=REMOVED, by=by, at=at)
    with pytest.raises(Refusal, match="effacez d’abord"):
        erase_portal_note(certificate=certificate, kind=DECLARED, by=by, at=at)


def test_a_note_made_by_mistake_is_erased_after_the_certificate_ended_too(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    (first,) = certified(cast, gc_part, 1)
    note_portal(certificate=certificate_of(first), kind=DECLARED, by=cast.ucanss, at=timezone.now())
    rectified(cast, first, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    client, url = sign_in(cast.ucanss), reverse("awards:portal_note", args=[number_of(first)])
    assert "Noter la suppression" in text(client.get(url))
    page = client.post(url, {"effacer": DECLARED}, follow=True)
    assert "est effacée" in text(page)
    assert "était déjà effacée" in text(client.post(url, {"effacer": DECLARED}, follow=True))
    assert standing(gc_part.session).to_remove == 0


def test_a_button_means_the_note_its_page_showed(cast: Cast, gc_part: SessionPart, sign_in: SignIn) -> None:
    """Accepted, then void since the page was shown: the click declares nothing, and removes nothing."""
    (first,) = certified(cast, gc_part, 1)
    complete([first], cast.clerk)
    reported(cast, flux_of(cast, gc_part.session))
    rectified(cast, first, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    client, url = sign_in(cast.ucanss), reverse("awards:portal_note", args=[number_of(first)])
    assert "plus en vigueur" in text(client.post(url, NOTE, follow=True))
    for data in ({}, {"noter": "AUTRE"}, {"effacer": "<b>"}):
        assert "ne dit pas ce qu’il note" in text(client.post(url, data, follow=True))
    assert not PortalNote.objects.exists()


def test_a_name_lengthened_by_a_rectification_is_seen(cast: Cast, gc_part: SessionPart) -> None:
    (first,) = certified(cast, gc_part, 1)
    complete([first], cast.clerk)
    long = Corrections(identity={"birth_name": "Long" * 16})
    rectified(cast, first, corrections=long, outcome=Outcome.CERTIFIED)
    mine = Certificate.objects.filter(decision__enrolment=first)
    assert len(to_declare_by_hand(mine)) == 1


WORDS = {
    "a-transmettre": {
        *("À transmettre", "À compléter", "Rejeté, à renvoyer", "Absent du rapport, à renvoyer"),
        "Flux abandonné, à renvoyer",
    },
    "a-completer": {"À compléter"},
    "en-attente": {"En attente du rapport"},
    "accepte": {"Accepté", "Déclaré sur le portail"},
    "rejete": {"Rejeté, à renvoyer"},
    "a-supprimer": {"À faire supprimer"},
}


def test_the_lists_the_counts_and_the_words_agree(cast: Cast, gc_part: SessionPart) -> None:
    """One holder in each of the states there are."""
    people = certified(cast, gc_part, 10)
    given_up, accepted, unsaid, rejected, ended, removed, waiting, fresh, declared, _incomplete = people
    by, at, session = cast.ucanss, timezone.now(), gc_part.session
    fluxes = []
    for some in ([given_up], [accepted, unsaid, rejected, ended, removed], [waiting]):
        complete(some, cast.clerk)
        fluxes.append(flux_of(cast, session))
    give_up_flux(flux=fluxes[0], by=by, at=at)
    report = report_xml(
        fluxes[1].identifier,
        [number_of(one) for one in (accepted, ended, removed)],
        {number_of(rejected): "Plusieurs titulaires ont été identifiés"},
    )
    read_report(flux=fluxes[1], content=report, by=by, at=at)
    complete([fresh], cast.clerk)
    note_portal(certificate=certificate_of(declared), kind=DECLARED, by=by, at=at)
    for one in (ended, removed):
        rectified(cast, one, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    note_portal(certificate=certificate_of(removed), kind=REMOVED, by=by, at=at)
    rows = Certificate.objects.filter(decision__enrolment__session=session)
    words = {row.number: told_of(row).words for row in with_told(rows)}
    for state, meant in WORDS.items():
        listed = {row.number for row in in_state(rows, state)}
        assert listed == {number for number, said in words.items() if said in meant}, state
    now = standing(session)
    counted = (now.to_send, now.incomplete, now.waiting, now.accepted, now.rejected, now.to_remove)
    states = ("a-transmettre", "a-completer", "en-attente", "accepte", "rejete", "a-supprimer")
    assert counted == tuple(in_state(rows, state).count() for state in states)
    assert set(words.values()) == set.union(*WORDS.values()) | {"Supprimé sur le portail"}


# --- A flux nobody deposits ---


def test_the_clock_runs_while_a_flux_waits(cast: Cast, gc_part: SessionPart) -> None:
    complete(certified(cast, gc_part), cast.clerk)
    decided_on = gc_part.session.exam_last_day
    assert decided_on is not None
    flux_of(cast, gc_part.session)
    last_day = day(deadline(decided_on))
    (line,) = followed_by(cast.ucanss)
    assert f"au plus tard le {last_day}" in line.detail
    waits = shown(panel(gc_part.session, cast.ucanss, timezone.now()))
    assert f"attendu au plus tard le {last_day}" in waits.sentence
    assert not waits.is_late
    assert shown(panel(gc_part.session, cast.ucanss, timezone.now() + timedelta(days=100))).is_late


def test_a_flux_given_up_sends_its_holders_again(cast: Cast, gc_part: SessionPart, sign_in: SignIn) -> None:
    holders = certified(cast, gc_part)
    complete(holders, cast.clerk)
    flux = flux_of(cast, gc_part.session)
    client = sign_in(cast.ucanss)
    assert "Abandonner ce flux" in text(client.get(reverse("awards:flux_report", args=[flux.identifier])))
    url = reverse("awards:flux_give_up", args=[flux.identifier])
    client.post(url)
    assert "était déjà abandonné" in text(client.post(url, follow=True))
    assert Entry.objects.filter(act=Act.GIVE_UP_FLUX).count() == 1
    assert standing(gc_part.session).to_send == 2
    assert not list(followed_by(cast.ucanss))
    page = text(client.get(reverse("awards:transmission", args=[gc_part.session.code])))
    assert "Flux abandonné, à renvoyer" in page
    again = flux_of(cast, gc_part.session)
    assert again.identifier != flux.identifier
    assert sorted(ids_in(again)) == sorted(ids_in(flux))
    listed = client.get(reverse("awards:transmission", args=[gc_part.session.code])).context["fluxes"]
    assert list(listed) == [again, flux], "the latest first"


def test_the_report_of_a_flux_given_up_is_read_all_the_same(cast: Cast, gc_part: SessionPart) -> None:
    complete(certified(cast, gc_part), cast.clerk)
    flux = flux_of(cast, gc_part.session)
    give_up_flux(flux=flux, by=cast.ucanss, at=timezone.now())
    content = report_xml(flux.identifier, ids_in(flux))
    read_report(flux=flux, content=content, by=cast.ucanss, at=timezone.now())
    assert {one.state for one in Passage.objects.all()} == {PassageState.ACCEPTED}
    assert standing(gc_part.session).accepted == 2
    with pytest.raises(Refusal, match="Tous les titulaires"):
        flux_of(cast, gc_part.session)


def test_a_late_report_accepts_whoever_left_again_since(cast: Cast, gc_part: SessionPart) -> None:
    complete(certified(cast, gc_part), cast.clerk)
    first = flux_of(cast, gc_part.session)
    give_up_flux(flux=first, by=cast.ucanss, at=timezone.now())
    again = flux_of(cast, gc_part.session)
    reported(cast, first)
    now = standing(gc_part.session)
    assert (now.accepted, now.waiting, now.to_send) == (2, 0, 0)
    reported(cast, again)
    assert standing(gc_part.session).accepted == 2


def test_a_flux_whose_report_is_read_is_not_given_up(cast: Cast, gc_part: SessionPart) -> None:
    complete(certified(cast, gc_part), cast.clerk)
    flux = reported(cast, flux_of(cast, gc_part.session))
    with pytest.raises(Refusal, match="n’est plus à abandonner"):
        give_up_flux(flux=flux, by=cast.ucanss, at=timezone.now())


def test_the_button_says_when_the_flux_it_shows_was_made(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    complete(certified(cast, gc_part), cast.clerk)
    client, url = sign_in(cast.ucanss), reverse("awards:transmission", args=[gc_part.session.code])
    assert "est prêt" in text(client.post(url, follow=True))
    again = text(client.post(url, follow=True))
    assert "est prêt\u00a0: déposez" not in again
    assert "attend son rapport" in again


def test_a_crfp_is_told_the_day_of_its_own_candidates(cast: Cast, gc_part: SessionPart) -> None:
    first, _ = certified(cast, gc_part)
    complete([first], cast.clerk)
    (task,) = tasks_of(cast.clerk, timezone.localdate())
    assert task.count == 1
    assert gc_part.session.exam_last_day is not None
    assert task.due == deadline(gc_part.session.exam_last_day)
