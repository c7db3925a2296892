"""The jury of the blocs: its verb, its sheet, what is awaited before the closing."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from cqp.journal.models import Entry
from cqp.workflow import Conflict, Refusal
from evaluations.judging import BlocEntry, CompetenceWord, CriterionWord
from evaluations.models import BlocCompetence, BlocJudgement, CriterionJudgement, KeptBloc, Regulation
from evaluations.reading import result_of
from evaluations.scoring import BlocRule, Scope
from evaluations.services.regulations import copy_regulation
from juries.models import Hearing, LocalJury
from juries.reading import lines_of, recorders_of
from juries.rules import Refusals
from juries.services.blocs import judge_bloc
from juries.services.composition import assign_candidates
from juries.services.local import close_jury, give_opinion
from juries.services.substitutes import note_absence
from tests.access.world import client_of
from tests.blocs import ADVICE, judge, sign_carnet
from tests.cast import Cast, enrol_some
from tests.journey import compose_jury

Outcome = BlocJudgement.Outcome


@pytest.fixture
def jury(cast: Cast, blocs_part: SessionPart) -> LocalJury:
    return compose_jury(cast, blocs_part)


@pytest.fixture
def hearing(cast: Cast, jury: LocalJury, blocs_enrolments: list[Enrolment], now: datetime) -> Hearing:
    return assign_candidates(jury=jury, enrolments=blocs_enrolments[:1], by=cast.clerk, at=now)[0]


@pytest.fixture
def blocs(blocs_part: SessionPart) -> list[BlocCompetence]:
    return list(blocs_part.session.adoption.regulation.blocs.all())


def words(bloc: BlocCompetence, acquired: bool | None = True, **changes: CompetenceWord) -> BlocEntry:
    """« Acquis » of every competence of a bloc, but these codes."""
    said = {one.pk: changes.get(one.code, CompetenceWord(acquired)) for one in bloc.competences.all()}
    return BlocEntry(Outcome.ACQUIRED, "", said)


def send(
    cast: Cast, hearing: Hearing, bloc: BlocCompetence, entry: BlocEntry, **changes: Any
) -> BlocJudgement:
    values: dict[str, Any] = {"by": cast.juror, "version": 0, "at": timezone.now()} | changes
    return judge_bloc(hearing=hearing, bloc=bloc, entry=entry, **values)


def entries() -> int:
    return Entry.objects.filter(act="bloc.juger").count()


# --- The verb ---


def test_a_sheet_may_be_saved_unfinished_then_concluded(cast: Cast, hearing: Hearing, blocs: Any) -> None:
    bloc = blocs[0]
    criterion = bloc.competences.all()[0].criteria.all()[0]
    draft = BlocEntry(criteria={criterion.pk: CriterionWord("PARTIEL", "hésite")})
    first = send(cast, hearing, bloc, draft)
    assert (first.outcome, first.version) == (Outcome.OPEN, 1)
    assert CriterionJudgement.objects.get().note == "hésite"
    done = send(cast, hearing, bloc, words(bloc), version=1, by=cast.jury_president)
    assert (done.outcome, done.version, done.recorded_by) == (Outcome.ACQUIRED, 2, cast.jury_president.user)
    assert not CriterionJudgement.objects.exists(), "what the sheet no longer says is no longer there"
    assert entries() == 2


def test_the_same_sheet_sent_twice_does_nothing_twice(cast: Cast, hearing: Hearing, blocs: Any) -> None:
    first = send(cast, hearing, blocs[0], words(blocs[0]))
    again = send(cast, hearing, blocs[0], words(blocs[0]))
    assert (again.pk, again.version, entries()) == (first.pk, 1, 1)


def test_nobody_judges_a_bloc_alone(cast: Cast, hearing: Hearing, blocs: Any, now: datetime) -> None:
    for missing in hearing.jury.seats.exclude(user=cast.juror.user).select_related("jury__part"):
        note_absence(seat=missing, motive="Grève", by=cast.clerk, at=now)
    with pytest.raises(Refusal, match="il manque 1 juré"):
        send(cast, hearing, blocs[0], words(blocs[0]))
    assert not BlocJudgement.objects.exists()
    page = client_of(cast.juror).get(reverse("juries:bloc_sheet", args=[hearing.pk, blocs[0].code]))
    assert "il manque 1 juré" in page.content.decode()


def test_two_jurors_who_write_two_things_are_told(cast: Cast, hearing: Hearing, blocs: Any) -> None:
    send(cast, hearing, blocs[0], words(blocs[0]))
    with pytest.raises(Conflict, match=cast.juror.user.full_name):
        send(cast, hearing, blocs[0], BlocEntry(Outcome.ABSENT), by=cast.second_juror)
    assert BlocJudgement.objects.get().outcome == Outcome.ACQUIRED


def test_a_conclusion_needs_a_word_on_every_key_competence(cast: Cast, hearing: Hearing, blocs: Any) -> None:
    bloc = blocs[0]
    silent = words(bloc, B1C1=CompetenceWord(), B1C2=CompetenceWord())
    with pytest.raises(Refusals) as refused:
        send(cast, hearing, bloc, silent)
    assert refused.value.sentences == {"outcome": "Avant de conclure, prononcez-vous sur\u00a0: B1C2."}
    assert not BlocJudgement.objects.exists()


def test_the_regulation_says_on_which_competences_the_jury_speaks(
    cast: Cast, hearing: Hearing, blocs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("juries.services.blocs.rule_of", lambda regulation: BlocRule(jury=Scope.ALL))
    with pytest.raises(Refusals, match="B1C1"):
        send(cast, hearing, blocs[0], words(blocs[0], B1C1=CompetenceWord()))


def test_what_is_not_acquired_is_argued(cast: Cast, hearing: Hearing, blocs: Any) -> None:
    bloc = blocs[0]
    mute = replace(words(bloc, B1C2=CompetenceWord(False)), outcome=Outcome.NOT_ACQUIRED)
    with pytest.raises(Refusals) as refused:
        send(cast, hearing, bloc, mute)
    assert set(refused.value.sentences) == {"argument-B1C2", "argument"}
    told = replace(
        words(bloc, B1C2=CompetenceWord(False, ADVICE)), outcome=Outcome.NOT_ACQUIRED, argument=ADVICE
    )
    assert send(cast, hearing, bloc, told).outcome == Outcome.NOT_ACQUIRED
    sign_carnet(hearing.enrolment)
    assert "B1" not in result_of(hearing.enrolment).acquired


def test_a_bloc_is_not_acquired_over_a_refused_competence(cast: Cast, hearing: Hearing, blocs: Any) -> None:
    with pytest.raises(Refusals, match="B1C1"):
        send(cast, hearing, blocs[0], words(blocs[0], B1C1=CompetenceWord(False, ADVICE)))


def test_a_bloc_may_be_refused_as_a_whole(cast: Cast, hearing: Hearing, blocs: Any) -> None:
    whole = replace(words(blocs[0]), outcome=Outcome.NOT_ACQUIRED, argument=ADVICE)
    assert send(cast, hearing, blocs[0], whole).outcome == Outcome.NOT_ACQUIRED


@pytest.mark.parametrize(
    ("outcome", "verdict"), [(Outcome.ABSENT, "NON_CERTIFIABLE"), (Outcome.EXCUSED, "REPORTE")]
)
def test_an_absence_needs_no_grid(
    cast: Cast, hearing: Hearing, blocs: Any, outcome: str, verdict: str
) -> None:
    sign_carnet(hearing.enrolment)
    for bloc in blocs[1:]:
        judge(cast, hearing, bloc)
    send(cast, hearing, blocs[0], BlocEntry(outcome))
    assert result_of(hearing.enrolment).verdict == verdict


def test_a_kept_bloc_is_not_judged_again(cast: Cast, hearing: Hearing, blocs: Any, now: datetime) -> None:
    KeptBloc.objects.create(
        enrolment=hearing.enrolment, bloc=blocs[0], acquired_on=now.date(), motive="VAE", at=now,
        by=cast.ucanss.user,
    )  # fmt: skip
    with pytest.raises(Refusal, match="conservé"):
        send(cast, hearing, blocs[0], words(blocs[0]))


def test_a_sheet_speaks_of_its_own_bloc_only(cast: Cast, hearing: Hearing, blocs: Any) -> None:
    with pytest.raises(Refusal, match="n’est pas de ce bloc"):
        send(cast, hearing, blocs[0], BlocEntry(competences=words(blocs[1]).competences))


def test_only_those_who_sit_judge_and_not_their_own_people(
    cast: Cast, hearing: Hearing, blocs: Any, now: datetime
) -> None:
    for actor in (cast.clerk, cast.tutor, cast.cpnefp):
        with pytest.raises(Refusal):
            send(cast, hearing, blocs[0], words(blocs[0]), by=actor)
    draft = copy_regulation(regulation=Regulation.objects.get(code="GC_2013"), by=cast.ucanss, at=now)
    other = BlocCompetence.objects.create(
        regulation=draft, position=1, code="X1", title="X", activity="X", modality="X", minutes=1
    )
    with pytest.raises(Refusal, match="règlement"):
        send(cast, hearing, other, BlocEntry())


def test_whoever_signed_the_carnet_does_not_judge(cast: Cast, hearing: Hearing) -> None:
    sign_carnet(hearing.enrolment)
    found = recorders_of([hearing.enrolment])[hearing.enrolment_id]
    assert {cast.tutor.user.pk, cast.manager.user.pk} <= found


def test_the_database_refuses_a_refusal_without_words(cast: Cast, hearing: Hearing, blocs: Any) -> None:
    sheet = send(cast, hearing, blocs[0], words(blocs[0]))
    for change in (
        lambda: BlocJudgement.objects.filter(pk=sheet.pk).update(outcome=Outcome.NOT_ACQUIRED),
        lambda: sheet.competences.update(acquired=False),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_a_jury_closes_once_every_bloc_is_concluded(
    cast: Cast, jury: LocalJury, hearing: Hearing, blocs: Any, now: datetime
) -> None:
    give_opinion(hearing=hearing, favourable=True, argument="", version=0, by=cast.juror, at=now)
    judge(cast, hearing, blocs[0])
    send(cast, hearing, blocs[1], BlocEntry())
    (line,) = lines_of(jury.hearings.all())
    assert line.awaited == ("B2", "B3")
    with pytest.raises(Refusal, match="B2, B3"):
        close_jury(jury=jury, by=cast.jury_president, at=now)
    for bloc in blocs[1:]:
        send(cast, hearing, bloc, words(bloc), version=1 if bloc == blocs[1] else 0)
    assert close_jury(jury=jury, by=cast.jury_president, at=now).closed_at
    with pytest.raises(Refusal, match="clos"):
        send(cast, hearing, blocs[0], BlocEntry(Outcome.ABSENT), version=1)


# --- The sheet ---


def address(hearing: Hearing, code: str = "B1") -> str:
    return reverse("juries:bloc_sheet", args=[hearing.pk, code])


def filled(bloc: BlocCompetence, outcome: str = "ACQUIS", **changes: str) -> dict[str, str]:
    """The sheet as a browser sends it."""
    data = {"version": "0", "outcome": outcome, "argument": ""}
    for competence in bloc.competences.all():
        data[f"competence-{competence.code}"] = "acquise"
        for criterion in competence.criteria.all():
            data[f"niveau-{competence.code}-{criterion.position}"] = "MAITRISE"
    return data | changes


def test_a_juror_fills_the_sheet_and_goes_on_to_the_next_bloc(
    cast: Cast, hearing: Hearing, blocs: Any, sign_in: Any
) -> None:
    client = sign_in(cast.juror)
    page = client.get(address(hearing)).content.decode()
    assert page.count("compétence clé") == 3
    assert "Maîtrisé" in page
    answer = client.post(address(hearing), filled(blocs[0]) | {"next": "1"})
    assert answer["Location"] == address(hearing, "B2")
    again = client.get(address(hearing)).content.decode()
    assert again.count('value="MAITRISE" checked') == 16
    hearing_page = client.get(reverse("juries:hearing", args=[hearing.pk])).content.decode()
    assert "Revoir la fiche" in hearing_page
    assert hearing_page.count("Remplir la fiche") == 2


def test_a_refused_sheet_says_where_and_loses_nothing(
    cast: Cast, hearing: Hearing, blocs: Any, sign_in: Any
) -> None:
    client = sign_in(cast.juror)
    data = filled(blocs[0], **{"competence-B1C2": "non-acquise", "remarque-B1C1-1": "Très à l’aise"})
    answer = client.post(address(hearing), data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#id_argument-B1C2"' in page
    assert "Très à l’aise" in page
    assert "ne peut pas être acquis sans B1C2" in page
    assert not BlocJudgement.objects.exists()


def test_a_stale_sheet_shows_who_wrote_and_may_then_replace(
    cast: Cast, hearing: Hearing, blocs: Any, sign_in: Any
) -> None:
    send(cast, hearing, blocs[0], BlocEntry(Outcome.ABSENT), by=cast.second_juror)
    client = sign_in(cast.juror)
    answer = client.post(address(hearing), filled(blocs[0]))
    assert answer.status_code == 422
    assert cast.second_juror.user.full_name in answer.content.decode()
    assert answer.context["form"].data["version"] == "1"
    assert client.post(address(hearing), filled(blocs[0], version="1")).status_code == 302
    assert BlocJudgement.objects.get().outcome == Outcome.ACQUIRED


def test_a_refused_sheet_does_not_pass_for_having_seen_the_other(
    cast: Cast, hearing: Hearing, blocs: Any, sign_in: Any
) -> None:
    """A juror refused for an argument has read nothing of what another wrote meanwhile."""
    send(cast, hearing, blocs[0], words(blocs[0]), by=cast.second_juror)
    client = sign_in(cast.juror)
    unargued = filled(blocs[0], "NON_ACQUIS")
    answer = client.post(address(hearing), unargued)
    assert answer.context["form"].data["version"] == "0"
    answer = client.post(address(hearing), unargued | {"argument": ADVICE})
    assert answer.status_code == 422
    assert cast.second_juror.user.full_name in answer.content.decode()
    assert BlocJudgement.objects.get().outcome == Outcome.ACQUIRED


def test_a_sheet_not_concluded_acquires_nothing(cast: Cast, hearing: Hearing, blocs: Any) -> None:
    sign_carnet(hearing.enrolment)
    for bloc in blocs[:2]:
        send(cast, hearing, bloc, replace(words(bloc), outcome=Outcome.OPEN))
    send(cast, hearing, blocs[2], BlocEntry(Outcome.EXCUSED))
    result = result_of(hearing.enrolment)
    assert (result.verdict, result.acquired) == ("REPORTE", ())


def test_an_unknown_bloc_or_a_candidate_of_another_jury_is_not_found(
    cast: Cast, hearing: Hearing, sign_in: Any, blocs_part: SessionPart
) -> None:
    assert sign_in(cast.juror).get(address(hearing, "B9")).status_code == 404
    (other,) = enrol_some(cast, blocs_part, 1)
    jurors = [cast.second_juror]
    elsewhere = compose_jury(cast, blocs_part, "Jury B", jurors)
    (theirs,) = assign_candidates(jury=elsewhere, enrolments=[other], by=cast.clerk, at=timezone.now())
    assert sign_in(cast.juror).get(address(theirs)).status_code == 404
    assert sign_in(cast.manager).get(address(hearing)).status_code == 403


def test_the_jury_never_sees_the_carnet(cast: Cast, hearing: Hearing, sign_in: Any) -> None:
    sign_carnet(hearing.enrolment)
    client = sign_in(cast.juror)
    for url in (address(hearing), reverse("juries:hearing", args=[hearing.pk])):
        assert "Visite d’un cabinet" not in client.get(url).content.decode()


def test_the_pages_cost_the_same_for_one_and_three_candidates(
    cast: Cast,
    jury: LocalJury,
    hearing: Hearing,
    blocs: Any,
    blocs_enrolments: list[Enrolment],
    sign_in: Any,
    now: datetime,
) -> None:
    client = sign_in(cast.juror)
    urls = [address(hearing), reverse("juries:jury_detail", args=[jury.pk]), reverse("juries:jury_list")]

    def cost() -> list[int]:
        found = []
        for url in urls:
            with CaptureQueriesContext(connection) as queries:
                client.get(url)
            found.append(len(queries))
        return found

    before = cost()
    for one in assign_candidates(jury=jury, enrolments=blocs_enrolments[1:], by=cast.clerk, at=now):
        judge(cast, one, blocs[0])
    assert cost() == before


def test_the_list_of_a_jury_tells_each_bloc(
    cast: Cast, jury: LocalJury, hearing: Hearing, blocs: Any, sign_in: Any
) -> None:
    judge(cast, hearing, blocs[0])
    client, url = sign_in(cast.juror), reverse("juries:jury_detail", args=[jury.pk])
    assert "B2, B3, avis" in client.get(url).content.decode()
    rows = client.get(url, {"format": "csv"}).content.decode("utf-8-sig").splitlines()
    assert rows[0].split(";")[5:8] == ["B1", "B2", "B3"]
    assert rows[1].split(";")[5:8] == ["acquis", "à juger", "à juger"]
