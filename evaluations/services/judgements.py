"""Writing what a jury says of a bloc; that this person may judge this candidate is checked by the juries."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from candidates.models import Enrolment
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.workflow import Conflict
from evaluations.judging import BlocEntry
from evaluations.models import BlocCompetence, BlocJudgement, CompetenceJudgement, CriterionJudgement


@transaction.atomic
def write_judgement(
    *, enrolment: Enrolment, bloc: BlocCompetence, entry: BlocEntry, version: int, by: Actor, at: datetime
) -> BlocJudgement:
    """Write the whole sheet of a bloc, as it was filled; the same sheet again does nothing.

    `version` is the one that was on the screen, 0 for none. Raises Conflict when another juror wrote since.
    """
    by.must(Act.JUDGE_BLOC)
    rows = BlocJudgement.objects.select_for_update(of=("self",)).select_related("recorded_by")
    stored = rows.filter(enrolment=enrolment, bloc=bloc).first()
    before, after = _data_of(stored), _data_of_entry(bloc, entry)
    if stored and before == after:
        return stored
    if (stored.version if stored else 0) != version:
        raise Conflict(_overtaken(stored))
    judgement = stored or BlocJudgement(enrolment=enrolment, bloc=bloc, version=0)
    judgement.outcome, judgement.argument = entry.outcome, entry.argument
    judgement.version, judgement.recorded_at, judgement.recorded_by = version + 1, at, by.user
    judgement.save()
    _write_words(judgement, entry)
    fact = Fact(Act.JUDGE_BLOC, f"inscription {enrolment.pk}", enrolment.pk, before, after)
    record(chain=enrolment.session.code, by=by, at=at, facts=[fact])
    return judgement


def _write_words(judgement: BlocJudgement, entry: BlocEntry) -> None:
    """The words of the sheet, in place of those before; what is left empty has no row."""
    judgement.competences.all().delete()
    judgement.criteria.all().delete()
    CompetenceJudgement.objects.bulk_create(
        CompetenceJudgement(
            judgement=judgement, competence_id=pk, acquired=word.acquired, argument=word.argument
        )
        for pk, word in entry.competences.items()
        if word.acquired is not None
    )
    CriterionJudgement.objects.bulk_create(
        CriterionJudgement(judgement=judgement, criterion_id=pk, level=word.level, note=word.note)
        for pk, word in entry.criteria.items()
        if word.level or word.note
    )


def _overtaken(stored: BlocJudgement | None) -> str:
    if stored is None:
        return "La fiche de ce bloc n’existe plus : relisez la page."
    at = timezone.localtime(stored.recorded_at)
    who = stored.recorded_by.full_name
    return f"{who} a enregistré cette fiche à {at.hour} h {at.minute:02}."


def _data_of(stored: BlocJudgement | None) -> dict[str, Any]:
    """What the journal keeps of a sheet: codes and words."""
    if stored is None:
        return {}
    words = stored.competences.select_related("competence").order_by("competence__position")
    seen = stored.criteria.select_related("criterion__competence")
    return {
        "bloc": stored.bloc.code,
        "conclusion": stored.outcome,
        "argument": stored.argument,
        "competences": {one.competence.code: [one.acquired, one.argument] for one in words},
        "criteres": {
            f"{one.criterion.competence.code}.{one.criterion.position}": [one.level, one.note]
            for one in seen.order_by("criterion__competence__position", "criterion__position")
        },
    }


def _data_of_entry(bloc: BlocCompetence, entry: BlocEntry) -> dict[str, Any]:
    """The same of a sheet as it was filled."""
    words, seen = {}, {}
    for competence in bloc.competences.prefetch_related("criteria"):
        word = entry.competences.get(competence.pk)
        if word and word.acquired is not None:
            words[competence.code] = [word.acquired, word.argument]
        for criterion in competence.criteria.all():
            mark = entry.criteria.get(criterion.pk)
            if mark and (mark.level or mark.note):
                seen[f"{competence.code}.{criterion.position}"] = [mark.level, mark.note]
    return {
        "bloc": bloc.code,
        "conclusion": entry.outcome,
        "argument": entry.argument,
        "competences": words,
        "criteres": seen,
    }
