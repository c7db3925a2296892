"""`python manage.py print_states > docs/states.md`: the workflows, drawn from their tables."""

from typing import Any

from django.core.management.base import BaseCommand

from candidates.states import ENROLMENT, IMPORT, PART, SESSION
from cqp.awards.states import MESSAGE, PASSAGE, RUN
from evaluations.states import ATTESTATION, REGULATION, SHEET
from juries.states import LOCAL_JURY, RECTIFICATION

_TITLE = """# States

Printed by `python manage.py print_states`; a test compares. The acts are those of `cqp/roles.py`."""

_ALL = (
    REGULATION,
    SESSION,
    PART,
    ENROLMENT,
    IMPORT,
    SHEET,
    ATTESTATION,
    LOCAL_JURY,
    RECTIFICATION,
    RUN,
    MESSAGE,
    PASSAGE,
)


class Command(BaseCommand):
    help = "Print docs/states.md."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(_TITLE)
        for workflow in _ALL:
            self.stdout.write(f"\n## {workflow.name}\n\n```mermaid\n{workflow.diagram()}\n```")
