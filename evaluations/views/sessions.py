"""Opening a session: which regulation, then its options and its days, then what will happen."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from candidates.models import Session
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, writes
from cqp.roles import Act
from cqp.workflow import Refusal
from evaluations.forms.sessions import SessionForm
from evaluations.models import Regulation
from evaluations.regulation_rules import session_refusal
from evaluations.services.sessions import open_session
from evaluations.states import RegulationState


@writes
@for_act(Act.OPEN_SESSION)
def session_open(request: ActorRequest) -> HttpResponse:
    """Choose a regulation (`?reglement=CODE-VERSION`), fill the calendar, read what will happen, open."""
    regulations = Regulation.objects.visible_to(request.actor).filter(state=RegulationState.PUBLISHED)
    offered = list(
        regulations.select_related("certification").order_by("certification", "-valid_from", "-version")
    )
    wanted = request.GET.get("reglement", "")
    regulation = next((r for r in offered if f"{r.code}-{r.version}" == wanted), None)
    if regulation is None or session_refusal(regulation, list(regulation.certification.options.all())):
        choices = [(r, session_refusal(r, list(r.certification.options.all()))) for r in offered]
        choices.sort(key=lambda choice: choice[1] is not None)
        return render(request, "evaluations/session_choose.html", {"choices": choices})
    form = SessionForm(request.POST or None, regulation=regulation)
    step = "form"
    if request.method == "POST" and form.is_valid():
        step = "confirm"
        if "confirm" in request.POST:
            try:
                session = open_session(
                    regulation=regulation, **form.cleaned_data, by=request.actor, at=timezone.now()
                )
            except Refusal as refusal:
                form.add_error(None, refusal.sentence)
            else:
                messages.success(
                    request, f"La session {session.code} est ouverte : les CRFP peuvent inscrire."
                )
                return redirect("candidates:session_detail", code=session.code)
    if form.errors or "back" in request.POST:
        step = "form"
    context = {"regulation": regulation, "form": form, "step": step}
    if step == "confirm":
        context["jury_deadline"] = Session(
            exam_last_day=form.cleaned_data["exam_last_day"]
        ).national_jury_deadline
    return render(request, "evaluations/session_open.html", context, status=422 if form.errors else 200)
