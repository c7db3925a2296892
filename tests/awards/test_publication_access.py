"""Nothing proclaimed reaches anybody before its hour, nor anything anybody it is not for: canaries, walked.

A mark, an argument, a motive, the number of a certificate, each recognisable wherever it would leak, are
sought in every page and file each role can reach. What each may read is the table of visibility, not a list
written here.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from cqp.accounts.actor import Actor
from cqp.crockford import new_identifier
from evaluations.rules import phase_of
from evaluations.visibility import AUDIENCE_OF, Datum, may_see
from juries.models import Certificate, Tries
from juries.services.national import adopt_clear_files, decide, proclaim
from juries.states import Outcome
from tests.access.policies import POLICIES, READ
from tests.access.world import client_of
from tests.awards.publication_scenes import AWHILE, let_open
from tests.cast import Cast, actor_of_candidate
from tests.juries.national_scenes import ARGUMENT, CLEAR, Story, play, sit

pytestmark = pytest.mark.django_db

MOTIVE = "Motif-Canari : parcours relu en séance."
CANARY = Story({"CC_TC": "13,37", "CC_OPT": "17,71", "ECRIT": "5,55", "ORAL": "18,18", "APT": "16,61"}, False)
# Drawn as PDF: slow, and no text to search. The doors of those that tell a result are tried further down.
DRAWN = ("pdf", "slips", "book", "paper", "minutes", "summons", "template", "logout", "attendance")


class Scene:
    """A session proclaimed, the results shut: one certified against the calculation, one clear."""

    def __init__(self, cast: Cast, part: SessionPart) -> None:
        self.cast = cast
        self.canary, self.clear = play(cast, part, [CANARY, CLEAR])
        sit(cast, part.session)
        at = timezone.now()
        adopt_clear_files(session=part.session, by=cast.cpnefp, at=at)
        outcome = Outcome.CERTIFIED
        decide(enrolment=self.canary, outcome=outcome, motive=MOTIVE, by=cast.cpnefp, at=at)
        proclaim(session=part.session, by=cast.cpnefp_president, at=at, opens_at=at + AWHILE)
        self.canary = Enrolment.objects.select_related("part").get(pk=self.canary.pk)
        self.certificate = Certificate.objects.get(decision__enrolment=self.canary)

    @property
    def session(self) -> Session:
        return Session.objects.get(pk=self.canary.session_id)

    @property
    def secrets(self) -> dict[str, tuple[Datum, ...]]:
        """Each token, and the data it is: one that may be seen is enough."""
        return {
            "13,37": (Datum.COMMON_CC,),
            "17,71": (Datum.OPTION_CC,),
            "5,55": (Datum.EXAMS,),
            "18,18": (Datum.EXAMS, Datum.ORAL_SHEET),
            "16,61": (Datum.TUTORED,),
            ARGUMENT: (Datum.ARGUED_OPINION,),
            MOTIVE: (Datum.OUTCOME,),
            self.certificate.number: (Datum.OUTCOME,),
            self.certificate.code: (Datum.OUTCOME,),
        }

    @property
    def readers(self) -> dict[str, Actor]:
        cast = self.cast
        names = ("ucanss", "clerk", "outsider", "tutor", "manager", "juror", "jury_president", "organisme")
        return {name: getattr(cast, name) for name in names} | {
            "cpnefp": cast.cpnefp,
            "candidate": actor_of_candidate(self.canary),
            "stranger": cast.stranger,
        }

    def forbidden(self, actor: Actor) -> set[str]:
        """What this reader may not find anywhere now."""
        phase, audience = phase_of(self.session, self.canary.part, timezone.now()), AUDIENCE_OF[actor.role]
        own = actor not in (self.cast.outsider, self.cast.stranger)
        return {
            token
            for token, data in self.secrets.items()
            if not any(may_see(audience, datum, phase, own=own) for datum in data)
        }


@pytest.fixture
def scene(cast: Cast, gc_part: SessionPart) -> Scene:
    return Scene(cast, gc_part)


def addresses(scene: Scene, name: str) -> Iterator[str]:
    """Every address open to this role by its policy, with every object of the scene that may fit it.

    That the others are refused is what tests/access walks.
    """
    enrolment, session = scene.canary, scene.canary.session
    jury = enrolment.hearing.jury
    tried: list[tuple[object, ...]] = [
        (),
        (session.code,),
        (session.code, enrolment.part.crfp.code),
        (enrolment.pk,),
        (session.code, enrolment.pk),
        (session.code, enrolment.pk, "candidat"),
        (jury.pk,),
        (enrolment.hearing.pk,),
        (jury.pk, 1),
        (enrolment.pk, "ECRIT", 1),
        (scene.certificate.number,),
        (scene.certificate.code,),
    ]
    for route, policy in POLICIES.items():
        if (
            name not in policy.who | policy.readers
            or "GET" not in policy.methods
            or any(word in route for word in DRAWN)
        ):
            continue
        for args in tried:
            try:
                yield reverse(route, args=args)
            except NoReverseMatch:
                continue
    yield f"{reverse('awards:verify')}?code={scene.certificate.code}"
    for name in ("juries:organisme_results", "juries:retake_plans", "candidates:chain_list"):
        yield f"{reverse(name)}?format=xlsx"


def said_in(response: Any) -> str:
    """The text of an answer, a page or a workbook."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b" ".join(book.read(name) for name in book.namelist())
    return str(content.decode("utf-8", "replace")).replace("\u00a0", " ")


