"""What allauth may do here: accounts are given by an administrator, nobody opens one alone."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """The sign-in of the house: by e-mail, without registration."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse registration everywhere."""
        return False
