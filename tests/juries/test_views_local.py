"""The screens of the local juries: who enters, what they show, what they refuse."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from candidates.services.enrolments import Person, update_enrolment
from candidates.states import PartState
from cqp.accounts.actor import Actor
from cqp.roles import Role
from evaluations.models import Mark
from juries.models import LocalJury, Opinion
from juries.services.composition import assign_candidates
from juries.states import JuryState
from tests.cast import Cast, enrol_some, make_line
from tests.journey import submit_sheets
from tests.juries.scenes import (
    closed_jury,
    composed_jury,
    hear,
    mark_the_rest,
    new_jury,
    seat,
    seat_rules,
)

pytestmark = pytest.mark.django_db
SignIn = Callable[[Actor], Client]
CRFP_PAGES = ("jury_compose", "part_transmit")


def part_url(name: str, part: SessionPart) -> str:
    return reverse(f"juries:{name}", args=[part.session.code, part.crfp.code])


def sheet(enrolment: Enrolment, **changes: str) -> dict[str, str]:
    """The sheet of a GC candidate as the browser sends it."""
    data = {"note-ORAL": "14", "version-ORAL": "0", "opinion": "attribution", "argument": ""}
    return data | {"opinion_version": "0"} | changes


def hearing_url(enrolment: Enrolment) -> str:
    return reverse("juries:hearing", args=[enrolment.hearing.pk])


# --- Who enters ---


@pytest.mark.parametrize("page", CRFP_PAGES)
def test_a_clerk_of_another_crfp_finds_nothing(
    page: str, cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    assert sign_in(cast.clerk).get(part_url(page, gc_part)).status_code == 200
    assert sign_in(cast.outsider).get(part_url(page, gc_part)).status_code == 404
    assert sign_in(cast.juror).get(part_url(page, gc_part)).status_code == 403


@pytest.mark.parametrize("page", ["jury_detail", "jury_close"])
def test_a_juror_enters_only_the_juries_where_he_sits(
    page: str, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    url = reverse(f"juries:{page}", args=[jury.pk])

    assert sign_in(cast.juror).get(url).status_code == 200
    assert sign_in(cast.second_juror).get(url).status_code == 404
    assert sign_in(cast.clerk).get(url).status_code == 403


def test_a_recused_juror_does_not_see_the_candidate(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    user = cast.juror.user
    line = make_line(
        cast, gc_part.session.certification, tutor=Person(user.email, user.last_name, user.first_name)
    )
    update_enrolment(enrolment=gc_enrolments[0], line=line, by=cast.clerk, at=timezone.now())
    gc_enrolments[0].candidate.refresh_from_db()
    client = sign_in(cast.juror)

    page = client.get(reverse("juries:jury_detail", args=[jury.pk])).content.decode()

    assert client.get(hearing_url(gc_enrolments[0])).status_code == 404
    assert gc_enrolments[0].candidate.full_name not in page
    assert "1 candidat de ce jury ne vous est pas présenté" in page


def test_jurors_see_no_other_mark_than_their_own(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    mark_the_rest(cast, gc_enrolments[0], "19,75")
    client = sign_in(cast.juror)

    for url in (
        hearing_url(gc_enrolments[0]),
        reverse("juries:jury_detail", args=[LocalJury.objects.get().pk]),
    ):
        assert "19,75" not in client.get(url).content.decode()


# --- The CRFP composes ---


def test_the_crfp_creates_a_jury_then_fills_its_seats(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    client = sign_in(cast.clerk)
    data = {"jury-name": "Jury 1", "jury-meets_on": "2026-12-01", "jury-place": "Lyon"}

    answer = client.post(part_url("jury_compose", gc_part), data, follow=True)

    jury = LocalJury.objects.get()
    branche, metier = seat_rules(jury)
    assert answer.redirect_chain[-1][0] == reverse("juries:jury_edit", args=[jury.pk])
    known = {
        f"siege-{branche.code}-juror": str(cast.juror.user.pk),
        f"siege-{branche.code}-is_president": "on",
    }
    client.post(reverse("juries:seat_fill", args=[jury.pk, branche.code]), known)
    unknown = {"email": "neuf@exemple.fr", "last_name": "Neuf", "first_name": "Nils"}
    client.post(
        reverse("juries:seat_fill", args=[jury.pk, metier.code]),
        {f"siege-{metier.code}-{name}": value for name, value in unknown.items()},
    )
    assert [(s.user.last_name, s.is_president) for s in jury.seats.all()] == [("Joly", True), ("Neuf", False)]
    page = client.get(reverse("juries:jury_edit", args=[jury.pk])).content.decode()
    assert "NEUF Nils" in page
    assert "Composition incomplète" not in page


def test_a_jury_without_candidate_can_be_removed_from_its_page(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    idle, busy = new_jury(cast, gc_part), composed_jury(cast, gc_part, gc_enrolments, "Jury 2")
    client = sign_in(cast.clerk)

    for jury in (idle, busy):
        client.post(reverse("juries:jury_remove", args=[jury.pk]))

    assert "retirez-les d’abord" in client.get(reverse("juries:jury_edit", args=[busy.pk])).content.decode()
    assert list(LocalJury.objects.all()) == [busy]


def test_a_refused_seat_keeps_what_was_typed(cast: Cast, gc_part: SessionPart, sign_in: SignIn) -> None:
    jury = new_jury(cast, gc_part)
    rule = seat_rules(jury)[0]
    data = {f"siege-{rule.code}-last_name": "Demi", f"siege-{rule.code}-email": "demi@"}

    page = sign_in(cast.clerk).post(reverse("juries:seat_fill", args=[jury.pk, rule.code]), data)

    assert page.status_code == 200
    assert 'value="Demi"' in page.content.decode()
    assert not jury.seats.exists()


def test_candidates_in_conflict_are_greyed_with_the_reason(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = new_jury(cast, gc_part)
    seat(cast, jury, seat_rules(jury)[0], cast.tutor)
    client = sign_in(cast.clerk)

    page = client.get(reverse("juries:jury_edit", args=[jury.pk])).content.decode()
    assert page.count("est tuteur de") == 3
    data = {"enrolments": [enrolment.pk for enrolment in gc_enrolments]}
    refused = client.post(reverse("juries:candidates_assign", args=[jury.pk]), data).content.decode()

    assert "À corriger avant de continuer" in refused
    assert not jury.hearings.exists()


def test_ticked_candidates_are_assigned_and_can_be_taken_away(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = new_jury(cast, gc_part)
    client = sign_in(cast.clerk)
    assign = reverse("juries:candidates_assign", args=[jury.pk])

    nothing = client.post(assign, {}).content.decode()
    client.post(assign, {"enrolments": [gc_enrolments[0].pk, gc_enrolments[1].pk]})
    client.post(reverse("juries:candidate_release", args=[gc_enrolments[0].hearing.pk]))

    assert "Cochez au moins un candidat" in nothing
    assert [hearing.enrolment for hearing in jury.hearings.all()] == [gc_enrolments[1]]


def test_a_candidate_of_another_crfp_cannot_be_ticked(
    cast: Cast, gc_part: SessionPart, dam_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = new_jury(cast, gc_part)
    url = reverse("juries:candidates_assign", args=[jury.pk])

    sign_in(cast.clerk).post(url, {"enrolments": [dam_enrolments[0].pk]})

    assert not jury.hearings.exists()


def test_another_crfp_touches_no_seat_nor_hearing(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    taken, rule = jury.seats.all()[0], seat_rules(jury)[0]
    client = sign_in(cast.outsider)

    for url in (
        reverse("juries:seat_free", args=[taken.pk]),
        reverse("juries:seat_preside", args=[taken.pk]),
        reverse("juries:seat_fill", args=[jury.pk, rule.code]),
        reverse("juries:jury_remove", args=[jury.pk]),
        reverse("juries:candidates_assign", args=[jury.pk]),
        reverse("juries:candidate_release", args=[gc_enrolments[0].hearing.pk]),
        reverse("juries:jury_edit", args=[jury.pk]),
    ):
        assert client.post(url).status_code == 404


def test_a_juror_of_the_same_organisme_is_pointed_out(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    colleague = {"role": Role.JUROR, "organisme": gc_enrolments[0].organisme}
    cast.juror.user.memberships.create(**colleague)

    page = sign_in(cast.clerk).get(reverse("juries:jury_edit", args=[jury.pk])).content.decode()

    assert page.count("JOLY Jeanne relève aussi de") == 3


def test_buttons_of_a_seat_preside_and_free(cast: Cast, gc_part: SessionPart, sign_in: SignIn) -> None:
    jury = composed_jury(cast, gc_part, [])
    first, second = jury.seats.all()
    client = sign_in(cast.clerk)

    client.post(reverse("juries:seat_preside", args=[second.pk]))
    client.post(reverse("juries:seat_free", args=[first.pk]))

    assert [(s.user, s.is_president) for s in jury.seats.all()] == [(second.user, True)]


# --- The jurors hear ---


def test_one_sheet_records_mark_and_opinion(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    client, url = sign_in(cast.juror), hearing_url(gc_enrolments[0])

    answer = client.post(url, sheet(gc_enrolments[0]), follow=True)
    client.post(url, sheet(gc_enrolments[0]))

    assert "enregistré" in answer.content.decode()
    assert (Mark.objects.get().entry, Mark.objects.get().version) == ("14", 1)
    assert Opinion.objects.get().favourable


def test_a_refused_sheet_keeps_everything_typed(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    data = sheet(gc_enrolments[0], opinion="non-attribution", **{"note-ORAL": "20,5"})

    page = sign_in(cast.juror).post(hearing_url(gc_enrolments[0]), data).content.decode()

    assert 'value="20,5"' in page
    assert "doit être argumenté" in page
    assert not Mark.objects.exists()
    assert not Opinion.objects.exists()


def test_an_argument_without_opinion_is_asked_for_its_opinion(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    data = sheet(gc_enrolments[0], opinion="", argument="Le dossier reste trop fragile.")

    page = sign_in(cast.juror).post(hearing_url(gc_enrolments[0]), data).content.decode()

    assert "Choisissez l’avis" in page
    assert "Le dossier reste trop fragile." in page


def test_a_conflict_says_both_values_and_the_next_save_replaces(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    hear(cast, gc_enrolments[0], "8", favourable=False, argument="Le dossier reste fragile.")
    client, url = sign_in(cast.jury_president), hearing_url(gc_enrolments[0])

    page = client.post(url, sheet(gc_enrolments[0]))
    content = page.content.decode()

    assert "JOLY Jeanne a saisi 8" in content
    assert "JOLY Jeanne a enregistré" in content
    versions = {f.html_name: f.value() for f in page.context["form"].hidden_fields()}
    assert versions.pop("corrections_version") == "0"
    assert set(versions.values()) == {"1"}
    client.post(url, sheet(gc_enrolments[0], **versions))
    assert Mark.objects.get().entry == "14"
    assert Opinion.objects.get().favourable


def test_the_president_closes_after_reading_the_unfavourable_opinions(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    detail, close = (reverse(f"juries:{name}", args=[jury.pk]) for name in ("jury_detail", "jury_close"))
    client = sign_in(cast.jury_president)
    assert "Il reste à enregistrer" in client.get(detail).content.decode()
    hear(cast, gc_enrolments[0], favourable=False, argument="Le dossier reste trop fragile.")
    for enrolment in gc_enrolments[1:]:
        hear(cast, enrolment)

    page = client.get(close).content.decode()
    client.post(close)
    client.post(close)

    assert gc_enrolments[0].candidate.full_name in page
    assert "Le dossier reste trop fragile." in page
    jury.refresh_from_db()
    assert jury.state == JuryState.CLOSED
    assert "est clos depuis" in client.get(hearing_url(gc_enrolments[0])).content.decode()
    assert "Jurys clos" in client.get(reverse("juries:jury_list")).content.decode()


def test_a_member_who_does_not_preside_cannot_close(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)

    page = sign_in(cast.juror).post(reverse("juries:jury_close", args=[jury.pk]), follow=True)

    assert "Seule la présidence du jury (PERRIN Paule)" in page.content.decode()


# --- The CRFP transmits ---


def test_the_transmission_names_what_is_missing(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    client, url = sign_in(cast.clerk), part_url("part_transmit", gc_part)

    page = client.get(url).content.decode()
    refused = client.post(url, follow=True).content.decode()

    for content in (page, refused):
        assert gc_enrolments[0].candidate.full_name in content
    assert "Rien n’a été transmis" in refused


def test_the_transmission_is_confirmed_then_done_once(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    for enrolment in gc_enrolments:
        mark_the_rest(cast, enrolment, "3")
    submit_sheets(cast, gc_part)
    closed_jury(cast, gc_part, gc_enrolments)
    client, url = sign_in(cast.clerk), part_url("part_transmit", gc_part)

    page = client.get(url).content.decode()
    client.post(url)
    done = client.post(url, follow=True).content.decode()

    assert "examinera de près" in page
    assert "Dossiers transmis le" in done
    gc_part.refresh_from_db()
    assert gc_part.state == PartState.TRANSMITTED


# --- Queries ---


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_pages_take_as_many_queries_whatever_the_number(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments[:1])
    hear(cast, gc_enrolments[0])
    pages = [
        (cast.clerk, part_url("jury_compose", gc_part)),
        (cast.clerk, reverse("juries:jury_edit", args=[jury.pk])),
        (cast.clerk, part_url("part_transmit", gc_part)),
        (cast.juror, reverse("juries:jury_list")),
        (cast.juror, reverse("juries:jury_detail", args=[jury.pk])),
        (cast.juror, hearing_url(gc_enrolments[0])),
    ]
    few = [queries_of(sign_in(actor), url) for actor, url in pages]

    more = enrol_some(cast, gc_part, 5)
    assign_candidates(jury=jury, enrolments=more[:3], by=cast.clerk, at=timezone.now())
    composed_jury(cast, gc_part, more[3:], "Jury 2")
    hear(cast, more[0])
    hear(cast, more[3])
    many = [queries_of(sign_in(actor), url) for actor, url in pages]

    assert many == few
    assert max(many) <= 38
