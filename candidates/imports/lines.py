"""From a clean enrolment form to what the services take."""

from collections.abc import Mapping
from typing import Any

from candidates.forms.enrolments import EnrolmentForm
from candidates.models import Enrolment
from candidates.services.enrolments import Identity, Line, Person
from cqp.accounts.models import User


def line_of(form: EnrolmentForm) -> Line:
    """The line a valid form describes."""
    data = form.cleaned_data
    return Line(
        identity=Identity(
            birth_name=data["birth_name"],
            used_name=data["used_name"],
            first_names=data["first_names"],
            birth_date=data["birth_date"],
            birth_place=data["birth_place"],
            email=data["email"].lower(),
        ),
        option=form.choices.options.get(data.get("option", "")),
        organisme=form.choices.organismes[data["organisme"]],
        tutor=_person("tutor", data),
        manager=_person("manager", data),
        corrector=_person("corrector", data) if data["corrector_email"] else None,
        contract=data["contract"],
        pass_followed=data["pass_followed"],
        premss_start=data["premss_start"],
    )


def initial_of(enrolment: Enrolment) -> dict[str, Any]:
    """What the form shows of an enrolment already made."""
    candidate = enrolment.candidate
    people = {"tutor": enrolment.tutor, "manager": enrolment.manager, "corrector": enrolment.corrector}
    initial = {
        "birth_name": candidate.birth_name,
        "used_name": candidate.used_name,
        "first_names": candidate.first_names,
        "birth_date": candidate.birth_date,
        "birth_place": candidate.birth_place,
        "email": candidate.email,
        "option": enrolment.option.code if enrolment.option else "",
        "organisme": enrolment.organisme.code,
        "contract": enrolment.contract,
        "pass_followed": enrolment.pass_followed,
        "premss_start": enrolment.premss_start,
    }
    for role, user in people.items():
        initial |= _names_of(role, user)
    return initial


def _person(role: str, data: Mapping[str, Any]) -> Person:
    return Person(
        email=data[f"{role}_email"].lower(),
        last_name=data[f"{role}_last_name"],
        first_name=data[f"{role}_first_name"],
    )


def _names_of(role: str, user: User | None) -> dict[str, str]:
    if user is None:
        return {}
    return {
        f"{role}_email": user.email,
        f"{role}_last_name": user.last_name,
        f"{role}_first_name": user.first_name,
    }
