"""Settings, read from the environment. Each variable stands in the README's table.

`NAME_FILE` may name a file that holds the value of `NAME`. What is not understood is an error,
said in one line by whichever process starts.
"""

import sys
from pathlib import Path
from urllib.parse import quote

from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE

from project import keys
from project.environment import (
    read,
    read_allowed_hosts,
    read_broker,
    read_choice,
    read_database,
    read_list,
    read_mail,
    read_number,
    read_roots,
    read_switch,
    read_time_zone,
    stop,
)
from project.home import home_folder

BASE_DIR = Path(__file__).resolve().parent.parent

# Mode and place

EMBEDDED = read_choice("STOREROOM_MODE", {"embedded": True, "production": False}, "embedded")
HOME = home_folder({"STOREROOM_HOME": read("STOREROOM_HOME")})
DEBUG = read_switch("DEBUG", default=False)
if DEBUG and not EMBEDDED:
    stop("DEBUG is on in production; unset it.")

# Keys

try:
    embedded_keys = keys.read_keys(HOME) if EMBEDDED else {}
    SECRET_KEY = keys.check_secret_key(read("SECRET_KEY", embedded_keys.get("SECRET_KEY", "")))
    FERNET_KEYS = keys.parse_fernet_keys(
        read("FERNET_KEYS", embedded_keys.get("FERNET_KEYS", "")), SECRET_KEY
    )
except keys.ConfigurationError as error:
    stop(error)

# What operators allow

# Folders beneath which local stores may lie.
STOREROOM_LOCAL_ROOTS = read_roots("STOREROOM_LOCAL_ROOTS", HOME.own) or (
    [str(HOME.local_stores), str(HOME.sample_artifacts)] if EMBEDDED else []
)
# Whether stores may sign in with what the workers' environment holds.
STOREROOM_ALLOW_IMPLICIT = read_switch("STOREROOM_ALLOW_IMPLICIT", default=False)
# Whether owners may see their secrets' values again, with their password and a reason.
STOREROOM_ALLOW_REVEAL = read_switch("STOREROOM_ALLOW_REVEAL", default=False)
# Hosts beside Azure's own that may be sent a token, with the port where it is not 443.
STOREROOM_TOKEN_HOSTS = [host.lower() for host in read_list("STOREROOM_TOKEN_HOSTS")]
# Hosts and ranges that may be called although they are not public.
STOREROOM_ALLOW_HOSTS = read_allowed_hosts("STOREROOM_ALLOW_HOSTS", HOME.own_hosts())
# Who a command runs as, unless --as says otherwise.
STOREROOM_USER = read("STOREROOM_USER")

# Runs: times in seconds

RUN_LEASE = read_number("STOREROOM_RUN_LEASE", 30)
RUN_HEARTBEAT = read_number("STOREROOM_RUN_HEARTBEAT", 10)
if RUN_LEASE <= RUN_HEARTBEAT:
    stop(
        f"STOREROOM_RUN_LEASE is {RUN_LEASE} and STOREROOM_RUN_HEARTBEAT {RUN_HEARTBEAT}; the"
        " lease has to be longer, or workers take runs from each other."
    )
RUN_TICK = read_number("STOREROOM_RUN_TICK", 5)
CHECK_BUDGET = read_number("STOREROOM_CHECK_BUDGET", 20)
# How many transfer runs one installation works on at once, so that checks find a free worker.
TRANSFER_PARALLEL = read_number("STOREROOM_TRANSFER_PARALLEL", 4)

# Applications

