"""The documents of a session as files: each whole and once, in a ZIP and a book, forgotten after a month."""

import hashlib
import io
import json
import os
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from candidates.models import Session, SessionPart
from cqp.awards.book import Book
from cqp.awards.models import DocumentRun
from cqp.awards.run_files import folder_of
from cqp.awards.services.runs import ask_run, fail_run, finish_run, forget_old_runs
from cqp.awards.shelf import BUSY, NO_ROOM, Draft, open_shelf
from cqp.awards.states import RunState
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.workflow import Refusal
from juries.models import Certificate
from tests.cast import Cast
from tests.cqp.documents import CERTIFICATE, TRANSCRIPT
from tests.juries.rectification_scenes import MOTIVE, proclaimed_three, rectified

KIND = DocumentRun.Kind.CERTIFICATES


@pytest.fixture(autouse=True)
def _place(settings: Any, tmp_path: Path) -> None:
    settings.DOCUMENTS_DIR = tmp_path / "documents"


# --- The folder ---


def draft(name: str, content: bytes = b"un", source: str = "s") -> Draft:
    return Draft(name, name, source, content)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def test_what_the_manifest_says_and_the_disk_confirms_is_there(tmp_path: Path) -> None:
    with open_shelf(tmp_path, "m.jsonl", wait=False) as shelf:
        shelf.put([draft("a.pdf"), draft("b.pdf"), draft("c.pdf")])
    (tmp_path / "b.pdf").write_bytes(b"autre")
    (tmp_path / "c.pdf").unlink()
    (tmp_path / ".cqp-0123.part").write_bytes(b"reste")
    with (tmp_path / "m.jsonl").open("ab") as file:
        file.write(b'{"name": "d.pdf", "num')  # a line cut short
    with open_shelf(tmp_path, "m.jsonl", wait=False) as shelf:
        found = [name for name in ("a.pdf", "b.pdf", "c.pdf", "d.pdf") if (name, "s") in shelf]
        assert found == ["a.pdf"]
        assert ("a.pdf", "other") not in shelf, "drawn from another content, it is another file"
    assert not list(tmp_path.glob("*.part"))
    assert [json.loads(text)["name"] for text in (tmp_path / "m.jsonl").read_text().splitlines()] == ["a.pdf"]
    assert (tmp_path / "a.pdf").stat().st_mode & 0o777 == 0o600


def test_a_manifest_leads_nowhere_else(tmp_path: Path) -> None:
    folder, outside = tmp_path / "in", tmp_path / "out.pdf"
    folder.mkdir()
    outside.write_bytes(b"un")
    line = {"name": "../out.pdf", "number": "", "size": 2, "source": "s"}
    line["sha256"] = hashlib.sha256(b"un").hexdigest()
    (folder / "m.jsonl").write_text(json.dumps(line) + "\n[]\n1\n")
    with open_shelf(folder, "m.jsonl", wait=False) as shelf:
        assert shelf.keep_only(set()) == []
    assert outside.exists()


def test_one_process_fills_a_folder(tmp_path: Path) -> None:
    with open_shelf(tmp_path, "m.jsonl", wait=False):  # noqa: SIM117
        with pytest.raises(Refusal) as refused, open_shelf(tmp_path, "m.jsonl", wait=False):
            pass
    assert refused.value.sentence == BUSY


def test_a_full_disk_leaves_nothing_cut_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with open_shelf(tmp_path, "m.jsonl", wait=False) as shelf:
        shelf.put([draft("a.pdf")])
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(Refusal) as refused:
                shelf.put([draft("b.pdf")])
            with pytest.raises(Refusal), shelf.writing("c.zip", "s") as file:
                file.write(b"x" * 100)
        assert refused.value.sentence == NO_ROOM
        assert names(tmp_path) == {"a.pdf", "m.jsonl"}
        assert not list(tmp_path.glob("*.part"))
        shelf.put([draft("b.pdf")])
    assert names(tmp_path) == {"a.pdf", "b.pdf", "m.jsonl"}


def test_a_place_that_cannot_be_a_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(Refusal, match="ne peut pas être écrit"),
        open_shelf(tmp_path / "file" / "in", "m", wait=False),
    ):
        pass


# --- The command ---


@pytest.fixture
def session(cast: Cast, gc_part: SessionPart) -> Session:
    return Session.objects.get(pk=proclaimed_three(cast, gc_part)[0].session_id)


def make(session: Session, folder: Path, **options: Any) -> str:
    told = io.StringIO()
    call_command("certificates", session.code, output=folder, stdout=told, stderr=io.StringIO(), **options)
    return told.getvalue()


def test_the_command_fills_a_folder_once(session: Session, tmp_path: Path) -> None:
    number, stem = Certificate.objects.get().number, f"certificats-{session.code}"
    assert "dont 0 y étaient déjà" in make(session, tmp_path / "out")
    expected = {f"certificat-{number}.pdf", f"{stem}.zip", f"{stem}.pdf", f"{stem}.jsonl"}
    assert names(tmp_path / "out") == expected
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*.pdf")}
    assert "dont 1 y étaient déjà" in make(session, tmp_path / "out")
    assert {path: path.stat().st_mtime_ns for path in before} == before
    make(session, tmp_path / "again")
    for name in expected:
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes(), name


def test_a_replaced_certificate_makes_room_for_its_successor(
    cast: Cast, gc_part: SessionPart, tmp_path: Path
) -> None:
    certified, *_ = proclaimed_three(cast, gc_part)
    session = certified.session
    make(session, tmp_path / "out")
    (first,) = names(tmp_path / "out") & {f"certificat-{Certificate.objects.get().number}.pdf"}
    corrections = rectified_identity()
    rectified(cast, certified, corrections=corrections, motive=MOTIVE)
    assert first in make(session, tmp_path / "out")
    number = Certificate.objects.in_force().get().number
    assert f"certificat-{number}.pdf" in names(tmp_path / "out")
    assert first not in names(tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "out" / f"certificats-{session.code}.zip") as archive:
        assert archive.namelist() == [f"certificat-{number}.pdf"]


