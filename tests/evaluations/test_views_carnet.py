"""The pages of the carnet: what is typed is never lost, what is joined never opens, nobody reads too much."""

import json
import re
from datetime import timedelta
from io import BytesIO

import pikepdf
import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from candidates.services.sessions import close_part
from cqp.journal.models import Entry
from cqp.roles import Role
from cqp.templatetags.fr import moment
from evaluations.attachments import MAX_BYTES, Attachment
from evaluations.models import AttestationFile, Block, CarnetReopening, MasteryAttestation
from evaluations.observed import LineEntry, Observed
from evaluations.services.kept import recognise_bloc
from evaluations.services.marks import record_mark
from evaluations.services.observations import record_observations
from evaluations.states import AttestationState
from juries.services.composition import assign_candidates
from tests.access.world import another
from tests.blocs import ADVICE, judge_blocs
from tests.cast import actor_of_candidate, enrol_some
from tests.evaluations.carnets import (
    attest_one,
    competence_of,
    complete,
    observed,
    past_deadline,
    pdf,
    picture,
    sign,
)
from tests.journey import compose_jury

SITUATION = "Visite du cabinet de la rue Molière."


@pytest.fixture
def enrolment(blocs_enrolments):
    return blocs_enrolments[0]


def page(name, *args):
    return reverse(f"evaluations:{name}", args=args)


def attest_page(enrolment, code="B1C1"):
    return page("carnet_attest", enrolment.pk, competence_of(enrolment, code).pk)


def list_page(part):
    return page("carnet_list", part.session.code, part.crfp.code)


def typed(**changes):
    """An attestation as a phone sends it without the script."""
    values = {
        "mastered": "oui",
        "observed_on": timezone.localdate().isoformat(),
        "situation": SITUATION,
        "comment": "",
        "version": "0",
    }
    return values | changes


def text_of(answer):
    return " ".join(answer.content.decode().split())


def upload(name, content, kind="application/octet-stream"):
    return SimpleUploadedFile(name, content, kind)


# --- The tutor's form ---


def test_a_tutor_attests_by_the_form_and_comes_back_to_the_carnet(sign_in, cast, enrolment):
    client = sign_in(cast.tutor)
    met = [str(criterion.pk) for criterion in competence_of(enrolment).criteria.all()[:2]]
    answer = client.post(attest_page(enrolment), typed(met=met, comment="Très à l’aise."), follow=True)
    assert answer.redirect_chain == [(page("carnet_detail", enrolment.pk), 302)]
    assert f"B1C1 attestée : {enrolment.candidate.full_name}." in text_of(answer).replace("\xa0", " ")
    row = MasteryAttestation.objects.get()
    assert (row.attested_by, row.situation, row.comment) == (cast.tutor.user, SITUATION, "Très à l’aise.")
    assert {str(criterion.pk) for criterion in row.met.all()} == set(met)
    assert SITUATION in text_of(answer)


@pytest.mark.parametrize(
    ("changes", "sentence", "field"),
    [
        ({"mastered": ""}, "Dites si la compétence est maîtrisée.", "mastered"),
        ({"observed_on": "31/02/2026"}, "date", "observed_on"),
        ({"met": ["999999"]}, "999999", "met"),
        ({"situation": ""}, "Décrivez la situation observée : le manager signe sur elle.", "situation"),
    ],
)
def test_a_refused_attestation_keeps_what_was_typed_and_says_why_beside_its_field(
    sign_in, cast, enrolment, changes, sentence, field
):
    sent = typed(comment="À revoir en réunion.", **changes)
    answer = sign_in(cast.tutor).post(attest_page(enrolment), sent)
    html = text_of(answer).replace("\xa0", " ")
    assert answer.status_code == 422
    beside = re.search(rf'<p class="field-refusal[^>]*id="x-{field}">(.*?)</p>', html)
    assert beside
    assert sentence in beside[1]
    assert "À revoir en réunion." in html
    assert sent["situation"] in html
    if sent["mastered"]:
        assert re.search(r'name="mastered" value="oui"[^>]* checked', html)
    assert not MasteryAttestation.objects.exists()


