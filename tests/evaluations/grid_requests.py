"""What the script of the grid sends, sent by the test client."""

import json
from typing import Any

from django.test import Client
from django.urls import reverse

from candidates.models import Enrolment, SessionPart
from evaluations.models import Block


def sheet_of(part: SessionPart) -> str:
    return reverse("evaluations:mark_sheet", args=[part.session.code, part.crfp.code])


def block_of(enrolment: Enrolment, code: str) -> Block:
    return Block.objects.get(regulation__adoptions__session=enrolment.session_id, code=code)


def name_of(enrolment: Enrolment, code: str, attempt: int = 1) -> str:
    """How the page names a cell."""
    return f"{enrolment.pk}-{block_of(enrolment, code).pk}-{attempt}"


def cell_of(
    enrolment: Enrolment, code: str, entry: str, version: int = 0, attempt: int = 1, **more: Any
) -> dict[str, Any]:
    """One cell, as the script writes it."""
    return {
        "enrolment": enrolment.pk,
        "block": block_of(enrolment, code).pk,
        "attempt": attempt,
        "entry": entry,
        "version": version,
        **more,
    }


def post(client: Client, sheet: str, cells: list[dict[str, Any]], **more: Any) -> Any:
    """The response to a request of the script."""
    body = json.dumps({"cells": cells, **more})
    return client.post(f"{sheet}enregistrer/", body, content_type="application/json")


def send(client: Client, sheet: str, *cell: Any, **more: Any) -> dict[str, Any]:
    """Record one cell; the answer to it. Same arguments as `cell_of`."""
    answer: dict[str, Any] = post(client, sheet, [cell_of(*cell, **more)]).json()["answers"][0]
    return answer
