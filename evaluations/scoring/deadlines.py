"""Days counted in calendar months: the same day of the later month, or its last day when there is none."""

from datetime import date
from functools import lru_cache

from dateutil.relativedelta import relativedelta


@lru_cache(maxsize=4096)
def last_course_day(first_day: date, months: int) -> date:
    """The last day allowed to a course begun on `first_day`, the first day of Prem'ss (R31, A10)."""
    return first_day + relativedelta(months=months)
