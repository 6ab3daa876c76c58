"""The settings of a developer's machine, with the log of production: lines of JSON on the standard error."""

from config.settings import logs
from config.settings.local import *

LOG_QUERIES = False
LOG_DIR = ""
LOGGING = logs.logging_to(console="json", folder=LOG_DIR, constant=LOG_CONSTANT)
