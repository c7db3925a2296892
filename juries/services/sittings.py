"""Verbs of a sitting: the roll, the file in discussion, files taken apart, members who step aside, points."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from candidates.models import Enrolment, Session
from candidates.services.locks import lock_session
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership, User
from cqp.journal.chain import Fact, record
from cqp.roles import Act, Role
from cqp.text import cleaned, cleaned_lines
from cqp.workflow import Conflict, Refusal, demand
from evaluations.models import Block, JuryPoints
from evaluations.reading import result_of
from evaluations.scoring import PointsResult, plain_number
from juries import rules, sitting_rules
from juries.models import Decision, Extraction, Floor, MemberRecusal, Sitting, SittingMember
from juries.sitting import Presence, Roll, recused_from, roll_of


def convene(sitting: Sitting, president: User) -> list[SittingMember]:
    """Every member of the CPNEFP is convened to a sitting that opens; who opens it presides, present."""
    found: dict[int, SittingMember] = {}
    members = Membership.objects.filter(role__in=[Role.CPNEFP, Role.CPNEFP_PRESIDENT], user__is_active=True)
    for user, college in members.order_by("pk").values_list("user_id", "college"):
        presides = user == president.pk
        found.setdefault(
            user,
            SittingMember(
                sitting=sitting,
                user_id=user,
                college=college,
                presence=SittingMember.Presence.PRESENT if presides else "",
                office=SittingMember.Office.PRESIDENT if presides else "",
            ),
        )
    return SittingMember.objects.bulk_create(found.values())


@transaction.atomic
def call_roll(
    *,
    session: Session,
    presences: Mapping[int, Presence],
    president: int | None,
    vice_president: int | None,
    by: Actor,
    at: datetime,
    seen: str | None = None,
) -> Roll:
    """Write who is there, who is represented and by whom, and who presides; the whole list at once.

    `presences` by id of member; `president` and `vice_president` are such ids; `seen` is the mark of the list
    the person had before them. Raises Refusals by field, Conflict when the list has changed since `seen`.
    """
    by.must(Act.CALL_ROLL)
    session = lock_session(session)
    demand(rules.deliberation_refusal(session))
    roll = roll_of(session)
    if {member.pk for member in roll.members} != presences.keys():
        raise Refusal("La liste des membres a changé : relisez la page.")
    if seen is not None and seen != roll.mark:
        raise Conflict(
            "Les présences ont changé entre-temps : relisez la liste, puis enregistrez de nouveau."
        )
    refused = sitting_rules.roll_refusals(roll, presences, president, vice_president)
    if refused:
        raise rules.Refusals(refused)
    before = _roll_data(roll)
    # The two offices first go to nobody: each is held once, whatever the order of the rows.
    SittingMember.objects.filter(sitting=session.sitting).exclude(office="").update(office="")
    offices = {president: SittingMember.Office.PRESIDENT, vice_president: SittingMember.Office.VICE_PRESIDENT}
    for member in roll.members:
        presence = presences[member.pk]
        member.presence, member.proxy_id = presence.state, presence.proxy
        member.office = offices.get(member.pk, SittingMember.Office.NONE)
    SittingMember.objects.bulk_update(roll.members, ["presence", "proxy", "office"])
    roll = roll_of(session)
    after = _roll_data(roll)
    if after != before:
        fact = Fact(Act.CALL_ROLL, f"séance {session.code}", before=before, after=after)
        record(chain=session.code, by=by, at=at, facts=[fact])
    return roll


@transaction.atomic
def call_file(*, session: Session, enrolment: Enrolment | None, by: Actor, at: datetime) -> Floor:
    """Show a file to every member, on their own screens; None ends the discussion."""
    by.must(Act.CALL_FILE)
    session = lock_session(session)
    demand(rules.deliberation_refusal(session))
    demand(sitting_rules.member_refusal(roll_of(session), by))
    if enrolment is not None and enrolment.session_id != session.pk:
        raise Refusal("Ce dossier n’est pas de cette session.")
    floor, _made = Floor.objects.get_or_create(sitting=session.sitting, defaults={"since": at})
    pk = enrolment.pk if enrolment else None
    if not _made and floor.enrolment_id == pk:
        return floor
    floor.enrolment_id, floor.since = pk, at
    floor.save()
    subject = f"inscription {pk}" if pk else f"séance {session.code}"
    record(
        chain=session.code, by=by, at=at, facts=[Fact(Act.CALL_FILE, subject, pk, after={"appele": bool(pk)})]
    )
    return floor


@transaction.atomic
def extract_file(*, enrolment: Enrolment, by: Actor, at: datetime) -> Extraction:
    """Take a file out of those adopted together: any member may, by one gesture."""
    by.must(Act.EXTRACT_FILE)
    session = _sitting_of(enrolment, by)
    found = Extraction.objects.filter(enrolment=enrolment).first()
    if found:
        return found
    demand(sitting_rules.extraction_refusal(enrolment, decided=_decided(enrolment)))
    made = Extraction.objects.create(enrolment=enrolment, at=at, by=by.user)
    _record(session, Act.EXTRACT_FILE, enrolment, by, at, after={"extrait": True})
    return made


@transaction.atomic
def put_back_file(*, enrolment: Enrolment, by: Actor, at: datetime) -> None:
    """Undo an extraction; a file that was not extracted stays as it is."""
    by.must(Act.EXTRACT_FILE)
    session = _sitting_of(enrolment, by)
    if Extraction.objects.filter(enrolment=enrolment).delete()[0]:
        _record(session, Act.EXTRACT_FILE, enrolment, by, at, after={"extrait": False})


@transaction.atomic
def step_aside(*, enrolment: Enrolment, motive: str, by: Actor, at: datetime) -> MemberRecusal:
    """A member steps aside for one file: sees a number from here, and has no voice in it (R56)."""
    by.must(Act.STEP_ASIDE)
    motive = cleaned(motive)
    session = _sitting_of(enrolment, by, present=False)  # who is represented may step aside too
    member = SittingMember.objects.get(sitting__session=session, user=by.user)
    found = MemberRecusal.objects.filter(enrolment=enrolment, member=member).first()
    if found:
        return found
    mine = Decision.objects.filter(enrolment=enrolment, decided_by=by.user).exists()
    refused = sitting_rules.step_aside_refusals(enrolment, motive, decided_by_them=mine)
    if refused:
        raise rules.Refusals(refused)
    made = MemberRecusal.objects.create(enrolment=enrolment, member=member, motive=motive, at=at)
    after = {"membre": by.user.pk}
    _record(session, Act.STEP_ASIDE, enrolment, by, at, after=after, reason=motive)
    return made


@transaction.atomic
def give_points(
    *,
    enrolment: Enrolment,
    block: Block,
    points: Decimal | None,
    motive: str,
    by: Actor,
    at: datetime,
    seen: str | None = None,
) -> JuryPoints | None:
    """Add points of the jury to a mark, which itself never changes; None takes them back.

    `seen` is the mark of the points the person had before them (`points_mark`). A decision already taken no
    longer stands. Raises Refusals by field (`points`, `motive`), Conflict when others were given meanwhile.
    """
    by.must(Act.GIVE_POINTS)
    motive = cleaned_lines(motive)
    session = _sitting_of(enrolment, by)
    roll = roll_of(session)
    demand(sitting_rules.quorum_refusal(roll))
    demand(sitting_rules.party_refusal(roll, recused_from(enrolment, roll), by))
    found = JuryPoints.objects.filter(enrolment=enrolment, block=block).first()
    before = _points_data(found)
    if found and (found.points, found.motive) == (points, motive):
        return found
    if seen is not None and seen != points_mark(found):
        raise Conflict(sitting_rules.points_overtaken(found))
    if points is None:
        if found:
            found.delete()
            after = {"epreuve": block.code, "points": None}
            _record(session, Act.GIVE_POINTS, enrolment, by, at, before=before, after=after, reason=motive)
        return None
    refused = sitting_rules.points_refusals(roll.rule, block, _mark_of(enrolment, block), points, motive)
    if refused:
        raise rules.Refusals(refused)
    values = {"points": points, "motive": motive, "given_at": at, "given_by": by.user}
    made, _new = JuryPoints.objects.update_or_create(enrolment=enrolment, block=block, defaults=values)
    after = _points_data(made)
    _record(session, Act.GIVE_POINTS, enrolment, by, at, before=before, after=after, reason=motive)
    return made


def points_mark(points: JuryPoints | None) -> str:
    """What tells one state of the points of a block from another, for a form to send back."""
    return points.given_at.isoformat() if points else ""


def _sitting_of(enrolment: Enrolment, by: Actor, *, present: bool = True) -> Session:
    """The session, held, once it is sure that it deliberates and that this person takes part."""
    session = lock_session(enrolment.session)
    demand(rules.deliberation_refusal(session))
    roll = roll_of(session)
    demand(sitting_rules.member_refusal(roll, by) if present else sitting_rules.convened_refusal(roll, by))
    if not Enrolment.objects.sitting().filter(pk=enrolment.pk, session=session).exists():
        raise Refusal(f"{enrolment.candidate.full_name} s’est désisté : il n’y a rien à décider.")
    return session


def _decided(enrolment: Enrolment) -> bool:
    return Decision.objects.filter(enrolment=enrolment).exists()


def _mark_of(enrolment: Enrolment, block: Block) -> Decimal | None:
    """The evaluator's mark that counts in this block; None for an absence, or without mark."""
    result = result_of(enrolment)
    if not isinstance(result, PointsResult):
        return None
    return next((line.mark.value for line in result.lines if line.block.code == block.code), None)


def _roll_data(roll: Roll) -> dict[str, Any]:
    return {
        str(member.user_id): " ".join(
            filter(None, (member.presence, member.office, str(member.proxy.user_id) if member.proxy else ""))
        )
        for member in roll.members
    }


def _points_data(points: JuryPoints | None) -> dict[str, Any]:
    if points is None:
        return {}
    return {"epreuve": points.block.code, "points": plain_number(points.points), "motif": points.motive}


def _record(
    session: Session,
    act: Act,
    enrolment: Enrolment,
    by: Actor,
    at: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    fact = Fact(
        act,
        f"inscription {enrolment.pk}",
        enrolment.pk,
        before=before or {},
        after=after or {},
        reason=reason,
    )
    record(chain=session.code, by=by, at=at, facts=[fact])
