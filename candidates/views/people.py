"""Accounts and roles, kept by the Ucanss."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from candidates import exports, rules
from candidates.forms.people import PeopleFilter, PersonForm
from candidates.services.people import ensure_person, remove_membership
from candidates.views.pages import page_of
from cqp.accounts.actor import ActorRequest
from cqp.accounts.models import Membership, User
from cqp.http import for_act, reads, writes
from cqp.roles import Act, Role
from cqp.sheets.answers import table_response, wanted_format
from cqp.workflow import Refusal


@reads
@for_act(Act.MANAGE_PEOPLE)
def people(request: ActorRequest) -> HttpResponse:
    """Who holds which role, and where."""
    held = Membership.objects.select_related("user", "organisme")
    chosen = PeopleFilter(request.GET, held.order_by("user__last_name", "user__first_name", "pk"))
    if fmt := wanted_format(request):
        return table_response(exports.people(chosen.qs), "comptes-et-roles", fmt)
    page = page_of(request, chosen.qs)
    rows = [(membership, rules.kept_role_refusal(membership)) for membership in page]
    context = {"filter": chosen, "page": page, "rows": rows}
    return render(request, "candidates/people.html", context)


@writes
@for_act(Act.MANAGE_PEOPLE)
def person_add(request: ActorRequest) -> HttpResponse:
    """Give a role to a person, whose account is made when needed."""
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        user = ensure_person(
            **data | {"role": Role(data["role"])},
            by=request.actor,
            at=timezone.now(),
        )
        messages.success(request, f"{user.full_name} tient maintenant ce rôle.{_kept_name(user, data)}")
        return redirect("candidates:people")
    return render(request, "candidates/person_add.html", {"form": form})


@writes
@for_act(Act.MANAGE_PEOPLE)
def membership_remove(request: ActorRequest, pk: int) -> HttpResponse:
    """Take a role away, once confirmed."""
    membership = Membership.objects.select_related("user", "organisme").filter(pk=pk).first()
    if membership is None:  # a second click: it is done already
        messages.info(request, "Ce rôle est déjà retiré.")
        return redirect("candidates:people")
    if request.method == "POST":
        try:
            remove_membership(membership=membership, by=request.actor, at=timezone.now())
        except Refusal as refused:
            messages.error(request, refused.sentence)
        else:
            messages.success(request, f"Le rôle de {membership.user.full_name} est retiré.")
        return redirect("candidates:people")
    consequences = [
        f"{membership.user.full_name} n’agit plus en cette qualité, dès sa prochaine page.",
        "Son compte reste, avec ses autres rôles, et ses actes passés restent au journal.",
    ]
    refusal = rules.kept_role_refusal(membership)
    context = {"membership": membership, "consequences": consequences, "refusal": refusal}
    return render(request, "candidates/membership_remove.html", context)


def _kept_name(user: User, typed: Mapping[str, Any]) -> str:
    """Said when the account was there under another name: typing a name renames nobody."""
    if (user.last_name, user.first_name) == (typed["last_name"], typed["first_name"]):
        return ""
    return " Le compte existant à cette adresse garde son nom."
