"""docs/states.md is printed from the transition tables: `python manage.py print_states`."""

from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command

from candidates.states import SESSION, SessionState
from cqp.roles import Act
from cqp.workflow import Refusal


def test_the_diagrams_are_those_of_the_tables() -> None:
    out = StringIO()
    call_command("print_states", stdout=out)
    assert (settings.BASE_DIR / "docs" / "states.md").read_text() == out.getvalue()


def test_an_illegal_step_is_refused_with_a_sentence() -> None:
    with pytest.raises(Refusal, match="pas possible"):
        SESSION.target(SessionState.OPEN, Act.PROCLAIM)
    assert SESSION.target(SessionState.OPEN, Act.OPEN_SITTING) == SessionState.DELIBERATION
    assert not SESSION.allows(SessionState.PROCLAIMED, Act.OPEN_SITTING)
