"""What the script of the grid asks: cells recorded, tried, as one gesture; a gesture taken back."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from candidates.services.enrolments import withdraw
from cqp.journal.models import Entry as JournalEntry
from evaluations.models import Block, Mark, Operation
from tests.cast import enrol_some
from tests.evaluations.grid_requests import block_of, cell_of, name_of, post, send, sheet_of


@pytest.fixture
def sheet(gc_part):
    return sheet_of(gc_part)


@pytest.fixture
def clerk(sign_in, cast):
    return sign_in(cast.clerk)


def undo(client, operation, **headers):
    url = reverse("evaluations:operation_undo", args=[operation.pk])
    return client.post(url, headers={"accept": "application/json"} | headers)


def paste(client, sheet, enrolments, entry="12"):
    return post(client, sheet, [cell_of(e, "ECRIT", entry) for e in enrolments], gesture="COLLAGE").json()


# --- One cell and several ---


def test_a_cell_is_saved_in_the_background(clerk, sheet, gc_enrolments):
    answer = post(clerk, sheet, [cell_of(gc_enrolments[0], "ECRIT", "12,50")])
    assert answer.status_code == 200
    assert answer.json() == {
        "answers": [
            {
                "key": name_of(gc_enrolments[0], "ECRIT"),
                "state": "saved",
                "entry": "12,5",
                "version": 1,
                "before": "",
                "sentence": "",
                "unusual": False,
                "near": False,
            }
        ],
        "operation": None,
        "counts": {"saved": 1, "new": 1, "changed": 0},
    }
    assert Mark.objects.get().value == Decimal("12.5")


def test_the_same_value_again_changes_nothing(clerk, sheet, gc_enrolments):
    send(clerk, sheet, gc_enrolments[0], "ECRIT", "12")
    again = send(clerk, sheet, gc_enrolments[0], "ECRIT", "12,0")
    assert (again["state"], again["version"]) == ("unchanged", 1)
    assert JournalEntry.objects.filter(act="note.saisir").count() == 1


@pytest.mark.parametrize("entry", ["21", "12,345", "abc", "\ud800"])
def test_a_refused_cell_answers_with_its_reason_and_the_others_are_saved(clerk, sheet, gc_enrolments, entry):
    first, second, _ = gc_enrolments
    answers = post(clerk, sheet, [cell_of(first, "ECRIT", entry), cell_of(second, "ECRIT", "14")]).json()
    refused, saved = answers["answers"]
    assert (refused["state"], saved["state"]) == ("refused", "saved")
    assert refused["sentence"].endswith(".")
    assert answers["counts"] == {"refused": 1, "saved": 1, "new": 1, "changed": 0}
    assert Mark.objects.get().entry == "14"


def test_a_conflict_answers_with_both_values_author_and_hour(clerk, sheet, gc_enrolments):
    send(clerk, sheet, gc_enrolments[0], "ECRIT", "12")
    answer = send(clerk, sheet, gc_enrolments[0], "ECRIT", "14")
    assert (answer["state"], answer["entry"], answer["version"]) == ("conflict", "12", 1)
    assert answer["by"] == Mark.objects.get().recorded_by_id
    assert "MARCHAND Claire a saisi 12 le" in answer["sentence"]
    again = send(clerk, sheet, gc_enrolments[0], "ECRIT", "14", version=1)
    assert (again["state"], again["entry"], again["version"], again["before"]) == ("saved", "14", 2, "12")


def test_a_surprising_mark_is_asked_about_then_kept_and_marked(clerk, sheet, cast, gc_part):
    first, *others = enrol_some(cast, gc_part, 7)
    cells = [
        cell_of(o, "ECRIT", entry)
        for o, entry in zip(others, ["11", "12", "12", "13", "12", "11"], strict=True)
    ]
    post(clerk, sheet, cells)
    asked = send(clerk, sheet, first, "ECRIT", "2")
    assert asked["state"] == "question"
    assert asked["sentence"] == "Est-ce bien 2, et non 12\u00a0?"
    assert not Mark.objects.filter(enrolment=first).exists()
    kept = send(clerk, sheet, first, "ECRIT", "2", confirmed=True)
    assert (kept["state"], kept["unusual"]) == ("saved", True)
    assert kept["sentence"] == "Faute de frappe possible, confirmée"


def test_the_answer_says_whether_the_retake_is_open(clerk, dam_part, dam_enrolments):
    sheet = sheet_of(dam_part)
    first = send(clerk, sheet, dam_enrolments[0], "CC", "11,99")
    assert first["retake"] == {"reason": ""}
    passed = send(clerk, sheet, dam_enrolments[0], "CC", "12", version=1, confirmed=True)
    assert passed["retake"] == {"reason": "La première note n’est pas éliminatoire."}
    assert (first["near"], passed["near"]) == (True, True)


def test_an_old_value_put_back_says_which(clerk, sheet, gc_enrolments):
    for version, entry in enumerate(["12", "14"]):
        send(clerk, sheet, gc_enrolments[0], "ECRIT", entry, version=version)
    send(clerk, sheet, gc_enrolments[0], "ECRIT", "12", version=2, restores=1)
    assert '"version_reprise":1' in JournalEntry.objects.filter(act="note.saisir").latest("seq").after


def test_a_cell_given_twice_counts_once_as_it_was_last(clerk, sheet, gc_enrolments):
    cells = [cell_of(gc_enrolments[0], "ECRIT", entry) for entry in ("12", "14")]
    (answer,) = post(clerk, sheet, cells).json()["answers"]
    assert answer["entry"] == Mark.objects.get().entry == "14"


# --- Demands nobody's page makes ---


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"x"',
        b"\xff",
        b"[" * 100_000,
        b'{"cells": []}',
        b'{"cells": {}}',
        b'{"cells": [1]}',
        b'{"cells": [{"enrolment": 1}]}',
    ],
)
def test_an_unreadable_demand_is_refused_in_a_sentence(clerk, sheet, gc_enrolments, body):
    answer = clerk.post(f"{sheet}enregistrer/", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["sentence"].endswith(".")


@pytest.mark.parametrize(
    "changes",
    [
        {"attempt": 3},
        {"enrolment": True},
        {"enrolment": 1.0},
        {"block": None},
        {"enrolment": 10**20},
        {"version": -1},
        {"entry": 12},
        {"entry": "1\0"},
        {"confirmed": 1},
        {"restores": "1"},
    ],
)
def test_a_cell_that_is_none_is_refused_in_a_sentence(clerk, sheet, gc_enrolments, changes):
    answer = post(clerk, sheet, [cell_of(gc_enrolments[0], "ECRIT", "12") | changes])
    assert answer.status_code == 400
    assert answer.json()["sentence"].endswith(".")


@pytest.mark.parametrize(
    "more",
    [
        {"gesture": "IMPORT"},
        {"gesture": "ANNULATION"},
        {"gesture": []},
        {"gesture": 1},
        {"preview": 1},
        {"author": "1"},
    ],
)
def test_a_gesture_the_grid_does_not_make_is_refused(clerk, sheet, gc_enrolments, more):
    answer = post(clerk, sheet, [cell_of(gc_enrolments[0], "ECRIT", "12")], **more)
    assert answer.status_code == 400
    assert not Mark.objects.exists()


def test_too_many_cells_or_too_long_a_text_are_refused(clerk, sheet, gc_enrolments):
    cell = cell_of(gc_enrolments[0], "ECRIT", "12")
    assert post(clerk, sheet, [cell] * 2_001).status_code == 400
    assert post(clerk, sheet, [cell | {"entry": "1" * 101}]).status_code == 400
    assert post(clerk, sheet, [cell] * 2_000).status_code == 200


def test_a_cell_out_of_scope_fails_the_whole_demand(clerk, sign_in, cast, sheet, gc_part, gc_enrolments):
    (theirs,) = enrol_some(cast, gc_part.session.parts.get(crfp__code="CRFP-LIL"), 1)
    mine = cell_of(gc_enrolments[0], "ECRIT", "12")
    assert post(clerk, sheet, [mine, cell_of(theirs, "ECRIT", "12")]).status_code == 404
    assert post(clerk, sheet, [mine, mine | {"enrolment": 10**9}]).status_code == 404
    outsider = sign_in(cast.outsider)
    assert post(outsider, sheet, [mine]).status_code == 404
    assert post(outsider, sheet.replace("CRFP-LYO", "CRFP-LIL"), [mine]).status_code == 404
    assert not Mark.objects.exists()


def test_a_block_of_another_regulation_does_not_exist_here(clerk, sheet, gc_enrolments, dam_enrolments):
    cell = cell_of(gc_enrolments[0], "ECRIT", "12") | {"block": block_of(dam_enrolments[0], "CC").pk}
    assert post(clerk, sheet, [cell]).status_code == 404


def test_what_somebody_typed_is_never_recorded_under_another_name(clerk, sheet, cast, gc_enrolments):
    cells = [cell_of(gc_enrolments[0], "ECRIT", "12")]
    other = post(clerk, sheet, cells, author=cast.manager.user.pk)
    assert other.status_code == 403
    assert "sous un autre nom" in other.json()["sentence"]
    assert not Mark.objects.exists()
    assert post(clerk, sheet, cells, author=cast.clerk.user.pk).status_code == 200


# --- Queries ---


def own_queries(taken):
    """What a request asks of the database besides who is signed in and the marks of a transaction."""
    signing = ("django_session", "accounts_user", "accounts_membership")
    told = [q["sql"] for q in taken]
    return [
        sql
        for sql in told
        if not sql.startswith(("SAVEPOINT", "RELEASE")) and sql.split('"')[1:2] and sql.strip()
        if not any(f'FROM "{table}"' in sql or f'UPDATE "{table}"' in sql for table in signing)
    ]


@pytest.mark.parametrize("count", [1, 40, pytest.param(200, marks=pytest.mark.postgres)])
def test_one_cell_and_two_hundred_take_the_same_queries(clerk, sheet, cast, gc_part, count):
    """SQLite takes so many values a statement: there, two hundred rows are written in several.

    The tutor's block comes first: one query more, since it might be made of the lines of a carnet.
    """
    enrolments = enrol_some(cast, gc_part, 40)
    blocks = Block.objects.filter(regulation__adoptions__session=gc_part.session).order_by("-position")
    cells = [cell_of(e, block.code, "12") for block in blocks for e in enrolments][:count]
    assert len(cells) == count
    with CaptureQueriesContext(connection) as taken:
        assert post(clerk, sheet, cells).status_code == 200
    assert len(own_queries(taken)) == 14


# --- Gestures ---


def test_a_preview_answers_and_writes_nothing(clerk, sheet, gc_enrolments):
    first, second, third = gc_enrolments
    send(clerk, sheet, first, "ECRIT", "12")
    send(clerk, sheet, second, "ECRIT", "13")
    cells = [
        cell_of(first, "ECRIT", "14", version=1),
        cell_of(second, "ECRIT", "13", version=1),
        cell_of(third, "ECRIT", "99"),
        cell_of(third, "CC_TC", "15"),
    ]
    answers = post(clerk, sheet, cells, preview=True).json()
    assert [answer["state"] for answer in answers["answers"]] == ["saved", "unchanged", "refused", "saved"]
    assert answers["answers"][0]["before"] == "12"
    assert answers["counts"] == {"saved": 2, "new": 1, "changed": 1, "unchanged": 1, "refused": 1}
    assert [mark.entry for mark in Mark.objects.order_by("pk")] == ["12", "13"]
    assert not Operation.objects.exists()


def test_a_paste_is_one_gesture_with_its_name(clerk, sheet, cast, gc_enrolments):
    done = paste(clerk, sheet, gc_enrolments)
    operation = Operation.objects.get()
    assert done["operation"] == {
        "id": operation.pk,
        "label": "Collage : Épreuve écrite",
        "count": 3,
        "undo_url": reverse("evaluations:operation_undo", args=[operation.pk]),
    }
    assert (operation.kind, operation.by) == ("COLLAGE", cast.clerk.user)
    page = clerk.get(sheet).content.decode()
    assert "Collage : Épreuve écrite" in page
    assert "3 notes, MARCHAND Claire, le" in page


@pytest.mark.parametrize(
    ("kind", "codes", "label"),
    [
        ("REMPLISSAGE", ["ECRIT"], "Remplissage par ABS : Épreuve écrite"),
        ("COLLAGE", ["CC_TC", "ECRIT"], "Collage : Contrôle continu du tronc commun, Épreuve écrite"),
        (
            "COLLAGE",
            ["CC_TC", "ECRIT", "APT"],
            "Collage : Contrôle continu du tronc commun et 2 autres épreuves",
        ),
    ],
)
def test_a_gesture_is_named_after_what_it_fills(clerk, sheet, gc_enrolments, kind, codes, label):
    cells = [cell_of(gc_enrolments[0], code, "abs") for code in codes]
    assert post(clerk, sheet, cells, gesture=kind).json()["operation"]["label"] == label


def test_a_gesture_sent_again_is_not_done_twice(clerk, sheet, gc_enrolments):
    paste(clerk, sheet, gc_enrolments)
    again = paste(clerk, sheet, gc_enrolments)
    assert (again["operation"], again["counts"]["unchanged"]) == (None, 3)
    assert Operation.objects.count() == 1


def test_undoing_puts_everything_back_except_what_changed_since_which_is_listed(clerk, sheet, gc_enrolments):
    first, second, third = gc_enrolments
    send(clerk, sheet, first, "ECRIT", "10")
    cells = [
        cell_of(first, "ECRIT", "12", version=1),
        cell_of(second, "ECRIT", "12"),
        cell_of(third, "ECRIT", "12"),
    ]
    post(clerk, sheet, cells, gesture="COLLAGE")
    send(clerk, sheet, third, "ECRIT", "15", version=1)
    answer = undo(clerk, Operation.objects.get())
    assert answer.status_code == 200
    data = answer.json()
    (left,) = data["left"]
    assert (left["name"], left["column"]) == (third.candidate.full_name, "Épreuve écrite")
    assert "a saisi 15" in left["sentence"]
    assert [(a["state"], a["entry"]) for a in data["answers"]] == [
        ("saved", "10"),
        ("saved", ""),
        ("conflict", "15"),
    ]
    stored = {mark.enrolment_id: mark.entry for mark in Mark.objects.all()}
    assert stored == {first.pk: "10", second.pk: "", third.pk: "15"}


def test_undoing_twice_says_the_same_and_undoing_the_undoing_does_it_again(clerk, sheet, gc_enrolments):
    paste(clerk, sheet, gc_enrolments)
    operation = Operation.objects.get()
    first, again = undo(clerk, operation).json(), undo(clerk, operation).json()
    assert first["operation"]["id"] == again["operation"]["id"]
    assert again["left"] == []
    assert [(a["state"], a["entry"], a["version"]) for a in again["answers"]] == [("unchanged", "", 2)] * 3
    undo(clerk, Operation.objects.get(kind="ANNULATION", undoes=operation))
    assert {mark.entry for mark in Mark.objects.all()} == {"12"}


def test_a_gesture_undone_already_answers_its_cells_as_they_stand_now(clerk, sheet, gc_enrolments):
    paste(clerk, sheet, gc_enrolments)
    operation = Operation.objects.get()
    undo(clerk, operation)
    send(clerk, sheet, gc_enrolments[1], "ECRIT", "15", version=2)
    answers = undo(clerk, operation).json()["answers"]
    assert [(a["state"], a["entry"], a["version"]) for a in answers] == [
        ("unchanged", "", 2),
        ("unchanged", "15", 3),
        ("unchanged", "", 2),
    ]
    assert JournalEntry.objects.filter(act="note.saisir").count() == 7


def test_a_gesture_is_never_undone_under_another_name(clerk, sheet, cast, gc_enrolments):
    paste(clerk, sheet, gc_enrolments)
    url = reverse("evaluations:operation_undo", args=[Operation.objects.get().pk])

    def ask(body):
        headers = {"accept": "application/json"}
        return clerk.post(url, body, content_type="application/json", headers=headers)

    other = ask({"author": cast.manager.user.pk})
    assert other.status_code == 403
    assert "sous un autre nom" in other.json()["sentence"]
    for unreadable in ("[", {"author": "1"}):
        assert ask(unreadable).status_code == 400
    assert {mark.entry for mark in Mark.objects.all()} == {"12"}
    assert ask({"author": cast.clerk.user.pk}).status_code == 200
    assert {mark.entry for mark in Mark.objects.all()} == {""}


def test_a_gesture_of_which_nothing_can_be_undone_says_why(clerk, sheet, gc_enrolments, cast, now):
    paste(clerk, sheet, gc_enrolments[:1])
    withdraw(enrolment=gc_enrolments[0], motive="Mutation", by=cast.clerk, at=now)
    answer = undo(clerk, Operation.objects.get())
    assert answer.status_code == 422
    assert "désisté" in answer.json()["sentence"]


def test_without_script_a_gesture_is_undone_by_a_button_and_what_was_left_is_named(
    clerk, sheet, gc_enrolments
):
    paste(clerk, sheet, gc_enrolments)
    send(clerk, sheet, gc_enrolments[2], "ECRIT", "15", version=1)
    page = clerk.get(sheet).content.decode()
    url = reverse("evaluations:operation_undo", args=[Operation.objects.get().pk])
    assert f'action="{url}"' in page
    page = clerk.post(url, follow=True).content.decode()
    assert "est annulé\u00a0: 2 notes comme avant." in page
    assert f"{gc_enrolments[2].candidate.full_name}, Épreuve écrite\u00a0: " in page
    assert "annulé</span>" in page
    assert "Refaire" in page
    assert clerk.get(sheet, {"fragment": "gestes"}).content.decode().count("<li>") == 2


def test_without_script_a_refused_undoing_is_said(clerk, sheet, gc_enrolments, cast, now):
    paste(clerk, sheet, gc_enrolments[:1])
    withdraw(enrolment=gc_enrolments[0], motive="Mutation", by=cast.clerk, at=now)
    url = reverse("evaluations:operation_undo", args=[Operation.objects.get().pk])
    assert "Rien ne peut être annulé." in clerk.post(url, follow=True).content.decode()


def test_a_gesture_of_another_crfp_is_unknown(clerk, sign_in, cast, sheet, gc_enrolments):
    paste(clerk, sheet, gc_enrolments)
    assert undo(sign_in(cast.outsider), Operation.objects.get()).status_code == 404
