"""How passwords are stored."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class FrugalArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id at the OWASP minimum: 19 MiB, two passes, one lane.

    Django's default asks for 100 MiB and eight lanes: eight sign-ins a second on two cores, and jury mornings
    are storms of sign-ins. A password stored with other parameters is rehashed at the next sign-in.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
