"""Every verb of the services leaves its entry in the journal; a new verb without a scenario fails here."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.utils import timezone

import candidates.services
import cqp.awards.services
import evaluations.services
import juries.services
from candidates.models import Certification, RncpRegistration, Session
from candidates.services import civil_status, enrolments, imports, people, registrations, sessions
from cqp.accounts.models import Membership, Organisme
from cqp.awards.models import DocumentRun
from cqp.awards.services import deliveries, duplicates, publication, runs, stationery
from cqp.awards.services import messages as award_messages
from cqp.awards.services import transmission as holders
from cqp.journal.chain import first_break
from cqp.journal.models import Chain, Entry
from cqp.roles import Act, Role
from evaluations.models import Block, Operation, Regulation
from evaluations.services import (
    carnet,
    details,
    judgements,
    kept,
    marks,
    observations,
    reference,
    regulations,
    retakes,
    sheets,
)
from evaluations.services import sessions as evaluation_sessions
from juries.planning_entries import AwayEntry
from juries.services import (
    blocs,
    composition,
    hearing_sheets,
    kit,
    local,
    national,
    planning,
    rectifications,
    recusals,
    reopening,
    sittings,
    substitutes,
    summons,
    transmission,
    unavailabilities,
)
from juries.services import reminders as jury_reminders
from juries.services import retakes as jury_retakes
from juries.services.entries import NotesEntry
from juries.sitting import Presence, roll_of
from juries.states import Outcome
from tests import journey
from tests.awards.flux_scenes import sender
from tests.awards.scenes import registration_entry
from tests.cast import Cast, make_line
from tests.evaluations.carnets import attest_one, competence_of, observed
from tests.evaluations.retake_scenes import cc_of
from tests.juries import rectification_scenes
from tests.juries.kits import filled_kit
from tests.juries.planning_scenes import away, day_entry, in_days, new_day, unsent

__all__ = ["sender"]
from tests.verb_scenes import Scene, changed_network, draft_with_a_new_title, fixture, line, mark, planned

pytestmark = pytest.mark.usefixtures("sender")


ROOMS = (candidates.services, evaluations.services, juries.services, cqp.awards.services)


SCENARIOS: dict[Callable[..., Any], tuple[str | None, Callable[[Scene], dict[str, Any]]]] = {
    people.ensure_person: (
        "ucanss",
        lambda s: {
            "email": "neuf@exemple.fr",
            "last_name": "Neuf",
            "first_name": "Nouvel",
            "role": Role.ORGANISME,
            "organisme": Organisme.objects.get(code="CAF-LYO"),
        },
    ),
    people.remove_membership: (
        "ucanss",
        lambda s: {"membership": Membership.objects.get(user=s.cast.stranger.user)},
    ),
    sessions.create_session: (
        "ucanss",
        lambda s: {"certification": s.session.certification, "options": [], **s.days(90)},
    ),
    sessions.reschedule_session: ("ucanss", lambda s: {"session": s.session, **s.days(5)}),
    sessions.advance_session: (
        "cpnefp_president",
        lambda s: {"session": s.session, "act": Act.OPEN_SITTING},
    ),
    sessions.close_part: ("clerk", lambda s: {"part": s.part}),
    enrolments.enrol: (
        "clerk",
        lambda s: {"part": s.part, "line": make_line(s.cast, s.session.certification)},
    ),
    enrolments.enrol_many: (
        "clerk",
        lambda s: {"part": s.part, "lines": [make_line(s.cast, s.session.certification)]},
    ),
    enrolments.update_enrolment: (
        "clerk",
        lambda s: {"enrolment": s.enrolment, "line": make_line(s.cast, s.session.certification)},
    ),
    enrolments.correct_email: ("clerk", lambda s: {"enrolment": s.enrolment, "email": "juste@exemple.fr"}),
    imports.confirm_import: ("clerk", lambda s: {"file": s.sent(), "accepted": [2], "total": 1}),
    imports.finish_import: ("clerk", lambda s: {"file": s.confirmed(), "report": {"new": 1}}),
    imports.fail_import: ("clerk", lambda s: {"file": s.confirmed(), "report": {"new": 0}}),
    enrolments.withdraw: ("clerk", lambda s: {"enrolment": s.enrolment, "motive": "Mutation"}),
    enrolments.grant_derogation: ("ucanss", lambda s: {"enrolment": s.enrolment, "motive": "Maternité"}),
    evaluation_sessions.open_session: (
        "ucanss",
        lambda s: {
            "regulation": Regulation.objects.get(code="DAM_2006", version=1),
            "options": [],
            **s.days(),
        },
    ),
    regulations.copy_regulation: (
        "ucanss",
        lambda s: {"regulation": Regulation.objects.get(code="GC_2013", version=1)},
    ),
    regulations.save_draft: ("ucanss", lambda s: draft_with_a_new_title(s)),
    regulations.publish_regulation: ("ucanss", lambda s: {"regulation": s.draft()}),
    regulations.delete_draft: ("ucanss", lambda s: {"regulation": s.draft()}),
    reference.load_network: (None, changed_network),
    reference.load_certifications: (
        None,
        lambda s: {
            "data": {
                "certifications": [
                    {"code": "X", "title": "X", "short_title": "X", "options": [], "registrations": []}
                ]
            }
        },
    ),
    reference.load_regulation: (
        None,
        lambda s: {"data": fixture("regulations/GC_2013.json") | {"version": 9}},
    ),
    marks.record_mark: ("clerk", lambda s: mark(s, "ECRIT")),
    marks.write_mark: ("jury_president", lambda s: mark(s, "ORAL")),
    marks.record_sheet: ("clerk", lambda s: {"entries": [marks.Entry(**mark(s, "ECRIT"))]}),
    marks.record_operation: (
        "clerk",
        lambda s: {
            "part": s.part,
            "kind": Operation.Kind.PASTE,
            "label": "Collage",
            "entries": [marks.Entry(**mark(s, "ECRIT"))],
        },
    ),
    marks.undo_operation: ("clerk", lambda s: {"operation": s.operation()}),
    marks.correct_mark: (
        "clerk",
        lambda s: mark(s, "ECRIT", "11") | {"version": s.submitted(), "reason": "Copie relue"},
    ),
    sheets.set_sheet: (
        "clerk",
        lambda s: {
            "part": s.part,
            "block": s.block("ECRIT"),
            "responsible": s.cast.clerk.user,
            "double_entry": Block.DoubleEntry.ALL,
        },
    ),
    sheets.submit_sheet: (
        "clerk",
        lambda s: (s.marked(), {"part": s.part, "block": s.block("ECRIT")})[1],  # type: ignore[func-returns-value]
    ),
    sheets.retype_marks: (
        "second_clerk",
        lambda s: (
            s.doubled(),  # type: ignore[func-returns-value]
            {
                "part": s.part,
                "block": s.block("ECRIT"),
                "typed": [sheets.Retyped(s.enrolment, 1, "13")],
            },
        )[1],
    ),
    sheets.settle_mark: (
        "clerk",
        lambda s: (
            s.doubled("13"),  # type: ignore[func-returns-value]
            {
                "enrolment": s.enrolment,
                "block": s.block("ECRIT"),
                "attempt": 1,
                "kept": "12,5",
                "version": 1,
            },
        )[1],
    ),
    carnet.attest: (
        "tutor",
        lambda s: {
            "enrolment": s.blocs,
            "competence": competence_of(s.blocs),
            "version": 0,
            "observed": observed(),
        },
    ),
    carnet.withdraw_attestation: ("tutor", lambda s: {"attestation": attest_one(s.cast, s.blocs)}),
    carnet.countersign: (
        "manager",
        lambda s: {"signings": [carnet.Signing(attest_one(s.cast, s.blocs), 1, True)]},
    ),
    carnet.return_attestation: (
        "manager",
        lambda s: {
            "attestation": attest_one(s.cast, s.blocs),
            "version": 1,
            "reason": "À revoir devant un confrère",
            "review_on": timezone.localdate(),
        },
    ),
    carnet.reopen_carnet: (
        "clerk",
        lambda s: {
            "enrolment": s.blocs,
            "until": timezone.localdate() + timedelta(days=60),
            "motive": "Tuteur absent",
        },
    ),
    observations.record_observations: ("manager", lambda s: line(s)),
    details.set_tests: (
        "clerk",
        lambda s: {"part": s.part, "block": s.block("CC_TC"), "labels": ["Mars", "Avril"]},
    ),
    details.record_tests: ("clerk", lambda s: s.tests()),
    retakes.call_retakes: (
        "clerk",
        lambda s: {
            "part": s.failing().part,
            "takers": [(s.failing(), cc_of(s.failing()))],
            "held_on": timezone.localdate(),
            "place": "Lyon",
        },
    ),
    retakes.waive_retake: (
        "clerk",
        lambda s: {"enrolment": s.failing(), "block": cc_of(s.failing()), "motive": "Mutation"},
    ),
    kept.keep_marks: (
        "clerk",
        lambda s: {**s.back(), "deferred": True, "corrected": {}},
    ),
    kept.keep_blocs: (
        "clerk",
        lambda s: {**s.back("DAM_BLOCS"), "deferred": True},
    ),
    kept.recognise_bloc: ("ucanss", lambda s: s.to_recognise()),
    kept.withdraw_recognition: ("ucanss", lambda s: s.recognised()),
    jury_retakes.re_enrol: (
        "clerk",
        lambda s: {"enrolment": s.deferred(), "part": s.next_part("DAM_2006")},
    ),
    composition.create_jury: (
        "clerk",
        lambda s: {"part": s.part, "name": "Jury Z", "meets_on": timezone.localdate(), "place": "Lyon"},
    ),
    composition.remove_jury: ("clerk", lambda s: {"jury": journey.compose_jury(s.cast, s.part)}),
    composition.update_jury: (
        "clerk",
        lambda s: {"jury": s.jury(), "name": "Z", "meets_on": timezone.localdate(), "place": "Lyon"},
    ),
    composition.seat_juror: (
        "clerk",
        lambda s: {
            "jury": composition.create_jury(
                part=s.part,
                name="Jury Z",
                meets_on=timezone.localdate(),
                place="Lyon",
                by=s.cast.clerk,
                at=s.at,
            ),
            "rule": s.session.adoption.regulation.seats.first(),
            "email": s.cast.juror.user.email,
            "last_name": "Joly",
            "first_name": "Jeanne",
            "is_president": False,
        },
    ),
    composition.appoint_president: (
        "clerk",
        lambda s: {"seat": s.jury().seats.filter(is_president=False).first()},
    ),
    composition.remove_seat: ("clerk", lambda s: {"seat": s.jury().seats.first()}),
    substitutes.name_substitute: (
        "clerk",
        lambda s: {
            "jury": s.jury(),
            "rule": s.session.adoption.regulation.seats.first(),
            "email": s.cast.second_juror.user.email,
            "last_name": "Jacquet",
            "first_name": "Jules",
        },
    ),
    substitutes.remove_substitute: ("clerk", lambda s: {"substitute": s.substitute()}),
    substitutes.note_absence: ("clerk", lambda s: {"seat": s.jury().seats.first(), "motive": "Grève"}),
    substitutes.note_presence: ("clerk", lambda s: {"seat": s.absent()}),
    substitutes.call_substitute: (
        "clerk",
        lambda s: (s.absent(), {"substitute": s.substitute()})[1],
    ),
    recusals.recuse: ("juror", lambda s: {"hearing": s.hearing(), "motive": "Ancien collègue"}),
    reopening.reopen_jury: (
        "ucanss",
        lambda s: {
            "jury": journey.hold_jury(s.cast, s.part, [s.enrolment]),
            "motive": "Avis saisi pour un autre",
        },
    ),
    sessions.reopen_part: (
        "ucanss",
        lambda s: {
            "part": sessions.close_part(part=s.part, by=s.cast.clerk, at=s.at),
            "motive": "Jury rouvert",
        },
    ),
    composition.assign_candidates: ("clerk", lambda s: {"jury": s.jury(), "enrolments": [s.enrolment]}),
    composition.unassign_candidate: ("clerk", lambda s: {"hearing": s.hearing()}),
    planning.add_day: ("clerk", lambda s: {"jury": s.jury(), "entry": day_entry()}),
    planning.change_day: (
        "clerk",
        lambda s: {"day": new_day(s.cast, s.jury()), "entry": day_entry(room="Salle B")},
    ),
    planning.remove_day: ("clerk", lambda s: {"day": new_day(s.cast, s.jury())}),
    planning.propose_plan: (
        "clerk",
        lambda s: {"jury": new_day(s.cast, s.hearing().jury).jury, "anew": False},
    ),
    planning.move_hearing: (
        "clerk",
        lambda s: {
            "hearing": s.hearing(),
            "day": new_day(s.cast, s.hearing().jury),
            "starts": time(14),
        },
    ),
    planning.clear_hearing: ("clerk", lambda s: {"hearing": planned(s)}),
    unavailabilities.record_unavailability: (
        "clerk",
        lambda s: {"enrolment": s.enrolment, "entry": AwayEntry(in_days(3))},
    ),
    unavailabilities.remove_unavailability: (
        "clerk",
        lambda s: {"unavailability": away(s.cast, s.enrolment, in_days(3))},
    ),
    summons.summon: ("clerk", lambda s: {"jury": planned(s).jury}),
    summons.send_again: ("clerk", lambda s: {"summons": unsent(s.cast, planned(s).jury)}),
    local.record_hearing_mark: (
        "juror",
        lambda s: {"hearing": s.hearing(), "block": s.block("ORAL"), "entry": "12", "version": 0},
    ),
    local.give_opinion: (
        "juror",
        lambda s: {"hearing": s.hearing(), "favourable": True, "argument": "", "version": 0},
    ),
    local.record_hearing: (
        "juror",
        lambda s: {
            "hearing": s.hearing(),
            "marks": [local.MarkEntry(block=s.block("ORAL"), entry="12", version=0)],
            "opinion": None,
        },
    ),
    hearing_sheets.take_notes: (
        "juror",
        lambda s: {"hearing": s.hearing(), "text": "Sait expliquer les indus.", "version": 0},
    ),
    hearing_sheets.propose_mark: (
        "juror",
        lambda s: {"hearing": s.hearing(), "block": s.block("ORAL"), "entry": "12,5"},
    ),
    hearing_sheets.keep_sheet: (
        "juror",
        lambda s: {
            "hearing": s.hearing(),
            "notes": NotesEntry("Parle trop bas.", 0),
            "proposals": [(s.block("ORAL"), "11")],
        },
    ),
    kit.bring_kit: ("juror", lambda s: filled_kit(s.hearing(), s.cast.juror, s.at)),
    blocs.judge_bloc: ("juror", lambda s: s.bloc_sheet() | {"version": 0}),
    judgements.write_judgement: (
        "juror",
        lambda s: (
            {name: value for name, value in s.bloc_sheet().items() if name != "hearing"}
            | {"enrolment": s.enrolment, "version": 0}
        ),
    ),
    local.close_jury: (
        "jury_president",
        lambda s: (journey.hear(s.cast, s.hearing()), {"jury": s.jury()})[1],  # type: ignore[func-returns-value]
    ),
    transmission.transmit_part: (
        "clerk",
        lambda s: (
            journey.enter_marks(s.cast, [s.enrolment]),  # type: ignore[func-returns-value]
            journey.submit_sheets(s.cast, s.part),  # type: ignore[func-returns-value]
            journey.hold_jury(s.cast, s.part, [s.enrolment]),
            {"part": s.part},
        )[3],
    ),
    jury_reminders.remind_owner: (
        "clerk",
        lambda s: {"session": s.enrolment.session, "owner": f"organisme-{s.part.crfp_id}"},
    ),
    national.open_sitting: (
        "cpnefp_president",
        lambda s: (
            journey.to_transmission(s.cast, s.part, [s.enrolment]),
            {"session": s.session, "held_on": timezone.localdate(), "place": "Paris"},
        )[1],
    ),
    national.decide: (
        "cpnefp",
        lambda s: (
            s.deliberating(),
            {"enrolment": s.enrolment, "outcome": Outcome.CERTIFIED, "motive": ""},
        )[1],
    ),
    sittings.call_roll: (
        "cpnefp_president",
        lambda s: {
            "session": s.deliberating(),
            "presences": {one.pk: Presence("PRESENT") for one in roll_of(s.session).members},
            "president": None,
            "vice_president": None,
        },
    ),
    sittings.call_file: (
        "cpnefp_president",
        lambda s: {"session": s.deliberating(), "enrolment": s.enrolment},
    ),
    sittings.extract_file: ("cpnefp", lambda s: (s.deliberating(), {"enrolment": s.enrolment})[1]),
    sittings.put_back_file: (
        "cpnefp",
        lambda s: (
            s.deliberating(),
            sittings.extract_file(enrolment=s.enrolment, by=s.cast.cpnefp, at=s.at),
            {"enrolment": s.enrolment},
        )[2],
    ),
    sittings.step_aside: (
        "cpnefp",
        lambda s: (s.deliberating(), {"enrolment": s.enrolment, "motive": "Un proche"})[1],
    ),
    sittings.give_points: ("cpnefp", lambda s: s.pointed()),
    national.adopt_clear_files: ("cpnefp_president", lambda s: {"session": s.deliberating()}),
    publication.set_opening: (
        "ucanss",
        lambda s: {
            "session": s.kept_shut(),
            "opens_at": s.at + timedelta(days=2),
        },
    ),
    national.proclaim: (
        "cpnefp_president",
        lambda s: (
            national.adopt_clear_files(session=s.deliberating(), by=s.cast.cpnefp_president, at=s.at),
            {"session": Session.objects.get(pk=s.session.pk)},
        )[1],
    ),
    award_messages.write_messages: ("ucanss", lambda s: {"session": s.unopened()}),
    award_messages.resend_message: ("ucanss", lambda s: {"message": s.returned()}),
    award_messages.resend_failed: ("ucanss", lambda s: {"session": s.returned().session}),
    award_messages.correct_address: (
        "ucanss",
        lambda s: {"enrolment": s.returned().enrolment, "email": "juste@exemple.fr"},
    ),
    deliveries.mark_sent: (None, lambda s: {"message": s.written()}),
    deliveries.mark_failed: (
        None,
        lambda s: {"message": s.written(), "sentence": "Adresse inconnue", "is_bounced": True},
    ),
    rectifications.propose: (
        "clerk",
        lambda s: {
            "enrolment": s.proclaimed(),
            "corrections": rectification_scenes.SPOILT,
            "outcome": Outcome.NOT_CERTIFIED,
            "motive": rectification_scenes.MOTIVE,
        },
    ),
    rectifications.approve: ("ucanss", lambda s: {"rectification": s.rectification(approved=False)}),
    rectifications.decide: (
        "cpnefp_president",
        lambda s: {"rectification": s.rectification(), "held_on": timezone.localdate(), "place": "Paris"},
    ),
    runs.ask_run: (
        "ucanss",
        lambda s: {"session": s.proclaimed().session, "kind": DocumentRun.Kind.TRANSCRIPTS},
    ),
    runs.finish_run: (None, lambda s: {"run": s.waiting_run(), "files": []}),
    runs.fail_run: (None, lambda s: {"run": s.waiting_run(), "failure": "Plus de place."}),
    rectifications.dismiss: (
        "cpnefp_president",
        lambda s: {"rectification": s.rectification(), "reason": "La copie a bien été notée."},
    ),
    civil_status.complete_identities: ("clerk", lambda s: s.completed()),
    holders.make_flux: ("ucanss", lambda s: {"session": s.holding().session}),
    holders.read_report: ("ucanss", lambda s: s.answered()),
    holders.give_up_flux: ("ucanss", lambda s: {"flux": s.answered()["flux"]}),
    holders.note_portal: ("ucanss", lambda s: s.to_declare()),
    holders.erase_portal_note: ("ucanss", lambda s: s.declared()),
    registrations.add_registration: (
        "ucanss",
        lambda s: {"certification": Certification.objects.get(code="DAM"), "entry": registration_entry()},
    ),
    registrations.edit_registration: (
        "ucanss",
        lambda s: {"registration": RncpRegistration.objects.all()[0], "entry": registration_entry()},
    ),
    stationery.save_stationery: (
        "ucanss",
        lambda s: {
            "certification": s.session.certification,
            "signatory_name": "Jeanne MARTIN",
            "signatory_quality": "",
            "wording": {},
            "logo": None,
            "seen": 0,
        },
    ),
    duplicates.issue_duplicate: (
        "ucanss",
        lambda s: {
            "document": s.proclaimed().decision.certificate,
            "reason": "Original perdu",
        },
    ),
}


def verbs() -> list[Callable[..., Any]]:
    """Every public function of the services that takes the moment of the act."""
    found: list[Callable[..., Any]] = []
    for room in ROOMS:
        for module in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
            for name, function in inspect.getmembers(
                importlib.import_module(module.name), inspect.isfunction
            ):
                if function.__module__ != module.name or name.startswith("_"):
                    continue
                if "at" in inspect.signature(function).parameters:
                    found.append(function)
    return found


@pytest.mark.parametrize("verb", verbs(), ids=lambda verb: f"{verb.__module__}.{verb.__name__}")
def test_a_verb_leaves_its_entry(
    cast: Cast, verb: Callable[..., Any], request: pytest.FixtureRequest
) -> None:
    assert verb in SCENARIOS, "a new verb needs its scenario here"
    if verb is runs.ask_run:
        request.getfixturevalue("tasks_kept")  # done at once, the run would leave the last entry
    name, prepare = SCENARIOS[verb]
    scene = Scene(cast)
    values = prepare(scene)
    before = Entry.objects.count()
    if name is not None:
        values["by"] = getattr(cast, name)
    verb(**values, at=timezone.now())
    assert Entry.objects.count() > before
    last = Entry.objects.order_by("pk").last()
    assert last is not None
    assert last.actor == (getattr(cast, name).user if name else None)
    assert [first_break(chain) for chain in Chain.objects.all()] == [None] * Chain.objects.count()


def test_a_verb_is_keyword_only() -> None:
    for verb in verbs():
        kinds = {parameter.kind for parameter in inspect.signature(verb).parameters.values()}
        assert kinds == {inspect.Parameter.KEYWORD_ONLY}, verb
