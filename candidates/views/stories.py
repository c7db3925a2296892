"""The journal, read only: the chains, the story of a session, the story of a candidate."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Max
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from candidates import exports
from candidates.concealment import concealed_from
from candidates.forms.filters import ActFilter
from candidates.models import Enrolment, Session
from candidates.stories import chains_of, entries_of, is_shut, tell, title_of
from candidates.views.pages import page_of
from cqp.accounts.actor import Actor, ActorRequest
from cqp.http import for_act, reads
from cqp.journal.models import Chain
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format


@reads
@for_act(Act.READ_JOURNAL)
def chain_list(request: ActorRequest) -> HttpResponse:
    """The chains the actor may read; the length and head of one that would tell a result are withheld."""
    chains = chains_of(request.actor).annotate(last=Max("entries__at")).order_by("-last", "key")
    if fmt := wanted_format(request):
        return table_response(exports.chains(_titled(chains, request.actor)), "journal", fmt)
    page = page_of(request, chains)
    return render(request, "candidates/chain_list.html", {"page": page, "rows": _titled(page, request.actor)})


@reads
@for_act(Act.READ_JOURNAL)
def session_story(request: ActorRequest, key: str) -> HttpResponse:
    """The story of a session, the latest act first."""
    chain = get_object_or_404(chains_of(request.actor), key=key)
    chosen = ActFilter(request.GET, entries_of(request.actor, chain).order_by("-seq"))
    if fmt := wanted_format(request):
        told = tell(list(chosen.qs), request.actor)
        return table_response(exports.story(chain, told), f"journal-{key}", fmt)
    sessions = _sessions([key])
    context = {
        "chain": chain,
        "title": title_of(chain, sessions),
        "shut": is_shut(sessions.get(key), request.actor),
        "filter": chosen,
        **_told(request, chosen.qs),
    }
    return render(request, "candidates/session_story.html", context)


@reads
@for_act(Act.READ_JOURNAL)
def enrolment_story(request: ActorRequest, pk: int) -> HttpResponse:
    """The story of one candidate in one session, from the enrolment on."""
    rows = Enrolment.objects.visible_to(request.actor)
    enrolment = get_object_or_404(
        rows.select_related("candidate", "session__certification", "part__crfp"), pk=pk
    )
    if pk in concealed_from(enrolment.session, request.actor):
        raise Http404
    chain = get_object_or_404(Chain, key=enrolment.session.code)
    entries = entries_of(request.actor, chain).filter(enrolment_ref=enrolment.pk).order_by("seq")
    if fmt := wanted_format(request):
        told = tell(list(entries), request.actor)
        return table_response(exports.story(chain, told), f"journal-{chain.key}-{pk}", fmt)
    context = {
        "enrolment": enrolment,
        "chain": chain,
        "may_open": request.actor.may(Act.FOLLOW_SESSIONS),
        **_told(request, entries),
    }
    return render(request, "candidates/enrolment_story.html", context)


def _told(request: ActorRequest, entries: Any) -> dict[str, Any]:
    page = page_of(request, entries)
    return {"page": page, "chapters": tell(list(page), request.actor)}


def _titled(chains: Iterable[Chain], actor: Actor) -> list[tuple[Chain, str, bool]]:
    """Each chain with its title, and whether its length and head are withheld from this reader."""
    chains = list(chains)
    sessions = _sessions([chain.key for chain in chains])
    return [(chain, title_of(chain, sessions), is_shut(sessions.get(chain.key), actor)) for chain in chains]


def _sessions(keys: list[str]) -> dict[str, Session]:
    rows = Session.objects.filter(code__in=keys).select_related("certification")
    return {session.code: session for session in rows}
