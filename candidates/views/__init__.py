"""The screens of sessions and enrolments: they translate, the services decide."""
