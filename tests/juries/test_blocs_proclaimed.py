"""A session in blocs, from the transmission to the certificates: what is kept, and who sees what of it."""

from dataclasses import replace
from typing import Any

import pytest
import zxingcpp
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from candidates.services.enrolments import Identity, enrol
from evaluations.models import AcquiredBloc, BlocJudgement, KeptBloc
from evaluations.reading import results_of
from juries.bloc_certificates import bloc_certificate_content, bloc_certificate_pdf
from juries.certificates import transcript_content
from juries.deliberation import file_of
from juries.minutes import content_of, verify_proclamation
from juries.models import BlocCertificate, Certificate, ProclaimedFile, Proclamation
from juries.rectification import Corrections, standing_of
from juries.services.national import adopt_clear_files, decide, proclaim
from juries.services.rectifications import approve
from juries.services.transmission import outlook_of
from juries.states import Outcome
from tests.blocs import ADVICE, sign_carnet
from tests.cast import Cast, actor_of_candidate, make_line, open_session_of, part_of
from tests.cqp.pictures import picture_of
from tests.journey import to_deliberation
from tests.juries.rectification_scenes import decided, proposed, rectified

REFUSED = ("B2C2",)


@pytest.fixture
def proclaimed(cast: Cast, blocs_part: SessionPart, blocs_enrolments: list[Enrolment]) -> Proclamation:
    """The first is certified; the jury refuses a key competence of bloc 2 to the second; the third too."""
    _first, second, third = blocs_enrolments
    to_deliberation(cast, blocs_part, blocs_enrolments, {second.pk: REFUSED, third.pk: REFUSED})
    adopt_clear_files(session=blocs_part.session, by=cast.cpnefp_president, at=timezone.now())
    for enrolment in (second, third):
        decide(
            enrolment=enrolment,
            outcome=Outcome.NOT_CERTIFIED,
            motive="",
            by=cast.cpnefp,
            at=timezone.now(),
        )
    return proclaim(session=blocs_part.session, by=cast.cpnefp_president, at=timezone.now())


def test_what_a_carnet_and_a_jury_still_owe_keeps_the_part(
    cast: Cast, blocs_part: SessionPart, blocs_enrolments: list[Enrolment]
) -> None:
    first, second, _ = blocs_enrolments
    sign_carnet(first, but=("B1C1",))
    sign_carnet(second)
    said = [blocker.sentence for blocker in outlook_of(blocs_part).blockers]
    assert any("carnet de suivi" in one and "B1C1" in one for one in said if first.candidate.full_name in one)
    assert not any("carnet de suivi" in one for one in said if second.candidate.full_name in one)
    assert any("aucun jury local" in one for one in said)


def test_the_certified_have_the_whole_and_the_others_their_blocs(
    proclaimed: Proclamation, blocs_enrolments: list[Enrolment]
) -> None:
    first, second, third = blocs_enrolments
    assert [one.decision.enrolment for one in Certificate.objects.all()] == [first]
    acquired = AcquiredBloc.objects.values_list("enrolment_id", "bloc__code")
    assert set(acquired) == {(first.pk, code) for code in ("B1", "B2", "B3")} | {
        (one.pk, code) for one in (second, third) for code in ("B1", "B3")
    }
    delivered = BlocCertificate.objects.values_list("acquired__enrolment", "acquired__bloc__code")
    assert set(delivered) == {(one.pk, code) for one in (second, third) for code in ("B1", "B3")}
    assert verify_proclamation(proclaimed) is None


