"""A throw-away database with a crowd: rows written in bulk, for measuring only.

`open_place()` must run before Django models are imported. SQLite by default; DATABASE_URL when given.
"""

import itertools
import os
import random
import sys
import tempfile
from datetime import timedelta
from typing import Any

import django

PEOPLE = 5_000  # rows a bulk_create writes at once


def open_place() -> None:
    """Settings, migrations and reference data in a fresh directory."""
    os.environ.setdefault("CQP_VAR", tempfile.mkdtemp(prefix="cqp-bench-"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "cqp.settings"
    os.environ.setdefault("CQP_HTTPS", "0")
    django.setup()
    from django.core.management import call_command

    call_command("prepare", stderr=sys.stderr)


def make_crowd(
    code: str,
    count: int,
    *,
    before_jury: bool = False,
    months: int = 0,
    version: int = 1,
    is_blank: bool = False,
    sure: int = 0,
) -> Any:
    """A session of `count` candidates with every mark; `before_jury` adds favourable opinions, transmitted.

    No mark when `is_blank`: they are to be typed. The first `sure` have 15 on 20 everywhere, the others marks
    drawn from their count. Returns the session.
    """
    from django.utils import timezone

    from candidates.models import Enrolment, Session
    from cqp.accounts.actor import Actor
    from cqp.accounts.models import Organisme, User
    from cqp.roles import Role
    from evaluations.models import Adoption, Regulation

    regulation = Regulation.objects.get(code=code, version=version)
    at, day = timezone.now(), timezone.localdate() - timedelta(days=31 * months)
    session = Session.objects.create(
        code=f"{regulation.certification.code}-{count}-{months}-{version}",
        certification=regulation.certification,
        exam_first_day=day,
        exam_last_day=day,
        enrolment_deadline=day,
        entry_deadline=day,
        opened_at=at,
    )
    Adoption.objects.create(session=session, regulation=regulation)
    user, _ = User.objects.get_or_create(email="mesure@exemple.fr", last_name="Mesure", first_name="Une")
    part = session.parts.create(crfp=Organisme.objects.get(code="CRFP-LYO"))
    clerk = Actor(user, Role.CRFP, part.crfp)
    draw = random.Random(count)
    for start in range(0, count, PEOPLE):
        size = min(PEOPLE, count - start)
        blocks = [] if is_blank else list(regulation.blocks.all())
        serials = range(start, start + size)
        _write(session, part, blocks, user, serials, draw, before_jury=before_jury, sure=sure)
    if before_jury:
        from candidates.services.sessions import close_part

        close_part(part=part, by=clerk, at=at)
    assert Enrolment.objects.filter(session=session).count() == count
    return session


def _write(
    session: Any,
    part: Any,
    blocks: list[Any],
    user: Any,
    serials: range,
    draw: Any,
    *,
    before_jury: bool,
    sure: int,
) -> None:
    from django.utils import timezone

    from candidates.models import Candidate, Enrolment, Option
    from cqp.accounts.models import Organisme
    from cqp.crockford import new_identifier
    from evaluations.models import Mark

    at, today = timezone.now(), timezone.localdate()
    organisme = Organisme.objects.get(code="CPAM-LYO")
    options: list[Option | None] = [*Option.objects.filter(certification=session.certification)] or [None]
    candidates = Candidate.objects.bulk_create(
        Candidate(
            birth_name=f"Nom{session.pk}-{n:06d}",
            first_names="Prénom",
            birth_date=today,
            birth_place="Lyon",
            email="x@exemple.fr",
            sort_key=f"NOM{session.pk} {n:06d} PRENOM",
        )
        for n in serials
    )
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(
            session=session,
            part=part,
            candidate=candidate,
            option=options[n % len(options)],
            organisme=organisme,
            tutor=user,
            manager=user,
            contract=Enrolment.Contract.CDI,
            pass_followed=Enrolment.Pass.YES,
            premss_start=today - timedelta(days=200),
            number=new_identifier(),
        )
        for n, candidate in zip(serials, candidates, strict=True)
    )
    Mark.objects.bulk_create(
        (
            Mark(
                enrolment=enrolment,
                block=block,
                outcome=Mark.Outcome.NOTE,
                value=block.mark_max * (60 if serial < sure else draw.randint(20, 80)) / 80,
                scale=block.mark_max,
                recorded_at=at,
                recorded_by=user,
            )
            for (serial, enrolment), block in itertools.product(zip(serials, enrolments, strict=True), blocks)
        ),
        batch_size=10_000,
    )
    if before_jury:
        _write_opinions(part, enrolments, user)


def _write_opinions(part: Any, enrolments: Any, user: Any) -> None:
    from django.utils import timezone

    from juries.models import Hearing, LocalJury, Opinion
    from juries.states import JuryState

    at = timezone.now()
    jury, _ = LocalJury.objects.get_or_create(
        part=part,
        name="Jury A",
        defaults={
            "meets_on": timezone.localdate(),
            "place": "Lyon",
            "state": JuryState.CLOSED,
            "closed_at": at,
            "closed_by": user,
        },
    )
    hearings = Hearing.objects.bulk_create(Hearing(jury=jury, enrolment=e) for e in enrolments)
    Opinion.objects.bulk_create(
        Opinion(hearing=hearing, favourable=True, given_at=at, given_by=user) for hearing in hearings
    )
