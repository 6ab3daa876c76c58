"""What holds everywhere. Every environment variable is read here, with its sentence for docs/configuration.md."""

from pathlib import Path

from config.settings import cloudwatch
from config.settings.admin import *
from config.settings.logs import *
from config.settings.openapi import SPECTACULAR_SETTINGS  # noqa: F401  a setting of Django's
from config.settings.vault import *
from novapulse import environ
from novapulse.gate.store import TIMEOUT_MS
from novapulse.outgoing import destination

ROOT = Path(__file__).resolve().parents[2]

# --- Identity ---------------------------------------------------------------------------------------------------------

SERVICE_NAME = environ.text("SERVICE_NAME", "novapulse", "Name of this service in logs and to the databases.")
PUBLIC_URL = environ.url(
    "PUBLIC_URL",
    "http://127.0.0.1:8000",
    "Where people reach this service; links in mail begin with it and tokens name it as their issuer.",
    schemes=("https", "http"),
).rstrip("/")
LOCAL_DIR = ROOT / environ.text(
    "LOCAL_DIR", ".local", "Folder of the local servers: their data, logs and mail; beside manage.py unless absolute."
)

# --- Secrets ----------------------------------------------------------------------------------------------------------

MASTER_KEY = environ.secret(
    "MASTER_KEY",
    "",
    "At least 32 random characters from which every other key is derived; required in production. Another one ends "
    "all sessions, no second factor that was enrolled before opens an account any more, nothing is sent to a "
    "webhook until its secret is rotated, and files of jobs must be made again.",
)

OPERATOR_TOKEN = environ.secret(
    "OPERATOR_TOKEN",
    "",
    "Opens /health/status and /metrics to whoever sends it as a bearer token: at least 32 random characters. "
    "Without it, nobody.",
)

# --- Apps -------------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "config.apps.NovaPulseConfig",
    "apps.observability.apps.ObservabilityConfig",
    "apps.audit.apps.AuditConfig",
    "apps.staff.apps.StaffConfig",
    "apps.tenants.apps.TenantsConfig",
    "apps.auth.apps.AuthConfig",
    "apps.resilience.apps.ResilienceConfig",
    "apps.work.apps.WorkConfig",
    "apps.webhooks.apps.WebhooksConfig",
    "apps.operations.apps.OperationsConfig",
    "apps.health.apps.HealthConfig",
    "unfold.apps.BasicAppConfig",  # before Django's admin, whose templates it replaces
    "unfold.contrib.filters",
    "apps.staff.apps.AdminSiteConfig",
    "django.contrib.contenttypes",
    "django.contrib.auth",  # staff; simplejwt's token classes import its models as well
    "django.contrib.sessions",
    "django.contrib.messages",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

# --- Middleware: the first is the outermost ---------------------------------------------------------------------------

