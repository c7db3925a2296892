"""The minutes of a local jury, and Ucanss that has it sit again."""

import json
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from pypdf import PdfReader

from candidates.models import Enrolment, SessionPart
from candidates.services.enrolments import enrol, withdraw
from candidates.states import PartState
from cqp.accounts.actor import Actor
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.workflow import Refusal
from evaluations.models import Mark
from evaluations.services.marks import record_mark
from juries.deliberation import file_of, summaries_of
from juries.local_minutes_print import local_minutes_pdf
from juries.models import Hearing, JuryReopening, LocalJury, LocalMinutes
from juries.rules import Refusals
from juries.services import composition, local, national, substitutes
from juries.services.recusals import recuse
from juries.services.reopening import reopen_jury
from juries.services.transmission import transmit_part
from juries.states import JuryState, Outcome
from tests import journey
from tests.access.world import client_of
from tests.blocs import judge_blocs
from tests.cast import Cast, make_line
from tests.juries.scenes import closed_jury, composed_jury, hear, jury_blocks, new_jury, seat_rules

pytestmark = pytest.mark.django_db
MOTIVE = "Avis saisi pour un autre candidat"


def reopen(cast: Cast, at: datetime, by: Actor | None = None) -> LocalJury:
    jury = LocalJury.objects.select_related("part").get()
    return reopen_jury(jury=jury, motive=MOTIVE, by=by or cast.ucanss, at=at)


def close(cast: Cast, at: datetime, incidents: str = "") -> LocalJury:
    jury = LocalJury.objects.select_related("part__session").get()
    return local.close_jury(jury=jury, by=cast.jury_president, at=at, incidents=incidents)


def content(rank: int = 1) -> Any:
    return json.loads(LocalMinutes.objects.get(rank=rank).content)


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


# --- The minutes ---


def test_closing_leaves_minutes_that_say_who_sat_whom_they_heard_and_why(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, dam_part, dam_enrolments)
    rule = seat_rules(jury)[2]
    substitute = substitutes.name_substitute(
        jury=jury,
        rule=rule,
        email="nadia.noel@exemple.fr",
        last_name="Noël",
        first_name="Nadia",
        by=cast.clerk,
        at=now,
    )
    substitutes.note_absence(seat=jury.seats.get(rule=rule), motive="Grève", by=cast.clerk, at=now)
    substitutes.call_substitute(substitute=substitute, by=cast.clerk, at=now)
    recused, against, gone = dam_enrolments
    recuse(hearing=recused.hearing, motive="Ancien collègue", by=cast.jury_president, at=now)
    hear(cast, recused)
    hear(cast, against, "4", favourable=False, argument="Mémoire hors sujet.")
    withdraw(enrolment=gone, motive="Départ", by=cast.clerk, at=now)

    close(cast, now, "Coupure de courant\nde 10 h à 10 h 20")

    minutes = LocalMinutes.objects.get()
    said = content()
    assert (minutes.rank, minutes.by) == (1, cast.jury_president.user)
    assert said["incidents"] == "Coupure de courant\nde 10 h à 10 h 20"
    assert said["regulation"]["code"] == "DAM_2006"
    assert [one["name"] for one in said["members"]] == ["PERRIN Paule", "JOLY Jeanne", "NOËL Nadia"]
    assert said["members"][2]["replaces"] == {"name": "JACQUET Jules", "motive": "Grève"}
    assert [one["presides"] for one in said["members"]] == [True, False, False]
    assert [(one["number"], one["motive"]) for one in said["recusals"]] == [
        (recused.number, "Ancien collègue")
    ]
    heard = {one["enrolment"]: one for one in said["candidates"]}
    assert heard[against.pk]["opinion"]["argument"] == "Mémoire hors sujet."
    assert [mark["entry"] for mark in heard[against.pk]["marks"]] == ["4", "4"]
    assert [one["enrolment"] for one in said["withdrawn"]] == [gone.pk]
    assert said["counts"] == {
        "candidates": 2,
        "favourable": 1,
        "unfavourable": 1,
        "deferred": 0,
        "withdrawn": 1,
    }
    assert Entry.objects.get(act=Act.CLOSE_JURY).after.count(minutes.digest) == 1


def test_the_minutes_of_a_jury_in_blocs_keep_its_sheets(
    cast: Cast, blocs_part: SessionPart, blocs_enrolments: list[Enrolment], now: datetime
) -> None:
    composed_jury(cast, blocs_part, blocs_enrolments[:1])
    judge_blocs(cast, blocs_enrolments[0].hearing, ["B1C1"], cast.juror)
    hear(cast, blocs_enrolments[0], favourable=False, argument="Le bloc 1 est à reprendre.")

    close(cast, now)

    (one,) = content()["candidates"]
    assert one["judgements"][0]["bloc"] == one["blocs"][0]["code"]
    assert any(not each["acquired"] for each in one["judgements"][0]["competences"])
    assert "attestations" not in one


