"""The mark grid of a CRFP: one page, saved cell by cell, or all at once without script."""

from typing import Any

from django.contrib import messages
from django.db.models import Exists, F, Func, IntegerField, OuterRef
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from candidates.models import SessionPart
from candidates.rules import part_closed_refusal
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, writes
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from evaluations.models import Operation
from evaluations.services.marks import record_sheet
from evaluations.views.grid import VIEWS, due_of, entries_of, grid_of, show_answers
from evaluations.views.parts import part_of
from evaluations.views.sheet_file import table_of

_RECENT = 10
# What the script of the page imports: asked for with the page, not one after the other.
_MODULES = [
    f"evaluations/{name}.js" for name in ("filters", "gestures", "grid", "moving", "pasting", "queue")
]


@writes
@for_act(Act.RECORD_MARK)
def mark_sheet(request: ActorRequest, session: str, crfp: str) -> HttpResponse:
    """The grid of a CRFP's part; a POST saves every changed cell, each with its own answer."""
    part = part_of(request, session, crfp)
    if request.GET.get("fragment") == "gestes":
        return render(request, "evaluations/_operations.html", _gestures(part))
    grid = grid_of(part, request.actor)
    status = 200
    if request.method == "POST":
        entries = entries_of(grid, request.POST)
        answers = record_sheet(entries=entries, by=request.actor, at=timezone.now())
        saved = sum(answer.mark is not None for answer in answers)
        if saved:
            messages.success(request, _saved(saved))
        if saved == len(answers):
            return redirect(request.get_full_path())
        grid, status = grid_of(part, request.actor), 422
        show_answers(grid, answers)
    # A page that comes back with cells to look at again shows them all.
    grid.look_at("" if status == 422 else request.GET.get("voir", ""), request.GET.get("groupe", ""))
    if fmt := wanted_format(request):
        title = f"Notes {session} {part.crfp.name}"
        return table_response(table_of(grid, title), f"notes-{session}-{crfp}", fmt)
    today, deadline = timezone.localdate(), part.session.entry_deadline
    context = {
        "part": part,
        "session": part.session,
        "grid": grid,
        "views": VIEWS.items(),
        "modules": _MODULES,
        "closed": part_closed_refusal(part.session, part),
        "left": grid.left(deadline, today),
        "due": due_of(deadline, today),
        **_gestures(part),
    }
    return render(request, "evaluations/mark_sheet.html", context, status=status)


class _Length(Func):
    """How many items a JSON list has, counted by the database."""

    function = "JSONB_ARRAY_LENGTH"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_ARRAY_LENGTH", **context)


def _gestures(part: SessionPart) -> dict[str, Any]:
    """The last gestures of the part, with who made them and whether they were undone."""
    rows = part.operations.select_related("by").defer("changes")
    undone = Operation.objects.filter(undoes=OuterRef("pk"))
    recent = rows.annotate(count=_Length(F("changes")), is_undone=Exists(undone))[:_RECENT]
    return {"operations": recent, "closed": part_closed_refusal(part.session, part)}


def _saved(count: int) -> str:
    return f"{count} notes enregistrées." if count > 1 else "La note est enregistrée."
