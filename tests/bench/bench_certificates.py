"""How long certificates take: `python -m tests.bench.bench_certificates [NUMBER]` (5,000 unless told).

Four ways in one run: the plain way (fonts and style read again for each), `cqp.pdf` which shares them, the
press which draws from plates, and the mail merge of an office suite, which is what staff would use: one file
after another, a batch of files, then one file of as many pages. Each way has a process of its own, so that
its peak of memory is its own. Compare the ratios: seconds are those of one machine on one day.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cqp.settings")
django.setup()

from django.template.loader import render_to_string  # noqa: E402  (settings first)
from weasyprint import CSS, HTML  # noqa: E402
from weasyprint.text.fonts import FontConfiguration  # noqa: E402

from cqp.pdf import VARIANT, StaticFilesOnly, file_identifier  # noqa: E402
from juries.certificate_press import draw_all  # noqa: E402
from juries.certificates import TEMPLATE, certificate_pdf, printed_content, qr_of  # noqa: E402
from juries.models import Certificate  # noqa: E402
from tests.bench.office import merged, written  # noqa: E402
from tests.juries.printed import many_certificates  # noqa: E402

STYLE = "static:/css/documents/certificate.css"


def plainly(certificate: Certificate) -> bytes:
    """The same page with nothing shared."""
    fetcher, fonts = StaticFilesOnly(), FontConfiguration()
    content = printed_content(certificate)
    html = HTML(string=render_to_string(TEMPLATE, content | qr_of(content)), url_fetcher=fetcher)
    style = CSS(url=STYLE, url_fetcher=fetcher, font_config=fonts)
    name = file_identifier(certificate.digest)
    pdf: bytes = html.write_pdf(
        font_config=fonts, stylesheets=[style], pdf_variant=VARIANT, pdf_identifier=name
    )
    return pdf


def plain(number: int) -> Iterator[bytes]:
    return (plainly(certificate) for certificate in many_certificates(number))


def shared(number: int) -> Iterator[bytes]:
    return (certificate_pdf(certificate) for certificate in many_certificates(number))


def pressed(number: int) -> Iterator[bytes]:
    return (pdf for _certificate, pdf in draw_all(many_certificates(number)))


def office(number: int, way: str) -> float:
    """Seconds of processor the office suite takes, for as many certificates."""
    contents = [printed_content(certificate) for certificate in many_certificates(number)]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        groups = [contents] if way == "one file" else [[one] for one in contents]
        sources = [written(place / f"{rank}.fods", group) for rank, group in enumerate(groups)]
        return merged(place, sources, together=way != "one by one")


WAYS: dict[str, Callable[[int], Iterator[bytes]]] = {"plain": plain, "shared": shared, "pressed": pressed}
LABELS = {
    "plain": "floor: nothing shared",
    "shared": "cqp.pdf: fonts and style shared",
    "pressed": "press: drawn from plates",
    "one by one": "office suite, one by one",
    "batch": "office suite, one batch",
    "one file": "office suite, one file of N pages",
}


def measure(way: str, number: int) -> dict[str, Any]:
    """Draw in this process; the first certificate, which reads fonts and modules, is not counted for all."""
    if way not in WAYS:
        start = time.perf_counter()
        busy = office(number, way)
        return {"seconds": time.perf_counter() - start, "busy": busy, "peak": 0, "size": 0}
    next(shared(1))
    start, busy, size = time.perf_counter(), time.process_time(), 0
    for pdf in WAYS[way](number):
        size += len(pdf)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    return {"seconds": seconds, "busy": busy, "peak": peak, "size": size // number // 1024}


def apart(way: str, number: int) -> dict[str, Any]:
    """Measure a way in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.bench_certificates", str(number), way]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found


def main(number: int) -> None:
    """Print each way, and how many times less work it is than the floor."""
    few = max(min(number // 500, 50), 2)  # enough to know what the slow ways cost
    numbers = {"plain": few, "shared": few * 2, "pressed": number}
    if shutil.which("soffice"):
        numbers |= {"one by one": 3, "batch": few, "one file": few}
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    floor = 0.0
    for way, count in numbers.items():
        found = apart(way, count)
        each = found["busy"] / count
        floor = floor or each
        print(
            f"{LABELS[way]:<34}{count:>6} certificates{count / found['seconds']:>9.1f} a second"
            f"{each * 1000:>9.2f} ms of processor each{floor / each:>8.1f} times the floor"
            f"{found['peak']:>5} MB{found['size']:>5} KB each"
        )
    if "batch" not in numbers:
        print("no office suite on this machine: its mail merge was not measured")


if __name__ == "__main__":
    asked, *one_way = list(islice(sys.argv, 1, 3)) or ["5000"]
    if one_way:
        print(json.dumps(measure(one_way[0], int(asked))))
    else:
        main(int(asked))
