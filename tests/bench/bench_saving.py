"""Saving marks: two hundred in one request beside their bare rows, and one cell under gunicorn.

.venv/bin/python -m tests.bench.bench_saving [ROUND TRIPS]      (400 by default)
.venv/bin/python tests/postgres.py .venv/bin/python -m tests.bench.bench_saving
"""

import http.client
import itertools
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from tests.bench.bench_pages import _client
from tests.bench.crowd import make_crowd, open_place

CANDIDATES = 50  # × the four blocks a CRFP enters: two hundred marks
CLIENTS = (1, 8)


def bodies(session: Any) -> Any:
    """Endless requests of two hundred cells, each over the versions the one before left."""
    from evaluations.models import Block, Mark

    typed = Mark.objects.filter(enrolment__session=session).exclude(block__recorder=Block.Recorder.JURY)
    keys = list(typed.values_list("enrolment", "block", "attempt"))
    for version in itertools.count(1):
        # A tenth nobody drew: each cell changes, every time.
        yield [cell_of(*key, version, f"{10 + (version + n) % 7},1") for n, key in enumerate(keys)]


def cell_of(enrolment: int, block: int, attempt: int, version: int, entry: str) -> dict[str, Any]:
    """One cell as the page sends it."""
    key = {"enrolment": enrolment, "block": block, "attempt": attempt}
    return key | {"entry": entry, "version": version, "confirmed": True, "restores": 0}


def in_one_request(session: Any) -> None:
    """The whole request, then the same rows by executemany, then the same cells one by one."""
    from django.urls import reverse

    from cqp.roles import Role

    client = _client(Role.CRFP, "CRFP-LYO")
    url = reverse("evaluations:mark_save", args=[session.code, "CRFP-LYO"])
    requests = bodies(session)

    def send(cells: list[dict[str, Any]]) -> None:
        data = {"cells": cells, "gesture": "COLLAGE", "preview": False}
        response = client.post(url, json.dumps(data), content_type="application/json")
        states = {answer["state"] for answer in response.json()["answers"]}
        assert states == {"saved"}, states

    send(next(requests))
    request = min(elapsed(lambda: send(next(requests))) for _ in range(7))
    floor = min(elapsed(partial(bare_rows, session, number)) for number in range(7))
    alone = [[cell] for cell in next(requests)]
    one_by_one = elapsed(lambda: list(map(send, alone)))
    print(f"200 notes, les mêmes lignes par executemany : {floor * 1000:.1f} ms")
    print(f"200 notes en une requête : {request * 1000:.1f} ms ({request / floor:.1f}× ces lignes)")
    print(f"200 requêtes d’une note : {one_by_one * 1000:.0f} ms ({one_by_one / request:.1f}× la seule)")


def bare_rows(session: Any, number: int) -> None:
    """Two hundred marks updated and two hundred lines of a journal, nothing else, in one transaction."""
    from django.db import connection, transaction

    from evaluations.models import Block, Mark

    ids = list(
        Mark.objects.filter(enrolment__session=session)
        .exclude(block__recorder=Block.Recorder.JURY)
        .values_list("pk", flat=True)
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE evaluations_mark SET value = %s, version = version WHERE id = %s",
            [(10 + number % 7, pk) for pk in ids],
        )
        cursor.execute("CREATE TABLE IF NOT EXISTS bare (subject text, before text, after text, hash text)")
        cursor.executemany(
            "INSERT INTO bare VALUES (%s, %s, %s, %s)",
            [(str(pk), '{"note":"12"}', '{"note":"13","version":2}', "0" * 64) for pk in ids],
        )


def under_gunicorn(session: Any, trips: int) -> None:
    """One cell left and saved, from the request to the answer read, by one person and by eight."""
    from django.urls import reverse

    from cqp.roles import Role
    from evaluations.models import Block, Mark

    client = _client(Role.CRFP, "CRFP-LYO")
    url = reverse("evaluations:mark_save", args=[session.code, "CRFP-LYO"])
    client.get(reverse("evaluations:mark_sheet", args=[session.code, "CRFP-LYO"]))
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    typed = Mark.objects.filter(enrolment__session=session).exclude(block__recorder=Block.Recorder.JURY)
    cells = list(typed.values_list("enrolment", "block", "attempt", "version"))
    port = free_port()
    workers = str(2 * (os.cpu_count() or 1))
    command = [sys.executable, "-m", "gunicorn", "cqp.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", workers, "--log-level", "error", "--no-control-socket"]
    server = subprocess.Popen(command)
    try:
        wait_for(port)
        simplest = sorted(trip(port, "GET", "/accessibilite/", cookies, None)[0] for _ in range(50))
        print(f"page la plus simple sous gunicorn : {statistics.median(simplest) * 1000:.1f} ms")
        for clients in CLIENTS:
            times = save_from(port, url, cookies, cells, clients, trips)
            p99 = times[int(len(times) * 0.99) - 1]
            p50 = statistics.median(times)
            print(f"une case, {clients} client(s) : p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms")
            cells = list(typed.all().values_list("enrolment", "block", "attempt", "version"))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(15)


def save_from(
    port: int, url: str, cookies: dict[str, str], cells: list[Any], clients: int, trips: int
) -> list[float]:
    """The times of so many saves, shared between clients that each keep to their own cells; sorted."""

    def person(rank: int) -> list[float]:
        mine: Iterator[list[int]] = itertools.cycle([list(cell) for cell in cells[rank::clients]])
        times = []
        for n, cell in zip(range(trips // clients), mine, strict=False):
            enrolment, block, attempt, version = cell
            sent = cell_of(enrolment, block, attempt, version, f"{8 + n % 9},{1 + version % 9}")
            body = json.dumps({"cells": [sent], "gesture": None, "preview": False})
            seconds, text = trip(port, "POST", url, cookies, body)
            (answer,) = json.loads(text)["answers"]
            assert answer["state"] in ("saved", "unchanged"), answer
            times.append(seconds)
            cell[3] = answer["version"]
        return times

    with ThreadPoolExecutor(clients) as pool:
        return sorted(itertools.chain(*pool.map(person, range(clients))))


def trip(port: int, method: str, url: str, cookies: dict[str, str], body: str | None) -> tuple[float, bytes]:
    """One request on 127.0.0.1: its seconds, and what was answered."""
    headers = {
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "X-CSRFToken": cookies.get("csrftoken", ""),
        "Content-Type": "application/json",
    }
    begun = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, url, body, headers)
    response = connection.getresponse()
    text = response.read()
    seconds = time.perf_counter() - begun
    connection.close()
    assert response.status == 200, (response.status, text[:300])
    return seconds, text


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("gunicorn does not answer")


def elapsed(act: Any) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


if __name__ == "__main__":
    open_place()
    from django.db import connection

    print(connection.vendor)
    in_one_request(make_crowd("GC_2013", CANDIDATES))
    under_gunicorn(make_crowd("GC_2013", CANDIDATES + 1), int(sys.argv[1]) if len(sys.argv) > 1 else 400)
