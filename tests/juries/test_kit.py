"""The kit of a jury: merged three ways, judged by the rules of the hearing, written once."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from candidates.imports.files import read_file
from candidates.models import Enrolment, SessionPart
from candidates.services.enrolments import Person, update_enrolment
from cqp.accounts.actor import Actor
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.workflow import Refusal
from evaluations.models import Mark
from evaluations.scoring import parse_mark
from juries.kit import OPINION, Heard, applied, merge
from juries.kit_file import kit_of
from juries.kit_preview import FORMULA, KitPreview, KitSheet, preview_of
from juries.models import Hearing, HearingDay, HearingSlot, LocalJury, Opinion
from juries.reading import lines_of
from juries.services.kit import CHANGED_SINCE, bring_kit
from juries.services.local import close_jury
from juries.services.recusals import recuse
from tests.cast import Cast, make_line
from tests.evaluations.mark_files import csv_of, xlsx_of
from tests.juries.kits import Rows, brought, fill, looked_at, sheet_of, taken
from tests.juries.scenes import composed_jury, hear

SignIn = Callable[[Actor], Client]
WHY = "Le dossier manque de références."


# --- The merge, alone ---

TWENTY = Decimal(20)
MARKS = st.sampled_from(["", "0", "8", "12,5", "20", "ABS", "ABJ"]).map(lambda text: parse_mark(text, TWENTY))
OPINIONS = st.none() | st.tuples(st.booleans(), st.sampled_from(["", "Fragile.", "Solide."]))
HEARD = st.builds(Heard, st.fixed_dictionaries({"ORAL": MARKS, "MEMOIRE": MARKS}), OPINIONS)


@given(HEARD, HEARD, HEARD)
def test_a_kit_brought_twice_changes_nothing_the_second_time(file: Heard, base: Heard, stands: Heard) -> None:
    after = applied(stands, merge(file, base, stands))
    assert merge(file, base, after).changes == 0
    assert applied(after, merge(file, base, after)) == after


@given(HEARD, HEARD)
def test_a_kit_left_as_it_was_changes_nothing_whatever_moved(base: Heard, stands: Heard) -> None:
    merged = merge(base, base, stands)
    assert (merged.changes, merged.clashes) == (0, ())


@given(HEARD, HEARD, HEARD)
def test_what_moved_here_is_never_written_over(file: Heard, base: Heard, stands: Heard) -> None:
    merged = merge(file, base, stands)
    for code, mark in merged.marks.items():
        assert stands.marks[code] == base.marks[code] != mark
    if merged.opinion:
        assert stands.opinion == base.opinion != merged.opinion


@given(HEARD, HEARD)
def test_when_nothing_moved_here_all_that_the_file_says_goes_in(file: Heard, base: Heard) -> None:
    after = applied(base, merge(file, base, base))
    for code, mark in file.marks.items():
        assert after.marks[code] == (base.marks[code] if mark.is_missing else mark)
    assert after.opinion == (file.opinion or base.opinion)
    assert merge(file, base, base).clashes == ()


# --- Out and back ---


@pytest.fixture
def jury(cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]) -> LocalJury:
    return composed_jury(cast, gc_part, gc_enrolments)


@pytest.fixture
def rows(cast: Cast, jury: LocalJury, now: datetime) -> Rows:
    return taken(jury, cast.juror, now)


def told(preview: KitPreview) -> str:
    return " ".join(problem.message for problem in preview.problems)


def written(preview: KitPreview) -> list[tuple[str, str, str]]:
    return [(change.title, change.before, change.after) for change in preview.changes]


@pytest.mark.django_db
def test_a_kit_filled_away_records_marks_and_opinions_once(
    cast: Cast, jury: LocalJury, gc_enrolments: list[Enrolment], rows: Rows, now: datetime
) -> None:
    fill(rows, gc_enrolments[0], oral="12,5", avis="Attribution")
    fill(rows, gc_enrolments[1], oral="7", avis="non-attribution", argument=WHY)
    fill(rows, gc_enrolments[2], oral="abs")

    preview = brought(jury, rows, cast.juror, now)

    assert len(preview.changes) == 5
    assert not preview.problems
    marks = {mark.enrolment_id: mark.entry for mark in Mark.objects.all()}
    assert marks == dict(zip([one.pk for one in gc_enrolments], ["12,5", "7", "ABS"], strict=True))
    assert Opinion.objects.get(favourable=False).argument == WHY
    entries = Entry.objects.count()
    assert brought(jury, rows, cast.juror, now).changes == []
    assert Entry.objects.count() == entries


@pytest.mark.django_db
def test_a_kit_left_as_it_was_changes_nothing(
    cast: Cast, jury: LocalJury, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    hear(cast, gc_enrolments[0], "8", favourable=False, argument="Un dossier\nsur deux lignes.")
    preview = looked_at(jury, taken(jury, cast.juror, now), cast.juror, now)
    assert (preview.changes, preview.clashes, preview.problems, preview.unchanged) == ([], [], (), 2)


@pytest.mark.django_db
def test_what_changed_on_both_sides_is_shown_with_its_three_values(
    cast: Cast, jury: LocalJury, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    hear(cast, gc_enrolments[0], "8", favourable=False, argument=WHY)
    rows = taken(jury, cast.juror, now)
    fill(rows, gc_enrolments[0], oral="10", avis="Attribution", argument="")
    mark, opinion = Mark.objects.get(), Opinion.objects.get()
    Mark.objects.filter(pk=mark.pk).update(value="9", version=2)
    Opinion.objects.filter(pk=opinion.pk).update(argument="Une autre raison, longue.", version=2)

    preview = brought(jury, rows, cast.juror, now)

    assert preview.changes == []
    mark_clash, opinion_clash = preview.clashes
    assert (mark_clash.base, mark_clash.theirs, mark_clash.here) == ("8", "10", "9")
    assert opinion_clash.base == f"Non-attribution : {WHY}"
    assert opinion_clash.theirs == "Attribution"
    assert opinion_clash.here == "Non-attribution : Une autre raison, longue."
    assert "JOLY Jeanne" in opinion_clash.who
    assert Opinion.objects.get().favourable is False


@pytest.mark.django_db
def test_what_changed_here_alone_stays(
    cast: Cast, jury: LocalJury, gc_enrolments: list[Enrolment], rows: Rows, now: datetime
) -> None:
    fill(rows, gc_enrolments[1], oral="11")
    hear(cast, gc_enrolments[0], "15")
    preview = brought(jury, rows, cast.juror, now)
    assert written(preview) == [("Épreuve orale", "", "11")]
    assert sorted(mark.entry for mark in Mark.objects.all()) == ["11", "15"]


@pytest.mark.django_db
def test_an_emptied_cell_erases_nothing_and_is_told(
    cast: Cast, jury: LocalJury, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    hear(cast, gc_enrolments[0], "15")
    rows = taken(jury, cast.juror, now)
    fill(rows, gc_enrolments[0], oral="", avis="")
    preview = brought(jury, rows, cast.juror, now)
    assert preview.changes == []
    assert "n’efface rien" in preview.warnings[0].message
    assert Mark.objects.get().entry == "15"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"oral": "25"}, "hors barème"),
        ({"oral": "2026-05-12"}, "n’est pas une note"),
        ({"avis": "Non-attribution"}, "doit être argumenté"),
        ({"avis": "Non-attribution", "argument": "Non."}, "15 caractères au moins"),
        ({"avis": "peut-être"}, "n’est pas un avis"),
        ({"argument": WHY}, "Choisissez l’avis"),
        ({"numero": "AAAAA-BBBBB-C"}, "ne vont pas ensemble"),
        ({"base": "13"}, "de cette ligne ont été modifiées"),
        ({"feuille": ""}, "n’a pas d’identité"),
        ({"feuille": "1:1:1:0:abc:signé"}, "a été modifiée"),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_goes_in(
    typed: dict[str, str],
    said: str,
    cast: Cast,
    jury: LocalJury,
    gc_enrolments: list[Enrolment],
    rows: Rows,
    now: datetime,
) -> None:
    fill(rows, gc_enrolments[0], **typed)
    fill(rows, gc_enrolments[1], oral="11")
    preview = brought(jury, rows, cast.juror, now)
    assert said in told(preview)
    assert written(preview) == [("Épreuve orale", "", "11")]
    assert Mark.objects.get().enrolment == gc_enrolments[1]
    assert not Opinion.objects.exists()


@pytest.mark.django_db
def test_a_line_with_a_formula_stays_out(
    cast: Cast, jury: LocalJury, gc_enrolments: list[Enrolment], rows: Rows, now: datetime
) -> None:
    fill(rows, gc_enrolments[0], oral="12")
    line = 1 + next(n for n, cells in enumerate(rows) if cells[0] == gc_enrolments[0].number)
    sheet = sheet_of(rows, computed=frozenset({line}))
    preview = preview_of(jury, sheet, by=cast.juror, now=now)
    assert [(problem.message, problem.rows) for problem in preview.problems] == [(FORMULA, (line,))]
    assert preview.changes == []


@pytest.mark.django_db
def test_a_formula_in_the_file_itself_is_seen(cast: Cast, jury: LocalJury, rows: Rows, tmp_path: Any) -> None:
    path = tmp_path / "kit.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for number, cells in enumerate(rows):
        sheet.write_row(number, 0, cells)
    sheet.write_formula(1, 3, "=6*2", None, 12)
    book.close()
    assert KitSheet.of(read_file(path.read_bytes())).computed == {2}


@pytest.mark.django_db
def test_a_kit_of_another_jury_is_refused_whole(
    cast: Cast, jury: LocalJury, gc_part: SessionPart, rows: Rows, now: datetime
) -> None:
    other = composed_jury(cast, gc_part, [], "Jury 2")
    with pytest.raises(Refusal):
        looked_at(other, rows, cast.juror, now)
    assert not Mark.objects.exists()


@pytest.mark.django_db
def test_a_line_given_twice_stays_out(
    cast: Cast, jury: LocalJury, gc_enrolments: list[Enrolment], rows: Rows, now: datetime
) -> None:
    fill(rows, gc_enrolments[0], oral="12")
    rows.append(list(next(line for line in rows if line[0] == gc_enrolments[0].number)))
    preview = looked_at(jury, rows, cast.juror, now)
    assert "plusieurs fois" in told(preview)
    assert preview.changes == []


@pytest.mark.django_db
def test_a_candidate_one_may_not_judge_is_neither_in_the_kit_nor_written_by_it(
    cast: Cast,
    jury: LocalJury,
    gc_part: SessionPart,
    gc_enrolments: list[Enrolment],
    rows: Rows,
    now: datetime,
) -> None:
    party, user = gc_enrolments[0], cast.juror.user
    person = Person(user.email, user.last_name, user.first_name)
    line = make_line(cast, gc_part.session.certification, tutor=person)
    fill(rows, party, oral="18")
    update_enrolment(enrolment=party, line=line, by=cast.clerk, at=now)

    assert party.number not in str(taken(jury, cast.juror, now))
    assert party.number in str(taken(jury, cast.jury_president, now))
    preview = brought(jury, rows, cast.juror, now)
    assert "aucun candidat que vous entendez" in told(preview)
    assert not Mark.objects.exists()


@pytest.mark.django_db
def test_a_juror_who_steps_aside_brings_nothing_of_that_candidate(
    cast: Cast, jury: LocalJury, gc_enrolments: list[Enrolment], rows: Rows, now: datetime
) -> None:
    fill(rows, gc_enrolments[0], oral="18")
    hearing = Hearing.objects.get(enrolment=gc_enrolments[0])
    recuse(hearing=hearing, motive="Ancien collègue", by=cast.juror, at=now)
    preview = brought(jury, rows, cast.juror, now)
    assert "aucun candidat que vous entendez" in told(preview)
    assert gc_enrolments[0].number not in str(taken(jury, cast.juror, now))
    assert not Mark.objects.exists()


@pytest.mark.django_db
def test_an_argument_that_names_another_candidate_goes_in_only_if_it_is_meant(
    cast: Cast, jury: LocalJury, gc_enrolments: list[Enrolment], rows: Rows, now: datetime
) -> None:
    other = gc_enrolments[1].candidate.birth_name
    fill(rows, gc_enrolments[0], oral="7", avis="Non-attribution", argument=f"Moins solide que {other}.")
    preview = brought(jury, rows, cast.juror, now)
    assert preview.asks
    assert Mark.objects.get().entry == "7"
    assert not Opinion.objects.exists()
    brought(jury, rows, cast.juror, now, names=True)
    assert other in Opinion.objects.get().argument


@pytest.mark.django_db
def test_an_opinion_given_before_a_correction_is_to_be_read_again(
    cast: Cast, jury: LocalJury, gc_enrolments: list[Enrolment], rows: Rows, now: datetime
) -> None:
    hear(cast, gc_enrolments[1], "12")
    rows = taken(jury, cast.juror, now)
    fill(rows, gc_enrolments[1], avis="Non-attribution", argument=WHY)
    Mark.objects.update(corrections=1)
    preview = looked_at(jury, rows, cast.juror, now)
    assert "vient d’être corrigée" in told(preview)
    assert preview.changes == []


@pytest.mark.django_db
def test_what_moved_since_the_preview_is_looked_at_again(
    cast: Cast, jury: LocalJury, gc_enrolments: list[Enrolment], rows: Rows, now: datetime
) -> None:
    fill(rows, gc_enrolments[0], oral="12")
    seen = looked_at(jury, rows, cast.juror, now).fingerprint
    hear(cast, gc_enrolments[0], "9")
    with pytest.raises(Refusal, match="depuis l’aperçu"):
        bring_kit(jury=jury, sheet=sheet_of(rows), seen=seen, names_confirmed=False, by=cast.juror, at=now)
    assert Mark.objects.get().entry == "9"


@pytest.mark.django_db
def test_a_closed_jury_takes_no_kit(
    cast: Cast, jury: LocalJury, gc_enrolments: list[Enrolment], rows: Rows, now: datetime, sign_in: SignIn
) -> None:
    fill(rows, gc_enrolments[0], oral="20")
    for enrolment in gc_enrolments:
        hear(cast, enrolment)
    close_jury(jury=jury, by=cast.jury_president, at=now)
    with pytest.raises(Refusal, match="est clos"):
        brought(jury, rows, cast.juror, now)
    client = sign_in(cast.juror)
    assert "est clos" in client.get(reverse("juries:kit", args=[jury.pk])).content.decode()
    assert client.get(reverse("juries:kit_file", args=[jury.pk])).status_code == 404


@pytest.mark.django_db
def test_a_session_in_blocs_has_no_kit(
    cast: Cast, blocs_part: SessionPart, blocs_enrolments: list[Enrolment], now: datetime, sign_in: SignIn
) -> None:
    jury = composed_jury(cast, blocs_part, blocs_enrolments)
    client = sign_in(cast.juror)
    assert "n’a pas de kit" in client.get(reverse("juries:kit", args=[jury.pk])).content.decode()
    assert client.get(reverse("juries:kit_file", args=[jury.pk])).status_code == 404
    with pytest.raises(Refusal, match="pas de kit"):
        kit_of(jury, lines_of(jury.hearings.all()), {}, now)


@pytest.mark.django_db
def test_the_hour_of_a_hearing_stands_in_the_kit(
    cast: Cast, jury: LocalJury, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    day = HearingDay.objects.create(jury=jury, day="2026-12-01", place="Lyon")
    hearing = Hearing.objects.get(enrolment=gc_enrolments[0])
    HearingSlot.objects.create(hearing=hearing, day=day, starts="09:40", minutes=40)
    answer = sign_in(cast.juror).get(reverse("juries:kit_file", args=[jury.pk]))
    rows = read_file(answer.content).rows
    line = next(cells for _, cells in rows if cells[0] == gc_enrolments[0].number)
    assert line[rows[0][1].index("Heure")] == "01/12 09:40"


@pytest.mark.django_db
@pytest.mark.parametrize("made", [xlsx_of, csv_of])
def test_the_pages_take_a_kit_from_the_file_to_the_marks(
    made: Callable[[Rows], bytes],
    cast: Cast,
    jury: LocalJury,
    gc_enrolments: list[Enrolment],
    sign_in: SignIn,
) -> None:
    client, url = sign_in(cast.juror), reverse("juries:kit", args=[jury.pk])
    content = client.get(reverse("juries:kit_file", args=[jury.pk])).content
    width = len(read_file(content).rows[0][1])
    rows = [[*cells, *[""] * (width - len(cells))] for _, cells in read_file(content).rows]
    fill(rows, gc_enrolments[0], oral="12,5", avis="Attribution")
    hostile = "=cmd|' /C calc'!A0 <script>alert(1)</script>"
    fill(rows, gc_enrolments[1], avis="Non-attribution", argument=hostile if made is csv_of else WHY)

    page = client.post(url, {"file": SimpleUploadedFile("kit.xlsx", made(rows))})
    shown = page.content.decode()
    assert "<script>alert(1)" not in shown
    assert "Enregistrer ces changements" in shown
    assert not Mark.objects.exists()
    form = {"lines": page.context["carried"], "seen": page.context["preview"].fingerprint}
    for _ in range(2):
        client.post(url, form)
    assert Mark.objects.get().entry == "12,5"
    assert Opinion.objects.count() == 2
    assert Entry.objects.filter(act=Act.GIVE_OPINION).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("made", [xlsx_of, csv_of])
def test_the_longest_argument_comes_back_and_no_longer_one(
    made: Callable[[Rows], bytes],
    cast: Cast,
    jury: LocalJury,
    gc_enrolments: list[Enrolment],
    rows: Rows,
    sign_in: SignIn,
) -> None:
    client, url = sign_in(cast.juror), reverse("juries:kit", args=[jury.pk])
    for length, said in ((4_000, "Ce que le kit enregistre"), (4_001, "plus de 4000 caractères")):
        fill(rows, gc_enrolments[0], avis="Non-attribution", argument="é" * length)
        page = client.post(url, {"file": SimpleUploadedFile("kit.xlsx", made(rows))})
        assert said in page.content.decode()


@pytest.mark.django_db
def test_a_confirmation_forged_or_of_somebody_else_writes_nothing(
    cast: Cast, jury: LocalJury, gc_enrolments: list[Enrolment], rows: Rows, sign_in: SignIn
) -> None:
    url = reverse("juries:kit", args=[jury.pk])
    fill(rows, gc_enrolments[0], oral="12")
    page = sign_in(cast.juror).post(url, {"file": SimpleUploadedFile("kit.csv", csv_of(rows))})
    form = {"lines": page.context["carried"], "seen": page.context["preview"].fingerprint}
    stolen = sign_in(cast.jury_president).post(url, form)
    forged = sign_in(cast.juror).post(url, form | {"lines": form["lines"][:-1] + "x"})
    for answer in (stolen, forged):
        assert "L’aperçu n’est plus valable" in answer.content.decode()
    assert not Mark.objects.exists()
    moved = sign_in(cast.juror).post(url, form | {"seen": "autre"})
    assert CHANGED_SINCE.split(" :")[0] in moved.content.decode()


@pytest.mark.django_db
def test_a_file_that_is_no_kit_is_refused_beside_its_field(
    cast: Cast, jury: LocalJury, sign_in: SignIn
) -> None:
    url, client = reverse("juries:kit", args=[jury.pk]), sign_in(cast.juror)
    for content in (b"", b"Nom;Note\nDurand;12", b"Num\xc3\xa9ro;ORAL\n1;12"):
        page = client.post(url, {"file": SimpleUploadedFile("liste.csv", content)})
        assert page.context["form"].errors["file"]
    assert client.post(url, {}).context["form"].errors["file"]


@pytest.mark.django_db
def test_a_juror_of_another_jury_takes_no_kit(cast: Cast, jury: LocalJury, sign_in: SignIn) -> None:
    client = sign_in(cast.second_juror)
    assert client.get(reverse("juries:kit", args=[jury.pk])).status_code == 404
    assert client.get(reverse("juries:kit_file", args=[jury.pk])).status_code == 404


@pytest.mark.django_db
def test_a_preview_says_what_it_found_in_its_own_order(
    cast: Cast, jury: LocalJury, gc_enrolments: list[Enrolment], rows: Rows
) -> None:
    fill(rows, gc_enrolments[2], oral="3")
    preview = looked_at(jury, rows, cast.juror, timezone.now())
    assert [(change.name, change.title) for change in preview.changes] == [
        (gc_enrolments[2].candidate.full_name, "Épreuve orale")
    ]
    assert OPINION not in preview.changes
