"""Run the benchmarks, or those that are named: `make bench`, `make bench ARGS=lists`. They compare, and assert nothing.

Each runs in a process of its own, on servers of its own.
"""

from __future__ import annotations

import subprocess
import sys

from novapulse.local.mongo import MONGO
from novapulse.local.private import running_services

_ON_MONGODB = ("tenancy_overhead", "isolation_probes")
_NAMES = ("lists", "gate", "guard", "conditional", "overload", "queues", "receivers", "telemetry", *_ON_MONGODB)


def main() -> None:
    """Run them one after the other."""
    wanted = sys.argv[1:] or list(_NAMES)
    unknown = [name for name in wanted if name not in _NAMES]
    if unknown:
        raise SystemExit(f"No benchmark {', '.join(unknown)}; there are {', '.join(_NAMES)}.")
    for name in wanted:
        print(f"--- {name}", flush=True)
        if name in _ON_MONGODB:
            with running_services(wanted=(MONGO,)) as urls:
                _run(name, urls["MONGO_URI"].replace("/novapulse?", f"/{name}?"))  # each has a database of its name
        else:
            _run(name)


def _run(name: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments], check=True)  # noqa: S603  the argv is ours


if __name__ == "__main__":
    main()
