"""What a proclamation keeps of blocs: those acquired, for good, and a document for who was not certified."""

from collections.abc import Sequence

from candidates.models import Session
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact
from cqp.roles import Act
from evaluations.models import AcquiredBloc, BlocCompetence, KeptBloc
from juries.bloc_certificates import bloc_certificates_for
from juries.deliberation import File
from juries.models import BlocCertificate, Proclamation
from juries.states import Outcome


def keep_acquired_blocs(
    session: Session, files: Sequence[File], proclamation: Proclamation, by: Actor
) -> list[Fact]:
    """Write the blocs these files acquired and, where the whole is not certified, their certificates.

    A bloc kept from an earlier session is not acquired again. Part of the proclamation's transaction; returns
    what the journal keeps of it. Nothing in a session in points.
    """
    blocs = {bloc.code: bloc for bloc in _blocs_of(session)}
    kept = set(KeptBloc.objects.filter(enrolment__session=session).values_list("enrolment_id", "bloc__code"))
    acquired = AcquiredBloc.objects.bulk_create(
        AcquiredBloc(enrolment=file.enrolment, bloc=blocs[code], acquired_on=session.sitting.held_on)
        for file in files
        for code in file.result.acquired
        if (file.pk, code) not in kept
    )
    outcomes = {file.pk: file.outcome for file in files}
    alone = [row for row in acquired if outcomes[row.enrolment_id] != Outcome.CERTIFIED]
    certificates = bloc_certificates_for(session, alone, proclamation, by)
    return [_fact(certificate) for certificate in BlocCertificate.objects.bulk_create(certificates)]


def _blocs_of(session: Session) -> Sequence[BlocCompetence]:
    return list(BlocCompetence.objects.filter(regulation=session.adoption.regulation_id))


def _fact(certificate: BlocCertificate) -> Fact:
    pk, bloc = certificate.acquired.enrolment_id, certificate.acquired.bloc.code
    after = {"bloc": bloc, "numero": certificate.number, "empreinte": certificate.digest}
    return Fact(Act.ISSUE_CERTIFICATE, f"inscription {pk}", pk, after=after)
