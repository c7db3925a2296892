"""The doors: a GET cannot write, a button answers POST only, a role without the act is refused."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from cqp.accounts.models import Region
from cqp.http import WriteDuringRead, for_act, reads, writes, writes_only
from cqp.roles import Act
from tests.cast import Cast


def adds_a_region(request: HttpRequest) -> HttpResponse:
    Region.objects.create(code="X", name="X")
    return HttpResponse("fait")


@pytest.mark.parametrize("door", [reads, writes])
def test_a_get_cannot_write(db: None, rf: RequestFactory, door: Any) -> None:
    with pytest.raises(WriteDuringRead):
        door(adds_a_region)(rf.get("/"))


@pytest.mark.parametrize("door", [writes, writes_only])
def test_a_post_writes(db: None, rf: RequestFactory, door: Any) -> None:
    assert door(adds_a_region)(rf.post("/")).status_code == 200
    assert Region.objects.filter(code="X").exists()


@pytest.mark.parametrize(
    ("door", "method"),
    [(reads, "post"), (reads, "delete"), (writes, "put"), (writes_only, "get"), (writes_only, "patch")],
)
def test_other_methods_are_not_allowed(rf: RequestFactory, door: Any, method: str) -> None:
    assert door(adds_a_region)(getattr(rf, method)("/")).status_code == 405


def test_a_role_without_the_act_is_refused(cast: Cast, rf: RequestFactory) -> None:
    view = for_act(Act.PROCLAIM)(lambda request: HttpResponse("ouvert"))
    request = rf.get("/")
    request.actor = cast.clerk  # type: ignore[attr-defined]
    with pytest.raises(PermissionDenied):
        view(request)
    request.actor = cast.cpnefp_president  # type: ignore[attr-defined]
    assert view(request).status_code == 200
    request.actor = None  # type: ignore[attr-defined]
    with pytest.raises(PermissionDenied):
        view(request)
