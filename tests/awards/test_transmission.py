"""From the proclamation to holders accepted by the Caisse des dépôts: who is sent, and when again."""

from datetime import timedelta
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates.models import CivilStatus, Enrolment, RncpRegistration, SessionPart
from cqp.awards.models import Flux, Passage
from cqp.awards.services.transmission import make_flux
from cqp.awards.states import PassageState
from cqp.awards.transmission import standing
from cqp.awards.transmission_panel import panel
from cqp.awards.transmission_tasks import followed_by, tasks_of
from cqp.journal.models import Entry
from cqp.roles import Act
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
    reported,
    sender,
)
from tests.awards.scenes import shown
from tests.cast import Cast
from tests.juries.rectification_scenes import SPOILT, rectified

__all__ = ["sender"]
pytestmark = pytest.mark.usefixtures("sender")

NOBODY = "Aucun titulaire ne correspond aux critères obligatoires"


def test_a_flux_holds_whoever_is_complete_and_leaves_the_others_out(cast: Cast, gc_part: SessionPart) -> None:
    first, second = certified(cast, gc_part)
    complete([first], cast.clerk)
    flux = flux_of(cast, gc_part.session)
    assert ids_in(flux) == [number_of(first)]
    now = standing(gc_part.session)
    assert (now.to_send, now.incomplete, now.waiting) == (1, 1, 1)
    complete([second], cast.ucanss)
    assert ids_in(flux_of(cast, gc_part.session)) == [number_of(second)]


def test_a_double_click_gives_the_same_flux(cast: Cast, gc_part: SessionPart) -> None:
    complete(certified(cast, gc_part), cast.clerk)
    assert flux_of(cast, gc_part.session) == flux_of(cast, gc_part.session)
    assert Passage.objects.count() == 2
    assert Entry.objects.filter(act=Act.TRANSMIT_HOLDERS).count() == 1


def test_only_the_rejected_go_again_under_the_same_identifier(cast: Cast, gc_part: SessionPart) -> None:
    first, second = certified(cast, gc_part)
    complete([first, second], cast.clerk)
    flux = reported(cast, flux_of(cast, gc_part.session), {number_of(first): NOBODY})
    assert standing(gc_part.session).rejected == 1
    complete([first], cast.clerk, sex="M")
    again = flux_of(cast, gc_part.session)
    assert again != flux
    assert ids_in(again) == [number_of(first)]
    reported(cast, again)
    with pytest.raises(Refusal, match="Tous les titulaires"):
        flux_of(cast, gc_part.session)
    assert standing(gc_part.session).accepted == 2


def test_nobody_complete_is_said_with_how_many_wait(cast: Cast, gc_part: SessionPart) -> None:
    certified(cast, gc_part)
    with pytest.raises(Refusal, match="2 titulaires attendent"):
        flux_of(cast, gc_part.session)


def test_a_corrected_certificate_goes_in_the_next_flux(cast: Cast, gc_part: SessionPart) -> None:
    first, second = certified(cast, gc_part)
    complete([first, second], cast.clerk)
    reported(cast, flux_of(cast, gc_part.session))
    moved = Corrections(identity={"birth_name": "Nouveau"})
    rectified(cast, first, corrections=moved, outcome=Outcome.CERTIFIED)
    now = standing(gc_part.session)
    assert (now.to_send, now.to_remove, now.accepted) == (1, 1, 1)
    again = flux_of(cast, gc_part.session)
    assert ids_in(again) == [Certificate.objects.in_force().get(decision__enrolment=first).number]
    assert "<cpf:nomNaissance>Nouveau</cpf:nomNaissance>" in again.content


