"""The register of holders at full size: each page, in milliseconds and queries.

.venv/bin/python -m tests.bench.bench_register [holders]      (200000 by default)
"""

import sys
import time
from typing import Any

from tests.bench.crowd import open_place
from tests.bench.holders import make_holders

SESSIONS = 20


def show(client: Any, label: str, url: str, **query: str) -> None:
    """The median of five, after one for the caches."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(url, query)
    spent = []
    for _ in range(5):
        with CaptureQueriesContext(connection) as queries:
            start = time.perf_counter()
            answer = client.get(url, query)
            spent.append(time.perf_counter() - start)
    assert answer.status_code == 200
    print(f"{label:<34}{sorted(spent)[2] * 1000:>7.0f} ms{len(queries):>5} requêtes")


def measure(count: int) -> None:
    from juries.models import Certificate
    from tests.bench.bench_pages import _client

    for month in range(SESSIONS):
        make_holders(count // SESSIONS, months=month)
    from cqp.roles import Role

    client, total = _client(Role.UCANSS, "UCANSS"), Certificate.objects.count()
    print(f"{total} certificats")
    one = Certificate.objects.select_related(
        "decision__enrolment__candidate", "decision__enrolment__session"
    )[total // 2]
    url = "/titulaires/"
    show(client, "première page", url)
    show(client, "page 1000", url, page="1000")
    show(client, "par nom", url, q=one.decision.enrolment.candidate.birth_name)
    show(client, "début de nom", url, q="nom1")
    show(client, "par numéro", url, q=one.number)
    show(client, "par code", url, q=one.code)
    show(client, "par année et CRFP", url, annee="2026", crfp="CRFP-LYO")
    show(client, "annulés", url, statut="annule")
    show(client, "à transmettre", url, transmission="a-transmettre")
    show(client, "statistiques", f"{url}statistiques/")
    show(client, "histoire d’un certificat", f"{url}{one.number}/")
    code = one.decision.enrolment.session.code
    show(client, f"accrochage de {count // SESSIONS} titulaires", f"{url}accrochage/{code}/")
    show(client, "accueil", "/")


if __name__ == "__main__":
    open_place()
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
