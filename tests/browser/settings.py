"""The suite's settings, with the sign-in of production, and a task that fails until its cause is mended."""

from config.settings.test import *

ADMIN_REQUIRES_SECOND_FACTOR = True
INSTALLED_APPS = [*INSTALLED_APPS, "tests.browser.printer"]