INSTALLED_APPS = [
    "project",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "project.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "guardian",
    "secrets_app",
    "stores",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "project.body_limit.limit_body",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Database

DATABASES = {"default": read_database(f"sqlite:///{quote(str(HOME.database))}")}
DATABASES["default"]["CONN_MAX_AGE"] = 60
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Writers wait for one another instead of failing: WAL for readers beside a writer, IMMEDIATE
    # so that a transaction takes its lock before it has read anything.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # Each new connection reads the whole schema, which costs more than what most runs ask of it,
    # and a worker's threads may well hold one each, as a server's may not: so Celery is not to
    # close them around each task. `project.celery` closes those that are old or broken.
    CELERY_DB_REUSE_MAX = sys.maxsize
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# Celery. The database is the queue of record: a message only wakes a worker, so the plainest
# broker serves, and a lost message costs a few seconds.

CELERY_BROKER_URL = read_broker("filesystem://localhost//")
if CELERY_BROKER_URL.startswith("filesystem:"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(HOME.broker),
        "data_folder_out": str(HOME.broker),
        "control_folder": str(HOME.broker / "control"),
        "polling_interval": 0.05,
    }
else:
    # Ringing is tried once: a request must not wait for a broker that is away.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_connect_timeout": 2,
        "socket_timeout": 10,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0,
        "interval_max": 0,
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_IMPORTS = ["stores.dispatch"]
CELERY_TASK_DEFAULT_QUEUE = "checks"
CELERY_TASK_ROUTES = {"stores.tasks.*transfer*": {"queue": "transfers"}}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = read_number("STOREROOM_WORKER_THREADS", 24)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BEAT_SCHEDULER = "project.celery:InProcessScheduler"
CELERY_BEAT_SCHEDULE = {"tick": {"task": "stores.dispatch.tick", "schedule": RUN_TICK}}
CELERY_BEAT_MAX_LOOP_INTERVAL = RUN_TICK

# Signing in

LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# Roles are kept as django-guardian's permissions, and asked for in `project.access` alone: so it
# has no backend here and no anonymous user, and adds nothing to people and groups.
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = GUARDIAN_MONKEY_PATCH_GROUP = False
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# Counted per name and address together, so that nobody can lock another person out from afar.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "locked_out.html"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False

# Mail: for invitations. Where it cannot be sent, there is a link to copy.

MAIL_IS_SENT = bool(read("EMAIL_URL"))
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
globals().update(read_mail())
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = read("DEFAULT_FROM_EMAIL", "Storeroom <storeroom@localhost>")

# What the browser is told

ALLOWED_HOSTS = read_list("ALLOWED_HOSTS") or (
    ["localhost", "127.0.0.1", "[::1]"] if EMBEDDED else []
)
if not ALLOWED_HOSTS:
    stop("ALLOWED_HOSTS: is not set; production needs the host names that it answers to")
CSRF_TRUSTED_ORIGINS = read_list("CSRF_TRUSTED_ORIGINS")
if not all(origin.startswith(("https://", "http://")) for origin in CSRF_TRUSTED_ORIGINS):
    stop("CSRF_TRUSTED_ORIGINS is not understood (wanted: https://host, separated by commas).")
# 'unsafe-eval' and inline styles are what the admin's Alpine.js needs, and no more.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
if not EMBEDDED:
    # Production is served over TLS. The __Host- prefix ties a cookie to this very host.
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-storeroom-session"
    CSRF_COOKIE_NAME = "__Host-storeroom-csrf"
    SECURE_SSL_REDIRECT = read_switch("STOREROOM_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = read_number("STOREROOM_HSTS_SECONDS", 31_536_000, least=0)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    if read_switch("STOREROOM_BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        # Who signs in is the last that X-Forwarded-For names: our proxy wrote it, while whatever
        # stands before it anybody may have sent. Counted are proxies within the header, so none.
        AXES_IPWARE_META_PRECEDENCE_ORDER = ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"]
        AXES_IPWARE_PROXY_COUNT = 0
        IPWARE_STRICT = False

# Static files

STATIC_URL = "/static/"
STATIC_ROOT = HOME.static
STATICFILES_DIRS = [BASE_DIR / "project" / "assets"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Language and time

LANGUAGE_CODE = "en-us"
LANGUAGES = [("en", "English")]
TIME_ZONE = read_time_zone("UTC")
USE_I18N = True
USE_TZ = True

# Logging: every handler's formatter hides secrets.

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "redacted": {
            "()": "secrets_app.redaction.RedactingFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "redacted"}},
    "root": {
        "handlers": ["console"],
        "level": read_choice(
            "LOG_LEVEL", {name: name.upper() for name in ("debug", "info", "warning")}, "info"
        ),
    },
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        "azure": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}

# The admin's face

UNFOLD: dict[str, object] = {
    "SITE_TITLE": "Storeroom",
    "SITE_HEADER": "Storeroom",
    "SITE_SUBHEADER": "Artifact stores, secrets, stacks",
    "SITE_SYMBOL": "inventory_2",
    "SITE_URL": None,  # The console is the whole site.
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static_url("icon.svg")}
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "project.dashboard.add_to_context",
    "COLORS": lambda request: {},  # They are in storeroom.css, not written into each page.
    "STYLES": [lambda request: static_url("storeroom.css")],
    "SCRIPTS": [lambda request: static_url("storeroom.js")],
}


def static_url(path: str) -> str:
    """A static file's address; the storage that knows it can be asked only once apps are up."""
    from django.templatetags.static import static

    return static(path)