def test_what_the_verb_refuses_keeps_what_was_typed_too(sign_in, cast, enrolment):
    tomorrow = timezone.localdate() + timedelta(days=1)
    answer = sign_in(cast.tutor).post(attest_page(enrolment), typed(observed_on=tomorrow.isoformat()))
    assert answer.status_code == 422
    assert "Le jour de l’observation est à venir" in text_of(answer)
    assert SITUATION in text_of(answer)
    assert f'value="{tomorrow.isoformat()}"' in text_of(answer)


def test_a_conflict_is_said_and_a_second_sending_replaces(sign_in, cast, enrolment):
    attest_one(cast, enrolment)
    client = sign_in(cast.tutor)
    answer = client.post(attest_page(enrolment), typed())
    assert answer.status_code == 422
    assert "TISSOT Thomas a attesté cette compétence le" in text_of(answer)
    assert SITUATION in text_of(answer)
    assert 'name="version" value="1"' in text_of(answer)
    assert client.post(attest_page(enrolment), typed(version="1")).status_code == 302
    assert MasteryAttestation.objects.get().situation == SITUATION


def test_the_next_competence_of_a_visit_starts_from_the_same_situation(sign_in, cast, enrolment):
    attest_one(cast, enrolment, situation=SITUATION)
    assert SITUATION in text_of(sign_in(cast.tutor).get(attest_page(enrolment, "B1C2")))


def test_what_came_back_says_who_sent_it_why_and_until_when(sign_in, cast, enrolment):
    row = attest_one(cast, enrolment)
    client = sign_in(cast.manager)
    review = timezone.localdate() + timedelta(days=3)
    said = {"reason": "L’objection manque.", "review_on": review.isoformat(), "version": "1"}
    answer = client.post(page("carnet_return", row.pk), said, follow=True)
    assert "B1C1 renvoyée à TISSOT Thomas." in text_of(answer)
    html = text_of(sign_in(cast.tutor).get(attest_page(enrolment)))
    assert "MERCIER Maud vous la renvoie, à revoir le" in html
    assert "L’objection manque." in html
    carnet = text_of(client.get(page("carnet_detail", enrolment.pk)))
    assert "Renvoyée, à revoir le" in carnet


def test_a_tutor_takes_back_what_nobody_signed(sign_in, cast, enrolment):
    row = attest_one(cast, enrolment)
    client, url = sign_in(cast.tutor), page("carnet_withdraw", enrolment.pk, row.competence_id)
    assert client.get(url).status_code == 405
    answer = client.post(url, follow=True)
    assert "Attestation retirée : B1C1." in text_of(answer).replace("\xa0", " ")
    assert not MasteryAttestation.objects.exists()
    assert client.post(url).status_code == 302
    sign(cast, attest_one(cast, enrolment))
    assert "MERCIER Maud a signé cette compétence" in text_of(client.post(url, follow=True))
    assert MasteryAttestation.objects.get().state == AttestationState.SIGNED


# --- What is joined ---

REFUSED_FILES = {
    "html": ("carnet.pdf", b"<html><script>alert(1)</script></html>", "Ce fichier n’est ni un PDF"),
    "svg": ("photo.png", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "ni un PDF"),
    "heavy": ("lourd.pdf", b"%PDF-1.7" + b"0" * MAX_BYTES, "dépasse 5 Mo"),
    "script": (
        "js.pdf",
        pdf(OpenAction=pikepdf.Dictionary(S=pikepdf.Name("/JavaScript"), JS="app.alert(1)")),
        "Ce PDF contient du code",
    ),
}


@pytest.mark.parametrize("case", list(REFUSED_FILES))
def test_a_refused_file_is_told_in_one_sentence_and_nothing_at_all_is_kept(sign_in, cast, enrolment, case):
    name, content, sentence = REFUSED_FILES[case]
    client, count = sign_in(cast.tutor), Entry.objects.count()
    answer = client.post(attest_page(enrolment), typed(file=upload(name, content, "application/pdf")))
    assert answer.status_code == 422
    assert len(answer.context["form"].errors["file"]) == 1
    (said,) = re.findall(r'id="x-file">(.*?)</p>', text_of(answer))
    assert sentence in said
    assert SITUATION in text_of(answer)
    assert not MasteryAttestation.objects.exists()
    assert not AttestationFile.objects.exists()
    assert Entry.objects.count() == count


