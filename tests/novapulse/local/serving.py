"""A program that runs a small plan: Redis, one step, and granian with the application below. Started by test_run.py."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from novapulse.local.errors import LocalServiceError
from novapulse.local.process import observe
from novapulse.local.run import Plan, Step, run
from novapulse.local.service import Launch

HERE = Path(__file__)


def application(_environ: dict[str, object], start_response: Callable[..., object]) -> list[bytes]:
    """Answer every request with the address of Redis, as the web server was told it."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [os.environ["REDIS_URL"].encode()]  # noqa: TID251  a program of its own


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int)
    parser.add_argument("--owner", type=int)
    parser.add_argument("--step", default="pass")
    arguments = parser.parse_args()
    environment = {"PATH": os.defpath, "PYTHONPATH": str(HERE.parents[3]), "FOLDER": str(arguments.folder)}
    web = (sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(arguments.port), "--no-ws")
    plan = Plan(
        folder=arguments.folder,
        port=arguments.port,
        given={"MONGO_URI": "mongodb://x", "DATABASE_URL": "postgresql://x", "AWS_ENDPOINT_URL": "http://x"},
        steps=(Step("The step", Launch((sys.executable, "-c", arguments.step), environment, shown=True), "REDIS_URL"),),
        web=Launch((*web, "serving:application"), environment, cwd=HERE.parent),
        worker=Launch((sys.executable, "-c", "import time; time.sleep(600)"), environment),
        owner=observe(arguments.owner) if arguments.owner else None,
    )
    try:
        run(plan, say=lambda sentence: print(sentence, flush=True))  # noqa: T201  what a person sees
    except LocalServiceError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
