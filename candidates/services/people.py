"""Verbs on people: whoever a session needs has an account and a role."""

from datetime import datetime

from django.db import transaction

from candidates import rules
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership, Organisme, User
from cqp.journal.chain import REFERENCE, Fact, record
from cqp.roles import Act, Role
from cqp.text import cleaned
from cqp.workflow import Refusal, demand


@transaction.atomic
def ensure_person(
    *,
    email: str,
    last_name: str,
    first_name: str,
    role: Role,
    organisme: Organisme | None,
    by: Actor | None,
    at: datetime,
    college: str = "",
) -> User:
    """The account of this e-mail, holding this role; made when missing, journaled only then.

    A new account has no usable password: its owner chooses one by « mot de passe oublié ». An account that
    exists keeps its name; a member of the CPNEFP changes college when one is given.
    """
    names = {"last_name": cleaned(last_name), "first_name": cleaned(first_name)}
    user, created = User.objects.get_or_create(
        email=email.strip().lower(), defaults={**names, "password": "!"}
    )
    membership, joined = Membership.objects.get_or_create(
        user=user, role=role, organisme=organisme, defaults={"college": college}
    )
    held = {} if joined else {"college": membership.college}
    if college and membership.college != college:
        membership.college = college
        membership.save(update_fields=["college"])
    if created or joined or held["college"] != membership.college:
        where = organisme.code if organisme else ""
        after = {"role": role.value, "organisme": where, "college": membership.college, "nouveau": created}
        fact = Fact(Act.MANAGE_PEOPLE, f"compte {user.pk}", before=held, after=after)
        record(chain=REFERENCE, by=by, at=at, facts=[fact])
    return user


@transaction.atomic
def remove_membership(*, membership: Membership, by: Actor, at: datetime) -> None:
    """Take a role away; it is gone at the person's next request. One taken away already stays so.

    Nobody removes the last Ucanss role, nor one's own; a candidate's role stays with the enrolment.
    """
    by.must(Act.MANAGE_PEOPLE)
    demand(rules.kept_role_refusal(membership))
    if not Membership.objects.select_for_update().filter(pk=membership.pk).exists():
        return
    others = Membership.objects.select_for_update().filter(role=Role.UCANSS).exclude(pk=membership.pk)
    if membership.role == Role.UCANSS and not others.exists():
        raise Refusal("Ce rôle est le dernier de l’Ucanss : il ne peut pas être retiré.")
    if membership.role == Role.UCANSS and membership.user == by.user:
        raise Refusal("Vous ne pouvez pas retirer votre propre rôle : un autre compte de l’Ucanss le fera.")
    before = {"role": membership.role, "organisme": membership.organisme.code if membership.organisme else ""}
    fact = Fact(Act.MANAGE_PEOPLE, f"compte {membership.user_id}", before=before)
    membership.delete()
    record(chain=REFERENCE, by=by, at=at, facts=[fact])
