"""What every page knows: who acts, in which roles they could act, and the main navigation."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from cqp.accounts.middleware import memberships_of
from cqp.roles import Act


@dataclass(frozen=True, slots=True)
class Room:
    """One item of the navigation: who has it, its door, and the pages one reaches through it."""

    act: Act
    label: str
    door: str
    pages: frozenset[str]


_NATIONAL = {
    "juries:sitting_list", "juries:sitting_open", "juries:national_table", "juries:decide",
    "juries:adopt_clear", "juries:proclaim", "juries:proclamation_detail", "juries:certificate_list",
    "juries:bloc_certificate_list", "juries:retake_plans", "juries:retake_plan", "juries:re_enrolment",
    "juries:forecast_list", "juries:owner_remind", "juries:fairness", "juries:preparation",
    "juries:rectification_list", "juries:rectification_detail", "juries:rectification_propose",
    "juries:rectification_approve", "juries:rectification_decide", "juries:rectification_dismiss",
    "juries:sitting_roll", "juries:sitting_live", "juries:file_call", "juries:file_dismiss",
    "juries:file_extract", "juries:file_put_back", "juries:file_step_aside", "juries:file_points",
}  # fmt: skip
_LOCAL = {
    "juries:jury_list",
    "juries:jury_detail",
    "juries:jury_close",
    "juries:hearing",
    "juries:hearing_recuse",
    "juries:own_sheet",
    "juries:bloc_sheet",
    "juries:kit",
}
_SESSION = {
    "candidates:session_list", "candidates:session_detail", "candidates:session_reschedule",
    "candidates:part_detail", "candidates:identification_slips", "candidates:enrol",
    "candidates:enrolment_import", "candidates:import_detail",
    "candidates:enrolment_detail", "candidates:enrolment_edit",
    "candidates:enrolment_withdraw", "candidates:derogation_grant", "evaluations:session_open",
    "evaluations:marks_import", "evaluations:marks_import_detail",
    "evaluations:mark_sheet", "evaluations:mark_history", "evaluations:mark_correct",
    "evaluations:sheet_list", "evaluations:sheet_edit", "evaluations:sheet_submit",
    "evaluations:sheet_retype", "evaluations:sheet_settle", "evaluations:sheet_tests",
    "evaluations:bloc_recognise", "evaluations:retake_list", "evaluations:retake_slips",
    "evaluations:retake_waive", "evaluations:tally_detail", "evaluations:carnet_list",
    "evaluations:carnet_reopen", "juries:jury_compose", "juries:jury_edit", "juries:jury_remove",
    "juries:seat_fill", "juries:seat_preside", "juries:seat_free", "juries:candidates_assign",
    "juries:seat_absent", "juries:seat_present", "juries:substitute_name", "juries:substitute_call",
    "juries:substitute_remove", "juries:session_juries", "juries:jury_reopen",
    "juries:candidate_release", "juries:part_transmit",
    "juries:jury_plan", "juries:plan_propose", "juries:day_add", "juries:day_edit", "juries:day_remove",
    "juries:hearing_hour", "juries:hearing_clear", "juries:away_add", "juries:away_remove",
    "juries:summons_list", "juries:summons_send", "juries:summons_again",
}  # fmt: skip
_REGULATIONS = {
    "evaluations:regulation_list", "evaluations:regulation_detail", "evaluations:regulation_copy",
    "evaluations:regulation_edit", "evaluations:regulation_publish", "evaluations:regulation_delete",
}  # fmt: skip
# A carnet is read from the trainees, or from the session.
_CARNET = {"evaluations:carnet_detail"}
_TRAINEES = {
    "evaluations:trainee_list", "evaluations:trainee_sheet", "evaluations:carnet_attest",
    "evaluations:carnet_signatures", "evaluations:carnet_sign", "evaluations:carnet_return",
    "evaluations:carnet_disagree", "evaluations:carnet_observe",
}  # fmt: skip
_JOURNAL = {"candidates:chain_list", "candidates:session_story", "candidates:enrolment_story"}
_PEOPLE = {"candidates:people", "candidates:person_add", "candidates:membership_remove"}

# What follows a proclamation, a matter a line.
_PUBLICATION = {"awards:session_awards", "awards:results_opening", "awards:result_preview"}

_DOCUMENTS = {
    "awards:certification_list", "awards:stationery", "awards:registration_list",
    "awards:registration_edit",
}  # fmt: skip
_DUPLICATES = {"awards:duplicate_list"}

_RUNS = {"awards:run_list"}

_MESSAGES: set[str] = {
    "awards:message_list", "awards:messages_write", "awards:messages_resend", "awards:message_detail",
    "awards:message_resend", "awards:message_address", "awards:outbox", "awards:outbox_message",
}  # fmt: skip

# Completing an identity: a CRFP comes there from its sessions.
_IDENTITIES = {"awards:identity_list", "awards:identity_complete", "awards:identity_file"}
_REGISTER = _IDENTITIES | {
    "awards:register", "awards:holder_history", "awards:register_statistics",
    "awards:transmission", "awards:flux_report", "awards:flux_give_up", "awards:portal_note",
}  # fmt: skip

_AFTER = _PUBLICATION | _RUNS | _MESSAGES | _DUPLICATES

_SESSIONS = _SESSION | _NATIONAL | _LOCAL | _CARNET | _IDENTITIES

ROOMS = tuple(
    Room(act, label, door, frozenset(pages))
    for act, label, door, pages in (
        # Whoever has no room for the juries reaches their pages through the session.
        (Act.FOLLOW_SESSIONS, "Sessions", "candidates:session_list", _SESSIONS),
        (Act.FOLLOW_TRAINEES, "Mes stagiaires", "evaluations:trainee_list", _TRAINEES | _CARNET),
        (Act.SIT_IN_JURY, "Mes jurys", "juries:jury_list", _LOCAL),
        (Act.READ_DELIBERATION, "Jury national", "juries:sitting_list", _NATIONAL | _AFTER),
        (Act.READ_REGISTER, "Titulaires", "awards:register", _REGISTER),
        (Act.READ_RESULTS, "Mes candidats", "juries:organisme_results", {"juries:organisme_results"}),
        (Act.READ_OWN_RESULT, "Mes résultats", "juries:own_results", {"juries:own_results"}),
        (Act.READ_REGULATIONS, "Règlements", "evaluations:regulation_list", _REGULATIONS),
        (Act.EDIT_STATIONERY, "Documents", "awards:certification_list", _DOCUMENTS),
        (Act.READ_JOURNAL, "Journal", "candidates:chain_list", _JOURNAL),
        (Act.MANAGE_PEOPLE, "Comptes", "candidates:people", _PEOPLE),
    )
)


@dataclass(frozen=True, slots=True)
class NavigationItem:
    url: str
    label: str
    current: bool


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `actor`, `actor_choices`, `nav_items`."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return {"actor": None, "actor_choices": [], "nav_items": []}
    rooms = [room for room in ROOMS if actor.may(room.act)]
    page = request.resolver_match.view_name if request.resolver_match else ""
    # From the last: a room of its own comes before the session that also leads there.
    here = next((room for room in reversed(rooms) if page in room.pages), None)
    items = [NavigationItem(reverse(room.door), room.label, room is here) for room in rooms]
    return {"actor": actor, "actor_choices": memberships_of(request), "nav_items": items}