def test_a_refused_file_leaves_the_one_that_was_there(sign_in, cast, enrolment):
    attest_one(cast, enrolment, file=Attachment("avant.pdf", "application/pdf", pdf()))
    sent = typed(version="1", file=upload("page.pdf", b"<html></html>"))
    assert sign_in(cast.tutor).post(attest_page(enrolment), sent).status_code == 422
    assert AttestationFile.objects.get().name == "avant.pdf"
    assert MasteryAttestation.objects.get().version == 1


@pytest.mark.parametrize(
    ("name", "content", "kept", "kind"),
    [
        ("../../x.pdf", pdf(), "x.pdf", "application/pdf"),
        ("Compte rendu d’été.PDF", pdf(2), "Compte rendu d’été.pdf", "application/pdf"),
        ("photo.html", picture("PNG"), "photo.png", "image/png"),
        ("photo.jpeg", picture("JPEG"), "photo.jpg", "image/jpeg"),
    ],
)
def test_an_accepted_file_is_to_save_and_never_opens_here(
    sign_in, cast, enrolment, name, content, kept, kind
):
    client = sign_in(cast.tutor)
    sent = typed(file=upload(name, content, "text/html"))
    assert client.post(attest_page(enrolment), sent).status_code == 302
    file = AttestationFile.objects.get()
    assert (file.name, file.kind) == (kept, kind)
    answer = client.get(page("carnet_file", file.pk))
    assert answer["Content-Type"] == kind
    assert answer["Content-Disposition"].startswith("attachment")
    assert ".." not in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert answer["Cache-Control"] == "no-store"
    assert answer.content == bytes(file.content)
    assert page("carnet_file", file.pk) in text_of(client.get(page("carnet_detail", enrolment.pk)))


def test_a_file_goes_to_those_who_follow_this_candidate_and_to_nobody_else(sign_in, cast, enrolment):
    attest_one(cast, enrolment, file=Attachment("x.pdf", "application/pdf", pdf()))
    url = page("carnet_file", AttestationFile.objects.get().pk)
    for who in ("tutor", "manager", "clerk", "ucanss"):
        assert sign_in(getattr(cast, who)).get(url).status_code == 200, who
    others = {
        "another tutor": (another("tuteur", Role.TUTOR, "CPAM-LYO"), 404),
        "another manager": (another("manager", Role.MANAGER, "CPAM-LYO"), 404),
        "another CRFP": (cast.outsider, 404),
        "the employer": (cast.organisme, 403),
        "a juror": (cast.juror, 403),
        "the candidate": (actor_of_candidate(enrolment), 403),
    }
    answers = {name: sign_in(actor).get(url).status_code for name, (actor, _) in others.items()}
    assert answers == {name: status for name, (_, status) in others.items()}


# --- The queue of the browser ---


def cell(enrolment, code="B1C1", version=0, **changes):
    return {
        "enrolment": enrolment.pk,
        "competence": competence_of(enrolment, code).pk,
        "version": version,
        "entry": observed(**changes).entry,
    }


def save(client, author, *cells):
    demand = {"author": author.user.pk, "cells": list(cells)}
    return client.post(page("carnet_save"), json.dumps(demand), content_type="application/json")


def test_the_browser_sends_several_and_each_has_its_answer(sign_in, cast, blocs_enrolments):
    first, second, _ = blocs_enrolments
    client = sign_in(cast.tutor)
    future = timezone.localdate() + timedelta(days=2)
    sent = [cell(first), cell(first, "B1C2", observed_on=future), cell(second)]
    answers = save(client, cast.tutor, *sent).json()["answers"]
    assert [(answer["state"], answer["version"]) for answer in answers] == [
        ("saved", 1),
        ("refused", 0),
        ("saved", 1),
    ]
    assert "à venir" in answers[1]["sentence"]
    assert [answer["entry"] for answer in answers] == [one["entry"] for one in sent]
    assert MasteryAttestation.objects.count() == 2
    again = save(client, cast.tutor, *sent).json()["answers"]
    assert [answer["state"] for answer in again] == ["saved", "refused", "saved"]
    assert set(MasteryAttestation.objects.values_list("version", flat=True)) == {1}


def test_a_conflict_tells_the_browser_what_stands_there(sign_in, cast, enrolment):
    row = attest_one(cast, enrolment)
    (answer,) = save(sign_in(cast.tutor), cast.tutor, cell(enrolment, situation=SITUATION)).json()["answers"]
    assert (answer["state"], answer["version"], answer["by"]) == ("conflict", 1, cast.tutor.user.pk)
    assert answer["entry"] == Observed.of(row).entry
    assert "TISSOT Thomas a attesté" in answer["sentence"]
    assert MasteryAttestation.objects.get().situation != SITUATION


