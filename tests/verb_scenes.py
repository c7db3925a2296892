"""Where each verb of the services is tried: the cast, and a session at the stage the verb needs."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import timezone

from candidates.models import Enrolment, ListImport, Session, SessionPart
from candidates.services import enrolments, imports
from candidates.services.civil_status import Completion
from candidates.services.enrolments import Identity
from cqp.awards.models import DocumentRun, Message, PortalNote
from cqp.awards.services import deliveries
from cqp.awards.services import messages as award_messages
from cqp.awards.services.transmission import note_portal
from evaluations.judging import BlocEntry
from evaluations.models import AcquiredBloc, BlocCompetence, Block, Operation, Regulation
from evaluations.observed import LineEntry
from evaluations.services import (
    details,
    kept,
    marks,
    regulations,
    sheets,
)
from juries.models import Certificate, Hearing, JurySeat, JurySubstitute, LocalJury, Rectification
from juries.services import (
    composition,
    planning,
    substitutes,
)
from juries.states import Outcome
from tests import journey
from tests.awards import flux_scenes
from tests.cast import Cast, enrol_some, make_line, open_session_of, part_of
from tests.evaluations.retake_scenes import fail_cc
from tests.juries import rectification_scenes
from tests.juries.again_scenes import EXCUSED, to_end
from tests.juries.planning_scenes import new_day
from tests.sittings import with_points


class Scene:
    """Where a verb is tried: the cast, a session at the stage the verb needs."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.at = timezone.now()
        self.session = open_session_of("GC_2013", cast.ucanss)
        self.part = part_of(self.session)

    @property
    def enrolment(self) -> Enrolment:
        return self.part.enrolments.first() or enrol_some(self.cast, self.part, 1)[0]

    def days(self, more: int = 0) -> dict[str, Any]:
        day = timezone.localdate() + timedelta(days=more)
        return {
            "exam_first_day": day,
            "exam_last_day": day,
            "enrolment_deadline": day,
            "entry_deadline": day,
        }

    def jury(self) -> LocalJury:
        return LocalJury.objects.first() or journey.compose_jury(self.cast, self.part)

    def hearing(self) -> Hearing:
        jury, clerk = self.jury(), self.cast.clerk
        return composition.assign_candidates(jury=jury, enrolments=[self.enrolment], by=clerk, at=self.at)[0]

    def absent(self) -> JurySeat:
        """The first seat, whose juror is noted absent."""
        seat = self.jury().seats.all()[0]
        return substitutes.note_absence(seat=seat, motive="Grève", by=self.cast.clerk, at=self.at)

    def substitute(self) -> JurySubstitute:
        """Somebody ready for the first seat."""
        user = self.cast.second_juror.user
        return substitutes.name_substitute(
            jury=self.jury(),
            rule=self.session.adoption.regulation.seats.all()[0],
            email=user.email,
            last_name=user.last_name,
            first_name=user.first_name,
            by=self.cast.clerk,
            at=self.at,
        )

    @property
    def blocs(self) -> Enrolment:
        """A candidate under the référentiel in blocs."""
        rows = Enrolment.objects.filter(session__adoption__regulation__code="DAM_BLOCS")
        return rows.first() or self.enrolled("DAM_BLOCS")

    def enrolled(self, code: str) -> Enrolment:
        return enrol_some(self.cast, part_of(open_session_of(code, self.cast.ucanss)), 1)[0]

    def block(self, code: str) -> Block:
        return Block.objects.get(regulation=self.session.adoption.regulation, code=code)

    def bloc_sheet(self) -> dict[str, Any]:
        """A candidate in blocs before a jury, and the draft of a sheet."""
        self.session = open_session_of("DAM_BLOCS", self.cast.ucanss)
        self.part = part_of(self.session)
        bloc = self.session.adoption.regulation.blocs.all()[0]
        return {"hearing": self.hearing(), "bloc": bloc, "entry": BlocEntry(argument="à revoir")}

    def proclaimed(self) -> Enrolment:
        """A candidate certified by a proclamation."""
        journey.to_proclamation(self.cast, self.part, [self.enrolment])
        return Enrolment.objects.get(pk=self.enrolment.pk)

    def kept_shut(self) -> Session:
        """A proclaimed session whose results open in a week."""
        self.proclaimed()
        session = Session.objects.get(pk=self.session.pk)
        session.results_open_at = self.at + timedelta(days=7)
        session.save(update_fields=["results_open_at"])
        return session

    def holding(self) -> Enrolment:
        """A holder whose identity is complete, of a certification registered."""
        flux_scenes.register_certification(self.session)
        holder = self.proclaimed()
        flux_scenes.complete([holder], self.cast.clerk)
        return holder

    def completed(self) -> dict[str, Any]:
        """A candidate, and what completes the identity."""
        done = [Completion(self.enrolment, "F", "69123")]
        return {"session": self.enrolment.session, "completions": done}

    def answered(self) -> dict[str, Any]:
        """A flux, and its report."""
        flux = flux_scenes.flux_of(self.cast, self.holding().session)
        return {"flux": flux, "content": flux_scenes.report_xml(flux.identifier, flux_scenes.ids_in(flux))}

    def to_declare(self) -> dict[str, Any]:
        """A holder no flux was made of, and what is noted of it."""
        certificate = Certificate.objects.get(decision__enrolment=self.holding())
        return {"certificate": certificate, "kind": PortalNote.Kind.DECLARED}

    def declared(self) -> dict[str, Any]:
        """The same, noted as declared on the portal."""
        known = self.to_declare()
        note_portal(**known, by=self.cast.ucanss, at=self.at)
        return known

    def unopened(self) -> Session:
        """Proclaimed, its results to open tomorrow."""
        session = self.proclaimed().session
        Session.objects.filter(pk=session.pk).update(results_open_at=self.at + timedelta(days=1))
        return session

    def written(self) -> Message:
        """A message to a candidate, to send when the results open."""
        session = self.unopened()
        award_messages.write_messages(session=session, by=self.cast.ucanss, at=self.at)
        return Message.objects.select_related("session", "enrolment").filter(organisme=None).first()  # type: ignore[return-value]

    def returned(self) -> Message:
        """One whose address was refused."""
        message = self.written()
        deliveries.mark_failed(message=message, sentence="Adresse inconnue", is_bounced=True, at=self.at)
        return message

    def rectification(self, *, approved: bool = True) -> Rectification:
        """A rectification that waits for its approval, or for the decision."""
        make = rectification_scenes.approved if approved else rectification_scenes.proposed
        wrong = {"corrections": rectification_scenes.SPOILT, "outcome": Outcome.NOT_CERTIFIED}
        return make(self.cast, self.proclaimed(), **wrong)

    def waiting_run(self) -> DocumentRun:
        """Documents a worker has not come to yet."""
        session, by = self.proclaimed().session, self.cast.ucanss.user
        kind = DocumentRun.Kind.CERTIFICATES
        return DocumentRun.objects.create(session=session, kind=kind, total=1, asked_at=self.at, asked_by=by)

    def draft(self) -> Regulation:
        published = Regulation.objects.get(code="GC_2013", version=1)
        return regulations.copy_regulation(regulation=published, by=self.cast.ucanss, at=self.at)

    def sent(self) -> ListImport:
        values = {"file_name": "liste.csv", "sha256": "0" * 64, "rows": [(1, ["Nom"])], "notices": []}
        kind, by = ListImport.Kind.CANDIDATES, self.cast.clerk
        return imports.keep_for_preview(part=self.part, kind=kind, by=by, now=self.at, **values)  # type: ignore[arg-type]

    def confirmed(self) -> ListImport:
        file, by = self.sent(), self.cast.clerk
        return imports.confirm_import(file=file, accepted=[2], total=1, by=by, at=self.at)

    def pointed(self) -> dict[str, Any]:
        """A session whose regulation allows points of the jury, deliberating."""
        version = with_points(self.cast, "DAM_2006").version
        self.session = open_session_of("DAM_2006", self.cast.ucanss, version=version)
        self.part = part_of(self.session)
        self.deliberating()
        points = {"points": Decimal("0.5"), "motive": "Parcours exemplaire"}
        return {"enrolment": self.enrolment, "block": self.block("CC")} | points

    def marked(self) -> None:
        marks.record_mark(**mark(self, "ECRIT"), by=self.cast.clerk, at=self.at)

    def submitted(self) -> int:
        """The written marks transmitted; the version of the only one."""
        self.marked()
        sheets.submit_sheet(part=self.part, block=self.block("ECRIT"), by=self.cast.clerk, at=self.at)
        return 1

    def doubled(self, second: str = "") -> None:
        """The written marks under double entry, retyped as `second` if given."""
        self.marked()
        about: dict[str, Any] = {"part": self.part, "block": self.block("ECRIT"), "at": self.at}
        sheets.set_sheet(**about, responsible=None, double_entry="TOUTES", by=self.cast.clerk)
        if second:
            typed = [sheets.Retyped(self.enrolment, 1, second)]
            sheets.retype_marks(**about, typed=typed, by=self.cast.second_clerk)

    def operation(self) -> Operation:
        recorded = marks.record_operation(
            part=self.part,
            kind=Operation.Kind.PASTE,
            label="Collage",
            entries=[marks.Entry(**mark(self, "ECRIT"))],
            by=self.cast.clerk,
            at=self.at,
        )
        assert recorded.operation
        return recorded.operation

    def tests(self) -> dict[str, Any]:
        block = self.block("CC_TC")
        sheet = details.set_tests(
            part=self.part, block=block, labels=["Mars"], by=self.cast.clerk, at=self.at
        )
        line = sheet.tests.get()
        return {"sheet": sheet, "entries": [details.TestEntry(line, self.enrolment, "12", 0)]}

    @cache  # noqa: B019 - a scene lives as long as its test
    def failing(self) -> Enrolment:
        """Somebody of a DAM session with an eliminatory contrôle continu."""
        (enrolment,) = enrol_some(self.cast, part_of(open_session_of("DAM_2006", self.cast.ucanss)), 1)
        fail_cc(self.cast, [enrolment])
        return enrolment

    @cache  # noqa: B019 - the same
    def deferred(self) -> Enrolment:
        """Somebody of a proclaimed DAM session, deferred by a justified absence."""
        part = part_of(open_session_of("DAM_2006", self.cast.ucanss))
        (enrolment,) = enrol_some(self.cast, part, 1)
        bloc = BlocCompetence.objects.get(regulation__code="DAM_BLOCS", code="B1")
        AcquiredBloc.objects.create(enrolment=enrolment, bloc=bloc, acquired_on=timezone.localdate())
        to_end(self.cast, part, {enrolment: EXCUSED})
        return Enrolment.objects.select_related("session", "candidate").get(pk=enrolment.pk)

    def next_part(self, code: str) -> SessionPart:
        return part_of(open_session_of(code, self.cast.ucanss, months_ahead=2))

    def back(self, code: str = "DAM_2006") -> dict[str, Any]:
        """The same person enrolled by hand in the next session, with a bloc acquired before."""
        source = self.deferred()
        person = source.candidate
        line = make_line(self.cast, source.session.certification)
        same = {name: getattr(person, name) for name in Identity.__dataclass_fields__}
        line = replace(line, identity=Identity(**same))
        part, clerk = self.next_part(code), self.cast.clerk
        return {
            "enrolment": enrolments.enrol(part=part, line=line, by=clerk, at=self.at),
            "source": source,
        }

    def recognised(self) -> dict[str, Any]:
        """A bloc recognised by mistake."""
        found = self.to_recognise()
        kept.recognise_bloc(**found, by=self.cast.ucanss, at=self.at)
        return {"enrolment": found["enrolment"], "bloc": found["bloc"], "motive": "Pièce d’un autre candidat"}

    def to_recognise(self) -> dict[str, Any]:
        part = self.next_part("DAM_BLOCS")
        (enrolment,) = enrol_some(self.cast, part, 1)
        bloc = BlocCompetence.objects.get(regulation__code="DAM_BLOCS", code="B2")
        return {
            "enrolment": enrolment,
            "bloc": bloc,
            "acquired_on": timezone.localdate(),
            "motive": "Décision du jury de VAE n° 12",
        }

    def deliberating(self) -> Session:
        return journey.to_deliberation(self.cast, self.part, [self.enrolment])


