"""The shipped regulations in points, for tests that only know those."""

from evaluations.reference import regulation_data
from evaluations.scoring import Scheme


def points_scheme(code: str) -> Scheme:
    """The arithmetic of a shipped regulation in points."""
    return Scheme.from_data(regulation_data(code))