def test_what_somebody_else_typed_is_not_saved_under_this_name(sign_in, cast, enrolment):
    answer = save(sign_in(cast.tutor), cast.manager, cell(enrolment))
    assert answer.status_code == 403
    assert "sous un autre nom" in answer.json()["sentence"]
    assert not MasteryAttestation.objects.exists()


def test_a_trainee_of_somebody_else_is_refused_in_words(sign_in, cast, enrolment):
    other = another("tuteur", Role.TUTOR, "CPAM-LYO")
    (answer,) = save(sign_in(other), other, cell(enrolment)).json()["answers"]
    assert (answer["state"], answer["sentence"]) == (
        "refused",
        "Ce stagiaire n’est plus le vôtre\xa0: rechargez la page.",
    )
    assert not MasteryAttestation.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        '{"author": 1}',
        '{"author": 1, "cells": [1]}',
        '{"author": 1, "cells": [{"enrolment": true, "competence": 1, "version": 0, "entry": "{}"}]}',
        '{"author": 1, "cells": [{"enrolment": 1, "competence": 1, "version": 0, "entry": "[]"}]}',
        '{"author": 1, "cells": [{"enrolment": 1e30, "competence": 1, "version": 0, "entry": "{}"}]}',
        '{"author": 1, "cells": [{"enrolment": 9223372036854775808, "competence": 1, "version": 0, '
        '"entry": "{}"}]}',
    ],
)
def test_what_cannot_be_read_is_refused_in_words(sign_in, cast, enrolment, body):
    answer = sign_in(cast.tutor).post(page("carnet_save"), body, content_type="application/json")
    assert answer.status_code == 400
    assert "rechargez la page" in answer.json()["sentence"]


# --- The manager ---


def test_a_manager_confirms_then_signs_several_at_once(sign_in, cast, blocs_enrolments):
    first, second, _ = blocs_enrolments
    rows = [
        attest_one(cast, first),
        attest_one(cast, first, "B1C2", mastered=False),
        attest_one(cast, second),
    ]
    client = sign_in(cast.manager)
    listed = text_of(client.get(page("carnet_signatures")))
    assert "3 attestations de 2 stagiaires" in listed
    assert listed.count("Visite chez un médecin généraliste.") == 3
    ticked = {"a": [f"{row.pk}:{row.version}" for row in rows]}
    asked = text_of(client.get(page("carnet_sign"), ticked))
    assert "Signer 3 attestations" in asked
    assert "pour 2 stagiaires" in asked
    assert "1 compétence non maîtrisée" in asked
    assert first.candidate.full_name in asked
    assert second.candidate.full_name in asked
    assert not MasteryAttestation.objects.filter(state=AttestationState.SIGNED).exists()
    done = client.post(page("carnet_sign"), ticked, follow=True)
    assert "3 compétences signées." in text_of(done)
    assert "Rien n’attend votre signature" in text_of(done)
    signed = MasteryAttestation.objects.order_by("pk").values_list("signed_by", "confirmed")
    manager = cast.manager.user.pk
    assert list(signed) == [(manager, True), (manager, False), (manager, True)]


def test_what_changed_meanwhile_is_named_and_the_rest_is_signed(sign_in, cast, enrolment):
    rows = [attest_one(cast, enrolment), attest_one(cast, enrolment, "B1C2")]
    ticked = {"a": [f"{row.pk}:{row.version}" for row in rows]}
    attest_one(cast, enrolment, version=1, situation=SITUATION)
    done = text_of(sign_in(cast.manager).post(page("carnet_sign"), ticked, follow=True)).replace("\xa0", " ")
    assert "1 compétence signée." in done
    assert f"{enrolment.candidate.full_name}, B1C1 :" in done
    assert "Relisez avant de signer" in done
    assert MasteryAttestation.objects.get(pk=rows[0].pk).state == AttestationState.ATTESTED


