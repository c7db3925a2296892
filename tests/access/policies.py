"""One line a URL: which methods it answers, at which stage it is tried, and who may open it.

`who` names people of the world: those in scope and, for pages without an object, those of the same role
elsewhere. Everybody else must be refused (403 or 404); anonymous people are sent to the sign-in page.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from candidates.models import RncpRegistration, Session
from cqp import outbox
from cqp.awards.models import DocumentRun, Flux, Message
from cqp.awards.services.duplicates import issue_duplicate
from cqp.awards.services.messages import write_messages
from cqp.awards.services.runs import ask_run
from evaluations.models import AcquiredBloc
from juries.bloc_certificates import bloc_certificates_for
from juries.models import BlocCertificate, Rectification
from juries.rectification import Corrections
from juries.services.planning import propose_plan
from juries.services.rectifications import approve
from juries.services.substitutes import name_substitute
from juries.services.summons import summon
from tests.access.world import DELIBERATION, OPEN, PROCLAIMED, World
from tests.juries.planning_scenes import away, in_days, new_day
from tests.juries.rectification_scenes import decided, proposed

READ = frozenset({"GET", "HEAD"})
WRITE = READ | {"POST"}
BUTTON = frozenset({"POST"})

UCANSS = frozenset({"ucanss"})
CLERKS = frozenset({"clerk", "second_clerk"})
CRFP = CLERKS | {"outsider"}
JURORS = frozenset({"juror", "second_juror", "jury_president"})
OTHER_JURORS = frozenset({"other_juror", "other_jury_president"})
CPNEFP = frozenset({"cpnefp", "cpnefp_salaries", "cpnefp_president"})
GUIDES = frozenset({"tutor", "manager", "other_tutor", "other_manager"})
CARNET = UCANSS | CLERKS | {"tutor", "manager"}
EVERYBODY = (UCANSS | CRFP | JURORS | OTHER_JURORS | CPNEFP | GUIDES) | {
    "organisme",
    "stranger",
    "candidate",
    "other_candidate",
}


def nothing(world: World) -> tuple[object, ...]:
    return ()


def of_any_code(world: World) -> tuple[object, ...]:
    return ("7K2QM-93XTA-4",)


def of_session(world: World) -> tuple[object, ...]:
    return (world.session.code,)


def of_part(world: World) -> tuple[object, ...]:
    return (world.session.code, "CRFP-LYO")


def of_list(world: World) -> tuple[object, ...]:
    return (*of_part(world), world.list_sent.pk)


def of_marks_file(world: World) -> tuple[object, ...]:
    return (*of_part(world), world.sheet_sent.pk)


def of_enrolment(world: World) -> tuple[object, ...]:
    return (world.enrolment.pk,)


def of_preview(world: World) -> tuple[object, ...]:
    return (*of_file(world), "candidat")


def of_cell(world: World) -> tuple[object, ...]:
    return (world.enrolment.pk, world.part.operations.get().changes[0][1], 1)


def of_operation(world: World) -> tuple[object, ...]:
    return (world.part.operations.get().pk,)


def of_file(world: World) -> tuple[object, ...]:
    return (world.session.code, world.enrolment.pk)


def of_jury(world: World) -> tuple[object, ...]:
    return (world.jury.pk,)


def of_hearing(world: World) -> tuple[object, ...]:
    return (world.hearing.pk,)


def of_seat(world: World) -> tuple[object, ...]:
    return (world.jury.seats.all()[1].pk,)


def of_seat_rule(world: World) -> tuple[object, ...]:
    return (world.jury.pk, world.session.adoption.regulation.seats.all()[0].code)


def of_sheet(world: World) -> tuple[object, ...]:
    return (world.session.code, "CRFP-LYO", "CC_TC")


def of_mark(world: World) -> tuple[object, ...]:
    return (world.enrolment.pk, "ECRIT", 1)


def of_carnets(world: World) -> tuple[object, ...]:
    return (world.in_blocs.session.code, "CRFP-LYO")


def of_attestation(world: World) -> tuple[object, ...]:
    return (world.in_blocs.attestations.get().pk,)


def of_competence(world: World) -> tuple[object, ...]:
    return (world.in_blocs.pk, world.in_blocs.attestations.get().competence_id)


def of_joined(world: World) -> tuple[object, ...]:
    return (world.in_blocs.attestations.get().file.pk,)


def of_observed(world: World) -> tuple[object, ...]:
    return (world.retaker.pk, "CARNET")


def of_retake(world: World) -> tuple[object, ...]:
    """The retake of a DAM session: gestionnaires conseil have none."""
    return (world.retaker.session.code, "CRFP-LYO", world.retaker.pk, "CC")


def of_retakes(world: World) -> tuple[object, ...]:
    return of_retake(world)[:2]


def of_again(world: World) -> tuple[object, ...]:
    return (world.again.pk,)


def of_re_enrolment(world: World) -> tuple[object, ...]:
    return (*of_again(world), world.session.code)


def of_bloc_enrolment(world: World) -> tuple[object, ...]:
    return (world.in_blocs.pk,)


def of_published(world: World) -> tuple[object, ...]:
    return ("GC_2013", 1)


def of_draft(world: World) -> tuple[object, ...]:
    return ("GC_2013", world.draft.version)


def of_membership(world: World) -> tuple[object, ...]:
    return (world.cast.stranger.user.memberships.get().pk,)


def of_points(world: World) -> tuple[object, ...]:
    return (world.session.code, world.enrolment.pk, "ECRIT")


def of_certificate(world: World) -> tuple[object, ...]:
    certificate = world.enrolment.decision.certificate
    assert certificate is not None
    return (certificate.number,)


def of_flux(world: World) -> tuple[object, ...]:
    """One is kept on the spot: the world is not registered."""
    values = {"content": "<flux/>", "digest": "0" * 64, "made_at": timezone.now()}
    values |= {"version": "1.1.2", "made_by": world.cast.ucanss.user, "session": world.session}
    flux, _ = Flux.objects.get_or_create(identifier=f"{world.session.code}-F001", defaults=values)
    return (flux.identifier,)


def of_certification(world: World) -> tuple[object, ...]:
    return (world.session.certification.code,)


def of_registration(world: World) -> tuple[object, ...]:
    registration = RncpRegistration.objects.select_related("certification").all()[0]
    return (registration.certification.code, registration.pk)


def of_duplicate(world: World) -> tuple[object, ...]:
    certificate = world.enrolment.decision.certificate
    assert certificate is not None
    made = issue_duplicate(
        document=certificate, reason="Original perdu", by=world.cast.ucanss, at=timezone.now()
    )
    return (certificate.number, made.rank)


def of_bloc_sheet(world: World) -> tuple[object, ...]:
    """In a session in points it leads nowhere, even for the jury."""
    return (world.hearing.pk, "B1")


def of_bloc_certificate(world: World) -> tuple[object, ...]:
    """One is made on the spot: this session is in points."""
    found = BlocCertificate.objects.first()
    if found is None:
        acquired = AcquiredBloc.objects.filter(enrolment=world.enrolment)[0]
        session = Session.objects.get(pk=world.session.pk)
        (found,) = bloc_certificates_for(
            session, [acquired], session.proclamation, world.cast.cpnefp_president
        )
        found.save()
    return (found.number,)


def of_day(world: World) -> tuple[object, ...]:
    """A day of hearings, made on the spot."""
    found = world.jury.days.first() or new_day(world.cast, world.jury)
    return (found.pk,)


def of_absence(world: World) -> tuple[object, ...]:
    found = world.enrolment.unavailabilities.first() or away(world.cast, world.enrolment, in_days(90))
    return (found.pk,)


def of_summons(world: World) -> tuple[object, ...]:
    """The candidate's convocation, made on the spot."""
    if not world.enrolment.summons.exists():
        of_day(world)
        clerk, at = world.cast.clerk, timezone.now()
        propose_plan(jury=world.jury, anew=False, by=clerk, at=at)
        summon(jury=world.jury, by=clerk, at=at)
    return (world.enrolment.summons.get().pk,)


