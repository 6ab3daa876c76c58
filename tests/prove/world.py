"""Where the proofs take place: a MongoDB and a Redis of their own, and processes that serve on them."""

from __future__ import annotations

import logging
import os
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import redis

from novapulse.local.aws import AWS
from novapulse.local.guard import guarding
from novapulse.local.mongo import MONGO
from novapulse.local.redis import REDIS
from novapulse.local.stack import up
from tests.faults import kill_server, listens, server_of
from tests.faults.proxy import proxied
from tests.prove import fleet as fleets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from novapulse.local.guard import Guard
    from tests.faults.proxy import Proxy
    from tests.prove.fleet import Fleet
    from tests.prove.sizes import Size

TARGET = "config.wsgi:application"
CRIPPLED = "tests.prove.crippled:application"
MORTAL = "tests.prove.mortal:application"
PROCESSES = 4
WITHOUT = "PROVE_WITHOUT"


@dataclass
class World:
    """The stores, the fleet that most proofs use, and what more can be started beside it."""

    folder: Path
    guard: Guard
    urls: Mapping[str, str]
    size: Size
    without: str
    way_to_sqs: Proxy
    fleet: Fleet = field(init=False)

    @property
    def redis_url(self) -> str:
        return self.urls[REDIS.variable]

    @property
    def redis_pid(self) -> int:
        return server_of(self.redis_url)

    @property
    def redis_port(self) -> int:
        return int(self.redis_url.rpartition(":")[2].partition("/")[0])

    @property
    def mongo_url(self) -> str:
        return self.urls[MONGO.variable]

    @property
    def mongo_pid(self) -> int:
        return server_of(self.mongo_url)

    @property
    def mail(self) -> Path:
        return self.folder / "mail"

    def kill_redis(self) -> None:
        kill_server(self.redis_url)

    def start_redis(self) -> None:
        """Start Redis where it was, empty; nothing where it runs."""
        if not listens(self.redis_url):
            up(self.folder, guard=self.guard, wanted=[REDIS])

    def start_mongo(self) -> None:
        """Start MongoDB where it was, with its data; nothing where it runs."""
        if not listens(self.mongo_url):
            up(self.folder, guard=self.guard, wanted=[MONGO])

    @contextmanager
    def redis(self) -> Iterator[redis.Redis]:
        """Give a client that waits for an answer, whatever has been done to the server."""
        with redis.Redis(port=self.redis_port, decode_responses=True) as client:
            yield client

    @contextmanager
    def behind_proxy(self) -> Iterator[tuple[Fleet, Proxy]]:
        """Serve with as many more processes, whose way to Redis can be broken."""
        with proxied(self.redis_port) as proxy:
            url = self.redis_url.replace(f":{self.redis_port}/", f":{proxy.port}/")
            with self.more(*[{"REDIS_URL": url}] * PROCESSES) as fleet:
                yield fleet, proxy

    @contextmanager
    def more(self, *environments: Mapping[str, str], target: str = "") -> Iterator[Fleet]:
        """Serve with one more process for each of these environments."""
        given = {WITHOUT: self.without}
        target = target or (CRIPPLED if self.without else TARGET)
        with fleets.serving(
            self.guard, [{**given, **each} for each in environments], target=target, logs=self.folder / "logs"
        ) as fleet:
            yield fleet


@contextmanager
def stores(size: Size, *, way: Callable[[int], AbstractContextManager[Proxy]] = proxied) -> Iterator[World]:
    """Start the stores and take up their settings; Django is set up from then on. `way` is what leads to SQS."""
    folder = Path(tempfile.mkdtemp(prefix="novapulse-prove-"))
    folder.chmod(0o755)
    with guarding(folder, remove=True) as guard, ExitStack() as world_proxy:
        urls = up(folder, guard=guard, wanted=(MONGO, REDIS, AWS))
        aws = world_proxy.enter_context(way(int(urls[AWS.variable].rpartition(":")[2])))
        urls = {**urls, AWS.variable: f"http://127.0.0.1:{aws.port}"}
        settings = {"DJANGO_SETTINGS_MODULE": "tests.prove.settings", "LOCAL_DIR": str(folder), "LOG_LEVEL": "WARNING"}
        os.environ.update(urls, **settings)  # noqa: TID251  settings read it next, here and in what is started
        import django  # noqa: PLC0415  once the addresses are known

        django.setup()
        logging.getLogger("novapulse.audit").setLevel(logging.WARNING)  # it would tell of everybody who is put in here
        from apps.operations.domain import indexes  # noqa: PLC0415  as above

        indexes.apply(indexes.plan())
        yield World(folder=folder, guard=guard, urls=urls, size=size, without="", way_to_sqs=aws)
