"""The verb that completes an identity with what the transmission of holders wants of it."""

from datetime import datetime

from django.db import transaction

from candidates import civil_status_rules as own_rules
from candidates.models import Candidate, CivilStatus, Enrolment
from candidates.rules import own_file_refusal, scope_refusal
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.workflow import demand

_LABELS = {
    "sex": "sexe",
    "birth_commune_code": "commune de naissance",
    "birth_country_code": "pays de naissance",
}


@transaction.atomic
def complete_identity(
    *,
    enrolment: Enrolment,
    sex: str,
    birth_commune: str = "",
    birth_country: str = "",
    is_old: bool = False,
    by: Actor,
    at: datetime,
) -> CivilStatus:
    """Sex and place of birth of a candidate, by INSEE code: the commune, or the country when born abroad.

    May be done, and done again, at any time: nothing a proclamation froze says it. `is_old` confirms a
    commune that is no more. The journal keeps which of the three changed, never the words. Raises Refusal
    for a value that cannot be right, for the candidates of another CRFP, and for one's own file.
    """
    by.must(Act.COMPLETE_IDENTITY)
    commune, country = birth_commune.strip().upper(), birth_country.strip()
    demand(scope_refusal(enrolment.part, by))
    demand(own_rules.sex_refusal(sex))
    demand(own_rules.place_refusal(commune, country))
    demand(own_rules.commune_refusal(commune, is_old=is_old) if commune else None)
    demand(own_rules.country_refusal(country) if country else None)
    candidate = Candidate.objects.select_for_update().get(pk=enrolment.candidate_id)
    demand(own_file_refusal(enrolment, by))
    known = CivilStatus.objects.filter(candidate=candidate).first()
    status = known or CivilStatus(candidate=candidate)
    values = {"sex": sex, "birth_commune_code": commune, "birth_country_code": country}
    changed = [name for name, value in values.items() if getattr(status, name) != value]
    if not changed:
        return status
    for name, value in values.items():
        setattr(status, name, value)
    status.save()
    after = {"etat_civil": [_LABELS[name] for name in changed]}
    fact = Fact(Act.COMPLETE_IDENTITY, f"inscription {enrolment.pk}", enrolment.pk, after=after)
    record(chain=enrolment.session.code, by=by, at=at, facts=[fact])
    return status
