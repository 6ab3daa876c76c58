"""Run the benchmarks, or the one that is named: `make bench`, `make bench ARGS=lists`. They compare, and never fail."""

from __future__ import annotations

import subprocess
import sys

_NAMES = ("lists", "tenancy_overhead", "isolation_probes")


def main() -> None:
    """Run each in a process of its own."""
    wanted = sys.argv[1:] or list(_NAMES)
    unknown = [name for name in wanted if name not in _NAMES]
    if unknown:
        raise SystemExit(f"No benchmark {', '.join(unknown)}; there are {', '.join(_NAMES)}.")
    for name in wanted:
        print(f"--- {name}", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)  # noqa: S603  the argv is ours


if __name__ == "__main__":
    main()
