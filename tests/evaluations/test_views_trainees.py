"""What a tutor and a manager see: their own trainees, the mark they give, no other."""

import pytest
from django.urls import reverse
from django.utils import timezone

from candidates.services.sessions import close_part
from evaluations import tasks
from evaluations.models import Block, Mark
from evaluations.services.marks import record_mark
from tests.cast import enrol_some


@pytest.fixture
def trainees():
    return reverse("evaluations:trainee_list")


def sheet(enrolment):
    return reverse("evaluations:trainee_sheet", args=[enrolment.pk])


def block_of(enrolment, code):
    return Block.objects.get(regulation__adoptions__session=enrolment.session_id, code=code)


def filled(enrolment, code, entry, version=0):
    block = block_of(enrolment, code)
    return {f"note_{block.pk}": entry, f"version_{block.pk}": str(version)}


def test_the_tutor_marks_the_applications(sign_in, cast, gc_enrolments, trainees):
    client = sign_in(cast.tutor)
    page = client.get(sheet(gc_enrolments[0])).content.decode()
    assert "Applications professionnelles tutorées, sur 20" in page
    assert "Épreuve écrite" not in page
    saved = client.post(sheet(gc_enrolments[0]), filled(gc_enrolments[0], "APT", "15,5"), follow=True)
    assert saved.redirect_chain[-1][0] == trainees
    assert "Note enregistrée" in saved.content.decode()
    assert Mark.objects.get().recorded_by == cast.tutor.user


def test_the_manager_marks_the_carnet(sign_in, cast, dam_enrolments):
    client, enrolment = sign_in(cast.manager), dam_enrolments[0]
    page = reverse("evaluations:carnet_observe", args=[enrolment.pk, "CARNET"])
    assert client.get(sheet(enrolment))["Location"] == page
    lines = list(block_of(enrolment, "CARNET").lines.all())
    part = {f"points_{line.pk}": "16,5" for line in lines[:4]} | {f"version_{line.pk}": "0" for line in lines}
    assert client.post(page, part).status_code == 302
    assert not Mark.objects.exists()
    whole = part | {f"points_{lines[4].pk}": "16"} | {f"version_{line.pk}": "1" for line in lines[:4]}
    assert client.post(page, whole).status_code == 302
    assert Mark.objects.get().entry == "82"
    refused = client.post(page, whole | {f"points_{lines[0].pk}": "25", f"version_{lines[4].pk}": "1"})
    assert refused.status_code == 422
    assert "hors barème" in refused.content.decode()
    assert 'value="25"' in refused.content.decode()


def test_a_refused_mark_keeps_what_was_typed_beside_its_reason(sign_in, cast, gc_enrolments):
    page = sign_in(cast.tutor).post(sheet(gc_enrolments[0]), filled(gc_enrolments[0], "APT", "25"))
    assert page.status_code == 422
    assert 'value="25"' in page.content.decode()
    assert "hors barème" in page.content.decode()


def test_a_conflict_with_the_crfp_is_said_and_a_second_save_replaces(sign_in, cast, gc_enrolments, now):
    enrolment = gc_enrolments[0]
    block = block_of(enrolment, "APT")
    record_mark(enrolment=enrolment, block=block, attempt=1, entry="12", version=0, by=cast.clerk, at=now)
    client = sign_in(cast.tutor)
    page = client.post(sheet(enrolment), filled(enrolment, "APT", "15"))
    assert "MARCHAND Claire a saisi 12" in page.content.decode()
    assert f'name="version_{block.pk}" value="1"' in page.content.decode()
    assert client.post(sheet(enrolment), filled(enrolment, "APT", "15", version=1)).status_code == 302


def test_somebody_elses_trainee_does_not_exist(sign_in, cast, gc_enrolments):
    assert sign_in(cast.tutor).get(sheet(gc_enrolments[0])).status_code == 200
    gc_enrolments[0].tutor = cast.juror.user
    gc_enrolments[0].save()
    assert sign_in(cast.tutor).get(sheet(gc_enrolments[0])).status_code == 404


@pytest.mark.parametrize("who", ["clerk", "ucanss", "juror", "organisme"])
def test_the_others_have_no_trainees(sign_in, cast, trainees, who):
    assert sign_in(getattr(cast, who)).get(trainees).status_code == 403


def test_a_transmitted_file_is_only_read(sign_in, cast, gc_enrolments, gc_part, now, trainees):
    close_part(part=gc_part, by=cast.clerk, at=now)
    client = sign_in(cast.tutor)
    page = client.get(sheet(gc_enrolments[0])).content.decode()
    assert "transmis au jury national" in page
    assert "Enregistrer</button>" not in page
    refused = client.post(sheet(gc_enrolments[0]), filled(gc_enrolments[0], "APT", "15"))
    assert refused.status_code == 422
    assert "à donner" not in client.get(trainees).content.decode()


def test_a_manager_is_told_when_no_mark_is_asked(sign_in, cast, gc_enrolments, trainees):
    client = sign_in(cast.manager)
    assert "Sans note à donner" in client.get(trainees).content.decode()
    assert "ne vous demande aucune note" in client.get(sheet(gc_enrolments[0])).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_whatever_its_length(
    sign_in, cast, gc_part, trainees, count, django_assert_max_num_queries
):
    enrol_some(cast, gc_part, count)
    client = sign_in(cast.tutor)
    with django_assert_max_num_queries(14):
        page = client.get(trainees)
    assert len(page.context["waiting"]) == count


def titles(actor):
    return [(task.title, task.count) for task in tasks.tasks_of(actor, timezone.localdate())]


def test_the_home_of_the_crfp_counts_the_marks_to_enter(cast, gc_enrolments, now):
    assert titles(cast.clerk) == [("12 notes à saisir", 12)]
    block = block_of(gc_enrolments[0], "ECRIT")
    record_mark(
        enrolment=gc_enrolments[0], block=block, attempt=1, entry="12", version=0, by=cast.clerk, at=now
    )
    assert titles(cast.clerk) == [("11 notes à saisir", 11)]
    assert titles(cast.outsider) == []


def test_the_home_of_a_tutor_and_of_a_manager_names_their_trainees(cast, gc_enrolments, dam_enrolments, now):
    assert titles(cast.tutor) == [("3 stagiaires à noter", 3)]
    for enrolment in dam_enrolments[:2]:
        block = block_of(enrolment, "CARNET")
        record_mark(enrolment=enrolment, block=block, attempt=1, entry="50", version=0, by=cast.clerk, at=now)
    assert titles(cast.manager) == [("1 stagiaire à noter", 1)]
    (task,) = tasks.tasks_of(cast.manager, timezone.localdate())
    assert task.url == sheet(dam_enrolments[2])


def test_a_transmitted_part_asks_nothing_more(cast, gc_enrolments, gc_part, now):
    close_part(part=gc_part, by=cast.clerk, at=now)
    assert titles(cast.clerk) == titles(cast.tutor) == []
