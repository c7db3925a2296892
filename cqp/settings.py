"""One settings file.

With no environment at all it is the embedded application: SQLite under var/, plain HTTP.
With DATABASE_URL it is production: PostgreSQL, SECRET_KEY required, HTTPS unless CQP_HTTPS=0.

docs/production.md lists every variable read here.
"""

import secrets
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF

# --- Where things are ---------------------------------------------------------------------------------------

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
VAR_DIR = Path(env.str("CQP_VAR", default=str(BASE_DIR / "var")))
DATABASE_URL = env.str("DATABASE_URL", default="")
IN_PRODUCTION = bool(DATABASE_URL)
HTTPS = env.bool("CQP_HTTPS", default=IN_PRODUCTION)


# --- Secrets and hosts --------------------------------------------------------------------------------------


def _embedded_secret_key() -> str:
    """Return the key of the embedded application, drawn once and kept readable by its owner alone."""
    path = VAR_DIR / "secret_key"
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        # An empty file is another process between creation and writing, or one that died there.
        key = path.read_text(encoding="ascii").strip()
        if key:
            return key
    key = secrets.token_urlsafe(64)
    path.write_text(key, encoding="ascii")
    return key


DEBUG = env.bool("CQP_DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY and not IN_PRODUCTION:
    SECRET_KEY = _embedded_secret_key()
ALLOWED_HOSTS = env.list("CQP_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])

# Where messages send people: without a slash at the end.
SITE_URL = env.str("CQP_URL", default="http://127.0.0.1:8000").rstrip("/")

# --- Applications -------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "whitenoise.runserver_nostatic",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_htmx",
    "django_tasks_db",
    "csp",
    "cqp",
    "cqp.accounts",
    "cqp.journal",
    "candidates",
    "evaluations",
    "juries",
    "cqp.awards",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "cqp.accounts.middleware.ActorMiddleware",
]

ROOT_URLCONF = "cqp.urls"
WSGI_APPLICATION = "cqp.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cqp.accounts.context.navigation",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Databases ----------------------------------------------------------------------------------------------


def _sqlite() -> dict[str, Any]:
    """The embedded database: readers never wait for the writer, writers queue instead of failing."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": VAR_DIR / "cqp.sqlite3",
        "OPTIONS": {
            # IMMEDIATE takes the write lock at BEGIN: a transaction that read first cannot be refused later.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # Django itself turns foreign keys on for every connection.
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;"
            ),
        },
    }


def _postgresql() -> dict[str, Any]:
    """Production: Django's native pool, and no statement or lock that can hold a worker for ever."""
    database: dict[str, Any] = env.db("DATABASE_URL")
    database["CONN_HEALTH_CHECKS"] = True
    database["OPTIONS"] = {
        **database.get("OPTIONS", {}),
        "pool": {"min_size": 1, "max_size": env.int("CQP_POOL", default=4), "timeout": 10},
        "options": "-c lock_timeout=5s -c statement_timeout=20s",
    }
    return database


DATABASES = {"default": _postgresql() if IN_PRODUCTION else _sqlite()}

# The limits on failed sign-ins are counted here: they must be shared by every worker process.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Limits on attempts are counted here: Django's default of 300 rows would let a flood erase them.
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}

# --- Long work ----------------------------------------------------------------------------------------------

# In the same database as what it works on, asked for in the same transaction; `manage.py worker` does it.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# --- Signing in ---------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["cqp.accounts.hashers.FrugalArgon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "cqp.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "cqp.accounts.forms.SignInForm",
    "reset_password": "cqp.accounts.forms.ForgottenPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = LOGOUT_REDIRECT_URL
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
# On the morning of a jury a whole caisse comes from one address: wide by address, narrow by account.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "60/m/ip,5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("CQP_PROXIES", default=0)

# Two hours without a click end the session: longer than a hearing, shorter than an afternoon away.
SESSION_COOKIE_AGE = 2 * 60 * 60
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# --- Transport and browser ----------------------------------------------------------------------------------

SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # Bootstrap's style sheet draws its own arrows and ticks with data: images.
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}

# The national table of 2,000 candidates is one form: a few fields a row.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

FILE_UPLOAD_HANDLERS = [
    "cqp.uploads.FromVisitors",  # bounds and keeps in memory what the public page is given
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- The certifier ------------------------------------------------------------------------------------------

# The seal of the documents: a PKCS#12 file and its password; a time-stamping authority if there is one.
SEAL_PKCS12 = env.str("CQP_SEAL_PKCS12", default="")
SEAL_PASSWORD = env.str("CQP_SEAL_PASSWORD", default="")
SEAL_TSA = env.str("CQP_SEAL_TSA", default="")
# Certificates of past seals (PEM): what they sealed stays ours after a renewal.
SEAL_TRUSTED = env.str("CQP_SEAL_TRUSTED", default="")
# The files the worker makes; every process must see the same folder.
DOCUMENTS_DIR = Path(env.str("CQP_DOCUMENTS", default=str(VAR_DIR / "documents")))
# Who sends the holders to the Caisse des dépôts, as its portal names them.
CPF_VERSION = env.str("CQP_CPF_VERSION", default="1.1.2")
CPF_SENDER = env.str("CQP_CPF_SENDER", default="").strip()
CPF_CERTIFIER = env.str("CQP_CPF_CERTIFIER", default="").strip()
CPF_CONTRACT = env.str("CQP_CPF_CONTRACT", default="").strip()

# --- Language and time --------------------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français")]
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True

# --- Static files -------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "cqp.static_files.HashedFilesStorage"},
}
FIXTURE_DIRS = [BASE_DIR / "fixtures"]

# --- E-mail and logs ----------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env.str("CQP_FROM_EMAIL", default="ne-pas-repondre@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
if IN_PRODUCTION or env.str("EMAIL_URL", default=""):
    globals().update(env.email_url("EMAIL_URL", default="consolemail://"))
else:
    EMAIL_BACKEND = "cqp.outbox.OutboxBackend"
OUTBOX_DIR = VAR_DIR / "outbox"  # never in production: what would have left, shown on a page
EMAIL_TIMEOUT = 10

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("CQP_LOG_LEVEL", default="WARNING")},
    "loggers": {
        # The default would mail the administrators: here everything goes to the one console.
        "django": {"handlers": [], "level": "NOTSET", "propagate": True},
        # A 404 is the normal answer to an outsider; only what failed on our side is worth a line.
        "django.request": {"level": "ERROR"},
    },
}
