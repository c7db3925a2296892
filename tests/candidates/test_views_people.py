"""Accounts and roles, in the hands of the Ucanss."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candidates.models import Enrolment
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership, User
from cqp.journal.models import Entry
from cqp.roles import Role
from tests.cast import Cast, actor_of_candidate

SignIn = Callable[[Actor], Client]
PEOPLE = "candidates:people"


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def person(**changes: str) -> dict[str, str]:
    return {
        "email": "Lise.Noel@exemple.fr",
        "last_name": "Noël",
        "first_name": "Lise",
        "role": Role.CRFP.value,
        "organisme": "CRFP-LYO",
        "college": "",
    } | changes


def remove_url(actor: Actor) -> str:
    membership = Membership.objects.get(user=actor.user, role=actor.role)
    return reverse("candidates:membership_remove", args=[membership.pk])


def test_roles_are_found_by_words_and_by_role(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.ucanss)

    def found(**query: str) -> set[str]:
        return {m.user.last_name for m in client.get(reverse(PEOPLE), query).context["page"]}

    assert found(q="marchand claire") == {"Marchand"}
    assert found(q="juror@") == {"Joly", "Jacquet"}
    assert found(role=Role.CPNEFP) == {"Colin", "Caron"}
    assert "Personne ne répond" in text_of(client.get(reverse(PEOPLE), {"q": "inconnu"}))


def test_a_role_is_given_and_the_account_made_once(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.ucanss)
    for _click in range(2):
        answer = client.post(reverse("candidates:person_add"), person(), follow=True)
    assert "NOËL Lise tient maintenant ce rôle." in text_of(answer)
    user = User.objects.get(email="lise.noel@exemple.fr")
    assert not user.has_usable_password()
    assert [m.role for m in user.memberships.all()] == [Role.CRFP]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"role": Role.UCANSS.value}, "Le rôle « Ucanss » ne s’exerce pas dans cet organisme."),
        (
            {"role": Role.CPNEFP.value, "organisme": "CPNEFP"},
            "Choisissez le collège : employeurs ou salariés.",
        ),
        ({"college": "SALARIES"}, "Le collège ne concerne que les membres de la CPNEFP."),
        ({"role": Role.CANDIDATE.value}, "n’en fait pas partie"),
        ({"organisme": ""}, "Ce champ est obligatoire."),
        ({"email": "lise"}, "adresse"),
    ],
)
def test_a_role_that_makes_no_sense_is_refused(
    changes: dict[str, str], sentence: str, cast: Cast, sign_in: SignIn
) -> None:
    page = sign_in(cast.ucanss).post(reverse("candidates:person_add"), person(**changes))
    assert page.status_code == 200
    assert sentence in text_of(page).replace("&#x27;", "’")
    assert not User.objects.filter(last_name="Noël").exists()


def test_a_role_is_taken_away_once_confirmed(cast: Cast, sign_in: SignIn) -> None:
    client, url = sign_in(cast.ucanss), remove_url(cast.clerk)
    assert "Retirer ce rôle" in text_of(client.get(url))
    assert Membership.objects.filter(user=cast.clerk.user).exists()
    assert "est retiré" in text_of(client.post(url, follow=True))
    assert not Membership.objects.filter(user=cast.clerk.user).exists()
    assert "Ce rôle est déjà retiré." in text_of(client.post(url, follow=True))


def test_nobody_takes_away_one_s_own_ucanss_role(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.ucanss)
    answer = client.post(remove_url(cast.ucanss), follow=True)
    assert "ne peut pas être retiré" in text_of(answer)
    other = person(role=Role.UCANSS.value, organisme="UCANSS")
    client.post(reverse("candidates:person_add"), other)
    answer = client.post(remove_url(cast.ucanss), follow=True)
    assert "Vous ne pouvez pas retirer votre propre rôle" in text_of(answer)
    assert Membership.objects.filter(user=cast.ucanss.user, role=Role.UCANSS).exists()


@pytest.mark.parametrize("name", ["clerk", "cpnefp", "organisme"])
def test_accounts_are_closed_to_other_roles(name: str, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(getattr(cast, name))
    assert client.get(reverse(PEOPLE)).status_code == 403
    assert client.post(reverse("candidates:person_add"), person()).status_code == 403
    assert client.post(remove_url(cast.outsider)).status_code == 403


def test_a_candidate_s_role_is_not_taken_away(
    cast: Cast, sign_in: SignIn, gc_enrolments: list[Enrolment]
) -> None:
    client = sign_in(cast.ucanss)
    url = remove_url(actor_of_candidate(gc_enrolments[0]))
    listed = text_of(client.get(reverse(PEOPLE), {"role": Role.CANDIDATE}))
    assert url not in listed
    sentence = "Ce rôle vient de l’inscription du candidat"
    assert sentence in listed
    assert "Retirer ce rôle" not in text_of(client.get(url))
    assert sentence in text_of(client.post(url, follow=True))
    assert Membership.objects.filter(role=Role.CANDIDATE).count() == 3


def test_a_member_of_the_cpnefp_changes_college(cast: Cast, sign_in: SignIn) -> None:
    member = {
        "email": cast.cpnefp.user.email,
        "last_name": "Colin",
        "first_name": "Carole",
        "role": Role.CPNEFP.value,
        "organisme": "CPNEFP",
        "college": "SALARIES",
    }
    client = sign_in(cast.ucanss)
    for _click in range(2):
        client.post(reverse("candidates:person_add"), person(**member))
    assert Membership.objects.get(user=cast.cpnefp.user).college == "SALARIES"
    (entry,) = Entry.objects.filter(subject=f"compte {cast.cpnefp.user.pk}", actor=cast.ucanss.user)
    assert '"college":"EMPLOYEURS"' in entry.before


def test_an_account_that_exists_keeps_its_name_and_it_is_said(cast: Cast, sign_in: SignIn) -> None:
    typed = person(email=cast.tutor.user.email, last_name="Autre")
    answer = sign_in(cast.ucanss).post(reverse("candidates:person_add"), typed, follow=True)
    assert "Le compte existant à cette adresse garde son nom." in text_of(answer)
    assert "TISSOT Thomas tient maintenant ce rôle." in text_of(answer)
