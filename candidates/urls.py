from django.urls import path

import cqp.converters  # noqa: F401 - makes <id:…> known
from candidates.views import enrolments, lists, parts, people, sessions, stories

app_name = "candidates"
urlpatterns = [
    path("sessions/", sessions.session_list, name="session_list"),
    path("comptes/", people.people, name="people"),
    path("comptes/ajouter/", people.person_add, name="person_add"),
    path("comptes/<id:pk>/retirer/", people.membership_remove, name="membership_remove"),
    path("journal/", stories.chain_list, name="chain_list"),
    path("journal/<slug:key>/", stories.session_story, name="session_story"),
    path("inscriptions/<id:pk>/", enrolments.enrolment_detail, name="enrolment_detail"),
    path("inscriptions/<id:pk>/modifier/", enrolments.enrolment_edit, name="enrolment_edit"),
    path("inscriptions/<id:pk>/desister/", enrolments.enrolment_withdraw, name="enrolment_withdraw"),
    path("inscriptions/<id:pk>/deroger/", enrolments.derogation_grant, name="derogation_grant"),
    path("inscriptions/<id:pk>/journal/", stories.enrolment_story, name="enrolment_story"),
    path("sessions/<slug:code>/", sessions.session_detail, name="session_detail"),
    path("sessions/<slug:code>/calendrier/", sessions.session_reschedule, name="session_reschedule"),
    path("sessions/<slug:code>/crfp/<slug:crfp>/", parts.part_detail, name="part_detail"),
    path(
        "sessions/<slug:code>/crfp/<slug:crfp>/numeros/",
        parts.identification_slips,
        name="identification_slips",
    ),
    path("sessions/<slug:code>/crfp/<slug:crfp>/inscrire/", enrolments.enrol, name="enrol"),
    path("sessions/<slug:code>/crfp/<slug:crfp>/importer/", lists.enrolment_import, name="enrolment_import"),
    path(
        "sessions/<slug:code>/crfp/<slug:crfp>/importer/modele.csv",
        lists.import_template,
        name="import_template",
    ),
    path(
        "sessions/<slug:code>/crfp/<slug:crfp>/importer/modele.xlsx",
        lists.import_workbook,
        name="import_workbook",
    ),
    path(
        "sessions/<slug:code>/crfp/<slug:crfp>/importer/<id:pk>/", lists.import_detail, name="import_detail"
    ),
    path(
        "sessions/<slug:code>/crfp/<slug:crfp>/importer/<id:pk>/ecartees/",
        lists.import_dropped,
        name="import_dropped",
    ),
]