def walk(client: Client, starts: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Each address that opens, with what it says; then the exports its page offers."""
    todo, done = list(dict.fromkeys([*starts, "/"])), set()
    while todo:
        url = todo.pop(0)
        done.add(url)
        Tries.objects.all().delete()
        response = client.get(url)
        if response.status_code != 200:
            continue
        text = said_in(response)
        yield url, text
        if response.headers["Content-Type"].startswith("text/html") and "?" not in url:
            offered = re.findall(r'href="(\?[^"#]*format=csv[^"#]*)"', text)
            todo += [one for link in offered if (one := url + link.replace("&amp;", "&")) not in done]


def leaks(scene: Scene, name: str, client: Client) -> tuple[list[str], set[str]]:
    """Where a forbidden token was found, and which tokens were found at all."""
    forbidden, found, gaps = scene.forbidden(scene.readers[name]), set(), []
    for url, text in walk(client, addresses(scene, name)):
        # A token of the address itself (a code asked for) says nothing.
        here = {token for token in scene.secrets if token in text.replace(url, "") and token not in url}
        held = url.startswith((reverse("awards:verify"), reverse("awards:verify_code", args=["x"])[:-2]))
        if held and scene.session.is_published(timezone.now()):
            here -= {scene.certificate.number}  # whoever holds the code reads the certificate
        found |= here
        gaps += [f"{url}: {token}" for token in here & forbidden]
    return gaps, found


NAMES = (
    "clerk", "outsider", "tutor", "manager", "juror", "jury_president", "organisme", "candidate", "stranger",
)  # fmt: skip


@pytest.mark.parametrize("phase", ["shut", "open"])
def test_no_canary_is_found_where_it_may_not_be(scene: Scene, phase: str) -> None:
    if phase == "open":
        let_open(scene.session)
    gaps: dict[str, list[str]] = {}
    for name in NAMES:
        client = client_of(scene.readers[name])
        if name == "candidate":
            client.post(reverse("juries:own_results"), {"number": scene.canary.number})
        if found := leaks(scene, name, client)[0]:
            gaps[name] = found
    assert not gaps


def test_the_canaries_are_found_where_they_may_be(scene: Scene) -> None:
    """The positive control: the walk sees what is there to be seen."""
    ucanss = scene.cast.ucanss
    assert scene.forbidden(ucanss) == set()
    found = leaks(scene, "ucanss", client_of(ucanss))[1]
    assert {MOTIVE, ARGUMENT, "5,55", scene.certificate.number} <= found
    let_open(scene.session)
    candidate = scene.readers["candidate"]
    client = client_of(candidate)
    client.post(reverse("juries:own_results"), {"number": scene.canary.number})
    found = leaks(scene, "candidate", client)[1]
    assert {MOTIVE, ARGUMENT, "5,55", "13,37", scene.certificate.code} <= found


# --- Every door of a result, by role and by phase ---

# What the policies open once the session is proclaimed: results, certificates, what follows from them.
RESULTS = [
    route
    for route, policy in POLICIES.items()
    if policy.stage == "PROCLAIMED" and policy.methods >= READ and not route.startswith("awards:")
]
FOR_EARLY = frozenset({"ucanss", "cpnefp", "cpnefp_salaries", "cpnefp_president"})
# Lists one may look at, empty until then; and a page that leads elsewhere.
LISTS = frozenset({"juries:certificate_list", "juries:bloc_certificate_list", "juries:proclamation_detail"})


def url_in(scene: Scene, route: str) -> str | None:
    enrolment = scene.canary
    for args in ((enrolment.session.code,), (scene.certificate.number,), (enrolment.pk,)):
        wants_pk = any(word in route for word in ("transcript", "propose", "retake_plan"))
        if wants_pk != (args == (enrolment.pk,)):
            continue
        if "certificate_pdf" in route and args != (scene.certificate.number,):
            continue
        try:
            return reverse(route, args=args)
        except NoReverseMatch:
            continue
    return None


def test_the_doors_of_the_results_open_with_them(scene: Scene) -> None:
    """Generated from the policies: before, during, after."""
    doors = {route: url for route in RESULTS if (url := url_in(scene, route))}
    assert len(doors) >= 6
    people = {name: client_of(actor) for name, actor in scene.readers.items()}
    people["candidate"].post(reverse("juries:own_results"), {"number": scene.canary.number})

    def statuses() -> dict[tuple[str, str], int]:
        return {
            (route, name): client.get(url).status_code
            for route, url in doors.items()
            for name, client in people.items()
        }

    shut = statuses()
    for (route, name), status in shut.items():
        if name not in FOR_EARLY and route not in LISTS:
            assert status in {302, 403, 404}, (route, name)
    for name in ("ucanss", "cpnefp"):
        assert shut["juries:certificate_pdf", name] == 200
        assert shut["juries:transcript_pdf", name] == 200
    assert shut["juries:proclamation_detail", "clerk"] == 302
    let_open(scene.session)
    people["candidate"].post(reverse("juries:own_results"), {"number": scene.canary.number})
    opened = statuses()
    for name in ("ucanss", "cpnefp", "clerk", "candidate"):
        assert opened["juries:certificate_pdf", name] == 200
        assert opened["juries:transcript_pdf", name] == 200
    for name in ("outsider", "tutor", "manager", "juror", "organisme", "stranger"):
        assert opened["juries:certificate_pdf", name] in {403, 404}


def test_before_the_proclamation_there_is_no_result_to_open(
    cast: Cast, gc_part: SessionPart, sign_in: Any
) -> None:
    (enrolment,) = play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    for name in ("ucanss", "clerk", "cpnefp"):
        client = sign_in(getattr(cast, name))
        assert client.get(reverse("juries:transcript_pdf", args=[enrolment.pk])).status_code == 404
    candidate = sign_in(actor_of_candidate(enrolment))
    assert candidate.get(reverse("juries:transcript_pdf", args=[enrolment.pk])).status_code == 404


# --- The number ---


def work_of(sql: str) -> str:
    """A query without what it looks for: its values, a stamped session, a savepoint."""
    return re.split(r' WHERE | SET |SAVEPOINT "', sql)[0]


def test_wrong_absent_and_not_open_get_the_same_answer_for_the_same_work(scene: Scene) -> None:
    candidate = client_of(scene.readers["candidate"])
    url = reverse("juries:own_results")
    answers, works = set(), set()
    candidate.post(url, {"number": new_identifier()})  # the first wrong one also begins a count
    for number in (scene.canary.number, new_identifier(), "abc", scene.clear.number):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = candidate.post(url, {"number": number})
        page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", response.content.decode())
        answers.add((response.status_code, page.replace(number, "")))
        works.add(tuple(work_of(query["sql"]) for query in queries.captured_queries))
    assert len(answers) == 1
    assert len(works) == 1


def test_an_unpublished_certificate_is_unknown_to_who_verifies_it(scene: Scene, client: Client) -> None:
    url = reverse("awards:verify")
    shut = client.get(url, {"code": scene.certificate.code}).context["answer"]
    assert shut.kind == client.get(url, {"code": new_identifier()}).context["answer"].kind == "unknown"
    let_open(scene.session)
    assert client.get(url, {"code": scene.certificate.code}).context["answer"].kind == "found"