@pytest.mark.parametrize("ticked", [[], ["x"], ["1:"], ["9" * 30 + ":1"], ["-1:1"], ["999999:1"]])
def test_nothing_ticked_is_said(sign_in, cast, enrolment, ticked):
    client = sign_in(cast.manager)
    for answer in (
        client.get(page("carnet_sign"), {"a": ticked}, follow=True),
        client.post(page("carnet_sign"), {"a": ticked}, follow=True),
    ):
        assert "Cochez au moins une compétence à signer." in text_of(answer)


def test_nobody_signs_for_the_trainees_of_another_manager(sign_in, cast, enrolment):
    row = attest_one(cast, enrolment)
    client = sign_in(another("manager", Role.MANAGER, "CPAM-LYO"))
    assert "Rien n’attend votre signature" in text_of(client.get(page("carnet_signatures")))
    client.post(page("carnet_sign"), {"a": [f"{row.pk}:1"]})
    for name in ("carnet_return", "carnet_disagree"):
        assert client.get(page(name, row.pk)).status_code == 404
        assert client.post(page(name, row.pk), {"reason": "Non", "version": "1"}).status_code == 404
    row.refresh_from_db()
    assert (row.state, row.version) == (AttestationState.ATTESTED, 1)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": ""}, "Dites au tuteur pourquoi vous lui renvoyez cette compétence."),
        ({"review_on": (timezone.localdate() - timedelta(days=1)).isoformat()}, "est passé"),
        ({"review_on": "demain"}, "date"),
        ({"version": "7"}, "TISSOT Thomas a attesté cette compétence"),
    ],
)
def test_a_refused_return_keeps_what_was_typed(sign_in, cast, enrolment, changes, sentence):
    row = attest_one(cast, enrolment)
    sent = {"reason": "L’objection manque.", "review_on": timezone.localdate().isoformat(), "version": "1"}
    sent |= changes
    answer = sign_in(cast.manager).post(page("carnet_return", row.pk), sent)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert sent["reason"] in text_of(answer)
    assert f'value="{sent["review_on"]}"' in text_of(answer)
    assert MasteryAttestation.objects.get().state == AttestationState.ATTESTED


def test_a_manager_disagrees_with_a_reason(sign_in, cast, enrolment):
    row = attest_one(cast, enrolment)
    client, url = sign_in(cast.manager), page("carnet_disagree", row.pk)
    assert "Signer&nbsp;: pas encore maîtrisée" in text_of(client.get(url))
    refused = client.post(url, {"reason": "", "version": "1"})
    assert refused.status_code == 422
    assert "dites pourquoi" in text_of(refused)
    done = client.post(url, {"reason": "Pas devant un confrère.", "version": "1"}, follow=True)
    assert "B1C1 signée, votre avis et votre motif sont gardés." in text_of(done)
    row.refresh_from_db()
    assert (row.mastered, row.confirmed, row.reason) == (True, False, "Pas devant un confrère.")
    carnet = text_of(client.get(page("carnet_detail", enrolment.pk)))
    assert "Non maîtrisée, signée par le manager" in carnet
    assert "Pas devant un confrère." in carnet
    again = client.post(url, {"reason": "Autre motif.", "version": "1"})
    assert again.status_code == 422
    assert "Autre motif." in text_of(again)


# --- Closed, reopened ---


def test_a_carnet_past_its_deadline_says_why_and_asks_nothing(sign_in, cast, enrolment):
    row = attest_one(cast, enrolment)
    past_deadline(enrolment)
    client = sign_in(cast.tutor)
    detail = text_of(client.get(page("carnet_detail", enrolment.pk)))
    assert "Le carnet est clos depuis le" in detail
    assert "/attester/" not in detail
    form = text_of(client.get(attest_page(enrolment, "B1C2")))
    assert "Le carnet est clos depuis le" in form
    assert 'id="attestation"' not in form
    refused = client.post(attest_page(enrolment, "B1C2"), typed())
    assert refused.status_code == 422
    (answer,) = save(client, cast.tutor, cell(enrolment, "B1C2")).json()["answers"]
    assert (answer["state"], "clos depuis" in answer["sentence"]) == ("refused", True)
    manager = sign_in(cast.manager)
    assert "Rien n’attend votre signature" in text_of(manager.get(page("carnet_signatures")))
    told = manager.post(page("carnet_sign"), {"a": [f"{row.pk}:1"]}, follow=True)
    assert "clos depuis" in text_of(told)
    assert MasteryAttestation.objects.get().state == AttestationState.ATTESTED


