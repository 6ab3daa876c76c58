"""A client of Redis that tells of every command that it sends (`novapulse.telemetry.calls`)."""

from __future__ import annotations

from typing import Any

import redis
from redis.client import Pipeline

from novapulse.telemetry import calls

_PIPELINE = "PIPELINE"


class ToldRedis(redis.Redis):
    """redis-py's client; `told_as` is the role that its commands are told under."""

    told_as = "cache"

    def execute_command(self, *arguments: Any, operation: str = "", **options: Any) -> Any:  # noqa: ANN401  redis-py's signature
        """Send a command and give its answer; operation: what a script is for, told instead of EVALSHA."""
        with calls.telling(calls.REDIS, operation or arguments[0], target=self.told_as):
            return super().execute_command(*arguments, **options)  # type: ignore[no-untyped-call]  # redis-py is not typed there

    def pipeline(self, transaction: Any = True, shard_hint: Any = None) -> Pipeline:  # noqa: ANN401, FBT002  redis-py's signature
        """Give a pipeline, which is told of as one call."""
        made = _ToldPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        made.told_as = self.told_as
        return made


class _ToldPipeline(Pipeline):
    told_as: str

    def execute(self, raise_on_error: bool = True) -> list[Any]:  # noqa: FBT001, FBT002  redis-py's signature
        with calls.telling(calls.REDIS, _PIPELINE, target=self.told_as):
            return super().execute(raise_on_error)
