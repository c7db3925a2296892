"""The forms of the doors, in the words of the rest of the house."""

from typing import Any

from allauth.account.forms import LoginForm, ResetPasswordForm

ADDRESS = "Adresse électronique"


class SignInForm(LoginForm):
    """Who one is: an address and a password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = ADDRESS


class ForgottenPasswordForm(ResetPasswordForm):
    """Where to send the link that makes a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = ADDRESS