MIDDLEWARE = [
    "apps.observability.middleware.RequestContextMiddleware",  # first, so that every answer carries its request id
    "apps.resilience.middleware.RequestTimeoutMiddleware",  # the budget of everything below; tells of slow requests
    "django.middleware.security.SecurityMiddleware",  # HTTPS, HSTS, nosniff, referrer policy
    "django.middleware.clickjacking.XFrameOptionsMiddleware",  # no page of ours stands in a frame of others
    "novapulse.web.hosts.HostMiddleware",  # Django itself looks at the Host only where something asks for it
    "whitenoise.middleware.WhiteNoiseMiddleware",  # the assets of the docs page, without touching a view
    "apps.auth.middleware.TokenRevocationMiddleware",  # is the credential good? decides about the limits as well
    "apps.tenants.middleware.TenantRateLimitMiddleware",  # obeys that decision, and tells on every answer what is left
    "apps.audit.middleware.RefusalAuditMiddleware",  # writes down what was refused to somebody known
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
CSRF_FAILURE_VIEW = "novapulse.web.problems.csrf_failure"
ALLOWED_HOSTS = [
    host.strip()
    for host in environ.text(
        "ALLOWED_HOSTS", "127.0.0.1,localhost", "Host names that this service answers to, joined by commas."
    ).split(",")
]
TRUSTED_PROXY_COUNT = environ.number(
    "TRUSTED_PROXY_COUNT", 0, "How many proxies of ours stand in front and write X-Forwarded-For."
)

# --- Budgets: each nests in the next; config.checks refuses others ----------------------------------------------------

SERVICE_TIMEOUT_MS = environ.milliseconds(
    "SERVICE_TIMEOUT_MS", 25_000, "Longest call to one dependency, retries included."
)
REQUEST_TIMEOUT_MS = environ.milliseconds("REQUEST_TIMEOUT_MS", 30_000, "Longest time that a request may take.")
WORKER_TIMEOUT_MS = environ.milliseconds(
    "WORKER_TIMEOUT_MS",
    35_000,
    "After this long a request that does not come back ends its process; the server starts another.",
)
PROXY_TIMEOUT_MS = environ.milliseconds(
    "PROXY_TIMEOUT_MS", 40_000, "After this long the proxy in front gives up on the server."
)

DRAIN_MS = environ.milliseconds(
    "DRAIN_MS",
    0,
    "How long a process still takes requests after SIGTERM, while /health/ready already says no: what the proxy needs.",
)
SLOW_REQUEST_MS = environ.milliseconds(
    "SLOW_REQUEST_MS", 1_000, "A request that takes this long is logged as slow, with where its time went."
)

# --- Data -------------------------------------------------------------------------------------------------------------

MONGO_URI = environ.url(
    "MONGO_URI",
    "mongodb://127.0.0.1:27017/novapulse?replicaSet=rs0",
    "Where MongoDB is: a replica set and a database.",
    schemes=("mongodb", "mongodb+srv"),
)
MONGO_MAX_POOL_SIZE = environ.number(
    "MONGO_MAX_POOL_SIZE", 10, "Most connections of one process to one MongoDB server."
)
MONGO_MIN_POOL_SIZE = environ.number("MONGO_MIN_POOL_SIZE", 2, "Connections to MongoDB that are kept open.")
MONGO_MAX_IDLE_TIME_MS = environ.milliseconds(
    "MONGO_MAX_IDLE_TIME_MS", 30_000, "After this long an idle connection to MongoDB is closed."
)
MONGO_SERVER_SELECTION_TIMEOUT = environ.milliseconds(
    "MONGO_SERVER_SELECTION_TIMEOUT", 2_000, "Longest search for a MongoDB server, in milliseconds."
)
MONGO_SOCKET_TIMEOUT = environ.milliseconds(
    "MONGO_SOCKET_TIMEOUT", 20_000, "Longest wait for an answer of MongoDB, in milliseconds."
)
MONGO_READ_PREFERENCE = environ.text(
    "MONGO_READ_PREFERENCE",
    "secondaryPreferred",
    "Which members serve lists whose reader allows them to be 90 seconds behind; all else is read from the primary.",
    choices=("primary", "primaryPreferred", "secondary", "secondaryPreferred", "nearest"),
)
REDIS_URL = environ.url("REDIS_URL", "redis://127.0.0.1:6379/0", "Where Redis is.", schemes=("redis", "rediss"))
DATABASE_URL = environ.url(
    "DATABASE_URL",
    "postgresql://postgres@127.0.0.1:5432/novapulse",
    "Where PostgreSQL is, for Django's own tables.",
    schemes=("postgresql", "postgres"),
)
AWS_CREDENTIALS: dict[str, str] = {}  # none of ours: boto3 looks for them in variables, profile and the machine's role
SQS_TIMEOUT_MS = environ.milliseconds(
    "SQS_TIMEOUT_MS", 5_000, "Longest wait for an answer of SQS, in milliseconds; a receive waits for messages besides."
)

# --- Queues: config.checks refuses what would lose work ---------------------------------------------------------------

QUEUES = ("critical", "default")
QUEUE_PREFIX = (
    environ.text("QUEUE_PREFIX", "", "What our queues' names in SQS begin with; where empty, SERVICE_NAME-ENVIRONMENT.")
    or f"{SERVICE_NAME}-{ENVIRONMENT}"
)
QUEUE_VISIBILITY_SECONDS = environ.number(
    "QUEUE_VISIBILITY_SECONDS", 60, "How many seconds after the last word of a worker another one takes its task."
)
QUEUE_RETENTION_DAYS = environ.number("QUEUE_RETENTION_DAYS", 4, "How many days SQS keeps a message.")
QUEUE_DEAD_RETENTION_DAYS = environ.number(
    "QUEUE_DEAD_RETENTION_DAYS", 14, "How many days SQS keeps a dead letter; 14 at most."
)
QUEUE_WINDOW = environ.number(
    "QUEUE_WINDOW",
    1_000,
    "Most unfinished messages of one company that a queue holds; what is beyond waits in the outbox.",
)
TASKS = {"default": {"BACKEND": "novapulse.tasks.backend.SqsBackend", "QUEUES": list(QUEUES)}}

# Not scoped to a company; only the domains of audit, tenants, auth, resilience and novapulse.queues touch them.
PLATFORM_COLLECTIONS = frozenset(
    {
        "companies",
        "data_keys",
        "deletions",
        "identities",
        "memberships",
        "sessions",
        "api_keys",
        "invitations",
        "signing_keys",
        "gate_changes",
        "breaker_switches",
        "breaker_reports",
        "outbox",
        "inbox",
        "queue_figures",
        "queue_controls",
        "audit_pending",
    }
)
BENCHMARK_IS_ALLOWED = False  # whether `manage.py seed_benchmark` may fill these stores
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Mail -------------------------------------------------------------------------------------------------------------

EMAIL_HOST = environ.text("EMAIL_HOST", "127.0.0.1", "SMTP server that sends our mail.")
EMAIL_PORT = environ.number("EMAIL_PORT", 587, "Port of the SMTP server.")
EMAIL_HOST_USER = environ.text("EMAIL_HOST_USER", "", "User at the SMTP server.")
EMAIL_HOST_PASSWORD = environ.secret("EMAIL_HOST_PASSWORD", "", "Password at the SMTP server.")
EMAIL_USE_TLS = environ.flag("EMAIL_USE_TLS", True, "Whether to talk to the SMTP server by STARTTLS.")  # noqa: FBT003  a flag has no other type
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environ.text("EMAIL_FROM", "NovaPulse <no-reply@localhost>", "Sender of our mail.")

# --- Passwords and tokens ---------------------------------------------------------------------------------------------

PASSWORD_HASHERS = ["apps.auth.domain.hashing.Argon2idPasswordHasher"]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.auth.authentication.AccessTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.auth.authentication.RolePermission"],
    "DEFAULT_SCHEMA_CLASS": "novapulse.web.schema.OperationSchema",
    "UNAUTHENTICATED_USER": None,
}

