"""The two heaviest pages: the mark grid of 40 × 5 and the national table, with their number of queries.

.venv/bin/python -m tests.bench.bench_pages [N of the national table]      (2000 by default)
"""

import sys
from typing import Any

from tests.bench.bench_scoring import timed
from tests.bench.crowd import make_crowd, open_place


def show(name: str, client: Any, url: str, *, floor: float | None = None) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def get() -> None:
        response = client.get(url)
        assert response.status_code == 200, response.status_code

    get()
    seconds = timed(get, 7)
    with CaptureQueriesContext(connection) as queries:
        get()
    beside = f" ({seconds / floor:.1f}× la page la plus simple)" if floor else ""
    print(f"{connection.vendor} {name} : {seconds * 1000:.1f} ms{beside}, {len(queries)} requêtes")


def measure(count: int) -> None:
    from django.urls import reverse

    from cqp.roles import Role

    grid, national = make_crowd("GC_2013", 40), make_crowd("GC_2013", count, before_jury=True, months=1)
    clerk, president = _client(Role.CRFP, "CRFP-LYO"), _client(Role.CPNEFP_PRESIDENT, "CPNEFP")
    simplest = timed(lambda: clerk.get(reverse("accessibility")), 7)
    print(f"page la plus simple : {simplest * 1000:.1f} ms")
    sheet = reverse("evaluations:mark_sheet", args=[grid.code, "CRFP-LYO"])
    show("grille de 40 × 5", clerk, sheet, floor=simplest)
    _open_sitting(national, president)
    table = reverse("juries:national_table", args=[national.code])
    show(f"table nationale de {count}", president, table, floor=simplest)


def _client(role: Any, code: str) -> Any:
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from candidates.services.people import ensure_person
    from cqp.accounts.models import Organisme
    from cqp.roles import Role

    organisme = Organisme.objects.get(code=code)
    user = ensure_person(
        email=f"{role.value.lower()}@exemple.fr",
        last_name="Mesure",
        first_name="Une",
        role=role,
        organisme=organisme,
        college="EMPLOYEURS" if role == Role.CPNEFP_PRESIDENT else "",
        by=None,
        at=timezone.now(),
    )
    client = Client(headers={"host": "localhost"})
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def _open_sitting(session: Any, client: Any) -> None:
    from django.urls import reverse
    from django.utils import timezone

    data = {"held_on": timezone.localdate().isoformat(), "place": "Paris"}
    response = client.post(reverse("juries:sitting_open", args=[session.code]), data)
    assert response.status_code == 302, response.status_code


if __name__ == "__main__":
    open_place()
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
