"""The WSGI application: `granian --interface wsgi config.wsgi:application`, or any other WSGI server."""

import gc
import os

import django
from django.conf import settings

from config.apps import the_watch
from config.checks import refuse_to_boot
from novapulse.queues.publisher import publisher
from novapulse.resilience import draining, precedence
from novapulse.resilience.overruns import overruns
from novapulse.web.wsgi import WholeAnswers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")  # noqa: TID251  Django's own switch

django.setup(set_prefix=False)
from apps.audit import api as audit_api  # noqa: E402  once the apps are ready
from apps.health import api as health_api  # noqa: E402  as above
from apps.observability import api as observability_api  # noqa: E402  as above
from apps.resilience import api as resilience_api  # noqa: E402  as above
from apps.resilience.domain.breaker_watch import BreakerWatch  # noqa: E402  as above

handler = WholeAnswers()
refuse_to_boot()
draining.on_sigterm(stay_seconds=settings.DRAIN_MS / 1000)  # before any thread is started
application = resilience_api.doorway(handler)
the_watch().start()
health_api.watch_dependencies()
overruns.recycle_after(settings.WORKER_TIMEOUT_MS / 1000, stay_seconds=settings.DRAIN_MS / 1000)
BreakerWatch().start()
publisher.start()
audit_api.sealer.start()
observability_api.join_neighbours()
observability_api.tell_cloudwatch()
observability_api.beat()

# What was loaded by now lives as long as the process: the collector need not walk it again and again.
gc.collect()
gc.freeze()
gc.set_threshold(5_000, 10, 100)  # of a request's many small objects nearly all are gone before a walk would find them

precedence.let_others_work()  # of the threads that the server starts only the one that reads sockets stays so
