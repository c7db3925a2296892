"""Where the files of a run lie: from its number alone, never from what somebody asks for."""

from pathlib import Path

from django.conf import settings

from cqp.awards.models import DocumentRun


def folder_of(run: DocumentRun) -> Path:
    return Path(settings.DOCUMENTS_DIR) / f"production-{run.pk}"
