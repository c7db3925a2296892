"""The files of a session leave under the certifier's seal, at the hour of the decision, whoever asks."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from candidates.models import SessionPart
from cqp.awards.drawing import drawn_by
from cqp.awards.models import DocumentRun
from cqp.awards.production import documents_of
from cqp.awards.run_files import folder_of
from cqp.awards.services.runs import ask_run
from cqp.seal import check_pdf
from juries.certificates import issued_at
from juries.models import Certificate
from tests.cast import Cast
from tests.cqp.seals import NAME, configured
from tests.juries.rectification_scenes import proclaimed_three, rectified

KIND = DocumentRun.Kind.CERTIFICATES


@pytest.fixture(autouse=True)
def _place(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    configured(settings, tmp_path)
    # The processes of the command read the environment anew.
    monkeypatch.setenv("CQP_SEAL_PKCS12", settings.SEAL_PKCS12)
    monkeypatch.setenv("CQP_SEAL_PASSWORD", settings.SEAL_PASSWORD)


@pytest.fixture
def two(cast: Cast, gc_part: SessionPart) -> list[Certificate]:
    """Two certificates in force: the second one by a rectification."""
    _, failed, _ = proclaimed_three(cast, gc_part)
    rectified(cast, failed)
    found = list(Certificate.objects.in_force())
    assert len(found) == 2
    return found


def session_of(certificates: list[Certificate]) -> Any:
    return certificates[0].decision.enrolment.session


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("certificat-*.pdf")}


def test_each_file_is_sealed_at_the_hour_of_its_decision_as_on_the_screen(
    cast: Cast, two: list[Certificate], client: Client
) -> None:
    run = ask_run(session=session_of(two), kind=KIND, by=cast.ucanss, at=timezone.now())
    files = files_in(folder_of(run))
    client.force_login(cast.ucanss.user)
    for certificate in two:
        content = files[f"certificat-{certificate.number}.pdf"]
        report = check_pdf(content)
        hour = issued_at(certificate).replace(microsecond=0)
        assert (report.is_intact, report.signer, report.at) == (True, NAME, hour)
        answer = client.get(reverse("juries:certificate_pdf", args=[certificate.number]))
        assert check_pdf(answer.content) == report, "the same seal, at the same hour"
    assert len({issued_at(certificate) for certificate in two}) == 2


def test_two_processes_seal_the_same_files(two: list[Certificate], tmp_path: Path) -> None:
    for jobs in (1, 2):
        call_command(
            "certificates", session_of(two).code, output=tmp_path / str(jobs), jobs=jobs, stdout=io.StringIO()
        )
    files = files_in(tmp_path / "1")
    assert files == files_in(tmp_path / "2")
    assert all(check_pdf(content).is_intact for content in files.values())


def test_the_hours_are_read_with_the_rows(two: list[Certificate], django_assert_num_queries: Any) -> None:
    papers = documents_of(session_of(two), KIND)
    list(drawn_by(KIND, papers))  # whatever is read once a process
    for some in (papers[:1], papers):
        with django_assert_num_queries(1):
            list(drawn_by(KIND, some))
