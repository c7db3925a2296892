"""`python -m tests.bench.bench_score_file`: answering a file of marks, beside the floor of copying it."""

import csv
import random
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

from evaluations.scoring.sheet import Sheet
from tests.evaluations.scoring.schemes import points_scheme

SIZES = (1_000, 10_000, 100_000)
RUNS = 3


def write_marks(path: Path, rows: int) -> None:
    """A file of `rows` candidates with marks drawn over the whole scale, always the same ones."""
    draw = random.Random(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["numero", "CC_TC", "CC_OPT", "ECRIT", "ORAL", "APT", "pass_suivi"])
        for row in range(rows):
            marks = (divmod(draw.randrange(2001), 100) for _ in range(5))
            writer.writerow([f"C{row}", *(f"{whole},{cents:02d}" for whole, cents in marks), "oui"])


def rows_of(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.reader(file, delimiter=";")


def copy(source: Path, target: Path) -> None:
    """The floor: every row read and written, nothing worked out."""
    with target.open("w", encoding="utf-8", newline="") as sink:
        csv.writer(sink, delimiter=";").writerows(rows_of(source))


def answer(source: Path, target: Path) -> None:
    sheet = Sheet(points_scheme("GC_2013"), rows_of(source))
    with target.open("w", encoding="utf-8", newline="") as sink:
        csv.writer(sink, delimiter=";").writerows(sheet.answers())


def seconds(job: Callable[[Path, Path], None], source: Path, target: Path) -> float:
    """The median of a few runs."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        job(source, target)
        times.append(time.perf_counter() - start)
    return sorted(times)[RUNS // 2]


def peak_memory(source: Path, target: Path) -> float:
    """The most memory held while answering, in megabytes."""
    tracemalloc.start()
    answer(source, target)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


def main() -> None:
    print(f"{'candidates':>10} {'floor':>9} {'answers':>9} {'ratio':>6} {'a second':>10} {'peak':>8}")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "marks.csv"), Path(folder, "answers.csv")
        for rows in SIZES:
            write_marks(source, rows)
            floor, taken = seconds(copy, source, target), seconds(answer, source, target)
            memory = peak_memory(source, target)
            print(
                f"{rows:>10,} {floor:>8.3f}s {taken:>8.3f}s {taken / floor:>6.1f}"
                f" {rows / taken:>10,.0f} {memory:>6.1f}MB"
            )


if __name__ == "__main__":
    main()