def _pending(world: World) -> Rectification:
    """One more birthplace each time: the same again would change nothing."""
    rows = Rectification.objects.filter(decision__enrolment=world.enrolment)
    moved = Corrections(identity={"birth_place": f"Vienne {rows.count()}"})
    return rows.pending().first() or proposed(world.cast, world.enrolment, corrections=moved)


def of_rectification(world: World) -> tuple[object, ...]:
    """One that is proposed, of the first candidate."""
    return (_pending(world).pk,)


def of_decided_rectification(world: World) -> tuple[object, ...]:
    done = Rectification.objects.decided().filter(decision__enrolment=world.enrolment).first()
    if done is None:
        pending = _pending(world)
        approve(rectification=pending, by=world.cast.ucanss, at=timezone.now())
        done = decided(world.cast, pending)
    return (done.pk,)


def of_reset_key(world: World) -> tuple[object, ...]:
    return ("1", "cle-perimee")


def of_minutes(world: World) -> tuple[object, ...]:
    return (world.jury.pk, 1)


def of_substitute(world: World) -> tuple[object, ...]:
    """One is named on the spot: ready for the first seat."""
    found = world.jury.substitutes.first() or name_substitute(
        jury=world.jury,
        rule=world.session.adoption.regulation.seats.all()[0],
        email="suppleante@exemple.fr",
        last_name="Noël",
        first_name="Nadia",
        by=world.cast.clerk,
        at=timezone.now(),
    )
    return (found.pk,)


