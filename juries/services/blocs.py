"""The verb of a jury that judges a bloc of competences (R18-R20)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from cqp.accounts.actor import Actor
from cqp.roles import Act
from cqp.text import cleaned_lines
from cqp.workflow import Refusal, demand
from evaluations.bloc_reading import rule_of
from evaluations.judging import KEPT, BlocEntry, CompetenceWord, CriterionWord, judgement_refusals
from evaluations.models import Adoption, BlocCompetence, BlocJudgement, Competence, KeptBloc
from evaluations.services.judgements import write_judgement
from juries import rules
from juries.models import Hearing
from juries.reading import deliberating_refusal
from juries.services.locks import lock_hearing


@transaction.atomic
def judge_bloc(
    *, hearing: Hearing, bloc: BlocCompetence, entry: BlocEntry, version: int, by: Actor, at: datetime
) -> BlocJudgement:
    """Record the sheet of one bloc of one candidate: criteria, competences, conclusion; all or nothing.

    Raises Refusals by field (`outcome`, `argument`, `argument-<competence>`), Refusal when this person may
    not judge or the bloc is kept from another session, Conflict when another juror wrote it meanwhile.
    """
    by.must(Act.JUDGE_BLOC)
    _session, hearing = lock_hearing(hearing)
    demand(deliberating_refusal(hearing, by))
    regulation = Adoption.objects.select_related("regulation").get(session=hearing.enrolment.session_id)
    if bloc.regulation_id != regulation.regulation_id:
        raise Refusal("Ce bloc n’appartient pas au règlement de la session.")
    if KeptBloc.objects.filter(enrolment=hearing.enrolment, bloc=bloc).exists():
        raise Refusal(KEPT)
    competences = list(bloc.competences.prefetch_related("criteria"))
    demand(_foreign_refusal(entry, competences))
    entry = _cleaned(entry)
    needed = rule_of(regulation.regulation).jury
    refused = judgement_refusals(competences, needed, entry)
    if refused:
        raise rules.Refusals(refused)
    return write_judgement(enrolment=hearing.enrolment, bloc=bloc, entry=entry, version=version, by=by, at=at)


def _foreign_refusal(entry: BlocEntry, competences: Sequence[Competence]) -> str | None:
    """Is everything the sheet speaks of in this bloc?"""
    criteria = {criterion.pk for one in competences for criterion in one.criteria.all()}
    if entry.competences.keys() <= {one.pk for one in competences} and entry.criteria.keys() <= criteria:
        return None
    return "Cette fiche parle d’une compétence qui n’est pas de ce bloc."


def _cleaned(entry: BlocEntry) -> BlocEntry:
    """The sheet with texts that can be printed. Raises Refusal where one cannot."""
    return replace(
        entry,
        argument=cleaned_lines(entry.argument),
        competences={
            pk: CompetenceWord(word.acquired, cleaned_lines(word.argument) if word.acquired is False else "")
            for pk, word in entry.competences.items()
        },
        criteria={
            pk: CriterionWord(word.level, cleaned_lines(word.note)) for pk, word in entry.criteria.items()
        },
    )
