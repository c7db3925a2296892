"""Sessions with documents to make: a small one by the real services, one as large as wanted."""

from django.utils import timezone

from candidates.models import Session
from juries.services.national import adopt_clear_files, open_sitting, proclaim
from tests.cast import Cast
from tests.sittings import attend


def proclaimed_crowd(cast: Cast, count: int) -> Session:
    """A proclaimed session of this many certified candidates; their marks are written in bulk."""
    from tests.bench.crowd import make_crowd  # only once the applications are loaded

    session: Session = make_crowd("GC_2013", count, before_jury=True, sure=count)
    by, at = cast.cpnefp_president, timezone.now()
    open_sitting(session=session, held_on=session.exam_last_day, place="Paris", by=by, at=at)
    attend(session, by)
    adopt_clear_files(session=session, by=by, at=at)
    proclaim(session=Session.objects.get(pk=session.pk), by=by, at=at)
    return Session.objects.get(pk=session.pk)
