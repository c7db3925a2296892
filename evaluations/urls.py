from django.urls import path

import cqp.converters  # noqa: F401 - makes <id:…> known
from evaluations.views import (
    carnet,
    carnet_manager,
    carnet_tutor,
    checks,
    corrections,
    details,
    history,
    imports,
    kept,
    marks,
    regulations,
    retakes,
    saving,
    sessions,
    sheets,
    tally,
    trainees,
)

app_name = "evaluations"
urlpatterns = [
    path("sessions/ouvrir/", sessions.session_open, name="session_open"),
    path("reglements/", regulations.regulation_list, name="regulation_list"),
    path("reglements/<slug:code>/<id:version>/", regulations.regulation_detail, name="regulation_detail"),
    path("reglements/<slug:code>/<id:version>/copier/", regulations.regulation_copy, name="regulation_copy"),
    path(
        "reglements/<slug:code>/<id:version>/modifier/", regulations.regulation_edit, name="regulation_edit"
    ),
    path(
        "reglements/<slug:code>/<id:version>/publier/",
        regulations.regulation_publish,
        name="regulation_publish",
    ),
    path(
        "reglements/<slug:code>/<id:version>/supprimer/",
        regulations.regulation_delete,
        name="regulation_delete",
    ),
    path("stagiaires/", trainees.trainee_list, name="trainee_list"),
    path("stagiaires/<id:pk>/", trainees.trainee_sheet, name="trainee_sheet"),
    path(
        "stagiaires/<id:pk>/observations/<slug:block>/", carnet_manager.carnet_observe, name="carnet_observe"
    ),
    path("carnets/a-signer/", carnet_manager.carnet_signatures, name="carnet_signatures"),
    path("carnets/signer/", carnet_manager.carnet_sign, name="carnet_sign"),
    path("carnets/enregistrer/", carnet_tutor.carnet_save, name="carnet_save"),
    path("carnets/attestations/<id:pk>/renvoyer/", carnet_manager.carnet_return, name="carnet_return"),
    path("carnets/attestations/<id:pk>/refuser/", carnet_manager.carnet_disagree, name="carnet_disagree"),
    path("carnets/pieces/<id:pk>/", carnet.carnet_file, name="carnet_file"),
    path("carnets/<id:pk>/", carnet.carnet_detail, name="carnet_detail"),
    path("carnets/<id:pk>/carnet.pdf", carnet.carnet_pdf, name="carnet_pdf"),
    path("carnets/<id:pk>/rouvrir/", carnet.carnet_reopen, name="carnet_reopen"),
    path("carnets/<id:pk>/<id:competence>/attester/", carnet_tutor.carnet_attest, name="carnet_attest"),
    path("carnets/<id:pk>/<id:competence>/retirer/", carnet_tutor.carnet_withdraw, name="carnet_withdraw"),
    path("<slug:session>/crfp/<slug:crfp>/carnets/", carnet.carnet_list, name="carnet_list"),
    path("inscriptions/<id:pk>/resultat/", tally.tally_detail, name="tally_detail"),
    path("inscriptions/<id:pk>/blocs/reconnaitre/", kept.bloc_recognise, name="bloc_recognise"),
    path(
        "inscriptions/<id:pk>/notes/<id:block>/<id:attempt>/historique/",
        history.mark_history,
        name="mark_history",
    ),
    path(
        "inscriptions/<id:pk>/notes/<slug:block>/<id:attempt>/corriger/",
        corrections.mark_correct,
        name="mark_correct",
    ),
    path("<slug:session>/crfp/<slug:crfp>/epreuves/", sheets.sheet_list, name="sheet_list"),
    path("<slug:session>/crfp/<slug:crfp>/epreuves/<slug:block>/", sheets.sheet_edit, name="sheet_edit"),
    path(
        "<slug:session>/crfp/<slug:crfp>/epreuves/<slug:block>/transmettre/",
        sheets.sheet_submit,
        name="sheet_submit",
    ),
    path(
        "<slug:session>/crfp/<slug:crfp>/epreuves/<slug:block>/ressaisir/",
        checks.sheet_retype,
        name="sheet_retype",
    ),
    path(
        "<slug:session>/crfp/<slug:crfp>/epreuves/<slug:block>/ecarts/",
        checks.sheet_settle,
        name="sheet_settle",
    ),
    path(
        "<slug:session>/crfp/<slug:crfp>/epreuves/<slug:block>/controles/",
        details.sheet_tests,
        name="sheet_tests",
    ),
    path("<slug:session>/crfp/<slug:crfp>/rattrapages/", retakes.retake_list, name="retake_list"),
    path(
        "<slug:session>/crfp/<slug:crfp>/rattrapages/convocations/",
        retakes.retake_slips,
        name="retake_slips",
    ),
    path(
        "<slug:session>/crfp/<slug:crfp>/rattrapages/<id:pk>/<slug:block>/renoncer/",
        retakes.retake_waive,
        name="retake_waive",
    ),
    path("<slug:session>/crfp/<slug:crfp>/notes/", marks.mark_sheet, name="mark_sheet"),
    path("<slug:session>/crfp/<slug:crfp>/notes/enregistrer/", saving.mark_save, name="mark_save"),
    path("notes/gestes/<id:pk>/annuler/", saving.operation_undo, name="operation_undo"),
    path("<slug:session>/crfp/<slug:crfp>/notes/importer/", imports.marks_import, name="marks_import"),
    path(
        "<slug:session>/crfp/<slug:crfp>/notes/importer/modele.xlsx",
        imports.marks_template,
        name="marks_template",
    ),
    path(
        "<slug:session>/crfp/<slug:crfp>/notes/importer/<id:pk>/",
        imports.marks_import_detail,
        name="marks_import_detail",
    ),
    path(
        "<slug:session>/crfp/<slug:crfp>/notes/importer/<id:pk>/ecartees/",
        imports.marks_import_dropped,
        name="marks_import_dropped",
    ),
]
