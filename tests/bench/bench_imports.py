"""The previews of two big files, beside reading the same file raw: 2,000 candidates, 2,000 × 4 marks.

.venv/bin/python -m tests.bench.bench_imports [N lines]      (2000 by default)
"""

import io
import sys
from typing import Any

from tests.bench.bench_scoring import timed
from tests.bench.crowd import make_crowd, open_place


def measure(count: int) -> None:
    from django.utils import timezone

    from evaluations.imports.command import Kind, Order, _technical_account, part_of
    from evaluations.models import Mark

    empty = make_crowd("GC_2013", 1)
    empty.options.set(empty.certification.options.all())
    part = part_of(make_crowd("GC_2013", count).code, "CRFP-LYO")
    by = _technical_account(part, timezone.now())
    people = Order(Kind.CANDIDATES, part_of(empty.code, "CRFP-LYO"), by=by)
    show(f"aperçu de {count} candidats", people, list_of(count))
    marks = Order(Kind.MARKS, part, by=by)
    show(f"aperçu de {count} × 4 notes, inchangées", marks, marks_of(part, changed=False))
    moved = marks_of(part, changed=True)
    show(f"aperçu de {count} × 4 notes, toutes modifiées", marks, moved)
    Mark.objects.filter(enrolment__part=part).delete()
    show(f"aperçu de {count} × 4 notes, nouvelles", marks, without_base(moved))


def show(name: str, order: Any, content: bytes) -> None:
    """The preview beside its floor: the same lines read from the same bytes, and nothing more."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from candidates.imports.files import read_file
    from evaluations.imports.command import preview

    now = timezone.now()
    report = preview(order, content, now)
    with CaptureQueriesContext(connection) as queries:
        preview(order, content, now)
    floor = timed(lambda: read_file(content), 3)
    seconds = timed(lambda: preview(order, content, now), 3)
    print(
        f"{connection.vendor} {name} : {seconds:.2f} s, {seconds / floor:.1f}× la lecture seule "
        f"({floor * 1000:.0f} ms), {len(queries)} requêtes ; {report.new} nouveaux, "
        f"{report.changed} modifiés, {report.unchanged} inchangés, {report.refused} refusés"
    )


def list_of(count: int) -> bytes:
    from tests.candidates.pages import listed, xlsx_of

    return xlsx_of([listed(number, birth_place=f"Ville {number}") for number in range(count)])


def without_base(content: bytes) -> bytes:
    """The same sheet, its last columns cut: no base, no identity."""
    from candidates.imports.files import read_file
    from tests.evaluations.mark_files import csv_of

    return csv_of([cells[:7] for _, cells in read_file(content).rows])


def marks_of(part: Any, *, changed: bool) -> bytes:
    """Our own template, each mark moved by a hundredth or left as it is."""
    import xlsxwriter
    from django.utils import timezone

    from candidates.imports.files import read_file
    from evaluations.imports.template import blocks_to_type, template_of_marks

    blocks = blocks_to_type(part)
    content = template_of_marks(part, blocks, timezone.now())
    if not changed:
        return content
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, (_, cells) in enumerate(read_file(content).rows):
            for place, text in enumerate(cells):
                moved = row and 3 <= place < 3 + len(blocks)
                entry = f"{(int(float(text) * 100) % 1_900 + 7) / 100:.2f}" if moved else text
                sheet.write_string(row, place, entry)
    return out.getvalue()


if __name__ == "__main__":
    open_place()
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
