"""The arithmetic of a certification: pure, exact, without Django.

    scheme = Scheme.from_data(regulation)
    marks = {block.code: parse_mark(text, block.mark_max) …}
    result = score(scheme, Dossier(marks, course=Course(pass_followed=True)))

`result` holds the verdict, the total, and every reason in words; `result.to_data()` freezes it.
"""

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
    "Verdict",
    "conclude",
    "format_number",
    "parse_mark",
    "plain_number",
    "recorded_mark",
    "score",
    "weigh",
]