def planned(s: Scene) -> Hearing:
    """A hearing with its hour."""
    hearing = s.hearing()
    new_day(s.cast, hearing.jury)
    planning.propose_plan(jury=hearing.jury, anew=False, by=s.cast.clerk, at=s.at)
    return hearing


def fixture(name: str) -> Any:
    return json.loads((settings.BASE_DIR / "fixtures" / name).read_text())


def changed_network(s: Scene) -> dict[str, Any]:
    data = fixture("network.json")
    data["organismes"].append(data["organismes"][-1] | {"code": "CAF-NEUVE"})
    return {"data": data}


def draft_with_a_new_title(s: Scene) -> dict[str, Any]:
    draft = s.draft()
    header = {field.name: getattr(draft, field.name) for field in Regulation._meta.fields}
    return {
        "regulation": draft,
        "header": header | {"title": "Un autre intitulé"},
        "blocks": list(draft.blocks.values(*regulations._BLOCK)),
        "seats": list(draft.seats.values(*regulations._SEAT)),
    }


def mark(s: Scene, code: str, entry: str = "12,5") -> dict[str, Any]:
    return {"enrolment": s.enrolment, "block": s.block(code), "attempt": 1, "entry": entry, "version": 0}


def line(s: Scene) -> dict[str, Any]:
    enrolment = s.enrolled("DAM_2006")
    block = Block.objects.get(regulation=enrolment.session.adoption.regulation, code="CARNET")
    return {
        "enrolment": enrolment,
        "block": block,
        "entries": [LineEntry(block.lines.all()[0], "12", "", 0)],
    }


# For each verb: the actor, then what prepares the scene and gives its arguments.
