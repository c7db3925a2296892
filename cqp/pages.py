"""The pages that say something about the product itself."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cqp.http import reads


@login_not_required
@reads
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement (RGAA)."""
    return render(request, "accessibility.html")
