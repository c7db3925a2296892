"""Identities completed by a file: the exported list, filled, read line by line."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import zip_longest
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates.models import Candidate, CivilStatus, Enrolment, Session, SessionPart
from candidates.services.civil_status import Completion, complete_identities
from cqp.accounts.actor import Actor
from cqp.awards.identity_file import identities_in
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.sheets.reading import read_sheet
from cqp.sheets.writing import Table, xlsx_of
from cqp.workflow import Refusal
from juries.models import Certificate
from juries.rectification import Corrections
from juries.states import Outcome
from tests.awards.flux_scenes import certified, number_of
from tests.cast import Cast
from tests.juries.rectification_scenes import rectified

SignIn = Callable[[Actor], Client]
HEADINGS = "Numéro;Sexe;Commune de naissance;Pays de naissance"


def csv(*lines: str) -> bytes:
    return "\n".join([HEADINGS, *lines]).encode()


def sent(client: Client, part: SessionPart, content: bytes, name: str = "identites.csv") -> Any:
    url = reverse("awards:identity_file", args=[part.session.code])
    return client.post(url, {"file": SimpleUploadedFile(name, content)}, follow=True)


def status_of(enrolment: Enrolment) -> CivilStatus:
    return CivilStatus.objects.get(candidate=enrolment.candidate_id)


def read(cast: Cast, content: bytes) -> Sequence[str]:
    """What is wrong with the lines of a file."""
    return [one.message for one in identities_in(content, Certificate.objects.all(), cast.clerk).problems]


def test_the_list_is_exported_filled_and_read(cast: Cast, gc_part: SessionPart, sign_in: SignIn) -> None:
    first, second = certified(cast, gc_part)
    Candidate.objects.filter(pk=first.candidate_id).update(birth_place="Bourg-en-Bresse")
    client = sign_in(cast.clerk)
    exported = client.get(reverse("awards:identity_list", args=[gc_part.session.code]), {"format": "xlsx"})
    headings, *rows = [cells for _, cells in read_sheet(exported.content).rows]
    filled = [dict(zip_longest(headings, cells, fillvalue="")) for cells in rows]
    for line in filled:
        line["Sexe"] = "Féminin"
        line["Pays de naissance"] = "" if line["Commune de naissance"] else "99109"
    book = xlsx_of(Table("Identités", headings, [list(line.values()) for line in filled]))
    page = sent(client, gc_part, book, "identites.xlsx")
    assert "2 identités complétées ou corrigées." in page.content.decode()
    assert status_of(first).birth_commune_code == "01053", "proposed by the export"
    assert CivilStatus.objects.count() == 2
    assert second.candidate_id in CivilStatus.objects.values_list("candidate", flat=True)


def test_the_good_lines_go_in_and_the_others_are_named(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    first, second = certified(cast, gc_part)
    client = sign_in(cast.ucanss)
    content = csv(f"{number_of(first)};h;69123;", f"{number_of(second)};X;69123;", "RIEN-1;F;69123;")
    page = sent(client, gc_part, content).content.decode()
    assert "1 identité complétée ou corrigée." in page
    assert "Le sexe se dit F ou M." in page
    assert "ligne 3" in page
    assert "n’est pas celui d’un titulaire de cette session" in page
    assert status_of(first).sex == "M"
    sent(client, gc_part, content)
    assert Entry.objects.filter(act=Act.COMPLETE_IDENTITY).count() == 1, "sent twice, said once"


@pytest.mark.parametrize(
    ("rest", "sentence"),
    [
        ("F;69123;99109", "pas les deux"),
        ("F;;", "Donnez la commune"),
        ("F;69000;", "n’est pas dans la liste"),
        ("F;;33", "commence par 99"),
        ("F;<script>;", "Aucune commune"),
    ],
)
def test_what_is_wrong_is_said(cast: Cast, gc_part: SessionPart, rest: str, sentence: str) -> None:
    (first,) = certified(cast, gc_part, 1)
    (problem,) = read(cast, csv(f"{number_of(first)};{rest}"))
    assert sentence in problem


def test_a_zero_that_the_spreadsheet_dropped_is_put_back(cast: Cast, gc_part: SessionPart) -> None:
    (first,) = certified(cast, gc_part, 1)
    (one,) = identities_in(
        csv(f"{number_of(first).lower()};F;1053;"), Certificate.objects.all(), cast.clerk
    ).found
    assert one.birth_commune == "01053"


def test_a_line_twice_and_a_line_blank(cast: Cast, gc_part: SessionPart) -> None:
    first, second = certified(cast, gc_part)
    number = number_of(first)
    lines = csv(f"{number};F;69123;", f"{number};M;69123;", f"{number_of(second)};;69123;")
    file = identities_in(lines, Certificate.objects.all(), cast.clerk)
    assert [one.sex for one in file.found] == ["F"]
    assert file.blank == 1
    assert [one.message for one in file.problems] == ["Ce titulaire est déjà sur une ligne plus haut."]


def test_another_list_is_refused_and_nothing_is_lost(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    certified(cast, gc_part, 1)
    with pytest.raises(Refusal, match="partez de la liste exportée"):
        read(cast, b"Nom;Note\nDupont;12")
    page = sent(sign_in(cast.ucanss), gc_part, b"Nom;Note\nDupont;12")
    assert "partez de la liste exportée" in page.content.decode()


def test_a_file_too_heavy_or_empty_is_refused_on_its_page(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    certified(cast, gc_part, 1)
    client = sign_in(cast.ucanss)
    assert "2 Mo" in sent(client, gc_part, b"a;b\n" * 600_000).content.decode()
    assert "Le fichier est vide." in sent(client, gc_part, b"").content.decode()


def test_a_crfp_completes_its_own_by_file_and_nobody_elses(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    (first,) = certified(cast, gc_part, 1)
    line = csv(f"{number_of(first)};F;69123;")
    page = sent(sign_in(cast.outsider), gc_part, line)
    assert "n’est pas celui d’un titulaire de cette session" in page.content.decode()
    assert not CivilStatus.objects.exists()
    sent(sign_in(cast.clerk), gc_part, line)
    assert CivilStatus.objects.count() == 1


def test_before_the_opening_a_crfp_learns_nothing_from_a_file(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    (first,) = certified(cast, gc_part, 1)
    Session.objects.filter(pk=gc_part.session_id).update(results_open_at=timezone.now() + timedelta(days=3))
    sent(sign_in(cast.clerk), gc_part, csv(f"{number_of(first)};F;69123;", "GC-2026-11-99999;F;69123;"))
    assert not CivilStatus.objects.exists()
    held = Certificate.objects.visible_to(cast.clerk)
    messages = [
        one.message for one in identities_in(csv(f"{number_of(first)};F;69123;"), held, cast.clerk).problems
    ]
    assert messages == ["Ce numéro n’est pas celui d’un titulaire de cette session."]


def test_both_numbers_of_one_holder_are_one_person(cast: Cast, gc_part: SessionPart, sign_in: SignIn) -> None:
    first, _ = certified(cast, gc_part)
    rectified(
        cast, first, corrections=Corrections(identity={"birth_name": "Neuf"}), outcome=Outcome.CERTIFIED
    )
    numbers = list(Certificate.objects.filter(decision__enrolment=first).values_list("number", flat=True))
    assert len(numbers) == 2
    page = sent(sign_in(cast.ucanss), gc_part, csv(*(f"{number};F;69123;" for number in numbers)))
    assert "déjà sur une ligne plus haut" in page.content.decode()
    assert CivilStatus.objects.count() == 1


def test_the_verb_itself_completes_a_person_once(cast: Cast, gc_part: SessionPart) -> None:
    (first,) = certified(cast, gc_part, 1)
    twice = [Completion(first, "F", "69123"), Completion(first, "M", "69123")]
    complete_identities(session=gc_part.session, completions=twice, by=cast.clerk, at=timezone.now())
    assert status_of(first).sex == "M"


def test_candidates_of_another_session_are_a_mistake_of_ours(
    cast: Cast, gc_part: SessionPart, dam_part: SessionPart
) -> None:
    (first,) = certified(cast, gc_part, 1)
    with pytest.raises(ValueError, match="another session"):
        complete_identities(
            session=dam_part.session,
            completions=[Completion(first, "F", "69123")],
            by=cast.ucanss,
            at=timezone.now(),
        )


def test_one_s_own_line_is_named_and_the_others_go_in(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    first, second = certified(cast, gc_part)
    Candidate.objects.filter(pk=first.candidate_id).update(user=cast.ucanss.user)
    content = csv(f"{number_of(first)};F;69123;", f"{number_of(second)};F;69123;")
    page = sent(sign_in(cast.ucanss), gc_part, content)
    assert "ligne 2" in page.content.decode()
    assert [row.candidate_id for row in CivilStatus.objects.all()] == [second.candidate_id]


def test_a_list_nobody_filled_says_so(cast: Cast, gc_part: SessionPart, sign_in: SignIn) -> None:
    (first,) = certified(cast, gc_part, 1)
    page = sent(sign_in(cast.clerk), gc_part, csv(f"{number_of(first)};;69123;")).content.decode()
    assert "1 ligne sans sexe reste à remplir" in page


def test_one_more_line_costs_no_query(cast: Cast, gc_part: SessionPart) -> None:
    from django.utils import timezone

    from candidates.services.civil_status import complete_identities

    holders = certified(cast, gc_part, 3)

    def cost(*some: Enrolment) -> int:
        lines = csv(*(f"{number_of(one)};F;69123;" for one in some))
        with CaptureQueriesContext(connection) as queries:
            file = identities_in(lines, Certificate.objects.all(), cast.clerk)
            complete_identities(
                session=gc_part.session, completions=file.found, by=cast.clerk, at=timezone.now()
            )
        return len(queries)

    assert cost(holders[0]) == cost(*holders[1:])
    lines = csv(*(f"{number_of(one)};M;69123;" for one in holders))
    file = identities_in(lines, Certificate.objects.all(), cast.clerk)
    session, at = gc_part.session, timezone.now()
    changed = complete_identities(session=session, completions=file.found, by=cast.clerk, at=at)
    assert changed == 3
    assert {row.sex for row in CivilStatus.objects.all()} == {"M"}
