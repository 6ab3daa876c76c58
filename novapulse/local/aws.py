"""AWS: one HTTP endpoint for SQS, S3, KMS and the rest, kept in memory."""

import sys
from types import MappingProxyType

from novapulse.local.asking import ask
from novapulse.local.service import Launch, Service, Site, bare_environment, in_wheel, no_set_up, only_folder

# They open nothing. They take the place of any real ones, so that a call that misses the local endpoint is refused.
CREDENTIALS = MappingProxyType({"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"})
REGION = "eu-central-1"


def _command(site: Site) -> Launch:
    in_wheel("moto")
    argv = (sys.executable, "-P", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(site.port))
    return Launch(argv=argv, environment=bare_environment(site))


def _probe(site: Site) -> None:
    ask(site.port, path="/moto-api/config")


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


AWS = Service(
    name="aws",
    title="AWS endpoint",
    variable="AWS_ENDPOINT_URL",
    install=only_folder,
    command=_command,
    set_up=no_set_up,
    probe=_probe,
    url=_url,
)
