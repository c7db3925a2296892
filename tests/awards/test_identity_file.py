"""Identities completed by a file: the exported list, filled, read line by line."""

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from candidates.models import Candidate, CivilStatus, Enrolment, SessionPart
from cqp.accounts.actor import Actor
from cqp.awards.identity_file import identities_in
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.sheets.reading import read_sheet
from cqp.sheets.writing import Table, xlsx_of
from cqp.workflow import Refusal
from juries.models import Certificate
from tests.awards.flux_scenes import certified, number_of
from tests.cast import Cast

SignIn = Callable[[Actor], Client]
HEADINGS = "Numéro;Sexe;Commune de naissance;Pays de naissance"


def csv(*lines: str) -> bytes:
    return "\n".join([HEADINGS, *lines]).encode()


def sent(client: Client, part: SessionPart, content: bytes, name: str = "identites.csv") -> Any:
    url = reverse("awards:identity_file", args=[part.session.code])
    return client.post(url, {"file": SimpleUploadedFile(name, content)}, follow=True)


def status_of(enrolment: Enrolment) -> CivilStatus:
    return CivilStatus.objects.get(candidate=enrolment.candidate_id)


def read(content: bytes) -> Sequence[str]:
    """What is wrong with the lines of a file."""
    return [one.message for one in identities_in(content, Certificate.objects.all()).problems]


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
    (problem,) = read(csv(f"{number_of(first)};{rest}"))
    assert sentence in problem


def test_a_zero_that_the_spreadsheet_dropped_is_put_back(cast: Cast, gc_part: SessionPart) -> None:
    (first,) = certified(cast, gc_part, 1)
    (one,) = identities_in(csv(f"{number_of(first).lower()};F;1053;"), Certificate.objects.all()).found
    assert one.birth_commune == "01053"


def test_a_line_twice_and_a_line_blank(cast: Cast, gc_part: SessionPart) -> None:
    first, second = certified(cast, gc_part)
    number = number_of(first)
    lines = csv(f"{number};F;69123;", f"{number};M;69123;", f"{number_of(second)};;69123;")
    file = identities_in(lines, Certificate.objects.all())
    assert [one.sex for one in file.found] == ["F"]
    assert file.blank == 1
    assert [one.message for one in file.problems] == ["Ce titulaire est déjà sur une ligne plus haut."]


def test_another_list_is_refused_and_nothing_is_lost(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    certified(cast, gc_part, 1)
    with pytest.raises(Refusal, match="partez de la liste exportée"):
        read(b"Nom;Note\nDupont;12")
    page = sent(sign_in(cast.ucanss), gc_part, b"Nom;Note\nDupont;12")
    assert "partez de la liste exportée" in page.content.decode()


def test_a_crfp_completes_its_own_by_file_and_nobody_elses(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    (first,) = certified(cast, gc_part, 1)
    line = csv(f"{number_of(first)};F;69123;")
    page = sent(sign_in(cast.outsider), gc_part, line)
    assert not CivilStatus.objects.exists()
    assert page.status_code in {200, 404}
    sent(sign_in(cast.clerk), gc_part, line)
    assert CivilStatus.objects.count() == 1


def test_one_more_line_costs_no_query(cast: Cast, gc_part: SessionPart) -> None:
    from django.utils import timezone

    from candidates.services.civil_status import complete_identities

    holders = certified(cast, gc_part, 3)

    def cost(*some: Enrolment) -> int:
        lines = csv(*(f"{number_of(one)};F;69123;" for one in some))
        with CaptureQueriesContext(connection) as queries:
            file = identities_in(lines, Certificate.objects.all())
            complete_identities(
                session=gc_part.session, completions=file.found, by=cast.clerk, at=timezone.now()
            )
        return len(queries)

    assert cost(holders[0]) == cost(*holders[1:])
