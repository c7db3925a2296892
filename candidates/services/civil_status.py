"""The verb that completes identities with what the transmission of holders wants of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from candidates import civil_status_rules as own_rules
from candidates.models import Candidate, CivilStatus, Enrolment, Session
from candidates.rules import own_file_refusal, scope_refusal
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.workflow import demand

BATCH = 400
_LABELS = {
    "sex": "sexe",
    "birth_commune_code": "commune de naissance",
    "birth_country_code": "pays de naissance",
}


@dataclass(frozen=True, slots=True)
class Completion:
    """Sex and place of birth of a candidate, by INSEE code: the commune, or the country when born abroad.

    `is_old` confirms a commune that is no more.
    """

    enrolment: Enrolment
    sex: str
    birth_commune: str = ""
    birth_country: str = ""
    is_old: bool = False

    @property
    def values(self) -> dict[str, str]:
        return {
            "sex": self.sex,
            "birth_commune_code": self.birth_commune.strip().upper(),
            "birth_country_code": self.birth_country.strip(),
        }


@transaction.atomic
def complete_identities(
    *, session: Session, completions: Sequence[Completion], by: Actor, at: datetime
) -> int:
    """Complete, or correct, the identities of candidates of a session; returns how many changed.

    May be done, and done again, at any time: nothing a proclamation froze says it. The journal keeps which of
    the three changed, never the words. Raises Refusal, and changes nothing, for a value that cannot be right,
    for a candidate of another CRFP, and for one's own file.
    """
    by.must(Act.COMPLETE_IDENTITY)
    if any(one.enrolment.session_id != session.pk for one in completions):
        raise ValueError("these candidates are of another session")
    for one in completions:
        demand(_refusal(one, by))
    pks = [one.enrolment.candidate_id for one in completions]
    held = Candidate.objects.select_for_update().filter(pk__in=pks).order_by("pk").in_bulk()
    known = CivilStatus.objects.filter(candidate__in=held).in_bulk(field_name="candidate_id")
    changed: dict[int, CivilStatus] = {}
    facts: list[Fact] = []
    for one in completions:
        pk, values = one.enrolment.candidate_id, one.values
        row = known.setdefault(pk, CivilStatus(candidate=held[pk]))
        names = [name for name, value in values.items() if getattr(row, name) != value]
        if not names:
            continue
        for name in names:
            setattr(row, name, values[name])
        changed[pk] = row
        facts.append(_fact(one.enrolment, names))
    new = [row for row in changed.values() if row.pk is None]
    old = [row for row in changed.values() if row.pk is not None]
    CivilStatus.objects.bulk_create(new, batch_size=BATCH)
    CivilStatus.objects.bulk_update(old, [*_LABELS], batch_size=BATCH)
    record(chain=session.code, by=by, at=at, facts=facts)
    return len(facts)


def _refusal(one: Completion, by: Actor) -> str | None:
    values = one.values
    commune, country = values["birth_commune_code"], values["birth_country_code"]
    return (
        scope_refusal(one.enrolment.part, by)
        or own_rules.sex_refusal(one.sex)
        or own_rules.place_refusal(commune, country)
        or (own_rules.commune_refusal(commune, is_old=one.is_old) if commune else None)
        or (own_rules.country_refusal(country) if country else None)
        or own_file_refusal(one.enrolment, by)
    )


def _fact(enrolment: Enrolment, names: Sequence[str]) -> Fact:
    after = {"etat_civil": [_LABELS[name] for name in names]}
    return Fact(Act.COMPLETE_IDENTITY, f"inscription {enrolment.pk}", enrolment.pk, after=after)
