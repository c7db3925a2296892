"""How long the public page takes among many certificates, written in bulk into a throw-away database.

.venv/bin/python -m tests.bench.bench_verification [NUMBER]      (200000 by default)
"""

import json
import random
import sys
import time
from typing import Any

from tests.bench.crowd import make_crowd, open_place

ASKED = 500
BATCH = 5_000


def certify(session: Any) -> list[str]:
    """Give everybody of a session a certificate; return the codes."""
    from django.utils import timezone

    from candidates.models import Enrolment, Session
    from candidates.states import SessionState
    from cqp.accounts.models import User
    from cqp.crockford import new_identifier
    from juries.models import Certificate, Decision, Sitting
    from juries.states import Outcome
    from tests.cqp.documents import CERTIFICATE

    now, user = timezone.now(), User.objects.get(email="mesure@exemple.fr")
    Sitting.objects.create(session=session, held_on=now.date(), place="Paris", opened_at=now, opened_by=user)
    content, codes = json.dumps(CERTIFICATE), []
    pks = list(Enrolment.objects.filter(session=session).values_list("pk", flat=True))
    for start in range(0, len(pks), BATCH):
        decisions = Decision.objects.bulk_create(
            Decision(
                enrolment_id=pk,
                proposed=Outcome.CERTIFIED,
                outcome=Outcome.CERTIFIED,
                basis="0" * 64,
                decided_at=now,
                decided_by=user,
            )
            for pk in pks[start : start + BATCH]
        )
        rows = Certificate.objects.bulk_create(
            Certificate(
                decision=decision,
                number=f"{session.code}-{start + rank:06d}",
                code=new_identifier(),
                content=content,
                digest="0" * 64,
            )
            for rank, decision in enumerate(decisions)
        )
        codes += [row.code for row in rows]
    Session.objects.filter(pk=session.pk).update(state=SessionState.PROCLAIMED, results_open_at=now)
    return codes


def show(label: str, seconds: list[tuple[float, float]]) -> None:
    """Print the median and the 99th percentile: of the clock, then of the processor alone."""
    from django.db import connection

    said = []
    for ranked in (sorted(one[0] for one in seconds), sorted(one[1] for one in seconds)):
        middle, late = ranked[len(ranked) // 2], ranked[int(len(ranked) * 0.99)]
        said.append(f"median {middle * 1000:6.1f} ms  p99 {late * 1000:6.1f} ms")
    print(f"{connection.vendor} {label:<24}{len(seconds):>6} pages  {said[0]}  |  processor {said[1]}")


def ask(client: Any, codes: list[str], expected: str) -> list[tuple[float, float]]:
    """Ask the page of each code, each from an address of its own; return clock and processor of each."""
    seconds = []
    for rank, code in enumerate(codes):
        address = f"10.{rank >> 16 & 255}.{rank >> 8 & 255}.{rank & 255}"
        start, busy = time.perf_counter(), time.process_time()
        page = client.get(f"/v/{code}/", REMOTE_ADDR=address)
        seconds.append((time.perf_counter() - start, time.process_time() - busy))
        assert expected in page.content.decode(), page.content.decode()
    return seconds


def measure(count: int) -> None:
    from django.core.cache import cache
    from django.test import Client

    from cqp.crockford import new_identifier
    from juries.models import Certificate

    codes = certify(make_crowd("GC_2013", count, is_blank=True))
    print(f"{Certificate.objects.count()} certificats")
    client = Client(headers={"host": "localhost"})
    ask(client, codes[:5], "est authentique")
    show("code d’un certificat", ask(client, random.Random(1).sample(codes, ASKED), "est authentique"))
    unknown = [new_identifier() for _ in range(ASKED)]
    show("code inconnu", ask(client, unknown, "Aucun certificat"))
    mistyped = [code[:-1] + ("0" if code[-1] != "0" else "1") for code in unknown]
    show("code mal recopié", ask(client, mistyped, "mal recopi"))
    cache.clear()


if __name__ == "__main__":
    open_place()
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
