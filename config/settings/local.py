"""A developer's machine: local servers where no variable points elsewhere, mail in files, a key that opens nothing."""

from config.settings import base
from config.settings.base import *
from config.settings.stores import DOCUMENTS, cache, database
from config.settings.vault import NO_AWS
from novapulse import environ, keys
from novapulse.local import known_urls
from novapulse.local.aws import CREDENTIALS

_found = known_urls(LOCAL_DIR)

# What the operator has pointed elsewhere; `local_services` starts the others.
EXPLICIT_SERVICE_URLS = {
    name: getattr(base, name)
    for name in ("MONGO_URI", "REDIS_URL", "DATABASE_URL", "AWS_ENDPOINT_URL")
    if environ.is_set(name)
}

MONGO_URI = EXPLICIT_SERVICE_URLS.get("MONGO_URI") or _found.get("MONGO_URI") or MONGO_URI
REDIS_URL = EXPLICIT_SERVICE_URLS.get("REDIS_URL") or _found.get("REDIS_URL") or REDIS_URL
DATABASE_URL = EXPLICIT_SERVICE_URLS.get("DATABASE_URL") or _found.get("DATABASE_URL") or DATABASE_URL
AWS_ENDPOINT_URL = EXPLICIT_SERVICE_URLS.get("AWS_ENDPOINT_URL") or _found.get("AWS_ENDPOINT_URL") or NO_AWS
AWS_CREDENTIALS = dict(CREDENTIALS)  # no real ones, wherever that endpoint is

MASTER_KEY = MASTER_KEY or "for a developer's machine alone: opens nothing that others can reach"
SECRET_KEY = environ.Hidden(keys.subkey(MASTER_KEY, purpose="django").hex())
CACHES = {"default": cache(REDIS_URL)}
DATABASES = {"default": database(DATABASE_URL), "mongo": DOCUMENTS}

ADMIN_REQUIRES_SECOND_FACTOR = False  # whoever has this machine has its admin
BENCHMARK_IS_ALLOWED = True

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = LOCAL_DIR / "mail"

LOG_DIR = base.LOG_DIR or str(LOCAL_DIR / "logs")
LOG_QUERIES = base.LOG_QUERIES or not environ.is_set("LOG_QUERIES")
LOGGING = logging_to(console="pretty", folder=LOG_DIR, constant=LOG_CONSTANT)
