"""Accounts and roles, kept by the Ucanss."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.forms.people import PeopleFilter, PersonForm
from candidates.services.people import ensure_person, remove_membership
from candidates.views.pages import page_of
from cqp.accounts.actor import ActorRequest
from cqp.accounts.models import Membership
from cqp.http import for_act, reads, writes
from cqp.roles import Act, Role
from cqp.workflow import Refusal


@reads
@for_act(Act.MANAGE_PEOPLE)
def people(request: ActorRequest) -> HttpResponse:
    """Who holds which role, and where."""
    rows = Membership.objects.select_related("user", "organisme")
    chosen = PeopleFilter(request.GET, rows.order_by("user__last_name", "user__first_name", "pk"))
    context = {"filter": chosen, "page": page_of(request, chosen.qs)}
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
        messages.success(request, f"{user.full_name} tient maintenant ce rôle.")
        return redirect("candidates:people")
    return render(request, "candidates/person_add.html", {"form": form})


@writes
@for_act(Act.MANAGE_PEOPLE)
def membership_remove(request: ActorRequest, pk: int) -> HttpResponse:
    """Take a role away, once confirmed."""
    membership = get_object_or_404(Membership.objects.select_related("user", "organisme"), pk=pk)
    if request.method == "POST":
        try:
            remove_membership(membership=membership, by=request.actor, at=timezone.now())
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, f"Le rôle de {membership.user.full_name} est retiré.")
        return redirect("candidates:people")
    consequences = [
        f"{membership.user.full_name} n’agit plus en cette qualité, dès sa prochaine page.",
        "Son compte reste, avec ses autres rôles, et ses actes passés restent au journal.",
    ]
    context = {"membership": membership, "consequences": consequences}
    return render(request, "candidates/membership_remove.html", context)