def of_message(world: World) -> tuple[object, ...]:
    """A message to the candidate, as Ucanss prepared it."""
    write_messages(session=world.session, by=world.cast.ucanss, at=timezone.now())
    return (Message.objects.get(key=f"resultat:{world.enrolment.pk}").pk,)


def of_outbox(world: World) -> tuple[object, ...]:
    """A message that left, on this machine."""
    outbox.OutboxBackend().send_messages([EmailMessage("Objet", "Texte", None, ["a@exemple.fr"])])
    return (outbox.names()[0],)


def of_run(world: World) -> tuple[object, ...]:
    """The certificates of the session, made."""
    kind, by = DocumentRun.Kind.CERTIFICATES, world.cast.ucanss
    made = DocumentRun.objects.filter(session=world.session, kind=kind).first()
    run = made or ask_run(session=world.session, kind=kind, by=by, at=timezone.now())
    return (world.session.code, run.pk)


@dataclass(frozen=True)
class Policy:
    """What one URL promises."""

    methods: frozenset[str]
    who: frozenset[str]
    args: Callable[[World], tuple[object, ...]] = nothing
    stage: str = OPEN
    public: bool = False
    readers: frozenset[str] = frozenset()  # who may look without acting


def public(methods: frozenset[str], args: Callable[[World], tuple[object, ...]] = nothing) -> Policy:
    return Policy(methods, EVERYBODY | {"nobody", "anonymous"}, args, public=True)


