"""The suite's settings, in front of the slow routes."""

from config.settings.test import *

ROOT_URLCONF = "tests.apps.resilience.routes"
