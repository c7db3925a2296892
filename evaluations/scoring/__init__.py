"""The arithmetic of a certification: pure, exact, without Django.

    scheme = Scheme.from_data(regulation)
    marks = {block.code: parse_mark(text, block.mark_max) …}
    result = score(scheme, Dossier(marks, course=Course(pass_followed=True)))

`result` holds the verdict, the total, and every reason in words; `result.to_data()` freezes it.
"""

from evaluations.scoring.details import mean_mark
from evaluations.scoring.marks import (
    MISSING,
    MarkKind,
    ParsedMark,
    parse_mark,
    recorded_mark,
)
from evaluations.scoring.numbers import format_number, plain_number
from evaluations.scoring.reasons import Code, Reason
from evaluations.scoring.scheme import Block, NotInPoints, Operator, Scheme, SchemeError, Threshold
from evaluations.scoring.tally import BlockLine, LineState, LineTable, weigh
from evaluations.scoring.unusual import Group, Unusual, is_far, probably_meant
from evaluations.scoring.verdict import (
    Course,
    Dossier,
    Result,
    Verdict,
    conclude,
    score,
)

__all__ = [
    "MISSING",
    "Block",
    "BlockLine",
    "Code",
    "Course",
    "Dossier",
    "Group",
    "LineState",
    "LineTable",
    "MarkKind",
    "NotInPoints",
    "Operator",
    "ParsedMark",
    "Reason",
    "Result",
    "Scheme",
    "SchemeError",
    "Threshold",
    "Unusual",
    "Verdict",
    "conclude",
    "format_number",
    "is_far",
    "mean_mark",
    "parse_mark",
    "plain_number",
    "probably_meant",
    "recorded_mark",
    "score",
    "weigh",
]
