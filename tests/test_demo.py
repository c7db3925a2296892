"""The demonstration: seven sessions at their stages, accounts that sign in, built once."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from candidates.models import Session
from cqp.awards.models import Duplicate, Message, Passage, Stationery
from cqp.journal.chain import first_break
from cqp.journal.models import Chain, Entry
from evaluations.models import Mark
from juries.models import Certificate, HearingSlot
from tests.awards.flux_scenes import CPF


@pytest.fixture
def printed(reference: None, settings: Any) -> str:
    for name, value in CPF.items():
        setattr(settings, name, value)
    out = StringIO()
    call_command("build_demo", stdout=out)
    if connection.vendor == "postgresql":
        # After a thousand tests rolled back, the planner believes these tables empty, and a page takes twenty
        # seconds: told as autovacuum tells it in production.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return out.getvalue()


def test_the_demonstration_holds_a_session_at_each_stage(printed: str) -> None:
    states = sorted(Session.objects.values_list("certification__code", "state"))
    assert states == [
        ("DAM", "DELIBERATION"),
        ("DAM", "OUVERTE"),
        ("DAM", "PROCLAMEE"),
        ("DAM", "PROCLAMEE"),
        ("GC", "OUVERTE"),
        ("GC", "OUVERTE"),
        ("GC", "PROCLAMEE"),
    ]
    assert Certificate.objects.count() > 5
    assert HearingSlot.objects.count() == 6
    assert Stationery.objects.count() == 1
    assert Duplicate.objects.count() == 1
    assert Message.objects.filter(session__results_open_at__gt=timezone.now()).exists()
    assert set(Passage.objects.values_list("state", flat=True)) == {"ACCEPTE", "REJETE"}
    assert Mark.objects.filter(enrolment__session__state="OUVERTE").exists()
    assert [first_break(chain) for chain in Chain.objects.all()] == [None] * Chain.objects.count()

    before = Entry.objects.count()
    again = StringIO()
    call_command("build_demo", stdout=again)
    assert again.getvalue() == printed
    assert Entry.objects.count() == before


def test_the_accounts_printed_sign_in(printed: str) -> None:
    password = printed.split("mot de passe : ")[1].split(")")[0]
    emails = [line.split()[0] for line in printed.splitlines() if "@" in line]
    assert len(emails) == 15
    for email in emails:
        client = Client()
        client.post("/connexion/", {"login": email, "password": password})
        assert client.get("/").status_code == 200, email