def test_a_bloc_certificate_is_frozen_and_always_the_same(proclaimed: Proclamation) -> None:
    certificate = BlocCertificate.objects.first()
    assert certificate is not None
    content = bloc_certificate_content(certificate)
    assert content["bloc"]["code"] == certificate.acquired.bloc.code
    assert content["registration"] is None or set(content["registration"]) == {"code"}
    (code,) = zxingcpp.read_barcodes(picture_of(bloc_certificate_pdf(certificate), 150))
    assert code.text == content["verify_url"] == f"{settings.SITE_URL}/v/{certificate.code}"
    assert bloc_certificate_pdf(certificate) == bloc_certificate_pdf(certificate)
    for change in (
        lambda: BlocCertificate.objects.filter(pk=certificate.pk).update(number="X"),
        lambda: certificate.delete(),
        lambda: AcquiredBloc.objects.filter(pk=certificate.acquired_id).update(acquired_on="2020-01-01"),
        lambda: BlocJudgement.objects.update(outcome="ACQUIS"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_the_file_freezes_every_signature_and_every_word(
    proclaimed: Proclamation, blocs_enrolments: list[Enrolment]
) -> None:
    content = content_of(ProclaimedFile.objects.get(enrolment=blocs_enrolments[1]))
    assert content["result"]["acquired"] == ["B1", "B3"]
    assert len(content["attestations"]) == 15
    assert {"by", "at"} == set(content["attestations"][0]["signed"])
    refused = next(sheet for sheet in content["judgements"] if sheet["bloc"] == "B2")
    assert (refused["outcome"], refused["argument"]) == ("NON_ACQUIS", ADVICE)


def test_the_transcript_gives_the_words_and_the_advice(
    proclaimed: Proclamation, blocs_enrolments: list[Enrolment]
) -> None:
    standing = standing_of(ProclaimedFile.objects.get(enrolment=blocs_enrolments[1]))
    content = transcript_content(standing, standing.current)
    assert content["account"].record == "Relevé de compétences"
    assert [group.state.text for group in content["account"].groups] == ["acquis", "non acquis", "acquis"]
    assert ADVICE in content["recommendations"][0]["words"]


def test_the_candidate_finds_the_blocs_that_stay(
    proclaimed: Proclamation, blocs_enrolments: list[Enrolment], sign_in: Any
) -> None:
    second = blocs_enrolments[1]
    client = sign_in(actor_of_candidate(second))
    number = BlocCertificate.objects.filter(acquired__enrolment=second)[0].number
    pdf = reverse("juries:bloc_certificate_pdf", args=[number])
    assert client.get(pdf).status_code == 302, "not before the identification number (R37)"
    client.post(reverse("juries:own_results"), {"number": second.number})
    page = client.get(reverse("juries:own_results")).content.decode()
    assert "Mes blocs acquis" in page
    assert ADVICE in page
    assert client.get(pdf)["Content-Type"] == "application/pdf"
    other = BlocCertificate.objects.exclude(acquired__enrolment=second)[0].number
    assert client.get(reverse("juries:bloc_certificate_pdf", args=[other])).status_code == 404


def test_the_code_of_a_bloc_certificate_is_verified_as_such(proclaimed: Proclamation, client: Any) -> None:
    certificate = BlocCertificate.objects.all()[0]
    page = client.get(reverse("awards:verify"), {"code": certificate.code}).content.decode()
    assert "authentique" in page
    assert certificate.acquired.bloc.title in page
    assert "ne vaut pas la certification" in page


def verified(client: Any, certificate: BlocCertificate) -> str:
    return str(client.get(reverse("awards:verify"), {"code": certificate.code}).content.decode())


def test_the_code_of_a_bloc_certificate_says_that_the_identity_was_corrected(
    proclaimed: Proclamation, cast: Cast, blocs_enrolments: list[Enrolment], client: Any
) -> None:
    second = Enrolment.objects.get(pk=blocs_enrolments[1].pk)
    certificate = BlocCertificate.objects.filter(acquired__enrolment=second)[0]
    name = second.candidate.birth_name
    renamed = {"corrections": Corrections({}, {"birth_name": "AUTRENOM"}), "outcome": Outcome.NOT_CERTIFIED}
    back = {"corrections": Corrections({}, {"birth_name": name}), "outcome": Outcome.NOT_CERTIFIED}

    pending = proposed(cast, second, **renamed)
    client.force_login(cast.ucanss.user)
    page = client.get(reverse("juries:rectification_detail", args=[pending.pk])).content.decode()
    assert "ne sont pas réédités" in page
    decided(cast, approve(rectification=pending, by=cast.ucanss, at=timezone.now()))
    page = verified(client, certificate)
    assert "authentique" not in page
    assert "Identité corrigée le" in page

    rectified(cast, second, **back)
    assert "authentique" in verified(client, certificate)


def test_the_code_of_a_bloc_certificate_names_the_whole_one_that_replaces_it(
    proclaimed: Proclamation, cast: Cast, blocs_enrolments: list[Enrolment], client: Any
) -> None:
    second = Enrolment.objects.get(pk=blocs_enrolments[1].pk)
    certificate = BlocCertificate.objects.filter(acquired__enrolment=second)[0]

    done = rectified(cast, second, corrections=Corrections(), outcome=Outcome.CERTIFIED)

    page = verified(client, certificate)
    assert "a été remplacé" in page
    assert done.certificates.get().number in page


def test_the_list_of_bloc_certificates_shows_and_exports(
    proclaimed: Proclamation, cast: Cast, sign_in: Any, blocs_part: SessionPart
) -> None:
    url = reverse("juries:bloc_certificate_list", args=[blocs_part.session.code])
    client = sign_in(cast.clerk)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(url).content.decode()
    assert page.count("PDF<span") == 4
    assert len(queries) <= 12
    rows = client.get(url, {"format": "csv"}).content.decode("utf-8-sig").splitlines()
    assert len(rows) == 5
    assert (
        "certificats-de-bloc"
        in client.get(reverse("juries:proclamation_detail", args=[blocs_part.session.code])).content.decode()
    )
    assert sign_in(cast.outsider).get(url, {"format": "csv"}).content.decode("utf-8-sig").count("\n") == 1


def test_the_national_jury_sees_the_blocs_and_the_words_of_the_jury(
    cast: Cast, blocs_part: SessionPart, blocs_enrolments: list[Enrolment], sign_in: Any
) -> None:
    second = blocs_enrolments[1]
    to_deliberation(cast, blocs_part, blocs_enrolments, {second.pk: REFUSED})
    client = sign_in(cast.cpnefp)
    table = client.get(reverse("juries:national_table", args=[blocs_part.session.code])).content.decode()
    assert "2 sur 3" in table
    assert "Il manque un bloc" in table
    assert "non acquis" in table
    file = client.get(reverse("juries:decide", args=[blocs_part.session.code, second.pk])).content.decode()
    assert ADVICE in file
    assert "1 bloc" not in file
    export = client.get(
        reverse("juries:national_table", args=[blocs_part.session.code]), {"format": "csv"}
    ).content.decode("utf-8-sig")
    assert export.splitlines()[0].split(";")[4:9] == ["B1", "B2", "B3", "Blocs acquis", "Blocs nécessaires"]


def test_a_kept_bloc_is_acquired_without_a_word_and_not_acquired_twice(
    cast: Cast, blocs_part: SessionPart, blocs_enrolments: list[Enrolment]
) -> None:
    first = blocs_enrolments[0]
    bloc = blocs_part.session.adoption.regulation.blocs.get(code="B1")
    KeptBloc.objects.create(
        enrolment=first,
        bloc=bloc,
        acquired_on="2025-06-30",
        motive="VAE, décision du 30 juin 2025",
        at=timezone.now(),
        by=cast.ucanss.user,
    )
    assert results_of(blocs_part.session)[first.pk].acquired == ("B1",)
    to_deliberation(cast, blocs_part, blocs_enrolments)
    adopt_clear_files(session=blocs_part.session, by=cast.cpnefp_president, at=timezone.now())
    proclaim(session=blocs_part.session, by=cast.cpnefp_president, at=timezone.now())
    codes = AcquiredBloc.objects.filter(enrolment=first).values_list("bloc__code", flat=True)
    assert list(codes) == ["B2", "B3"]
    assert Certificate.objects.filter(decision__enrolment=first).exists()


def test_a_proclaimed_row_is_not_replaced(
    proclaimed: Proclamation, blocs_enrolments: list[Enrolment]
) -> None:
    """SQLite's REPLACE would delete without a trigger; PostgreSQL has no such statement."""
    certificate, sheet = BlocCertificate.objects.all()[0], BlocJudgement.objects.all()[0]
    verb = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"
    free = AcquiredBloc.objects.filter(certificate__isnull=True)[0]
    attempts: list[tuple[str, list[Any]]] = [
        (
            f"{verb} INTO juries_bloccertificate"
            " (acquired_id, proclamation_id, number, code, content, digest)"
            " VALUES (%s, %s, %s, 'AUTRE', '', '')",
            [free.pk, proclaimed.pk, certificate.number],
        ),
        (
            f"{verb} INTO evaluations_acquiredbloc (enrolment_id, bloc_id, acquired_on)"
            " VALUES (%s, %s, '2026-01-01')",
            [blocs_enrolments[1].pk, sheet.bloc_id + 1],
        ),
        (
            f"{verb} INTO evaluations_blocjudgement (id, enrolment_id, bloc_id, outcome, argument, version,"
            " recorded_at, recorded_by_id) VALUES (%s, %s, %s, 'ACQUIS', '', 1, '2026-01-01 00:00:00', %s)",
            [sheet.pk, sheet.enrolment_id, sheet.bloc_id, sheet.recorded_by_id],
        ),
    ]
    for statement, values in attempts:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    assert BlocCertificate.objects.filter(pk=certificate.pk).exists()


def test_the_basis_of_a_decision_covers_what_the_jury_wrote(
    cast: Cast, blocs_part: SessionPart, blocs_enrolments: list[Enrolment]
) -> None:
    second = blocs_enrolments[1]
    to_deliberation(cast, blocs_part, blocs_enrolments, {second.pk: REFUSED})
    before = file_of(second).basis
    BlocJudgement.objects.filter(enrolment=second, outcome="NON_ACQUIS").update(argument="Autre chose")
    assert file_of(second).basis != before


def test_who_holds_the_cqp_already_calls_for_a_look(
    proclaimed: Proclamation, cast: Cast, blocs_enrolments: list[Enrolment]
) -> None:
    part = part_of(open_session_of("DAM_BLOCS", cast.ucanss, months_ahead=1))
    who = blocs_enrolments[0].candidate
    identity = Identity(**{name: getattr(who, name) for name in Identity.__dataclass_fields__})
    line = replace(make_line(cast, part.session.certification), identity=identity)
    again = enrol(part=part, line=line, by=cast.clerk, at=timezone.now())
    assert "Déjà certifié à une autre session" in [alert.label for alert in file_of(again).alerts]
