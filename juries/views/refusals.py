"""A refusal where it happened: beside its field, above a form, or on the page one comes back to."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.utils import timezone

from cqp.accounts.actor import ActorRequest
from cqp.workflow import Refusal
from juries.rules import Refusals


def pressed(request: ActorRequest, verb: Callable[..., Any], **subject: Any) -> bool:
    """Do the one verb behind a button; whether it was done. Refused, the next page says why."""
    try:
        verb(by=request.actor, at=timezone.now(), **subject)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return False
    return True


def refuse(form: Form, refused: Refusal) -> None:
    """Show each sentence beside the field it is about, or above the form."""
    named = refused.sentences if isinstance(refused, Refusals) else {None: refused.sentence}
    for field, sentence in named.items():
        form.add_error(field if field in form.fields else None, sentence)


def sentences_of(refusal: Refusal) -> list[str]:
    """Each sentence of a refusal."""
    return list(refusal.sentences.values()) if isinstance(refusal, Refusals) else [refusal.sentence]
