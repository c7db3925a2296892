"""A file that a member may not judge (R56): nothing he or she opens tells whose it is or what it says."""

import io
import itertools
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pypdf
import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from candidates.models import Candidate, Enrolment
from cqp.accounts.actor import Actor
from evaluations.models import Block
from evaluations.reading import results_of
from juries.models import LocalJury
from juries.services import sittings
from juries.services.national import decide
from juries.states import Outcome
from tests.cast import Cast, open_session_of, part_of
from tests.juries.national_scenes import ARGUMENT, CLEAR, INDULGENT, Story, play, sit
from tests.sittings import with_points

pytestmark = pytest.mark.django_db

NAME, MOTIVE = "Canarisson", "MOTIF-DU-CANARI"
MARKS = ("13,37", "17,71", "5,55", "18,18", "16,61")
CANARY = Story(dict(zip(("CC_TC", "CC_OPT", "ECRIT", "ORAL", "APT"), MARKS, strict=True)), favourable=False)
ROOMS = ("home", "candidates:", "evaluations:", "juries:")
ASKED = ("", "?format=csv", "?format=xlsx")
# What only the table and the page of a file understand.
ORDERS = tuple(f"?sort={way}{key}" for key in ("nom", "option", "crfp", "total", "avis") for way in ("", "-"))
FILTERS = ("?show=examiner", "?show=favorables", "?show=a-decider", "?show=ecarts", "?crfp=CRFP-LYO")
# Those this walk must have opened, whatever else the house has.
SEEN_BY_EVERY_MEMBER = {
    "candidates:chain_list",
    "candidates:session_story",
    "candidates:enrolment_story",
    "juries:decide",
    "juries:fairness",
    "juries:file_points",
    "juries:forecast_list",
    "juries:national_table",
    "juries:preparation",
    "juries:preparation_paper",
    "juries:preparation_sheet",
    "juries:sitting_list",
    "juries:sitting_live",
    "juries:sitting_live_file",
    "juries:sitting_roll",
}


@pytest.fixture(params=["cpnefp", "cpnefp_president"])
def member(request: pytest.FixtureRequest, cast: Cast) -> Actor:
    """Who is kept from a file: any member, and who presides."""
    actor: Actor = getattr(cast, request.param)
    return actor


@pytest.fixture
def hidden(cast: Cast, member: Actor) -> Enrolment:
    """A file of a sitting with all a file may have: called, extracted, given points, decided against all."""
    session = open_session_of("GC_2013", cast.ucanss, version=with_points(cast).version)
    mine, *_others = play(cast, part_of(session), [CANARY, CLEAR, INDULGENT])
    Candidate.objects.filter(pk=mine.candidate_id).update(birth_name=NAME)
    sit(cast, session)
    at, colleague = timezone.now(), cast.cpnefp_salaries
    sittings.call_file(session=session, enrolment=mine, by=cast.cpnefp_president, at=at)
    sittings.extract_file(enrolment=mine, by=colleague, at=at)
    block = Block.objects.get(regulation__adoptions__session=session, code="ECRIT")
    sittings.give_points(
        enrolment=mine, block=block, points=Decimal("0.25"), motive=MOTIVE, by=colleague, at=at
    )
    sittings.step_aside(enrolment=mine, motive=MOTIVE, by=member, at=at)
    decide(enrolment=mine, outcome=Outcome.CERTIFIED, motive=MOTIVE, by=colleague, at=at)
    return Enrolment.objects.select_related("session", "part__crfp", "candidate").get(pk=mine.pk)


