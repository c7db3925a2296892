"""Who may do what, on one screen.

A role is held through a membership; an act is one thing a person does. The codes are stored (journal,
memberships): they never change. Which *rows* a role reaches is the business of each QuerySet's `visible_to`.
"""

from enum import StrEnum


class Role(StrEnum):
    """The people of a certification session."""

    UCANSS = "UCANSS"
    CRFP = "CRFP"
    TUTOR = "TUTEUR"
    MANAGER = "MANAGER"
    JUROR = "JURY_LOCAL"
    CPNEFP = "CPNEFP"
    CPNEFP_PRESIDENT = "CPNEFP_PRESIDENT"
    ORGANISME = "ORGANISME"
    CANDIDATE = "CANDIDAT"


ROLE_LABELS: dict[Role, str] = {
    Role.UCANSS: "Ucanss",
    Role.CRFP: "CRFP",
    Role.TUTOR: "Tuteur",
    Role.MANAGER: "Manager",
    Role.JUROR: "Membre de jury local",
    Role.CPNEFP: "Membre de la CPNEFP",
    Role.CPNEFP_PRESIDENT: "Présidence de la CPNEFP",
    Role.ORGANISME: "Organisme",
    Role.CANDIDATE: "Candidat",
}


class Act(StrEnum):
    """What is done; every verb of the services journals one of these."""

    # Doors: screens a role opens.
    FOLLOW_SESSIONS = "session.suivre"
    FOLLOW_TRAINEES = "stagiaires.suivre"
    READ_CARNETS = "carnet.lire"
    READ_REGULATIONS = "reglement.lire"
    READ_JOURNAL = "journal.lire"
    READ_DELIBERATION = "deliberation.lire"
    READ_PROCLAMATION = "proclamation.lire"
    READ_CERTIFICATES = "certificat.lire"
    READ_RESULTS = "resultats.lire"
    READ_OWN_RESULT = "resultat.lire"
    SIT_IN_JURY = "jury.sieger"
    SIT_IN_CPNEFP = "cpnefp.sieger"
    # Verbs of Ucanss.
    MANAGE_PEOPLE = "compte.gerer"
    OPEN_SESSION = "session.ouvrir"
    RESCHEDULE_SESSION = "session.reporter"
    ADOPT_REGULATION = "reglement.adopter"
    EDIT_REGULATION = "reglement.modifier"
    PUBLISH_REGULATION = "reglement.publier"
    GRANT_DEROGATION = "derogation.accorder"
    RECOGNISE_BLOC = "bloc.reconnaitre"
    REMIND = "relance.envoyer"
    # Verbs of the CRFP.
    CONFIRM_IMPORT = "import.confirmer"
    ENROL = "inscription.creer"
    EDIT_ENROLMENT = "inscription.modifier"
    WITHDRAW = "inscription.desister"
    RECORD_MARK = "note.saisir"
    RECORD_TESTS = "controles.saisir"
    CORRECT_MARK = "note.corriger"
    SET_SHEET = "feuille.regler"
    RETYPE_MARK = "note.ressaisir"
    SETTLE_MARK = "ecart.trancher"
    SUBMIT_SHEET = "feuille.transmettre"
    COMPOSE_JURY = "jury.composer"
    ASSIGN_CANDIDATES = "jury.affecter"
    PLAN_HEARINGS = "audition.planifier"
    SUMMON = "candidat.convoquer"
    TRANSMIT = "partie.transmettre"
    CALL_RETAKE = "rattrapage.convoquer"
    RE_ENROL = "inscription.reprendre"
    # Verbs of the carnet.
    ATTEST = "competence.attester"
    WITHDRAW_ATTESTATION = "attestation.retirer"
    COUNTERSIGN = "attestation.signer"
    RETURN_ATTESTATION = "attestation.renvoyer"
    RECORD_OBSERVATIONS = "observations.saisir"
    REOPEN_CARNET = "carnet.rouvrir"
    # Verbs of the local jury.
    JUDGE_BLOC = "bloc.juger"
    GIVE_OPINION = "avis.donner"
    RECUSE = "jure.recuser"
    TAKE_NOTES = "audition.annoter"
    CLOSE_JURY = "jury.clore"
    REOPEN_JURY = "jury.rouvrir"
    # Verbs of the national jury.
    OPEN_SITTING = "seance.ouvrir"
    CALL_ROLL = "seance.emarger"
    CALL_FILE = "dossier.appeler"
    EXTRACT_FILE = "dossier.extraire"
    STEP_ASIDE = "membre.recuser"
    GIVE_POINTS = "points.accorder"
    DECIDE = "decision.prendre"
    PROCLAIM = "session.proclamer"
    ISSUE_CERTIFICATE = "certificat.delivrer"
    # A decision corrected after the proclamation.
    READ_RECTIFICATIONS = "rectification.lire"
    PROPOSE_RECTIFICATION = "rectification.proposer"
    APPROVE_RECTIFICATION = "rectification.approuver"
    DECIDE_RECTIFICATION = "rectification.decider"
    DISMISS_RECTIFICATION = "rectification.rejeter"
    # What a proclamation gives: documents, their publication, the register, the transmission.
    PUBLISH = "resultats.publier"
    PREVIEW_RESULT = "resultats.previsualiser"
    EDIT_STATIONERY = "papeterie.modifier"
    EDIT_REGISTRATION = "enregistrement.modifier"
    ISSUE_DUPLICATE = "duplicata.delivrer"
    MAKE_DOCUMENTS = "documents.produire"
    FOLLOW_MESSAGES = "messages.suivre"
    WRITE_MESSAGE = "message.preparer"
    RESEND_MESSAGE = "message.renvoyer"
    READ_REGISTER = "titulaires.lire"
    COMPLETE_IDENTITY = "identite.completer"
    TRANSMIT_HOLDERS = "accrochage.transmettre"
    READ_REPORT = "accrochage.relire"
    GIVE_UP_FLUX = "accrochage.abandonner"
    NOTE_PORTAL = "accrochage.noter"
    ERASE_PORTAL_NOTE = "accrochage.effacer-note"
    # Verbs of no role: the product itself.
    LOAD_REFERENCE = "referentiel.charger"
    FINISH_IMPORT = "import.terminer"
    FAIL_IMPORT = "import.interrompre"
    FINISH_DOCUMENTS = "documents.terminer"
    FAIL_DOCUMENTS = "documents.interrompre"
    FORGET_DOCUMENTS = "documents.effacer"
    SEND_MESSAGE = "message.envoyer"
    FAIL_MESSAGE = "message.echouer"
    ACCEPT_PASSAGE = "passage.accepter"
    REJECT_PASSAGE = "passage.rejeter"