def test_a_transmitted_carnet_says_why_to_everybody(sign_in, cast, enrolment, blocs_part):
    attest_one(cast, enrolment)
    close_part(part=blocs_part, by=cast.clerk, at=timezone.now())
    for who in ("tutor", "manager", "clerk", "ucanss"):
        html = text_of(sign_in(getattr(cast, who)).get(page("carnet_detail", enrolment.pk)))
        assert "transmis au jury national" in html, who
        assert "/attester/" not in html, who
    reopening = text_of(sign_in(cast.clerk).get(page("carnet_reopen", enrolment.pk)))
    assert "transmis au jury national" in reopening
    assert "<textarea" not in reopening


def test_a_crfp_reopens_a_carnet_with_its_motive(sign_in, cast, enrolment):
    past_deadline(enrolment)
    client, url = sign_in(cast.clerk), page("carnet_reopen", enrolment.pk)
    until = timezone.localdate() + timedelta(days=4)
    for changes, sentence in (
        ({"motive": ""}, "obligatoire"),
        ({"until": (timezone.localdate() - timedelta(days=1)).isoformat()}, "Ce jour est passé"),
    ):
        sent = {"until": until.isoformat(), "motive": "Congé du tuteur"} | changes
        answer = client.post(url, sent)
        assert answer.status_code == 422
        assert sentence in text_of(answer)
        assert sent["motive"] in text_of(answer)
        assert f'value="{sent["until"]}"' in text_of(answer)
    assert not CarnetReopening.objects.exists()
    done = client.post(url, {"until": until.isoformat(), "motive": "Congé du tuteur"}, follow=True)
    assert f"Le carnet de {enrolment.candidate.full_name} est rouvert." in text_of(done)
    assert "rouvert par MARCHAND Claire (Congé du tuteur)" in text_of(done)
    assert sign_in(cast.tutor).post(attest_page(enrolment), typed()).status_code == 302
    assert sign_in(cast.outsider).get(url).status_code == 404


# --- On paper ---


def test_the_pdf_says_who_signed_what_and_at_what_hour(sign_in, cast, enrolment):
    signed = attest_one(cast, enrolment, situation=SITUATION)
    sign(cast, signed)
    signed.refresh_from_db()
    waiting = attest_one(cast, enrolment, "B1C2")
    answer = sign_in(cast.manager).get(page("carnet_pdf", enrolment.pk))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store"
    text = squeezed("".join(one.extract_text() for one in pypdf.PdfReader(BytesIO(answer.content)).pages))
    for said in (
        enrolment.candidate.full_name,
        enrolment.session.name,
        SITUATION,
        f"TISSOT Thomas, {moment(signed.attested_at)}",
        f"MERCIER Maud, {moment(signed.signed_at)}",
        f"TISSOT Thomas, {moment(waiting.attested_at)}",
    ):
        assert squeezed(said) in text, said
    assert answer.content == sign_in(cast.clerk).get(page("carnet_pdf", enrolment.pk)).content


def squeezed(text):
    return re.sub(r"\s", "", text)


def test_a_carnet_in_points_has_no_paper(sign_in, cast, dam_enrolments):
    assert sign_in(cast.manager).get(page("carnet_pdf", dam_enrolments[0].pk)).status_code == 404


def test_a_kept_bloc_is_shown_and_asks_nothing(sign_in, cast, enrolment):
    recognise_bloc(
        enrolment=enrolment,
        bloc=competence_of(enrolment).bloc,
        acquired_on=timezone.localdate() - timedelta(days=30),
        motive="VAE",
        by=cast.ucanss,
        at=timezone.now(),
    )
    client = sign_in(cast.tutor)
    html = text_of(client.get(page("carnet_detail", enrolment.pk)))
    assert "Bloc conservé, acquis le" in html
    assert attest_page(enrolment, "B1C1") not in html
    assert attest_page(enrolment, "B2C1") in html
    assert 'id="attestation"' not in text_of(client.get(attest_page(enrolment, "B1C1")))


# --- Nobody reads too much ---

CANARIES = {"CC_TC": "3,17", "CC_OPT": "4,19", "ECRIT": "6,23"}


def pages_of(enrolment, *more):
    return [
        page("trainee_list"),
        page("trainee_sheet", enrolment.pk),
        page("carnet_detail", enrolment.pk),
        *more,
    ]


