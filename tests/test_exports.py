"""Every list gives its rows to take away: those of the page, all of them, and nothing a spreadsheet runs."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.core.paginator import Paginator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from candidates.models import Enrolment, Session, SessionPart
from candidates.services.enrolments import Identity
from cqp.accounts.actor import Actor
from cqp.awards.models import DocumentRun
from cqp.awards.services.duplicates import issue_duplicate
from cqp.awards.services.messages import write_messages
from cqp.awards.states import RunState
from juries.models import Certificate, LocalJury
from juries.rectification import Corrections
from juries.services.composition import assign_candidates
from tests.access.world import DELIBERATION, OPEN, PROCLAIMED, client_of
from tests.cast import Cast, enrol_some, open_session_of, part_of
from tests.evaluations.carnets import attest_one, sign
from tests.evaluations.retake_scenes import fail_cc
from tests.journey import compose_jury, enter_marks, to_deliberation, to_proclamation
from tests.juries.again_scenes import EXCUSED, to_end
from tests.juries.rectification_scenes import MOTIVE, proposed
from tests.test_house import ROOT

MOVED = Corrections(identity={"birth_place": "Vienne"})
HOSTILE = "=cmd|' /C calc'!A0"
RUN = re.compile(r"[=+@\t\r]|-(?![0-9]+(,[0-9]+)?$)")


@dataclass
class Scene:
    """A session of Lyon at a stage, the first of its candidates with a hostile name."""

    part: SessionPart
    enrolments: list[Enrolment]
    jury: LocalJury
    retaking: SessionPart | None  # while it is open: a part of délégués with an eliminatory mark
    in_blocs: SessionPart | None  # while it is open: a part whose carnets wait for their manager
    ucanss: Actor


def play(cast: Cast, stage: str, count: int, code: str = "GC_2013") -> Scene:
    """While it is open, a jury hears all but the first; two marks in three are given."""
    part = part_of(open_session_of(code, cast.ucanss))
    identity = Identity(
        birth_name=HOSTILE,
        first_names=f"Ève {code}",
        birth_date=date(1990, 5, 1),
        birth_place="@SUM(A1)",
        email=f"hostile.{code.lower()}@exemple.fr",
    )
    enrolments = enrol_some(cast, part, 1, identity=identity) + enrol_some(cast, part, count)
    if stage == OPEN:
        jury = compose_jury(cast, part)
        assign_candidates(jury=jury, enrolments=enrolments[1:], by=cast.clerk, at=part.session.opened_at)
        enter_marks(cast, enrolments[1:-1])
    else:
        (to_deliberation if stage == DELIBERATION else to_proclamation)(cast, part, enrolments)
        if stage == PROCLAIMED:
            write_messages(session=part.session, by=cast.ucanss, at=timezone.now())
            _rectify(cast, enrolments)
            _proclaimed_again(cast, count)
            _documents(cast, part, count)
        jury = LocalJury.objects.get(part=part)
    part.session = Session.objects.get(pk=part.session_id)
    if stage != OPEN:
        return Scene(part, enrolments, jury, None, None, cast.ucanss)
    return Scene(part, enrolments, jury, _retaking(cast, count), _in_blocs(cast, count), cast.ucanss)


def _rectify(cast: Cast, enrolments: list[Enrolment]) -> None:
    """Proposals to look at again the decisions of everybody, with a motive a spreadsheet must not run."""
    for enrolment in enrolments:
        proposed(cast, Enrolment.objects.get(pk=enrolment.pk), corrections=MOVED, motive=HOSTILE + MOTIVE)


def _proclaimed_again(cast: Cast, count: int) -> None:
    """A session of délégués where nobody was certified."""
    part = part_of(open_session_of("DAM_2006", cast.ucanss, months_ahead=count))
    to_end(cast, part, dict.fromkeys(enrol_some(cast, part, count), EXCUSED))


def _documents(cast: Cast, part: SessionPart, count: int) -> None:
    """Certificates made this many times."""
    at = timezone.now()
    files = [{"name": name, "size": 7, "sha256": "0" * 64, "is_sealed": True} for name in ("a.zip", "a.pdf")]
    DocumentRun.objects.bulk_create(
        DocumentRun(
            session_id=part.session_id,
            kind=DocumentRun.Kind.CERTIFICATES,
            state=RunState.DONE,
            total=1,
            done=1,
            files=files,
            asked_at=at,
            asked_by=cast.ucanss.user,
            finished_at=at,
        )
        for _ in range(count)
    )


def _retaking(cast: Cast, count: int) -> SessionPart:
    part = part_of(open_session_of("DAM_2006", cast.ucanss, months_ahead=count))
    fail_cc(cast, enrol_some(cast, part, count))
    return part


def _in_blocs(cast: Cast, count: int) -> SessionPart:
    part = part_of(open_session_of("DAM_BLOCS", cast.ucanss, months_ahead=12 + count))
    for enrolment in enrol_some(cast, part, count):
        sign(cast, attest_one(cast, enrolment))
        attest_one(cast, enrolment, "B1C2", situation=HOSTILE)
    return part


def of_nothing(scene: Scene) -> list[Any]:
    return []


def of_session(scene: Scene) -> list[Any]:
    return [scene.part.session.code]


def of_part(scene: Scene) -> list[Any]:
    return [scene.part.session.code, scene.part.crfp.code]


def of_retaking_part(scene: Scene) -> list[Any]:
    return [scene.retaking.session.code, scene.retaking.crfp.code]  # type: ignore[union-attr]


def of_part_in_blocs(scene: Scene) -> list[Any]:
    return [scene.in_blocs.session.code, scene.in_blocs.crfp.code]  # type: ignore[union-attr]


def of_certification(scene: Scene) -> list[Any]:
    return [scene.part.session.certification.code]


def of_duplicates(scene: Scene) -> list[Any]:
    """A certificate with a duplicate, whose reason a spreadsheet must not run."""
    certificate = Certificate.objects.filter(decision__enrolment__part=scene.part)[0]
    issue_duplicate(document=certificate, reason=HOSTILE, by=scene.ucanss, at=timezone.now())
    return [certificate.number]


def of_jury(scene: Scene) -> list[Any]:
    return [scene.jury.pk]


def of_first(scene: Scene) -> list[Any]:
    return [scene.enrolments[0].pk]


Context = Any  # what the template was given


@dataclass(frozen=True)
class Listing:
    """A list: who opens it, and what stands in the first column of its page, row after row."""

    who: str
    shown: Callable[[Context], list[Any]]
    args: Callable[[Scene], list[Any]] = of_nothing
    stage: str = OPEN
    liste: str = ""


def names(key: str, *path: str) -> Callable[[Context], list[Any]]:
    """Follow a path from each row the page was given under this key."""

    def follow(context: Context) -> list[Any]:
        found = []
        for row in context[key]:
            for step in path:
                row = row[int(step)] if step.isdecimal() else getattr(row, step)
            found.append(row)
        return found

    return follow


def certifications(context: Context) -> list[Any]:
    return [row["certification"].short_title for row in context["rows"]]


def each(*parts: Callable[[Context], list[Any]]) -> Callable[[Context], list[Any]]:
    return lambda context: [row for part in parts for row in part(context)]


def of_groups(context: Context) -> list[Any]:
    return [row.file.name for group in context["groups"] for row in group.rows]


def planned(context: Context) -> list[Any]:
    return [row.line.name for day in context["days"] for row in day.rows] + [
        row.line.name for row in context["unplanned"]
    ]


def to_sign(context: Context) -> list[Any]:
    return [carnet.enrolment.candidate.full_name for carnet, lines in context["waiting"] for _ in lines]


def told(context: Context) -> list[Any]:
    return [str(chapter.seq) for chapter in context["chapters"]]


def recipients(context: Context) -> list[Any]:
    return [line["recipient"] for line in context["lines"]]


TRAINEES = [names(key, "enrolment", "candidate", "full_name") for key in ("waiting", "done", "others")]
DOCKETS = [names(key, "session", "name") for key in ("sitting", "waiting", "proclaimed")]
CERTIFIED = names("page", "decision", "enrolment", "candidate", "full_name")
HELD = names("lines", "0", "decision", "enrolment", "candidate", "full_name")
LISTS = {
    "awards:certification_list": Listing("ucanss", certifications),
    "awards:registration_list": Listing("ucanss", names("rows", "0", "code"), of_certification),
    "awards:duplicate_list": Listing("ucanss", names("rows", "rank"), of_duplicates, PROCLAIMED),
    "candidates:session_list": Listing("clerk", names("page", "name")),
    "candidates:people": Listing("ucanss", names("page", "user", "full_name")),
    "candidates:part_detail": Listing("clerk", names("page", "candidate", "birth_name"), of_part),
    "candidates:chain_list": Listing("ucanss", names("rows", "1")),
    "candidates:session_story": Listing("ucanss", told, of_session),
    "candidates:enrolment_story": Listing("clerk", told, of_first),
    "candidates:session_detail": Listing("ucanss", names("parts", "crfp", "name"), of_session),
    "evaluations:sheet_list": Listing("clerk", names("standings", "0", "block", "label"), of_part),
    "evaluations:retake_list": Listing(
        "clerk", names("rows", "retake", "enrolment", "candidate", "full_name"), of_retaking_part
    ),
    "evaluations:trainee_list": Listing("manager", each(*TRAINEES)),
    "evaluations:carnet_list": Listing(
        "clerk", names("carnets", "enrolment", "candidate", "full_name"), of_part_in_blocs
    ),
    "evaluations:carnet_signatures": Listing("manager", to_sign),
    "evaluations:regulation_list": Listing("ucanss", names("regulations", "title")),
    "juries:jury_list": Listing(
        "juror", each(names("open", "jury", "name"), names("closed", "jury", "name"))
    ),
    "juries:jury_detail": Listing("juror", names("lines", "enrolment", "candidate", "full_name"), of_jury),
    "juries:jury_edit": Listing(
        "clerk", names("rows", "line", "enrolment", "candidate", "full_name"), of_jury
    ),
    "juries:jury_plan": Listing("clerk", planned, of_jury),
    "juries:summons_list": Listing("clerk", names("letters", "line", "name"), of_jury),
    "juries:jury_compose": Listing("clerk", names("cards", "jury", "name"), of_part),
    "juries:jury_compose sans-jury": Listing(
        "clerk", names("without", "candidate", "full_name"), of_part, liste="sans-jury"
    ),
    "juries:session_juries": Listing("ucanss", names("juries", "name"), of_session),
    "juries:forecast_list": Listing("ucanss", names("rows", "owner", "name")),
    "juries:fairness": Listing("cpnefp", names("lines", "jury"), of_session, DELIBERATION),
    "juries:sitting_list": Listing("ucanss", each(*DOCKETS)),
    "juries:national_table": Listing("cpnefp", of_groups, of_session, DELIBERATION),
    "juries:certificate_list": Listing("clerk", CERTIFIED, of_session, PROCLAIMED),
    "awards:run_list": Listing(
        "ucanss",
        lambda context: [run.get_kind_display() for run, _ in context["runs"]],
        of_session,
        PROCLAIMED,
    ),
    "juries:proclamation_detail": Listing(
        "ucanss", names("page", "enrolment", "candidate", "full_name"), of_session, PROCLAIMED
    ),
    "awards:message_list": Listing("ucanss", recipients, of_session, PROCLAIMED),
    "juries:retake_plans": Listing(
        "clerk", names("rows", "enrolment", "candidate", "full_name"), stage=PROCLAIMED
    ),
    "juries:rectification_list": Listing(
        "clerk", names("page", "decision", "enrolment", "candidate", "full_name"), stage=PROCLAIMED
    ),
    "awards:register": Listing("cpnefp", HELD, stage=PROCLAIMED),
    "awards:register_statistics": Listing("ucanss", names("lines", "year"), stage=PROCLAIMED),
    "awards:transmission": Listing("ucanss", HELD, of_session, PROCLAIMED),
    "awards:identity_list": Listing(
        "clerk",
        names("holders", "certificate", "decision", "enrolment", "candidate", "full_name"),
        of_session,
        PROCLAIMED,
    ),
    "juries:organisme_results": Listing(
        "organisme", names("lines", "enrolment", "candidate", "full_name"), stage=PROCLAIMED
    ),
}


def url_of(name: str, scene: Scene) -> str:
    return reverse(name.split()[0], args=LISTS[name].args(scene))


def file_of(client: Client, url: str, fmt: str, liste: str, **query: str) -> Any:
    asked = {"format": fmt, "liste": liste, **query} if liste else {"format": fmt, **query}
    answer = client.get(url, asked)
    assert answer.status_code == 200
    assert f'.{fmt}"' in answer["Content-Disposition"]
    return answer.content


def csv_rows(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def xlsx_rows(content: bytes) -> list[list[Any]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return book.get_sheet_by_index(0).to_python(skip_empty_area=False)


def firsts(rows: list[list[Any]]) -> list[str]:
    """The first column under its heading, as the page writes it."""
    cells = [row[0] for row in rows[1:]]
    return [str(int(cell)) if isinstance(cell, float) else cell.removeprefix("'") for cell in cells]


@pytest.mark.parametrize("stage", [OPEN, DELIBERATION, PROCLAIMED])
def test_a_list_gives_the_rows_of_its_page(cast: Cast, stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = play(cast, stage, 3)
    for name, listing in LISTS.items():
        if listing.stage != stage:
            continue
        client, url = client_of(getattr(cast, listing.who)), url_of(name, scene)
        page = client.get(url)
        expected = [str(cell) for cell in listing.shown(page.context)]
        assert expected, name
        assert f"format=xlsx{'&amp;liste=' + listing.liste if listing.liste else ''}" in page.content.decode()
        rows = csv_rows(file_of(client, url, "csv", listing.liste))
        assert firsts(rows) == expected, name
        assert not [cell for row in rows for cell in row if RUN.match(cell)], name
        assert {len(row) for row in rows} == {len(rows[0])}, name
        book = xlsx_rows(file_of(client, url, "xlsx", listing.liste))
        assert firsts(book) == expected, name
        assert book[0] == rows[0], name
        with monkeypatch.context() as patch:
            patch.setattr(Paginator, "get_page", None)  # a file has no pages
            assert csv_rows(file_of(client, url, "csv", listing.liste, page="2")) == rows, name


@pytest.mark.parametrize("stage", [OPEN, DELIBERATION, PROCLAIMED])
def test_a_file_costs_the_same_for_one_more_and_three_more(cast: Cast, stage: str) -> None:
    small = play(cast, stage, 2)
    clients = {name: client_of(getattr(cast, listing.who)) for name, listing in LISTS.items()}

    def cost(name: str, scene: Scene) -> int:
        with CaptureQueriesContext(connection) as queries:
            file_of(clients[name], url_of(name, scene), "csv", LISTS[name].liste)
        return len(queries)

    ours = [name for name, listing in LISTS.items() if listing.stage == stage]
    before = {name: cost(name, small) for name in ours}
    large = play(cast, stage, 4, code="DAM_2006")
    assert {name: cost(name, large) for name in ours} == before


def test_a_hostile_name_leaves_as_a_name(cast: Cast) -> None:
    scene = play(cast, OPEN, 1)
    client, url = client_of(cast.clerk), url_of("candidates:part_detail", scene)
    assert [row[0] for row in csv_rows(file_of(client, url, "csv", ""))][1:].count(f"'{HOSTILE}") == 1
    assert [row[0] for row in xlsx_rows(file_of(client, url, "xlsx", ""))][1:].count(HOSTILE) == 1


def test_a_filter_holds_for_the_file(cast: Cast) -> None:
    scene = play(cast, DELIBERATION, 2)
    client, url = client_of(cast.cpnefp), url_of("juries:national_table", scene)
    for query in ({"show": "examiner"}, {"sort": "-nom"}, {"option": "X"}):
        expected = [row.file.name for group in client.get(url, query).context["groups"] for row in group.rows]
        assert firsts(csv_rows(file_of(client, url, "csv", "", **query))) == expected


def test_a_decision_waits_for_the_proclamation_in_the_file_too(cast: Cast) -> None:
    scene = play(cast, DELIBERATION, 1)
    url = url_of("juries:national_table", scene)
    assert "Décision" not in csv_rows(file_of(client_of(cast.ucanss), url, "csv", ""))[0]
    assert "Décision" in csv_rows(file_of(client_of(cast.cpnefp), url, "csv", ""))[0]


def test_marks_leave_as_numbers(cast: Cast) -> None:
    scene = play(cast, DELIBERATION, 1)
    rows = xlsx_rows(file_of(client_of(cast.cpnefp), url_of("juries:national_table", scene), "xlsx", ""))
    line = dict(zip(rows[0], rows[1], strict=True))
    written = {heading: cell for heading, cell in line.items() if isinstance(cell, float)}
    assert 12.5 in written.values()
    assert {"Total", "Écart du total"} <= set(written)


def test_every_list_with_pages_may_be_taken_away() -> None:
    pages = (ROOT / "templates").rglob("*.html")
    texts = {page.name: page.read_text(encoding="utf-8") for page in pages}
    assert not [name for name, text in texts.items() if "_pager.html" in text and "_export.html" not in text]


def test_a_form_sent_is_never_answered_by_a_file(cast: Cast) -> None:
    scene = play(cast, OPEN, 1)
    answer = client_of(cast.clerk).post(f"{url_of('juries:jury_compose', scene)}?format=csv", {})
    assert answer["Content-Type"].startswith("text/html")
