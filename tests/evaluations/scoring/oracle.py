"""A second scorer, sharing nothing with the first: whole hundredths, written tables, one flat function."""

# code, scale, coefficient, eliminatory bound (hundredths, itself eliminatory), can be retaken
TABLES = {
    "DAM_2006": (
        ("CARNET", 10000, 1, None, False),
        ("CC", 4000, 1, 1199, True),
        ("MEMOIRE", 3000, 1, 899, False),
        ("ORAL", 3000, 1, 899, False),
    ),
    "GC_2013": (
        ("CC_TC", 2000, 1, None, False),
        ("CC_OPT", 2000, 1, None, False),
        ("ECRIT", 2000, 3, 600, False),
        ("ORAL", 2000, 3, 600, False),
        ("APT", 2000, 2, None, False),
    ),
}
PASS_NEEDED = {"GC_2013": True, "DAM_2006": False}

type_of_mark = int | str | None  # hundredths, "ABS", "ABJ" or missing


def judge(
    regulation: str,
    marks: list[type_of_mark],
    retake: type_of_mark = None,
    pass_followed: bool | None = None,
) -> tuple[str, int | None, list[str]]:
    """Verdict, total in hundredths (None unless every mark counts), eliminatory codes."""
    total, eliminated, missing, deferred = 0, [], False, False
    for (code, _, coefficient, bound, can_retake), given in zip(TABLES[regulation], marks, strict=True):
        mark = 0 if given == "ABS" else given
        if (
            can_retake
            and retake is not None
            and isinstance(mark, int)
            and bound is not None
            and mark <= bound
        ):
            mark = 0 if retake == "ABS" else retake
        if mark is None:
            missing = True
        elif isinstance(mark, str):
            deferred = True
        else:
            total += mark * coefficient
            if bound is not None and mark <= bound:
                eliminated.append(code)
    needed = PASS_NEEDED[regulation]
    if deferred:
        return "REPORTE", None, eliminated
    if missing:
        return "INCOMPLET", None, eliminated
    if needed and pass_followed is None:
        return "INCOMPLET", total, eliminated
    if eliminated or total < 10000 or (needed and not pass_followed):
        return "NON_CERTIFIABLE", total, eliminated
    return "CERTIFIABLE", total, eliminated