# --- The gate ---------------------------------------------------------------------------------------------------------

GATE_TIMEOUT_MS = TIMEOUT_MS  # how long Redis may take to decide; then MongoDB and this process do

# --- Limits of anonymous routes ---------------------------------------------------------------------------------------

RATELIMIT_USE_CACHE = "default"
RATELIMIT_FAIL_OPEN = False  # without Redis apps.auth.views.limits counts by itself, and more strictly

# --- Webhooks ---------------------------------------------------------------------------------------------------------

WEBHOOK_ALLOWED_NETWORKS = environ.networks(
    "WEBHOOK_ALLOWED_NETWORKS",
    "Networks besides the public internet that webhooks may be sent to, such as 127.0.0.0/8 for trials on one machine, "
    "joined by commas; refused in production.",
)
WEBHOOK_DESTINATIONS = destination.Policy(schemes=("https", "http"), networks=WEBHOOK_ALLOWED_NETWORKS)

# --- Documents of the API ---------------------------------------------------------------------------------------------

PROBLEMS_OF_THE_GATE = "apps.auth.api.problems_of_the_gate"  # of every operation that wants a credential
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # straight out of the packages: nothing to collect

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "DIRS": [ROOT / "novapulse" / "web" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Language and time ------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "config.formats"

# --- Security ---------------------------------------------------------------------------------------------------------

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
SECURE_REFERRER_POLICY = "no-referrer"
X_FRAME_OPTIONS = "DENY"

# --- Traces -----------------------------------------------------------------------------------------------------------

OTEL_EXPORTER_OTLP_ENDPOINT = environ.text(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "",
    "Collector that traces are sent to by OTLP over HTTP, such as http://127.0.0.1:4318; without one there are none.",
)
OTEL_EXPORTER_OTLP_HEADERS = environ.secret(
    "OTEL_EXPORTER_OTLP_HEADERS", "", "Headers that the collector wants, such as api-key=..., joined by commas."
)
TRACE_RATIO = environ.share(
    "TRACE_RATIO",
    0.05,
    "Share of the traces that begin here which is kept; errors and slow ones are kept besides, and what comes with a "
    "traceparent is kept where that says so.",
)

# --- Logging ----------------------------------------------------------------------------------------------------------

LOG_CONSTANT = {  # what every line says of this process
    "service": SERVICE_NAME,
    "version": SERVICE_VERSION,
    "environment": ENVIRONMENT,
    "region": AWS_REGION,
}
LOG_UNKNOWN_IS_REFUSED = False  # an event that the catalogue does not know is a matter for tests
CLOUDWATCH_RETENTION_DAYS = cloudwatch.RETENTION_DAYS
LOGGING = logging_to(console="json", folder=LOG_DIR, constant=LOG_CONSTANT)

# --- Metrics ----------------------------------------------------------------------------------------------------------

METRICS_UNKNOWN_IS_REFUSED = False  # a metric that the catalogue does not know is a matter for tests
METRICS_EMF_SECONDS = environ.number(
    "METRICS_EMF_SECONDS",
    0,
    "How often a process writes its metrics to the standard output, in CloudWatch's embedded metric format; 0: never.",
)
METRICS_PORT = environ.number(
    "METRICS_PORT",
    0,
    "On which port `run_worker` gives its metrics to operators; 0: on none. The service has /metrics.",
)