_TRAINEES = frozenset({Act.FOLLOW_TRAINEES, Act.READ_CARNETS, Act.RECORD_MARK, Act.RECORD_OBSERVATIONS})
_CPNEFP = frozenset(
    {
        Act.SIT_IN_CPNEFP,
        Act.READ_DELIBERATION,
        Act.READ_PROCLAMATION,
        Act.READ_CERTIFICATES,
        Act.DECIDE,
        Act.EXTRACT_FILE,
        Act.STEP_ASIDE,
        Act.GIVE_POINTS,
        Act.READ_RECTIFICATIONS,
        Act.READ_JOURNAL,
        Act.READ_REGULATIONS,
        Act.READ_REGISTER,
    }
)

ACTS_OF: dict[Role, frozenset[Act]] = {
    Role.UCANSS: frozenset(
        {
            Act.FOLLOW_SESSIONS,
            Act.READ_REGULATIONS,
            Act.READ_JOURNAL,
            Act.READ_DELIBERATION,
            Act.READ_PROCLAMATION,
            Act.READ_CERTIFICATES,
            Act.MANAGE_PEOPLE,
            Act.OPEN_SESSION,
            Act.RESCHEDULE_SESSION,
            Act.ADOPT_REGULATION,
            Act.EDIT_REGULATION,
            Act.PUBLISH_REGULATION,
            Act.GRANT_DEROGATION,
            Act.RECOGNISE_BLOC,
            Act.EDIT_ENROLMENT,
            Act.CORRECT_MARK,
            Act.READ_CARNETS,
            Act.REOPEN_CARNET,
            Act.REMIND,
            Act.REOPEN_JURY,
            Act.READ_RECTIFICATIONS,
            Act.PROPOSE_RECTIFICATION,
            Act.APPROVE_RECTIFICATION,
            Act.DISMISS_RECTIFICATION,
            Act.PUBLISH,
            Act.PREVIEW_RESULT,
            Act.EDIT_STATIONERY,
            Act.EDIT_REGISTRATION,
            Act.ISSUE_DUPLICATE,
            Act.MAKE_DOCUMENTS,
            Act.FOLLOW_MESSAGES,
            Act.WRITE_MESSAGE,
            Act.RESEND_MESSAGE,
            Act.READ_REGISTER,
            Act.COMPLETE_IDENTITY,
            Act.TRANSMIT_HOLDERS,
            Act.READ_REPORT,
            Act.GIVE_UP_FLUX,
            Act.NOTE_PORTAL,
            Act.ERASE_PORTAL_NOTE,
        }
    ),
    Role.CRFP: frozenset(
        {
            Act.FOLLOW_SESSIONS,
            Act.READ_REGULATIONS,
            Act.READ_JOURNAL,
            Act.READ_PROCLAMATION,
            Act.READ_CERTIFICATES,
            Act.CONFIRM_IMPORT,
            Act.ENROL,
            Act.EDIT_ENROLMENT,
            Act.WITHDRAW,
            Act.RECORD_MARK,
            Act.RECORD_TESTS,
            Act.CORRECT_MARK,
            Act.SET_SHEET,
            Act.RETYPE_MARK,
            Act.SETTLE_MARK,
            Act.SUBMIT_SHEET,
            Act.CALL_RETAKE,
            Act.RE_ENROL,
            Act.READ_CARNETS,
            Act.REOPEN_CARNET,
            Act.COMPOSE_JURY,
            Act.ASSIGN_CANDIDATES,
            Act.PLAN_HEARINGS,
            Act.SUMMON,
            Act.REMIND,
            Act.TRANSMIT,
            Act.READ_RECTIFICATIONS,
            Act.PROPOSE_RECTIFICATION,
            Act.COMPLETE_IDENTITY,
        }
    ),
    Role.TUTOR: _TRAINEES | {Act.ATTEST, Act.WITHDRAW_ATTESTATION},
    Role.MANAGER: _TRAINEES | {Act.COUNTERSIGN, Act.RETURN_ATTESTATION},
    Role.JUROR: frozenset(
        {
            Act.SIT_IN_JURY,
            Act.RECORD_MARK,
            Act.JUDGE_BLOC,
            Act.GIVE_OPINION,
            Act.RECUSE,
            Act.TAKE_NOTES,
            Act.CLOSE_JURY,
        }
    ),
    Role.CPNEFP: _CPNEFP,
    Role.CPNEFP_PRESIDENT: _CPNEFP
    | {
        Act.OPEN_SITTING,
        Act.CALL_ROLL,
        Act.CALL_FILE,
        Act.PROCLAIM,
        Act.PUBLISH,
        Act.ISSUE_CERTIFICATE,
        Act.DECIDE_RECTIFICATION,
        Act.DISMISS_RECTIFICATION,
    },
    Role.ORGANISME: frozenset({Act.READ_RESULTS}),
    Role.CANDIDATE: frozenset({Act.READ_OWN_RESULT, Act.READ_CERTIFICATES}),
}

