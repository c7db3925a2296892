"""How long certificates take: `python -m tests.bench.bench_certificates [NUMBER]` (100 unless told).

The floor beside it is the same page laid out the plain way, with fonts and style read again for each.
"""

import os
import sys
import time
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cqp.settings")
django.setup()

from django.template.loader import render_to_string  # noqa: E402  (settings first)
from weasyprint import CSS, HTML  # noqa: E402
from weasyprint.text.fonts import FontConfiguration  # noqa: E402

from cqp.pdf import StaticFilesOnly, render_pdf  # noqa: E402
from tests.cqp.documents import CERTIFICATE  # noqa: E402

TEMPLATE = "documents/certificate.html"
STYLE = "static:/css/documents/certificate.css"
PLAIN_SHARE = 10  # one in ten is enough to know what the plain way costs


def context(rank: int) -> dict[str, object]:
    """A certificate like no other: holder, number and code differ."""
    holder = CERTIFICATE["holder"] | {"name": f"Marie Noëlle LEFÈVRE {rank}", "first_names": f"Marie {rank}"}
    return CERTIFICATE | {"holder": holder, "number": f"GC-2026-12-{rank:05d}", "code": f"7K2QM-{rank:05d}-4"}


def ours(rank: int) -> bytes:
    return render_pdf(TEMPLATE, context(rank), identifier=str(rank))


def plainly(rank: int) -> bytes:
    """The same page with nothing shared."""
    fetcher, fonts = StaticFilesOnly(), FontConfiguration()
    html = HTML(string=render_to_string(TEMPLATE, context(rank)), url_fetcher=fetcher)
    style = CSS(url=STYLE, url_fetcher=fetcher, font_config=fonts)
    pdf: bytes = html.write_pdf(
        font_config=fonts, stylesheets=[style], pdf_variant="pdf/a-3a", pdf_identifier=str(rank).encode()
    )
    return pdf


def measure(label: str, render: Callable[[int], bytes], number: int) -> float:
    """Print what certificates cost; return the processor’s seconds for one, the same on a busy machine."""
    start, busy, size = time.perf_counter(), time.process_time(), 0
    for rank in range(number):
        size += len(render(rank))
    seconds, each = time.perf_counter() - start, (time.process_time() - busy) / number
    print(
        f"{label:<24}{number:>6} certificates{seconds:>8.1f} s{number / seconds:>7.1f} a second"
        f"{each * 1000:>8.0f} ms of processor each{size / number / 1024:>6.0f} KB each"
    )
    return each


def main(number: int) -> None:
    """Print both ways, one process, one after the other."""
    ours(0)  # fonts and style are read once a process, and so are Python's modules
    plain = measure("floor: nothing shared", plainly, max(number // PLAIN_SHARE, 1))
    shared = measure("cqp.pdf: shared", ours, number)
    print(f"{plain / shared:.1f} times less work than the floor")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
