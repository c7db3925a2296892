"""The arithmetic of a certification: pure, exact, without Django.

    scheme = Scheme.from_data(regulation)
    marks = {block.code: parse_mark(text, block.mark_max) …}
    result = score(scheme, Dossier(marks, course=Course(pass_followed=True)))

`result` holds the verdict, the total, and every reason in words; `result.to_data()` freezes it.
"""

from evaluations.scoring.account import Account, account_of
from evaluations.scoring.bloc_verdict import BlocResult, conclude_blocs, judge_all
from evaluations.scoring.blocs import (
    Bloc,
    BlocLine,
    BlocRule,
    BlocScheme,
    BlocState,
    Competence,
    Conclusion,
    Heard,
    Scope,
    Words,
    judge,
)
from evaluations.scoring.data import SchemeError
from evaluations.scoring.details import mean_mark
from evaluations.scoring.marks import (
    MISSING,
    MarkKind,
    ParsedMark,
    parse_mark,
    recorded_mark,
)
from evaluations.scoring.numbers import count_points, format_number, plain_number, signed_number
from evaluations.scoring.reasons import Code, Reason
from evaluations.scoring.result import AnyScheme, Course, Owed, Owes, Result, Verdict
from evaluations.scoring.scheme import Block, Operator, Scheme, Threshold
from evaluations.scoring.table import Cell, Column
from evaluations.scoring.tally import BlockLine, LineState, LineTable, weigh
from evaluations.scoring.unusual import Group, Unusual, is_far, probably_meant
from evaluations.scoring.verdict import Dossier, PointsResult, conclude, score

__all__ = [
    "MISSING",
    "Account",
    "AnyScheme",
    "Bloc",
    "BlocLine",
    "BlocResult",
    "BlocRule",
    "BlocScheme",
    "BlocState",
    "Block",
    "BlockLine",
    "Cell",
    "Code",
    "Column",
    "Competence",
    "Conclusion",
    "Course",
    "Dossier",
    "Group",
    "Heard",
    "LineState",
    "LineTable",
    "MarkKind",
    "Operator",
    "Owed",
    "Owes",
    "ParsedMark",
    "PointsResult",
    "Reason",
    "Result",
    "Scheme",
    "SchemeError",
    "Scope",
    "Threshold",
    "Unusual",
    "Verdict",
    "Words",
    "account_of",
    "conclude",
    "conclude_blocs",
    "count_points",
    "format_number",
    "is_far",
    "judge",
    "judge_all",
    "mean_mark",
    "parse_mark",
    "plain_number",
    "probably_meant",
    "recorded_mark",
    "score",
    "signed_number",
    "weigh",
]
