"""The whole application behind a door that lets nobody in: `granian tests.crowded:application`."""

from __future__ import annotations

from apps.resilience.domain.priorities import left_free_by
from config.wsgi import handler
from novapulse.resilience.shedding import Door, Limit
from novapulse.web.doorway import Doorway

door = Door(Limit(least=0, most=0, target_seconds=1), threads=1)
application = Doorway(handler, door=door, left_free_by=left_free_by)
