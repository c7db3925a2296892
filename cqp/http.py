"""The doors: which methods a view answers, that a GET cannot write, which act a role needs."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cqp.roles import Act

P = ParamSpec("P")
# Any: a view says itself whether its request has an actor (cqp.accounts.actor.ActorRequest).
View = Callable[Concatenate[Any, P], HttpResponseBase]

_WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "ALTER", "DROP", "TRUNCATE")


class WriteDuringRead(RuntimeError):
    """A page that only reads tried to change the database: a programming error."""


def _refuse_writes(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if sql.lstrip().upper().startswith(_WRITING):
        raise WriteDuringRead(sql)
    return execute(sql, params, many, context)


def reads(view: View[P]) -> View[P]:
    """Answer GET and HEAD only, and let nothing be written meanwhile."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        with connection.execute_wrapper(_refuse_writes):
            return view(request, *args, **kwargs)

    return require_safe(guarded)


def writes(view: View[P]) -> View[P]:
    """Answer a form: GET and HEAD show it (and write nothing), POST acts on it."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.method == "POST":
            return view(request, *args, **kwargs)
        with connection.execute_wrapper(_refuse_writes):
            return view(request, *args, **kwargs)

    return require_http_methods(["GET", "HEAD", "POST"])(guarded)


def writes_only(view: View[P]) -> View[P]:
    """Answer POST only: a button."""
    return require_POST(view)


def for_act(act: Act) -> Callable[[View[P]], View[P]]:
    """Open the door to the roles that have this act; 403 to the others."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            actor = getattr(request, "actor", None)
            if actor is None or not actor.may(act):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.act = act  # type: ignore[attr-defined]
        return guarded

    return decorate