ACT_LABELS: dict[Act, str] = {
    Act.MANAGE_PEOPLE: "Compte géré",
    Act.OPEN_SESSION: "Session ouverte",
    Act.RESCHEDULE_SESSION: "Calendrier modifié",
    Act.ADOPT_REGULATION: "Règlement adopté par la session",
    Act.EDIT_REGULATION: "Projet de règlement modifié",
    Act.PUBLISH_REGULATION: "Règlement publié",
    Act.GRANT_DEROGATION: "Dérogation accordée",
    Act.CONFIRM_IMPORT: "Import confirmé",
    Act.FINISH_IMPORT: "Import terminé",
    Act.FAIL_IMPORT: "Import interrompu",
    Act.ENROL: "Candidat inscrit",
    Act.EDIT_ENROLMENT: "Inscription modifiée",
    Act.WITHDRAW: "Désistement enregistré",
    Act.RECORD_MARK: "Note saisie",
    Act.RECORD_TESTS: "Contrôles saisis",
    Act.CORRECT_MARK: "Note corrigée après transmission",
    Act.SET_SHEET: "Feuille de notes réglée",
    Act.RETYPE_MARK: "Note ressaisie à l’aveugle",
    Act.SETTLE_MARK: "Écart de saisie tranché",
    Act.SUBMIT_SHEET: "Notes d’une épreuve transmises",
    Act.COMPOSE_JURY: "Jury local composé",
    Act.ASSIGN_CANDIDATES: "Candidats affectés au jury",
    Act.CALL_RETAKE: "Rattrapage convoqué",
    Act.RE_ENROL: "Éléments conservés repris",
    Act.ATTEST: "Compétence attestée par le tuteur",
    Act.WITHDRAW_ATTESTATION: "Attestation retirée",
    Act.COUNTERSIGN: "Attestation signée par le manager",
    Act.RETURN_ATTESTATION: "Attestation renvoyée",
    Act.RECORD_OBSERVATIONS: "Observations du carnet saisies",
    Act.REOPEN_CARNET: "Carnet rouvert",
    Act.RECOGNISE_BLOC: "Bloc reconnu acquis",
    Act.JUDGE_BLOC: "Bloc jugé par le jury local",
    Act.TRANSMIT: "Dossiers transmis au jury national",
    Act.GIVE_OPINION: "Avis du jury local",
    Act.REMIND: "Relance envoyée",
    Act.PLAN_HEARINGS: "Auditions planifiées",
    Act.SUMMON: "Candidat convoqué",
    Act.RECUSE: "Juré récusé",
    Act.TAKE_NOTES: "Fiche personnelle d’un juré",
    Act.CLOSE_JURY: "Jury local clos",
    Act.REOPEN_JURY: "Jury local rouvert",
    Act.OPEN_SITTING: "Séance du jury national ouverte",
    Act.CALL_ROLL: "Présences de la séance",
    Act.CALL_FILE: "Dossier appelé en séance",
    Act.EXTRACT_FILE: "Dossier extrait pour examen",
    Act.STEP_ASIDE: "Membre de la CPNEFP récusé",
    Act.GIVE_POINTS: "Points de jury accordés",
    Act.DECIDE: "Décision du jury national",
    Act.PROCLAIM: "Session proclamée",
    Act.ISSUE_CERTIFICATE: "Certificat délivré",
    Act.PROPOSE_RECTIFICATION: "Décision rectificative proposée",
    Act.APPROVE_RECTIFICATION: "Décision rectificative approuvée",
    Act.DECIDE_RECTIFICATION: "Décision rectificative",
    Act.DISMISS_RECTIFICATION: "Décision rectificative rejetée",
    Act.PUBLISH: "Ouverture des résultats fixée",
    Act.EDIT_STATIONERY: "Papeterie modifiée",
    Act.EDIT_REGISTRATION: "Enregistrement au RNCP modifié",
    Act.ISSUE_DUPLICATE: "Duplicata délivré",
    Act.MAKE_DOCUMENTS: "Documents demandés",
    Act.FINISH_DOCUMENTS: "Documents produits",
    Act.FAIL_DOCUMENTS: "Production de documents interrompue",
    Act.FORGET_DOCUMENTS: "Fichiers produits effacés",
    Act.WRITE_MESSAGE: "Message préparé",
    Act.SEND_MESSAGE: "Message envoyé",
    Act.FAIL_MESSAGE: "Message en échec",
    Act.RESEND_MESSAGE: "Message à renvoyer",
    Act.COMPLETE_IDENTITY: "Identité complétée",
    Act.TRANSMIT_HOLDERS: "Titulaires transmis à la Caisse des dépôts",
    Act.READ_REPORT: "Rapport de traitement relu",
    Act.GIVE_UP_FLUX: "Flux abandonné",
    Act.NOTE_PORTAL: "Acte noté sur le portail de la Caisse des dépôts",
    Act.ERASE_PORTAL_NOTE: "Note du portail effacée",
    Act.ACCEPT_PASSAGE: "Passage accepté",
    Act.REJECT_PASSAGE: "Passage rejeté",
    Act.LOAD_REFERENCE: "Référentiel chargé",
}