def test_the_minutes_never_change(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    closed_jury(cast, gc_part, gc_enrolments)

    with pytest.raises(DatabaseError, match="procès-verbal"), transaction.atomic():
        LocalMinutes.objects.update(content="{}")


def test_the_document_gives_every_name_and_the_same_bytes(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    for enrolment in gc_enrolments:
        hear(cast, enrolment, favourable=False, argument="<b>Trop fragile</b> & à revoir.")
    close(cast, now, "Rien d’autre")
    minutes = LocalMinutes.objects.get()

    pdf = local_minutes_pdf(minutes)

    text = text_of(pdf)
    assert pdf == local_minutes_pdf(minutes)
    assert "<b>Trop fragile</b> & à revoir." in text
    for words in ("PERRIN Paule", "JOLY Jeanne", "Rien d’autre", minutes.digest[:16], "Page 1 / "):
        assert words in text
    for enrolment in gc_enrolments:
        assert enrolment.candidate.full_name in text
    hidden = text_of(local_minutes_pdf(minutes, {gc_enrolments[0].pk}))
    assert gc_enrolments[0].candidate.full_name not in hidden
    assert gc_enrolments[0].number[:5] in hidden


def test_who_was_recused_reads_a_number_even_once_the_candidate_has_left(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    gone, *heard = gc_enrolments
    jury = composed_jury(cast, gc_part, gc_enrolments)
    recuse(hearing=gone.hearing, motive="Ancien collègue", by=cast.juror, at=now)
    written = gc_part.session.adoption.regulation.blocks.get(code="ECRIT")
    record_mark(enrolment=gone, block=written, attempt=1, entry="ABJ", version=0, by=cast.clerk, at=now)
    for enrolment in heard:
        hear(cast, enrolment)
    close(cast, now)
    reopen(cast, now)
    other = new_jury(cast, gc_part, "Jury 2")
    composition.assign_candidates(jury=other, enrolments=[gone], by=cast.clerk, at=now)
    assert not jury.hearings.filter(enrolment=gone).exists()

    url = reverse("juries:jury_minutes", args=[jury.pk, 1])
    read = {who: text_of(client_of(who).get(url).content) for who in (cast.juror, cast.jury_president)}

    assert gone.candidate.full_name in read[cast.jury_president]
    assert gone.candidate.full_name not in read[cast.juror]
    assert gone.number[:5] in read[cast.juror]
    for enrolment in heard:
        assert enrolment.candidate.full_name in read[cast.juror]


def test_a_jury_that_left_minutes_is_not_removed(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments[:1])
    written = gc_part.session.adoption.regulation.blocks.get(code="ECRIT")
    values: dict[str, Any] = {"enrolment": gc_enrolments[0], "block": written, "by": cast.clerk, "at": now}
    record_mark(**values, attempt=1, entry="ABJ", version=0)
    close(cast, now)
    reopen(cast, now)
    composition.unassign_candidate(hearing=jury.hearings.get(), by=cast.clerk, at=now)

    answer = client_of(cast.clerk).post(reverse("juries:jury_remove", args=[jury.pk]), follow=True)

    assert "procès-verbal est conservé" in answer.content.decode()
    assert LocalJury.objects.filter(pk=jury.pk).exists()


# --- Reopening ---


@pytest.mark.parametrize("who", ["clerk", "jury_president", "cpnefp_president"])
def test_nobody_but_ucanss_opens_a_jury_again(
    who: str, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    closed_jury(cast, gc_part, gc_enrolments)

    with pytest.raises(Refusal, match="Votre rôle"):
        reopen(cast, now, getattr(cast, who))

    assert LocalJury.objects.get().state == JuryState.CLOSED


def test_a_reopening_says_why_and_twice_is_once(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = closed_jury(cast, gc_part, gc_enrolments)

    with pytest.raises(Refusals, match="motif de la réouverture"):
        reopen_jury(jury=jury, motive=" \n", by=cast.ucanss, at=now)
    reopen(cast, now)
    reopen(cast, now)

    jury.refresh_from_db()
    assert (jury.state, jury.closed_at, jury.closed_by) == (JuryState.OPEN, None, None)
    assert JuryReopening.objects.get().motive == MOTIVE
    assert Entry.objects.filter(act=Act.REOPEN_JURY).count() == 1


def test_a_jury_closed_again_leaves_minutes_that_replace_the_first(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    closed_jury(cast, gc_part, gc_enrolments)
    reopen(cast, now)
    hearing = Hearing.objects.get(enrolment=gc_enrolments[0])
    local.give_opinion(
        hearing=hearing, favourable=False, argument="Avis relu et inversé.", version=1, by=cast.juror, at=now
    )

    close(cast, now)

    assert content(1)["counts"]["unfavourable"] == 0
    assert content(2)["counts"]["unfavourable"] == 1
    assert content(2)["reopening"]["motive"] == MOTIVE
    text = text_of(local_minutes_pdf(LocalMinutes.objects.get(rank=2)))
    assert "Annule et remplace" in text
    assert MOTIVE in text


def test_a_transmitted_part_comes_back_and_leaves_again(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    journey.to_transmission(cast, gc_part, gc_enrolments)

    reopen(cast, now)

    gc_part.refresh_from_db()
    assert (gc_part.state, gc_part.transmitted_at) == (PartState.OPEN, None)
    with pytest.raises(Refusals, match="doit le clore"):
        transmit_part(part=gc_part, by=cast.clerk, at=now)
    close(cast, now)
    assert transmit_part(part=gc_part, by=cast.clerk, at=now).state == PartState.TRANSMITTED


def test_before_the_national_jury_only_the_local_jury_works_again(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    journey.to_deliberation(cast, gc_part, gc_enrolments)
    reopen(cast, now)
    enrolment = Enrolment.objects.get(pk=gc_enrolments[0].pk)
    part = SessionPart.objects.get(pk=gc_part.pk)
    written = gc_part.session.adoption.regulation.blocks.get(code="ECRIT")

    with pytest.raises(Refusal, match="jury national délibère"):
        enrol(part=part, line=make_line(cast, part.session.certification), by=cast.clerk, at=now)
    with pytest.raises(Refusal, match="jury national délibère"):
        withdraw(enrolment=enrolment, motive="Départ", by=cast.clerk, at=now)
    with pytest.raises(Refusal, match="jury national délibère"):
        record_mark(
            enrolment=enrolment,
            block=written,
            attempt=Mark.Attempt.FIRST,
            entry="3",
            version=1,
            by=cast.clerk,
            at=now,
        )
    with pytest.raises(Refusal, match="jury national délibère"):
        composition.create_jury(
            part=part, name="Jury B", meets_on=now.date(), place="Lyon", by=cast.clerk, at=now
        )
    (oral,) = jury_blocks(enrolment)
    mark = local.record_hearing_mark(
        hearing=enrolment.hearing, block=oral, entry="11", version=1, by=cast.juror, at=now
    )
    assert mark.entry == "11"
    close(cast, now)
    assert transmit_part(part=part, by=cast.clerk, at=now).state == PartState.TRANSMITTED


def test_a_reopening_stops_the_proclamation_until_everything_is_decided_again(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    session = journey.to_deliberation(cast, gc_part, gc_enrolments)
    national.adopt_clear_files(session=session, by=cast.cpnefp_president, at=now)
    reopen(cast, now)

    alerts = [alert.label for alert in summaries_of(session)[0].alerts]
    assert "Jury rouvert" in alerts
    assert "Jury rouvert" in [alert.label for alert in file_of(gc_enrolments[0]).alerts]
    with pytest.raises(Refusal, match="CRFP de Lyon"):
        national.proclaim(session=session, by=cast.cpnefp_president, at=now)
    close(cast, now)
    transmit_part(part=gc_part, by=cast.clerk, at=now)
    name = gc_enrolments[0].candidate.full_name
    with pytest.raises(Refusal, match=rf"Des éléments ont changé.*{name}"):
        national.proclaim(session=session, by=cast.cpnefp_president, at=now)
    for enrolment in gc_enrolments:
        national.decide(enrolment=enrolment, outcome=Outcome.CERTIFIED, motive="", by=cast.cpnefp, at=now)
    assert "Jury rouvert" not in [alert.label for alert in file_of(gc_enrolments[0]).alerts]
    national.proclaim(session=session, by=cast.cpnefp_president, at=now)


def test_once_proclaimed_no_jury_sits_again(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    journey.to_proclamation(cast, gc_part, gc_enrolments)

    with pytest.raises(Refusal, match="est proclamée"):
        reopen(cast, now)

    assert not JuryReopening.objects.exists()


def test_a_jury_reopened_and_emptied_is_not_removed(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments[:1])
    written = gc_part.session.adoption.regulation.blocks.get(code="ECRIT")
    excused: dict[str, Any] = {"attempt": 1, "entry": "ABJ", "version": 0}
    record_mark(enrolment=gc_enrolments[0], block=written, **excused, by=cast.clerk, at=now)
    close(cast, now)
    reopen(cast, now)
    composition.unassign_candidate(hearing=jury.hearings.get(), by=cast.clerk, at=now)

    with pytest.raises(Refusal, match="procès-verbal est conservé"):
        composition.remove_jury(jury=jury, by=cast.clerk, at=now)

    assert LocalMinutes.objects.filter(jury=jury).count() == 1
