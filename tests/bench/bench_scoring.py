"""Scoring whole sessions from the database, against the floor of reading their marks raw.

.venv/bin/python -m tests.bench.bench_scoring [N ...]      (1000 10000 100000 by default)
"""

import statistics
import sys
import time
from collections.abc import Callable

from tests.bench.crowd import make_crowd, open_place

_FLOOR = """SELECT m.enrolment_id, m.block_id, m.outcome, m.value FROM evaluations_mark m
JOIN candidates_enrolment e ON e.id = m.enrolment_id WHERE e.session_id = %s"""


def timed(act: Callable[[], object], runs: int) -> float:
    """Median seconds of `runs` runs."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def measure(count: int, code: str = "GC_2013") -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from evaluations.reading import iter_results

    session = make_crowd(code, count)

    def floor() -> None:
        with connection.cursor() as cursor:
            cursor.execute(_FLOOR, [session.pk])
            for _row in cursor:
                pass

    def verdicts() -> None:
        for _pk, result in iter_results(session):
            assert result.verdict

    def reasons() -> None:
        for _pk, result in iter_results(session):
            assert result.reasons is not None

    runs = 5 if count <= 10_000 else 3
    base, plain, worded = timed(floor, runs), timed(verdicts, runs), timed(reasons, runs)
    with CaptureQueriesContext(connection) as queries:
        verdicts()
    print(
        f"{connection.vendor} {count:>7} candidats : lecture brute {base * 1000:7.1f} ms | "
        f"verdicts {plain * 1000:7.1f} ms ({plain / base:.1f}×) | "
        f"avec motifs {worded * 1000:7.1f} ms ({worded / base:.1f}×) | {len(queries)} requêtes"
    )


if __name__ == "__main__":
    open_place()
    for number in [int(text) for text in sys.argv[1:]] or [1_000, 10_000, 100_000]:
        measure(number)
