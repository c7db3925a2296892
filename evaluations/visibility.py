"""Which audience sees which datum, at which phase: one table, used by the screens and by their tests.

What is not written in the table is not seen.
"""

from enum import StrEnum

from cqp.roles import Role
from evaluations.states import Phase


class Audience(StrEnum):
    CANDIDATE = "CANDIDAT"
    ORGANISME = "ORGANISME"
    LOCAL_JURY = "JURY_LOCAL"
    NATIONAL_JURY = "JURY_NATIONAL"
    TUTOR = "TUTEUR"
    MANAGER = "MANAGER"
    CRFP = "CRFP"
    UCANSS = "UCANSS"


class Datum(StrEnum):
    MARKS = "MARKS"  # all the marks of a candidate, their total and the reasons
    OPTION_CC = "OPTION_CC"  # the contrôle continu of the option, which the organisme may follow (R39)
    COMMON_CC = "COMMON_CC"  # the contrôle continu of the tronc commun
    EXAMS = "EXAMS"  # the written and oral marks
    TUTORED = "TUTORED"  # the mark of the applications professionnelles tutorées
    CARNET = "CARNET"  # the mark of the carnet de validation
    FOLLOW_UP = "FOLLOW_UP"  # the carnet de suivi: what was attested, by whom, and the two signatures (R17)
    ORAL_SHEET = "ORAL_SHEET"  # what the local jury writes at the hearing
    JURY_COMMENTS = "JURY_COMMENTS"
    ARGUED_OPINION = "ARGUED_OPINION"  # the argument of an opinion of non-attribution (R34)
    OUTCOME = "OUTCOME"  # certified or not


AUDIENCE_OF: dict[Role, Audience] = {
    Role.UCANSS: Audience.UCANSS,
    Role.CRFP: Audience.CRFP,
    Role.TUTOR: Audience.TUTOR,
    Role.MANAGER: Audience.MANAGER,
    Role.JUROR: Audience.LOCAL_JURY,
    Role.CPNEFP: Audience.NATIONAL_JURY,
    Role.CPNEFP_PRESIDENT: Audience.NATIONAL_JURY,
    Role.ORGANISME: Audience.ORGANISME,
    Role.CANDIDATE: Audience.CANDIDATE,
}

ALWAYS = frozenset(Phase)
AT_THE_NATIONAL_JURY = frozenset({Phase.NATIONAL_JURY, Phase.PROCLAIMED, Phase.PUBLISHED})
PROCLAIMED = frozenset({Phase.PROCLAIMED, Phase.PUBLISHED})
# Once the results are open: what was proclaimed reaches nobody else before that hour.
AFTER = frozenset({Phase.PUBLISHED})

TABLE: dict[Audience, dict[Datum, frozenset[Phase]]] = {
    # The marks and the jury's comments belong to the candidate, once the results are open (R37, R40).
    Audience.CANDIDATE: {
        Datum.MARKS: AFTER,
        Datum.OPTION_CC: AFTER,
        Datum.COMMON_CC: AFTER,
        Datum.EXAMS: AFTER,
        Datum.TUTORED: AFTER,
        Datum.CARNET: AFTER,
        Datum.FOLLOW_UP: AFTER,
        Datum.JURY_COMMENTS: AFTER,
        Datum.ARGUED_OPINION: AFTER,
        Datum.OUTCOME: AFTER,
    },
    # One mark while the course runs (R39), one word once the results are open (R38, A21); nothing else (R40).
    Audience.ORGANISME: {Datum.OPTION_CC: ALWAYS, Datum.OUTCOME: AFTER},
    # A jury may meet before the last written paper: its own sheet is never hidden from it (R33).
    Audience.LOCAL_JURY: {
        Datum.ORAL_SHEET: ALWAYS,
        Datum.JURY_COMMENTS: ALWAYS,
        Datum.ARGUED_OPINION: ALWAYS,
    },
    Audience.NATIONAL_JURY: dict.fromkeys(Datum, AT_THE_NATIONAL_JURY),
    # Each sees the mark they give, not those of others (R9, R32), and the carnet they both sign (R17).
    Audience.TUTOR: {Datum.TUTORED: ALWAYS, Datum.FOLLOW_UP: ALWAYS},
    Audience.MANAGER: {Datum.CARNET: ALWAYS, Datum.FOLLOW_UP: ALWAYS},
    # They run the session; what the national jury decides waits for the opening, or for the proclamation.
    Audience.CRFP: dict.fromkeys(Datum, ALWAYS) | {Datum.OUTCOME: AFTER},
    Audience.UCANSS: dict.fromkeys(Datum, ALWAYS) | {Datum.OUTCOME: PROCLAIMED},
}


def may_see(
    audience: Audience, datum: Datum, phase: Phase, *, own: bool = True, recused: bool = False
) -> bool:
    """May this audience see this datum of a candidate at this phase?

    `own` is false for a candidate outside the audience's scope (another person, organisme, CRFP or jury);
    `recused` is true for a juror with a declared conflict (R56, A26).
    """
    if recused or not own:
        return False
    return phase in TABLE[audience].get(datum, frozenset())
