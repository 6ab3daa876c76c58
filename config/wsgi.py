"""The WSGI application: `granian --interface wsgi config.wsgi:application`, or any other WSGI server."""

import gc
import os

import django

from config.apps import the_watch
from config.checks import refuse_to_boot
from novapulse.web.wsgi import WholeAnswers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")  # noqa: TID251  Django's own switch

django.setup(set_prefix=False)
application = WholeAnswers()
refuse_to_boot()
the_watch().start()

# What was loaded by now lives as long as the process: the collector need not walk it again and again.
gc.collect()
gc.freeze()
gc.set_threshold(5_000, 10, 100)  # of a request's many small objects nearly all are gone before a walk would find them
