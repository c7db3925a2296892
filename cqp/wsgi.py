"""The door of the production server: `gunicorn cqp.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cqp.settings")

application = get_wsgi_application()
