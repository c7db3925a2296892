"""The documents of a session for Ucanss: have them made, see how far they are, take them away."""

from dataclasses import dataclass

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.timezone import localtime

from candidates.models import Session
from cqp.accounts.actor import ActorRequest
from cqp.awards.models import DocumentRun
from cqp.awards.papers import corrected_at
from cqp.awards.production import names_of
from cqp.awards.run_files import folder_of
from cqp.awards.run_rules import KEPT, is_stuck, outdated_refusal, session_refusal
from cqp.awards.services.runs import ask_run
from cqp.awards.states import RunState
from cqp.awards.views.sessions import session_of
from cqp.http import for_act, reads, writes
from cqp.roles import Act
from cqp.seal import is_configured, seal_warning
from cqp.sheets.answers import table_response, wanted_format
from cqp.sheets.writing import Table
from cqp.workflow import Refusal

SHOWN = 30
GONE = "Ces fichiers ne sont plus là : demandez-les de nouveau, ils seront produits à l’identique."
_ABOUT = {
    DocumentRun.Kind.CERTIFICATES: "Tous les certificats en vigueur, et ceux de blocs.",
    DocumentRun.Kind.TRANSCRIPTS: "Le relevé de notes de chaque candidat, à jour des rectifications.",
    DocumentRun.Kind.LETTERS: "Le courrier de notification de chaque candidat proclamé.",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One kind of documents: what it is, its last production."""

    kind: DocumentRun.Kind
    about: str
    run: DocumentRun | None
    is_stuck: bool

    @property
    def is_made(self) -> bool:
        return self.run is not None and self.run.state == RunState.DONE

    @property
    def is_moving(self) -> bool:
        return self.run is not None and self.run.state == RunState.WAITING

    @property
    def has_failed(self) -> bool:
        return self.run is not None and self.run.state == RunState.FAILED


@writes
@for_act(Act.MAKE_DOCUMENTS)
def run_list(request: ActorRequest, code: str) -> HttpResponse:
    """What can be made, what is being made, what was; a button each."""
    session = session_of(request, code)
    if request.method == "POST":
        kind = request.POST.get("kind", "")
        try:
            if kind not in DocumentRun.Kind.values:
                raise Refusal("Choisissez les documents à produire dans la page.")
            ask_run(session=session, kind=kind, by=request.actor, at=timezone.now())
        except Refusal as refusal:
            return _page(request, session, refusal.sentence)
        return redirect("awards:run_list", code)
    if request.htmx:  # type: ignore[attr-defined]
        return _progress(request, session)
    over = _over(request, session)
    if fmt := wanted_format(request):
        return table_response(_table(session, over), f"documents-{code}", fmt)
    return _page(request, session)


@reads
@for_act(Act.MAKE_DOCUMENTS)
def run_archive(request: ActorRequest, code: str, pk: int) -> HttpResponseBase:
    """The ZIP of a production."""
    run = _run(request, code, pk)
    return _file(run, names_of(run.session, run.kind).archive, "application/zip")


@reads
@for_act(Act.MAKE_DOCUMENTS)
def run_book(request: ActorRequest, code: str, pk: int) -> HttpResponseBase:
    """All the documents of a production in one PDF, for the printer."""
    run = _run(request, code, pk)
    return _file(run, names_of(run.session, run.kind).book, "application/pdf")


def _file(run: DocumentRun, name: str, kind: str) -> HttpResponseBase:
    """A file of a run, piece by piece; its place comes from the run alone."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    refusal = outdated_refusal(run, corrected_at(run.session))
    if refusal:
        return HttpResponse(refusal, status=409, content_type="text/plain; charset=utf-8", headers=headers)
    try:
        if run.state != RunState.DONE:
            raise FileNotFoundError
        file = (folder_of(run) / name).open("rb")
    except OSError:
        return HttpResponse(GONE, status=409, content_type="text/plain; charset=utf-8", headers=headers)
    return FileResponse(file, as_attachment=True, filename=name, content_type=kind, headers=headers)


def _run(request: ActorRequest, code: str, pk: int) -> DocumentRun:
    rows = DocumentRun.objects.visible_to(request.actor).select_related("session__certification")
    return get_object_or_404(rows, pk=pk, session__code=code)


def _over(request: ActorRequest, session: Session) -> list[DocumentRun]:
    rows = DocumentRun.objects.visible_to(request.actor).filter(session=session)
    over = rows.filter(state__in=[RunState.DONE, RunState.FORGOTTEN]).select_related("asked_by")
    return list(over[:SHOWN])


def _offers(request: ActorRequest, session: Session) -> list[Offer]:
    rows = DocumentRun.objects.visible_to(request.actor).filter(session=session).select_related("asked_by")
    latest: dict[str, DocumentRun] = {}
    for run in rows.order_by("asked_at", "pk"):
        latest[run.kind] = run
    now = timezone.now()
    return [
        Offer(kind, about, latest.get(kind), kind in latest and is_stuck(latest[kind], now))
        for kind, about in _ABOUT.items()
    ]


def _progress(request: ActorRequest, session: Session) -> HttpResponse:
    """The bars alone while they move; once one of them is over, the whole page comes again."""
    offers = _offers(request, session)
    moving = [offer for offer in offers if offer.is_moving]
    response = render(request, "awards/_run_progress.html", {"moving": moving, "session": session})
    if request.GET.get("moving") != str(len(moving)):
        response["HX-Refresh"] = "true"
    return response


def _page(request: ActorRequest, session: Session, refusal: str = "") -> HttpResponse:
    offers, corrected = _offers(request, session), corrected_at(session)
    context = {
        "session": session,
        "offers": offers,
        "moving": [offer for offer in offers if offer.is_moving],
        "runs": [(run, outdated_refusal(run, corrected)) for run in _over(request, session)],
        "closed": session_refusal(session),
        "refusal": refusal,
        "kept_days": KEPT.days,
        "is_sealed": is_configured(),
        "seal_warning": seal_warning(),
    }
    return render(request, "awards/run_list.html", context)


def _table(session: Session, runs: list[DocumentRun]) -> Table:
    return Table(
        f"Documents {session.code}",
        ("Documents", "Nombre", "Demandés le", "Par", "Produits le", "Fichiers", "Octets"),
        (
            (
                run.get_kind_display(),
                run.done,
                localtime(run.asked_at),
                run.asked_by.full_name,
                localtime(run.finished_at) if run.finished_at else "",
                run.get_state_display(),
                sum(one["size"] for one in run.files),
            )
            for run in runs
        ),
    )
