"""The flux of a whole session: made, checked against the schema, kept; then its report read back.

.venv/bin/python -m tests.bench.bench_flux [holders]      (2000 by default)
"""

import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.bench.crowd import open_place
from tests.bench.holders import make_holders


def timed(label: str, act: Callable[[], Any]) -> Any:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        start = time.perf_counter()
        result = act()
        seconds = time.perf_counter() - start
    print(f"{label:<34}{seconds:>7.2f} s{len(queries):>6} requêtes")
    return result


def measure(count: int) -> None:
    from django.utils import timezone

    from cqp.accounts.actor import Actor
    from cqp.accounts.models import User
    from cqp.awards.flux_schema import faults
    from cqp.awards.services.transmission import make_flux, read_report
    from cqp.roles import Role
    from tests.awards.flux_scenes import ids_in, report_xml

    session = make_holders(count)
    by, at = Actor(User.objects.get(email="mesure@exemple.fr"), Role.UCANSS), timezone.now()
    flux = timed(f"flux de {count} titulaires", lambda: make_flux(session=session, by=by, at=at))
    print(f"{'':<34}{len(flux.content.encode()) / 1024:>7.0f} Kio")
    again = timed("le même, redemandé", lambda: make_flux(session=session, by=by, at=at))
    assert again == flux
    content = flux.content.encode()
    wrong = timed("contrôle du schéma seul", lambda: faults(content, flux.version))
    assert not wrong
    ids = ids_in(flux)
    report = report_xml(flux.identifier, ids[: -count // 10], dict.fromkeys(ids[-count // 10 :], "Rejeté"))
    timed("rapport relu", lambda: read_report(flux=flux, content=report, by=by, at=at))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'mémoire au plus haut':<34}{peak:>7.0f} Mio")


if __name__ == "__main__":
    os.environ |= {"CQP_CPF_SENDER": "MESURE01", "CQP_CPF_CERTIFIER": "MESURE01", "CQP_CPF_CONTRACT": "M1"}
    open_place()
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
