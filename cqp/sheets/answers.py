"""A list that answers with a file instead of its page: `?format=xlsx`, `?format=csv`."""

from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from cqp.sheets.writing import Table, csv_of, xlsx_of

Format = Literal["csv", "xlsx"]

_WRITERS = {"csv": csv_of, "xlsx": xlsx_of}
_KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def wanted_format(request: HttpRequest) -> Format | None:
    """The file the address asks for; None for the page, for a format nobody offers, and for a form sent."""
    match request.GET.get("format") if request.method in ("GET", "HEAD") else None:
        case "csv":
            return "csv"
        case "xlsx":
            return "xlsx"
        case _:
            return None


def table_response(table: Table, file_name: str, fmt: Format) -> HttpResponse:
    """The table as a file to save, under this name and the ending of its format."""
    response = HttpResponse(_WRITERS[fmt](table), content_type=_KINDS[fmt])
    response["Cache-Control"] = "no-store"  # names and marks: kept where the person chose, nowhere else
    response["Content-Disposition"] = str(content_disposition_header(True, f"{file_name}.{fmt}"))
    return response
