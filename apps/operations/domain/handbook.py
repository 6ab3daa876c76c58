"""The pages that are made from the code: what operators set, and what they run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from apps.operations.domain import cloudwatch_alarms, commands_page, dashboard, metrics_page, prometheus_rules, slo_page
from novapulse import environ
from novapulse.log import catalogue

if TYPE_CHECKING:
    from pathlib import Path

_ABOUT_LOGS = """\
One line of JSON per event. On one's own machine, and on servers where `LOG_DIR` is set, three streams are files there,
which go on in a new file at 64 MB (five old ones are kept): `application.log` has all that happens, `error.log` what
somebody should look at (level `error`; it is in `application.log` too), `audit.log` what the logger `novapulse.audit`
says and no other stream does. The standard error has all of them: for a person locally, as JSON elsewhere. On AWS
Lambda it is the standard output.

`manage.py request ID` tells the whole story of one request out of these files. With other tools:

```sh
grep '"level":"error"' application.log | tail
grep -h '"company_id":"6b077edc26ebfa9d8f25ab47"' application.log* | grep '"outcome":"failed"'
```

Events and fields that are not listed here stand in no line, records of other libraries come without their values, and
tracebacks without messages. When lines had to be left out, since nobody read them or the disk was full, `log.lost` says
how many."""

_MADE_BY = "Made by `make docs` from {source}; do not edit."


@dataclass(frozen=True, slots=True)
class Page:
    """A file of the repository and the text that it should have."""

    path: Path
    text: str

    @property
    def is_stale(self) -> bool:
        """Tell whether the file says something else, or is not there."""
        return not self.path.is_file() or self.path.read_text(encoding="utf-8") != self.text


def pages() -> list[Page]:
    """Give every page that is made from the code."""
    root = settings.ROOT
    return [
        Page(root / "docs" / "configuration.md", _configuration()),
        Page(root / "docs" / "commands.md", commands_page.text()),
        Page(root / "docs" / "logs.md", _logs()),
        Page(root / "docs" / "metrics.md", metrics_page.text()),
        Page(root / "docs" / "slo.md", slo_page.text()),
        Page(root / "infra" / "observability" / "grafana-dashboard.json", dashboard.text()),
        Page(root / "infra" / "observability" / "prometheus-rules.yml", prometheus_rules.text()),
        Page(root / "infra" / "observability" / "cloudwatch-alarms.json", cloudwatch_alarms.text()),
        Page(root / ".env.example", _example()),
    ]


def write(page: Page) -> None:
    """Bring the file up to date."""
    page.path.parent.mkdir(parents=True, exist_ok=True)
    page.path.write_text(page.text, encoding="utf-8")


def _configuration() -> str:
    lines = [
        "# Configuration",
        "",
        _MADE_BY.format(source="`config/settings`"),
        "",
        "Every setting is an environment variable. A value that cannot be read stops the process with a line that",
        "names it. `manage.py check` refuses time budgets that do not nest. A value may be encrypted or lie at AWS",
        f"({', '.join(f'`{form}`' for form in environ.FORMS)}): see [secrets](secrets.md).",
        "",
        "| Variable | Kind | Default | What it is |",
        "|---|---|---|---|",
        *(f"| `{each.name}` | {each.kind} | {_code(each.default)} | {each.sentence} |" for each in environ.variables()),
    ]
    return "\n".join(lines) + "\n"


def _example() -> str:
    lines = [
        f"# {_MADE_BY.format(source='`config/settings`')}",
        "# Copy to .env and take the # away from what you set. `make run` reads it with the shell, so quote spaces.",
        "# A secret or a URL may also stand in a file that <NAME>_FILE names.",
    ]
    for each in environ.variables():
        lines += ["", f"# {each.sentence} ({_short(each.kind)})", f"#{each.name}={_quoted(each.default)}"]
    return "\n".join(lines) + "\n"


def _logs() -> str:
    lines = [
        "# Logs",
        "",
        _MADE_BY.format(source="`novapulse/log/catalogue.py`"),
        "",
        _ABOUT_LOGS,
        "",
        "## Fields of every line",
        "",
        "Those that are known at the moment.",
        "",
        "| Field | What it is |",
        "|---|---|",
        *(f"| `{name}` | {sentence} |" for name, sentence in catalogue.OF_EVERY_LINE.items()),
        "",
        "## Events, with their own fields",
        "",
        "| Event | What it says | Fields |",
        "|---|---|---|",
        *(
            f"| `{name}` | {each.sentence} | {' '.join(f'`{field}`' for field in sorted(each.fields))} |"
            for name, each in catalogue.EVENTS.items()
        ),
    ]
    return "\n".join(lines) + "\n"


def _short(kind: str) -> str:
    return kind.partition(" (")[0]


def _quoted(value: str) -> str:
    return f'"{value}"' if set(value) & set(" <>&;#?*()|") else value


def _code(value: str) -> str:
    return f"`{value}`" if value else ""