def seen_by(client, urls):
    return "".join(text_of(client.get(url, follow=True)) for url in urls)


@pytest.mark.parametrize("who", ["tutor", "manager"])
def test_the_marks_of_the_other_blocks_are_on_no_page_of_theirs(sign_in, cast, gc_enrolments, who):
    enrolment = gc_enrolments[0]
    blocks = {block.code: block for block in Block.objects.filter(regulation__code="GC_2013")}
    for code, entry in CANARIES.items():
        record_mark(
            enrolment=enrolment, block=blocks[code], attempt=1, entry=entry, version=0, by=cast.clerk,
            at=timezone.now(),
        )  # fmt: skip
    record_mark(
        enrolment=enrolment, block=blocks["APT"], attempt=1, entry="7,29", version=0, by=cast.tutor,
        at=timezone.now(),
    )  # fmt: skip
    seen = seen_by(sign_in(getattr(cast, who)), pages_of(enrolment))
    assert not [entry for entry in CANARIES.values() if entry in seen]
    assert ("7,29" in seen) == (who == "tutor")


@pytest.mark.parametrize("who", ["tutor", "manager"])
def test_the_points_of_the_carnet_are_the_manager_s_only(sign_in, cast, dam_enrolments, who):
    enrolment = dam_enrolments[0]
    block = Block.objects.get(regulation__code="DAM_2006", code="CARNET")
    entries = [LineEntry(line, "13,37", "Canari du manager", 0) for line in block.lines.all()]
    record_observations(enrolment=enrolment, block=block, entries=entries, by=cast.manager, at=timezone.now())
    seen = seen_by(sign_in(getattr(cast, who)), pages_of(enrolment))
    for canary in ("13,37", "66,85", "Canari du manager"):
        assert (canary in seen) == (who == "manager"), canary


@pytest.mark.parametrize("who", ["tutor", "manager"])
def test_the_word_of_the_jury_is_on_no_page_of_theirs(sign_in, cast, enrolment, blocs_part, who):
    complete(cast, enrolment)
    jury = compose_jury(cast, blocs_part)
    (hearing,) = assign_candidates(jury=jury, enrolments=[enrolment], by=cast.clerk, at=timezone.now())
    judge_blocs(cast, hearing, refused=("B2C2",))
    client = sign_in(getattr(cast, who))
    seen = seen_by(client, pages_of(enrolment))
    assert ADVICE not in seen
    assert "acquis" not in seen.lower()
    paper = client.get(page("carnet_pdf", enrolment.pk)).content
    text = squeezed("".join(one.extract_text() for one in pypdf.PdfReader(BytesIO(paper)).pages))
    assert squeezed(ADVICE) not in text


# --- The lists ---


def test_the_list_says_who_misses_what_the_least_advanced_first(sign_in, cast, blocs_enrolments, blocs_part):
    first, second, third = blocs_enrolments
    complete(cast, first)
    sign(cast, attest_one(cast, second))
    attest_one(cast, third)
    answer = sign_in(cast.clerk).get(list_page(blocs_part))
    assert [carnet.enrolment for carnet in answer.context["carnets"]] == [third, second, first]
    html = text_of(answer)
    assert "1 complet sur 3." in html
    missing = re.findall(r'class="missing">(.*?)</td>', html)
    assert [codes.split(", ")[0] for codes in missing] == ["B1C1", "B1C2", "rien"]
    assert sign_in(cast.outsider).get(list_page(blocs_part)).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("who", "name", "cost"),
    [
        ("clerk", "carnet_list", 16),
        ("manager", "carnet_signatures", 15),
        ("tutor", "trainee_list", 18),
        ("manager", "trainee_list", 18),
    ],
)
def test_a_list_costs_the_same_for_one_candidate_and_three(
    sign_in, cast, blocs_part, who, name, cost, count, django_assert_num_queries
):
    for enrolment in enrol_some(cast, blocs_part, count):
        sign(cast, attest_one(cast, enrolment))
        attest_one(cast, enrolment, "B1C2", file=Attachment("x.pdf", "application/pdf", pdf()))
    url = list_page(blocs_part) if name == "carnet_list" else page(name)
    client = sign_in(getattr(cast, who))
    client.get(url)
    with django_assert_num_queries(cost):
        answer = client.get(url)
    rows = answer.context["carnets" if name == "carnet_list" else "waiting"]
    assert len(rows) == count
