"""The grid as a file: the candidates in sight and their marks, as the page shows them."""

from decimal import Decimal

from cqp.sheets.writing import Cell as Written
from cqp.sheets.writing import Table
from evaluations.views.grid import Cell, Grid, column_of


def table_of(grid: Grid, title: str) -> Table:
    """One row a candidate in sight; a mark is a number, an absence its word, a missing mark nothing."""
    has_options = any(row.group for row in grid.rows)
    headings = ["Candidat", *(["Option"] if has_options else [])]
    rows = []
    for row in grid.rows:
        if row.is_hidden:
            continue
        option = row.enrolment.option
        named: list[Written] = [row.enrolment.candidate.full_name]
        if has_options:
            named.append(option.label if option else "")
        rows.append([*named, *(_written(cell) for cell in row.cells)])
    return Table(title, [*headings, *(column_of(c.block, c.attempt) for c in grid.columns)], rows)


def _written(cell: Cell) -> Written:
    if cell.stored[:1].isdecimal():
        return Decimal(cell.stored.replace(",", "."))
    return cell.stored