def patterns(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every address of the house: its name, and the names of what it takes."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}", list(entry.pattern.converters)


def addresses(hidden: Enrolment) -> Iterator[tuple[str, str]]:
    """Each address with the session, its part, its juries and each of its candidates put in it."""
    session = hidden.session
    candidates = list(session.enrolments.values_list("pk", flat=True))
    juries = list(LocalJury.objects.filter(part__session=session).values_list("pk", flat=True))
    values: dict[str, list[Any]] = {
        "code": [session.code],
        "key": [session.code],
        "crfp": [hidden.part.crfp.code],
        "pk": sorted({*candidates, *juries}),
        "block_code": ["ECRIT"],
        "rank": [1],
    }
    for name, taken in patterns():
        if name.startswith(ROOMS) and set(taken) <= set(values):
            for chosen in itertools.product(*(values[one] for one in taken)):
                yield name, reverse(name, kwargs=dict(zip(taken, chosen, strict=True)))


def told_by(response: Any) -> str:
    """All the words of a page, of a sheet, of a paper."""
    content = b"".join(response) if response.streaming else response.content
    kind = response.headers.get("Content-Type", "")
    if "pdf" in kind:
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    if "spreadsheetml" in kind:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return "\n".join(
            str(cell)
            for name in book.sheet_names
            for row in book.get_sheet_by_name(name).to_python()
            for cell in row
        )
    return re.sub(r"<svg.*?</svg>", "", content.decode(errors="replace"), flags=re.DOTALL)


def secrets_of(hidden: Enrolment) -> tuple[str, ...]:
    total = results_of(hidden.session)[hidden.pk].headline.text
    marks = (*MARKS, total)
    return (NAME, MOTIVE, ARGUMENT, *marks, *(mark.replace(",", ".") for mark in marks))


def leaks(text: str, secrets: tuple[str, ...]) -> list[str]:
    """What of it is there; the digits of an hour, « 17:23:16.61 », are no mark."""
    words = " ".join(text.split()).casefold()
    return [
        secret for secret in secrets if re.search(rf"(?<![\d:.,]){re.escape(secret.casefold())}(?!\d)", words)
    ]


def test_nothing_that_a_member_opens_tells_a_file_he_may_not_judge(
    hidden: Enrolment, member: Actor, sign_in: Callable[[Actor], Client]
) -> None:
    client, secrets = sign_in(member), secrets_of(hidden)
    client.raise_request_exception = False
    opened, found = set(), set()
    for name, url in addresses(hidden):
        more = (*ORDERS, *FILTERS) if name in ("juries:national_table", "juries:decide") else ()
        for asked in (*ASKED, *more):
            answer = client.get(url + asked)
            if answer.status_code != 200:
                break
            opened.add(name)
            found |= {(name, asked, secret) for secret in leaks(told_by(answer), secrets)}
    assert not SEEN_BY_EVERY_MEMBER - opened
    assert not found


def test_no_button_tells_it_either(
    hidden: Enrolment, member: Actor, sign_in: Callable[[Actor], Client]
) -> None:
    client, secrets, found, tried = sign_in(member), secrets_of(hidden), set(), set()
    for name, url in addresses(hidden):
        if not name.startswith("juries:"):
            continue
        with transaction.atomic():
            answer = client.post(url, follow=True)
            transaction.set_rollback(True)
        if answer.status_code == 200:
            tried.add(name)
            found |= {(name, url, secret) for secret in leaks(told_by(answer), secrets)}
    assert tried >= {"juries:decide", "juries:adopt_clear", "juries:file_extract"}
    assert not found


def test_the_same_walk_finds_them_when_nothing_is_hidden(
    hidden: Enrolment, cast: Cast, sign_in: Callable[[Actor], Client]
) -> None:
    client = sign_in(cast.cpnefp_salaries)
    url = reverse("juries:decide", args=[hidden.session.code, hidden.pk])
    paper = reverse("juries:preparation_paper", args=[hidden.session.code])
    assert {NAME, MOTIVE, ARGUMENT, *MARKS} <= set(leaks(told_by(client.get(url)), secrets_of(hidden)))
    assert {NAME, ARGUMENT, *MARKS} <= set(leaks(told_by(client.get(paper)), secrets_of(hidden)))


def test_no_order_of_the_table_tells_where_it_would_stand(
    hidden: Enrolment, member: Actor, sign_in: Callable[[Actor], Client]
) -> None:
    client, url = sign_in(member), reverse("juries:national_table", args=[hidden.session.code])
    for order in ("", *ORDERS):
        groups = client.get(url + order).context["groups"]
        shown = [row.file.pk for group in groups for row in group.rows]
        assert len(shown) == 3
        assert shown[-1] == hidden.pk, order