POLICIES: dict[str, Policy] = {
    "home": Policy(READ, EVERYBODY | {"nobody"}),
    "accessibility": public(READ),
    "account_login": public(WRITE),
    "account_logout": public(WRITE),
    "account_change_password": Policy(WRITE, EVERYBODY | {"nobody"}),
    "account_set_password": Policy(WRITE, EVERYBODY | {"nobody"}),
    "account_reset_password": public(WRITE),
    "account_reset_password_done": public(READ),
    "account_reset_password_from_key": public(WRITE, of_reset_key),
    "account_reset_password_from_key_done": public(READ),
    "account_inactive": public(READ),
    "accounts:choose_role": Policy(BUTTON, EVERYBODY | {"nobody"}),
    "candidates:session_list": Policy(READ, UCANSS | CRFP),
    "candidates:session_detail": Policy(READ, UCANSS | CRFP, of_session),
    "candidates:session_reschedule": Policy(WRITE, UCANSS, of_session),
    "candidates:people": Policy(READ, UCANSS),
    "candidates:person_add": Policy(WRITE, UCANSS),
    "candidates:membership_remove": Policy(WRITE, UCANSS, of_membership),
    "candidates:chain_list": Policy(READ, UCANSS | CRFP | CPNEFP),
    "candidates:session_story": Policy(READ, UCANSS | CRFP | CPNEFP, of_session, DELIBERATION),
    "candidates:enrolment_story": Policy(READ, UCANSS | CPNEFP | CLERKS, of_enrolment, DELIBERATION),
    "candidates:enrolment_detail": Policy(READ, UCANSS | CLERKS, of_enrolment),
    "candidates:enrolment_edit": Policy(WRITE, UCANSS | CLERKS, of_enrolment),
    "candidates:enrolment_withdraw": Policy(WRITE, CLERKS, of_enrolment),
    "candidates:derogation_grant": Policy(WRITE, UCANSS, of_enrolment),
    "candidates:part_detail": Policy(READ, UCANSS | CLERKS, of_part),
    "candidates:identification_slips": Policy(READ, UCANSS | CLERKS, of_part),
    "candidates:enrol": Policy(WRITE, CLERKS, of_part),
    "candidates:enrolment_import": Policy(WRITE, CLERKS, of_part),
    "candidates:import_template": Policy(READ, CLERKS, of_part),
    "candidates:import_workbook": Policy(READ, CLERKS, of_part),
    "candidates:import_detail": Policy(WRITE, frozenset({"clerk"}), of_list),
    "candidates:import_dropped": Policy(READ, frozenset({"clerk"}), of_list),
    "evaluations:session_open": Policy(WRITE, UCANSS),
    "evaluations:regulation_list": Policy(READ, UCANSS | CRFP | CPNEFP),
    "evaluations:regulation_detail": Policy(READ, UCANSS | CRFP | CPNEFP, of_published),
    "evaluations:regulation_copy": Policy(BUTTON, UCANSS, of_published),
    "evaluations:regulation_edit": Policy(WRITE, UCANSS, of_draft),
    "evaluations:regulation_publish": Policy(WRITE, UCANSS, of_draft),
    "evaluations:regulation_delete": Policy(BUTTON, UCANSS, of_draft),
    "evaluations:trainee_list": Policy(READ, GUIDES),
    "evaluations:trainee_sheet": Policy(WRITE, frozenset({"tutor", "manager"}), of_enrolment),
    "evaluations:carnet_detail": Policy(READ, CARNET, of_bloc_enrolment),
    "evaluations:carnet_pdf": Policy(READ, CARNET, of_bloc_enrolment),
    "evaluations:carnet_file": Policy(READ, CARNET, of_joined),
    "evaluations:carnet_reopen": Policy(WRITE, UCANSS | CLERKS, of_bloc_enrolment),
    "evaluations:carnet_list": Policy(READ, UCANSS | CLERKS, of_carnets),
    "evaluations:carnet_attest": Policy(WRITE, frozenset({"tutor"}), of_competence),
    "evaluations:carnet_withdraw": Policy(BUTTON, frozenset({"tutor"}), of_competence),
    "evaluations:carnet_save": Policy(BUTTON, frozenset({"tutor", "other_tutor"})),
    "evaluations:carnet_signatures": Policy(READ, frozenset({"manager", "other_manager"})),
    "evaluations:carnet_sign": Policy(WRITE, frozenset({"manager", "other_manager"})),
    "evaluations:carnet_return": Policy(WRITE, frozenset({"manager"}), of_attestation),
    "evaluations:carnet_disagree": Policy(WRITE, frozenset({"manager"}), of_attestation),
    "evaluations:carnet_observe": Policy(WRITE, frozenset({"manager"}), of_observed),
    "evaluations:tally_detail": Policy(READ, UCANSS | CLERKS, of_enrolment),
    "evaluations:mark_sheet": Policy(WRITE, CLERKS, of_part),
    "evaluations:mark_save": Policy(BUTTON, CLERKS, of_part),
    "evaluations:mark_history": Policy(READ, UCANSS | CLERKS, of_cell),
    "evaluations:operation_undo": Policy(BUTTON, CLERKS, of_operation),
    "evaluations:mark_correct": Policy(WRITE, UCANSS | CLERKS, of_mark, DELIBERATION),
    "evaluations:sheet_list": Policy(READ, UCANSS | CLERKS, of_part),
    "evaluations:sheet_edit": Policy(WRITE, CLERKS, of_sheet),
    "evaluations:sheet_submit": Policy(WRITE, CLERKS, of_sheet),
    "evaluations:sheet_retype": Policy(WRITE, CLERKS, of_sheet),
    "evaluations:sheet_settle": Policy(WRITE, CLERKS, of_sheet),
    "evaluations:sheet_tests": Policy(WRITE, CLERKS, of_sheet),
    "evaluations:bloc_recognise": Policy(WRITE, UCANSS, of_bloc_enrolment),
    "evaluations:retake_list": Policy(WRITE, CLERKS, of_retakes),
    "evaluations:retake_slips": Policy(READ, CLERKS, of_retakes),
    "evaluations:retake_waive": Policy(WRITE, CLERKS, of_retake),
    "evaluations:marks_import": Policy(WRITE, CLERKS, of_part),
    "evaluations:marks_template": Policy(READ, CLERKS, of_part),
    "evaluations:marks_import_detail": Policy(WRITE, frozenset({"clerk"}), of_marks_file),
    "evaluations:marks_import_dropped": Policy(READ, frozenset({"clerk"}), of_marks_file),
    "juries:jury_list": Policy(READ, JURORS | OTHER_JURORS),
    "juries:jury_detail": Policy(READ, JURORS - {"second_juror"}, of_jury),
    "juries:jury_close": Policy(WRITE, JURORS - {"second_juror"}, of_jury),
    "juries:hearing": Policy(WRITE, JURORS - {"second_juror"}, of_hearing),
    "juries:own_sheet": Policy(BUTTON, JURORS - {"second_juror"}, of_hearing),
    "juries:kit": Policy(WRITE, JURORS - {"second_juror"}, of_jury),
    "juries:kit_file": Policy(READ, JURORS - {"second_juror"}, of_jury),
    "juries:hearing_save": Policy(BUTTON, JURORS | OTHER_JURORS),
    "juries:jury_edit": Policy(WRITE, CLERKS, of_jury),
    "juries:jury_remove": Policy(BUTTON, CLERKS, of_jury),
    "juries:seat_fill": Policy(BUTTON, CLERKS, of_seat_rule),
    "juries:seat_preside": Policy(BUTTON, CLERKS, of_seat),
    "juries:seat_free": Policy(BUTTON, CLERKS, of_seat),
    "juries:candidates_assign": Policy(BUTTON, CLERKS, of_jury),
    "juries:candidate_release": Policy(BUTTON, CLERKS, of_hearing),
    "juries:jury_compose": Policy(WRITE, CLERKS, of_part),
    "juries:jury_plan": Policy(READ, CLERKS, of_jury),
    "juries:plan_propose": Policy(BUTTON, CLERKS, of_jury),
    "juries:day_add": Policy(WRITE, CLERKS, of_jury),
    "juries:day_edit": Policy(WRITE, CLERKS, of_day),
    "juries:day_remove": Policy(BUTTON, CLERKS, of_day),
    "juries:day_attendance": Policy(READ, CLERKS, of_day),
    "juries:hearing_hour": Policy(WRITE, CLERKS, of_hearing),
    "juries:hearing_clear": Policy(BUTTON, CLERKS, of_hearing),
    "juries:away_add": Policy(BUTTON, CLERKS, of_hearing),
    "juries:away_remove": Policy(BUTTON, CLERKS, of_absence),
    "juries:summons_list": Policy(READ, CLERKS, of_jury),
    "juries:summons_send": Policy(BUTTON, CLERKS, of_jury),
    "juries:summons_book": Policy(READ, CLERKS, of_jury),
    "juries:summons_one": Policy(READ, CLERKS, of_summons),
    "juries:summons_again": Policy(BUTTON, CLERKS, of_summons),
    "juries:own_summons": Policy(READ, frozenset({"candidate"}), of_summons),
    "juries:part_transmit": Policy(WRITE, CLERKS, of_part),
    "juries:seat_absent": Policy(BUTTON, CLERKS, of_seat),
    "juries:seat_present": Policy(BUTTON, CLERKS, of_seat),
    "juries:substitute_name": Policy(BUTTON, CLERKS, of_seat_rule),
    "juries:substitute_remove": Policy(BUTTON, CLERKS, of_substitute),
    "juries:substitute_call": Policy(BUTTON, CLERKS, of_substitute),
    "juries:hearing_recuse": Policy(WRITE, JURORS - {"second_juror"}, of_hearing),
    "juries:jury_minutes": Policy(READ, JURORS - {"second_juror"}, of_minutes, DELIBERATION),
    "juries:part_minutes": Policy(READ, UCANSS | CLERKS, of_minutes, DELIBERATION),
    "juries:jury_reopen": Policy(WRITE, UCANSS, of_jury, DELIBERATION),
    "juries:session_juries": Policy(READ, UCANSS | CRFP, of_session),
    "juries:verify_moved": public(READ),
    "awards:verify": public(WRITE),
    "awards:verify_code": public(READ, of_any_code),
    "awards:seal_certificate": public(READ),
    "juries:sitting_list": Policy(READ, UCANSS | CPNEFP),
    "juries:sitting_open": Policy(WRITE, frozenset({"cpnefp_president"}), of_session, DELIBERATION),
    "juries:national_table": Policy(READ, UCANSS | CPNEFP, of_session, DELIBERATION),
    "juries:decide": Policy(WRITE, CPNEFP, of_file, DELIBERATION, readers=UCANSS),
    "juries:sitting_roll": Policy(
        WRITE, frozenset({"cpnefp_president"}), of_session, DELIBERATION, readers=UCANSS | CPNEFP
    ),
    "juries:sitting_live": Policy(READ, UCANSS | CPNEFP, of_session, DELIBERATION),
    "juries:sitting_live_file": Policy(READ, UCANSS | CPNEFP, of_session, DELIBERATION),
    "juries:file_dismiss": Policy(BUTTON, frozenset({"cpnefp_president"}), of_session, DELIBERATION),
    "juries:file_call": Policy(BUTTON, frozenset({"cpnefp_president"}), of_file, DELIBERATION),
    "juries:file_extract": Policy(BUTTON, CPNEFP, of_file, DELIBERATION),
    "juries:file_put_back": Policy(BUTTON, CPNEFP, of_file, DELIBERATION),
    "juries:file_step_aside": Policy(WRITE, CPNEFP, of_file, DELIBERATION),
    "juries:file_points": Policy(WRITE, CPNEFP, of_points, DELIBERATION),
    "juries:proclamation_pdf": Policy(READ, UCANSS | CPNEFP, of_session, PROCLAIMED),
    "juries:adopt_clear": Policy(BUTTON, CPNEFP, of_session, DELIBERATION),
    "juries:proclaim": Policy(WRITE, frozenset({"cpnefp_president"}), of_session, DELIBERATION),
    "juries:proclamation_detail": Policy(READ, UCANSS | CPNEFP | CRFP, of_session, PROCLAIMED),
    "juries:certificate_list": Policy(READ, UCANSS | CPNEFP | CRFP, of_session, PROCLAIMED),
    "juries:bloc_sheet": Policy(WRITE, frozenset(), of_bloc_sheet),
    "juries:bloc_certificate_list": Policy(READ, UCANSS | CPNEFP | CRFP, of_session, PROCLAIMED),
    "juries:bloc_certificate_pdf": Policy(
        READ, UCANSS | CPNEFP | CLERKS | {"candidate"}, of_bloc_certificate, PROCLAIMED
    ),
    "juries:certificate_pdf": Policy(
        READ, UCANSS | CPNEFP | CLERKS | {"candidate"}, of_certificate, PROCLAIMED
    ),
    "juries:transcript_pdf": Policy(READ, UCANSS | CPNEFP | CLERKS | {"candidate"}, of_enrolment, PROCLAIMED),
    "juries:forecast_list": Policy(READ, UCANSS | CPNEFP | CRFP),
    "juries:fairness": Policy(READ, UCANSS | CPNEFP, of_session, DELIBERATION),
    "juries:preparation": Policy(READ, UCANSS | CPNEFP, of_session, DELIBERATION),
    "juries:preparation_paper": Policy(READ, UCANSS | CPNEFP, of_session, DELIBERATION),
    "juries:preparation_sheet": Policy(READ, UCANSS | CPNEFP, of_session, DELIBERATION),
    "juries:owner_remind": Policy(BUTTON, UCANSS | CRFP, of_session),
    "juries:retake_plans": Policy(READ, UCANSS | CPNEFP | CRFP),
    "juries:retake_plan": Policy(READ, UCANSS | CPNEFP | CLERKS, of_again, PROCLAIMED),
    "juries:re_enrolment": Policy(BUTTON, CLERKS, of_re_enrolment, PROCLAIMED),
    "awards:register": Policy(READ, UCANSS | CPNEFP),
    "awards:register_statistics": Policy(READ, UCANSS | CPNEFP),
    "awards:holder_history": Policy(READ, UCANSS | CPNEFP, of_certificate, PROCLAIMED),
    "awards:commune_options": Policy(READ, UCANSS | CRFP),
    "awards:identity_list": Policy(READ, UCANSS | CRFP, of_session, PROCLAIMED),
    "awards:identity_file": Policy(WRITE, UCANSS | CRFP, of_session, PROCLAIMED),
    "awards:identity_complete": Policy(WRITE, UCANSS | CLERKS, of_enrolment, PROCLAIMED),
    "awards:transmission": Policy(WRITE, UCANSS, of_session, PROCLAIMED),
    "awards:flux_file": Policy(READ, UCANSS, of_flux, PROCLAIMED),
    "awards:flux_report": Policy(WRITE, UCANSS, of_flux, PROCLAIMED),
    "awards:flux_give_up": Policy(BUTTON, UCANSS, of_flux, PROCLAIMED),
    "awards:portal_note": Policy(WRITE, UCANSS, of_certificate, PROCLAIMED),
    "juries:rectification_list": Policy(READ, UCANSS | CPNEFP | CRFP),
    "juries:rectification_detail": Policy(READ, UCANSS | CPNEFP | CLERKS, of_rectification, PROCLAIMED),
    "juries:rectification_pdf": Policy(
        READ, UCANSS | CPNEFP | CLERKS | {"candidate"}, of_decided_rectification, PROCLAIMED
    ),
    "juries:rectification_propose": Policy(WRITE, UCANSS | CLERKS, of_enrolment, PROCLAIMED),
    "juries:rectification_approve": Policy(WRITE, UCANSS, of_rectification, PROCLAIMED),
    "juries:rectification_decide": Policy(
        WRITE, frozenset({"cpnefp_president"}), of_rectification, PROCLAIMED
    ),
    "juries:rectification_dismiss": Policy(
        WRITE, UCANSS | {"cpnefp_president"}, of_rectification, PROCLAIMED
    ),
    "awards:session_awards": Policy(READ, UCANSS | {"cpnefp_president"}, of_session, PROCLAIMED),
    "awards:result_preview": Policy(READ, UCANSS, of_preview, PROCLAIMED),
    "awards:results_opening": Policy(WRITE, UCANSS | {"cpnefp_president"}, of_session, PROCLAIMED),
    "awards:run_list": Policy(WRITE, UCANSS, of_session, PROCLAIMED),
    "awards:run_archive": Policy(READ, UCANSS, of_run, PROCLAIMED),
    "awards:run_book": Policy(READ, UCANSS, of_run, PROCLAIMED),
    "juries:organisme_results": Policy(READ, frozenset({"organisme", "stranger"})),
    "awards:message_list": Policy(READ, UCANSS, of_session, PROCLAIMED),
    "awards:messages_write": Policy(WRITE, UCANSS, of_session, PROCLAIMED),
    "awards:messages_resend": Policy(BUTTON, UCANSS, of_session, PROCLAIMED),
    "awards:message_letters": Policy(READ, UCANSS, of_session, PROCLAIMED),
    "awards:message_detail": Policy(READ, UCANSS, of_message, PROCLAIMED),
    "awards:message_html": Policy(READ, UCANSS, of_message, PROCLAIMED),
    "awards:message_resend": Policy(BUTTON, UCANSS, of_message, PROCLAIMED),
    "awards:message_address": Policy(WRITE, UCANSS, of_enrolment, PROCLAIMED),
    # No production has an outbox: there it opens to nobody.
    "awards:outbox": Policy(READ, frozenset() if settings.IN_PRODUCTION else UCANSS),
    "awards:outbox_message": Policy(READ, frozenset() if settings.IN_PRODUCTION else UCANSS, of_outbox),
    "awards:outbox_html": Policy(READ, frozenset() if settings.IN_PRODUCTION else UCANSS, of_outbox),
    "awards:certification_list": Policy(READ, UCANSS),
    "awards:stationery": Policy(WRITE, UCANSS, of_certification),
    "awards:stationery_preview": Policy(BUTTON, UCANSS, of_certification),
    "awards:registration_list": Policy(WRITE, UCANSS, of_certification),
    "awards:registration_edit": Policy(WRITE, UCANSS, of_registration),
    "awards:duplicate_list": Policy(WRITE, UCANSS, of_certificate, PROCLAIMED),
    "awards:duplicate_pdf": Policy(READ, UCANSS, of_duplicate, PROCLAIMED),
    "awards:letter_pdf": Policy(READ, UCANSS | CPNEFP | CLERKS | {"candidate"}, of_enrolment, PROCLAIMED),
    "awards:attestation_pdf": Policy(
        READ, UCANSS | CPNEFP | CLERKS | {"candidate"}, of_enrolment, PROCLAIMED
    ),
    "awards:provisional_transcript": Policy(READ, UCANSS | CLERKS, of_enrolment),
    "juries:own_results": Policy(WRITE, frozenset({"candidate", "other_candidate"})),
}
