"""« Prévisualiser comme… »: what each role reads of a result, by the one table; only Ucanss previews."""

from typing import Any

import pytest
from django.urls import reverse

from candidates.models import Enrolment, SessionPart
from cqp.awards.previews import AUDIENCES
from cqp.journal.models import Entry
from juries.models import Certificate
from tests.awards.publication_scenes import let_open, proclaimed_later
from tests.cast import Cast, actor_of_candidate
from tests.juries.national_scenes import ARGUMENT

pytestmark = pytest.mark.django_db


def page(client: Any, enrolment: Enrolment, audience: str, *, once_open: bool = False) -> str:
    url = reverse("awards:result_preview", args=[enrolment.session.code, enrolment.pk, audience])
    response = client.get(url, {"quand": "ouverts"} if once_open else {})
    assert response.status_code == 200
    return " ".join(response.content.decode().replace("\u00a0", " ").split())


def test_before_the_opening_nobody_reads_anything_and_ucanss_sees_what_will_be_read(
    cast: Cast, gc_part: SessionPart, sign_in: Any
) -> None:
    certified, failed, _ = proclaimed_later(cast, gc_part)
    client, entries = sign_in(cast.ucanss), Entry.objects.count()
    number = Certificate.objects.get().number
    for audience in AUDIENCES:
        for enrolment in (certified, failed):
            today = page(client, enrolment, audience)
            assert "Aperçu" in today
            assert not [word for word in (ARGUMENT, number, "Explications") if word in today]
    for audience in ("candidat", "crfp"):
        assert number in page(client, certified, audience, once_open=True)
    candidate = page(client, failed, "candidat", once_open=True)
    assert ARGUMENT in candidate
    assert "est inférieure ou égale à 6 : elle est éliminatoire" in candidate
    organisme = page(client, failed, "organisme", once_open=True)
    assert "n’a pas certifié ce candidat" in organisme
    assert ARGUMENT not in organisme
    for audience in ("jury-local", "tuteur", "manager"):
        assert "Rien du résultat n’est lisible par ce rôle" in page(client, failed, audience, once_open=True)
    assert Entry.objects.count() == entries


def test_the_preview_of_the_candidate_is_the_page_of_the_candidate(
    cast: Cast, gc_part: SessionPart, sign_in: Any
) -> None:
    _, failed, _ = proclaimed_later(cast, gc_part)
    preview = page(sign_in(cast.ucanss), failed, "candidat", once_open=True)
    let_open(failed.session)
    candidate = sign_in(actor_of_candidate(failed))
    posted = candidate.post(reverse("juries:own_results"), {"number": failed.number}, follow=True)
    real = " ".join(posted.content.decode().replace("\u00a0", " ").split())
    start, end = '<section class="outcome', '<form method="post">'
    body = real[real.index(start) :].partition(end)[0].strip()
    assert body in preview


def test_an_unknown_audience_or_candidate_is_not_found(
    cast: Cast, gc_part: SessionPart, sign_in: Any
) -> None:
    certified, *_ = proclaimed_later(cast, gc_part)
    client, code = sign_in(cast.ucanss), gc_part.session.code
    for args in ((code, certified.pk, "pape"), (code, 0, "candidat")):
        assert client.get(reverse("awards:result_preview", args=args)).status_code == 404
    for name in ("cpnefp_president", "clerk"):
        url = reverse("awards:result_preview", args=[code, certified.pk, "candidat"])
        assert sign_in(getattr(cast, name)).get(url).status_code == 403