def rectified_identity() -> Any:
    from juries.rectification import Corrections

    return Corrections(identity={"birth_place": "Vienne"})


def test_what_the_command_cannot_do_is_said_in_a_sentence(
    blocs_part: SessionPart, session: Session, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match="Aucune session"):
        call_command("certificates", "NULLE", output=tmp_path)
    with pytest.raises(CommandError, match="n’est pas encore proclamée"):
        make(blocs_part.session, tmp_path)
    with pytest.raises(CommandError, match="--jobs"):
        make(session, tmp_path, jobs=0)
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="ne peut pas être écrit"):
        make(session, tmp_path / "file")


# --- The services ---


def asked(cast: Cast, session: Session) -> DocumentRun:
    return ask_run(session=session, kind=KIND, by=cast.ucanss, at=timezone.now())


def test_only_ucanss_asks_and_only_once_proclaimed(
    cast: Cast, session: Session, blocs_part: SessionPart, tasks_kept: None
) -> None:
    for actor in (cast.clerk, cast.cpnefp_president, cast.organisme):
        with pytest.raises(Refusal):
            ask_run(session=session, kind=KIND, by=actor, at=timezone.now())
    with pytest.raises(Refusal, match="n’est pas encore proclamée"):
        ask_run(session=blocs_part.session, kind=KIND, by=cast.ucanss, at=timezone.now())
    assert asked(cast, session) == asked(cast, session)
    assert Entry.objects.filter(act=Act.MAKE_DOCUMENTS).count() == 1


def test_a_run_ends_once(cast: Cast, session: Session, tasks_kept: None) -> None:
    run, at = asked(cast, session), timezone.now()
    files = [{"name": "a.zip", "size": 1, "sha256": "0" * 64, "is_sealed": False}]
    finish_run(run=run, files=files, at=at)
    assert finish_run(run=run, files=[], at=at).files == files
    assert fail_run(run=run, failure="Non", at=at).state == RunState.DONE
    assert Entry.objects.filter(act__in=[Act.FINISH_DOCUMENTS, Act.FAIL_DOCUMENTS]).count() == 1
    assert asked(cast, session).pk != run.pk, "what is over is not begun again: it is made anew"


def test_files_are_forgotten_after_a_month_and_said_once(cast: Cast, session: Session) -> None:
    run = asked(cast, session)
    run.refresh_from_db()
    assert run.state == RunState.DONE
    assert folder_of(run).is_dir()
    assert forget_old_runs(now=timezone.now() + timedelta(days=29)) == 0
    month = timezone.now() + timedelta(days=31)
    assert forget_old_runs(now=month) == 1
    assert forget_old_runs(now=month) == 0
    assert not folder_of(run).exists()
    assert Entry.objects.filter(act=Act.FORGET_DOCUMENTS).count() == 1


# --- The book ---


def test_a_book_keeps_tags_words_and_bookmarks_and_shares_what_is_the_same(tmp_path: Path) -> None:
    from cqp.pdf import render_pdf

    plain = {"replaces": None} | CERTIFICATE
    one = render_pdf("documents/certificate.html", plain, identifier="un")
    path = tmp_path / "book.pdf"
    with path.open("wb") as file:
        book = Book(file, "Certificats <&>, «\N{NO-BREAK SPACE}session\N{NO-BREAK SPACE}»")
        for rank in range(70):
            book.add(one, f"ŒUVRE Zoé 𝔸 {rank}")
        book.close()
    subprocess.run(["qpdf", "--check", str(path)], check=True, capture_output=True)
    assert path.stat().st_size < 14 * len(one), "fonts and pictures are written once"
    with pikepdf.open(path) as pdf, pdf.open_outline() as outline:
        assert len(pdf.pages) == 70
        assert [item.title for item in outline.root] == [f"ŒUVRE Zoé 𝔸 {rank}" for rank in range(70)]
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "fr"
        assert "/AcroForm" not in pdf.Root
        tree = pdf.Root.StructTreeRoot
        assert len(tree.K) == 70
        numbers = tree.ParentTree.Nums
        for rank in (0, 35, 69):
            page = pdf.pages[rank].obj
            owners = numbers[2 * int(page.StructParents) + 1]
            assert {owner.Pg.objgen for owner in owners} == {page.objgen}
    words = subprocess.run(["pdftotext", str(path), "-"], check=True, capture_output=True, text=True).stdout
    assert words.count(CERTIFICATE["number"]) >= 70
    assert "CQP" in subprocess.run(["pdffonts", str(path)], check=True, capture_output=True, text=True).stdout


def test_the_cells_of_each_document_of_a_book_know_their_own_headers() -> None:
    from cqp.pdf import render_pdf

    one, file = render_pdf("documents/transcript.html", TRANSCRIPT, identifier="un"), io.BytesIO()
    book = Book(file, "Relevés")
    for rank in range(2):
        book.add(one, f"Zoé {rank}")
    book.close()
    with pikepdf.open(file) as pdf:
        cells = [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and "/S" in one]
        pages = {str(one.ID): one.Pg.objgen for one in cells if "/ID" in one}
        called = [(str(name), one.Pg.objgen) for one in cells if one.S == "/TD" for name in one.A.Headers]
        assert len(pages) == sum("/ID" in one for one in cells), "each name is there once"
    assert len({page for _, page in called}) == 2
    assert all(pages[name] == page for name, page in called)
