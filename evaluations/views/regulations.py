"""The regulations: readable by whoever runs sessions, drafted and published by Ucanss."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.rules import beneficiary_refusal
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads, writes, writes_only
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from cqp.workflow import Refusal
from evaluations import exports, regulation_rules, rules
from evaluations.conditions import conditions_of, kept_of
from evaluations.forms.drafts import DraftForms
from evaluations.jury_conditions import local_jury_of, national_jury_of
from evaluations.models import Regulation, jury_rule_of
from evaluations.services import regulations as services
from evaluations.states import RegulationState

_CONSEQUENCES = [
    "Il ne pourra plus jamais être modifié : une correction sera une nouvelle version.",
    "Des sessions pourront s’ouvrir sous ce règlement.",
    "Les sessions déjà ouvertes gardent le leur.",
]


@reads
@for_act(Act.READ_REGULATIONS)
def regulation_list(request: ActorRequest) -> HttpResponse:
    """Every regulation the actor may read, by certification, the latest version first."""
    rows = Regulation.objects.visible_to(request.actor).select_related("certification")
    counted = rows.annotate(sessions=Count("adoptions")).order_by("certification__code", "code", "-version")
    if fmt := wanted_format(request):
        return table_response(exports.regulations(counted), "reglements", fmt)
    return render(request, "evaluations/regulation_list.html", {"regulations": counted})


@reads
@for_act(Act.READ_REGULATIONS)
def regulation_detail(request: ActorRequest, code: str, version: int) -> HttpResponse:
    """What a regulation says, in words: blocks, thresholds, conditions, local jury, référentiel, source."""
    regulation = _regulation(request, code, version)
    is_draft = regulation.state == RegulationState.DRAFT
    jury_rule = jury_rule_of(regulation)
    context = {
        "regulation": regulation,
        "is_points": regulation.regime == Regulation.Regime.POINTS,
        "thresholds": [
            (block, rules.threshold_of(block)) for block in regulation.blocks.prefetch_related("lines")
        ],
        "blocs": regulation.blocs.prefetch_related("competences__criteria"),
        "conditions": conditions_of(regulation),
        "kept": kept_of(regulation),
        "local_jury": local_jury_of(jury_rule, list(regulation.hearing_parts.all())),
        "national_jury": national_jury_of(regulation, jury_rule),
        "may_edit": request.actor.may(Act.EDIT_REGULATION),
        "may_follow": request.actor.may(Act.FOLLOW_SESSIONS),
        "own_refusal": beneficiary_refusal(regulation.certification, request.actor),
        "is_draft": is_draft,
        "refusals": regulation_rules.publication_refusals(regulation) if is_draft else [],
        "sessions": regulation.adoptions.select_related("session__certification"),
    }
    return render(request, "evaluations/regulation_detail.html", context)


@writes_only
@for_act(Act.EDIT_REGULATION)
def regulation_copy(request: ActorRequest, code: str, version: int) -> HttpResponse:
    """Begin the next version; a draft already begun is opened instead."""
    source = _regulation(request, code, version)
    try:
        draft = services.copy_regulation(regulation=source, by=request.actor, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("evaluations:regulation_detail", code=code, version=version)
    return redirect("evaluations:regulation_edit", code=draft.code, version=draft.version)


@writes
@for_act(Act.EDIT_REGULATION)
def regulation_edit(request: ActorRequest, code: str, version: int) -> HttpResponse:
    """The whole draft on one page; saved even when it cannot be published yet."""
    regulation = _regulation(request, code, version)
    own = beneficiary_refusal(regulation.certification, request.actor)
    refusal = regulation_rules.draft_refusal(regulation) or own
    if refusal:
        messages.error(request, refusal)
        return redirect("evaluations:regulation_detail", code=code, version=version)
    forms = DraftForms(regulation, request.POST if request.method == "POST" else None)
    refused = ""
    if request.method == "POST" and forms.is_valid():
        try:
            _save(request, regulation, forms)
        except Refusal as caught:
            refused = caught.sentence
        else:
            messages.success(request, f"Le projet {regulation} est enregistré.")
            return redirect("evaluations:regulation_detail", code=code, version=version)
    errors = forms.errors
    context = {"regulation": regulation, "forms": forms, "refusal": refused, "errors": errors}
    return render(
        request, "evaluations/regulation_edit.html", context, status=422 if errors or refused else 200
    )


@writes
@for_act(Act.PUBLISH_REGULATION)
def regulation_publish(request: ActorRequest, code: str, version: int) -> HttpResponse:
    """What publishing will do, then the act."""
    regulation = _regulation(request, code, version)
    if request.method == "POST":
        try:
            services.publish_regulation(regulation=regulation, by=request.actor, at=timezone.now())
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, f"Le règlement {regulation} est publié.")
        return redirect("evaluations:regulation_detail", code=code, version=version)
    own = beneficiary_refusal(regulation.certification, request.actor)
    refusals = [own] if own else regulation_rules.publication_refusals(regulation)
    context = {
        "regulation": regulation,
        "consequences": _CONSEQUENCES,
        "refusal": refusals[0] if refusals else "",
    }
    return render(request, "evaluations/regulation_publish.html", context)


@writes_only
@for_act(Act.EDIT_REGULATION)
def regulation_delete(request: ActorRequest, code: str, version: int) -> HttpResponse:
    """Drop a draft."""
    regulation = _regulation(request, code, version)
    try:
        services.delete_draft(regulation=regulation, by=request.actor, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("evaluations:regulation_detail", code=code, version=version)
    messages.success(request, f"Le projet {code} v{version} est supprimé.")
    return redirect("evaluations:regulation_list")


def _regulation(request: ActorRequest, code: str, version: int) -> Regulation:
    rows = Regulation.objects.visible_to(request.actor).select_related("certification")
    return get_object_or_404(rows.prefetch_related("blocks", "seats"), code=code, version=version)


def _save(request: ActorRequest, regulation: Regulation, forms: DraftForms) -> None:
    services.save_draft(
        regulation=regulation,
        header=forms.header.cleaned_data,
        blocks=forms.blocks.rows,
        seats=forms.seats.rows,
        rule=forms.rule.cleaned_data if forms.rule else None,
        jury_rule=forms.jury_rule.cleaned_data,
        parts=forms.parts.rows,
        by=request.actor,
        at=timezone.now(),
    )