def test_a_withdrawn_certificate_is_to_be_removed_and_never_sent(cast: Cast, gc_part: SessionPart) -> None:
    first, second = certified(cast, gc_part)
    complete([first, second], cast.clerk)
    reported(cast, flux_of(cast, gc_part.session), {number_of(second): NOBODY})
    rectified(cast, first, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    rectified(cast, second, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    now = standing(gc_part.session)
    assert (now.to_send, now.rejected, now.to_remove) == (0, 0, 1)
    assert "supprimer" in shown(panel(gc_part.session, cast.ucanss, timezone.now())).sentence


def test_the_deadline_runs_three_months_from_the_decision(cast: Cast, gc_part: SessionPart) -> None:
    complete(certified(cast, gc_part), cast.clerk)
    (task,) = tasks_of(cast.ucanss, timezone.localdate())
    assert task.title == "Transmettre 2 titulaires à la Caisse des dépôts"
    assert task.due == gc_part.session.exam_last_day + relativedelta(months=3)
    flux = flux_of(cast, gc_part.session)
    assert not list(tasks_of(cast.ucanss, timezone.localdate()))
    (line,) = followed_by(cast.ucanss)
    assert flux.identifier in line.detail
    reported(cast, flux)
    assert not list(followed_by(cast.ucanss))


def test_a_late_session_says_so(cast: Cast, gc_part: SessionPart) -> None:
    certified(cast, gc_part)
    late = shown(panel(gc_part.session, cast.ucanss, timezone.now() + timedelta(days=100)))
    assert late.is_late
    assert "passé" in late.sentence
    assert not shown(panel(gc_part.session, cast.ucanss, timezone.now())).is_late


def test_a_crfp_is_asked_for_its_own_identities_once_results_are_open(
    cast: Cast, gc_part: SessionPart
) -> None:
    certified(cast, gc_part)
    (task,) = tasks_of(cast.clerk, timezone.localdate())
    assert task.count == 2
    assert not list(tasks_of(cast.outsider, timezone.localdate()))
    _open_later(gc_part)
    assert not list(tasks_of(cast.clerk, timezone.localdate()))


def _open_later(part: SessionPart) -> None:
    part.session.refresh_from_db()
    part.session.results_open_at = timezone.now() + timedelta(days=3)
    part.session.save(update_fields=["results_open_at"])


def test_results_not_open_do_not_delay_the_duty(cast: Cast, gc_part: SessionPart) -> None:
    complete(certified(cast, gc_part), cast.clerk)
    _open_later(gc_part)
    assert len(ids_in(flux_of(cast, gc_part.session))) == 2


def test_a_certification_without_registration_asks_nothing(cast: Cast, gc_part: SessionPart) -> None:
    complete(certified(cast, gc_part), cast.clerk)
    RncpRegistration.objects.all().delete()
    assert not list(tasks_of(cast.ucanss, timezone.localdate()))
    with pytest.raises(Refusal, match="ne couvre"):
        flux_of(cast, gc_part.session)
    assert "ne couvre" in shown(panel(gc_part.session, cast.ucanss, timezone.now())).sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [("CPF_SENDER", ""), ("CPF_CERTIFIER", "COURT"), ("CPF_CONTRACT", "X" * 21), ("CPF_VERSION", "2.0")],
)
def test_a_missing_setting_is_named(
    cast: Cast, gc_part: SessionPart, settings: Any, name: str, value: str
) -> None:
    complete(certified(cast, gc_part), cast.clerk)
    setattr(settings, name, value)
    with pytest.raises(Refusal, match=f"CQP_{name}"):
        flux_of(cast, gc_part.session)
    assert not Flux.objects.exists()


def test_a_session_not_proclaimed_has_no_holder(cast: Cast, gc_part: SessionPart) -> None:
    with pytest.raises(Refusal, match="pas proclamée"):
        flux_of(cast, gc_part.session)


@pytest.mark.parametrize("who", ["clerk", "cpnefp_president", "organisme"])
def test_only_ucanss_transmits(cast: Cast, gc_part: SessionPart, who: str) -> None:
    with pytest.raises(Refusal, match="rôle"):
        make_flux(session=gc_part.session, by=getattr(cast, who), at=timezone.now())


def test_one_more_holder_costs_no_query(cast: Cast, gc_part: SessionPart, dam_part: SessionPart) -> None:
    few, many = certified(cast, gc_part, 1), []
    many = _dam(cast, dam_part)
    complete(few + many, cast.ucanss)

    def cost(part: SessionPart) -> int:
        with CaptureQueriesContext(connection) as queries:
            flux_of(cast, part.session)
        return len(queries)

    assert cost(gc_part) == cost(dam_part)


def _dam(cast: Cast, part: SessionPart) -> list[Enrolment]:
    from tests.cast import enrol_some
    from tests.journey import to_proclamation

    register_certification(part.session)
    enrolments = enrol_some(cast, part, 3)
    to_proclamation(cast, part, enrolments)
    return [Enrolment.objects.get(pk=one.pk) for one in enrolments]


# --- The command ---


def test_the_command_writes_the_flux(cast: Cast, gc_part: SessionPart, tmp_path: Any) -> None:
    complete(certified(cast, gc_part), cast.clerk)
    out = tmp_path / "flux.xml"
    call_command("accrochage", gc_part.session.code, "-o", str(out))
    assert out.read_bytes() == Flux.objects.get().content.encode()


def test_the_command_makes_nothing_while_an_identity_lacks(
    cast: Cast, gc_part: SessionPart, tmp_path: Any
) -> None:
    first, second = certified(cast, gc_part)
    complete([first], cast.clerk)
    out = tmp_path / "flux.xml"
    with pytest.raises(CommandError, match=number_of(second)):
        call_command("accrochage", gc_part.session.code, "-o", str(out))
    assert not out.exists()
    assert not Flux.objects.exists()
    call_command("accrochage", gc_part.session.code, "-o", str(out), "--partial")
    assert ids_in(Flux.objects.get()) == [number_of(first)]


@pytest.mark.parametrize("args", [["RIEN"], ["GC", "--by", "inconnu@exemple.fr"]])
def test_the_command_says_what_it_does_not_know(
    cast: Cast, gc_part: SessionPart, tmp_path: Any, args: list[str]
) -> None:
    complete(certified(cast, gc_part), cast.clerk)
    code = gc_part.session.code if args[0] == "GC" else args[0]
    with pytest.raises(CommandError):
        call_command("accrochage", code, "-o", str(tmp_path / "flux.xml"), *args[1:])
    assert not Flux.objects.exists()


def test_what_is_not_judged_by_the_report_goes_again(cast: Cast, gc_part: SessionPart) -> None:
    from cqp.awards.services.transmission import read_report
    from tests.awards.flux_scenes import report_xml

    first, second = certified(cast, gc_part)
    complete([first, second], cast.clerk)
    flux = flux_of(cast, gc_part.session)
    content = report_xml(flux.identifier, [number_of(first)])
    read_report(flux=flux, content=content, by=cast.ucanss, at=timezone.now())
    assert Passage.objects.get(technical_id=number_of(second)).state == PassageState.SENT
    assert ids_in(flux_of(cast, gc_part.session)) == [number_of(second)]
    assert CivilStatus.objects.count() == 2
