"""Import an issue tracker's export over the API: a client in plain Python, for reading and for use.

    python docs/examples/import_over_http.py http://127.0.0.1:8000 acme WEB ada@acme.example issues.csv

It asks for the password and sends `POST /tasks:batch` with up to 500 tasks or 900 KB a time. A second run creates
nothing twice: a task whose external_key is taken is refused with 409, and a batch whose answer was lost is known by its
Idempotency-Key.
"""

from __future__ import annotations

import csv
import getpass
import hashlib
import json
import sys
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_OPERATIONS = 500
_MOST_BYTES = 900_000  # below the 1 MiB that a body may have
_ARGUMENTS = ("ADDRESS", "COMPANY", "PROJECT", "EMAIL", "FILE.csv")
_OUTCOMES = {201: "created", 409: "present"}


class Client:
    """Somebody who is signed in."""

    def __init__(self, address: str) -> None:
        """Take where the service is."""
        self.address = address
        self.token = ""
        self.was_replayed = False  # whether the last answer was kept from an earlier, equal request

    def sign_in(self, email: str, *, password: str, company: str) -> None:
        """Sign in."""
        said = {"email": email, "password": password, "company_slug": company}
        self.token = self.send("POST", "/auth/login", said)["access_token"]

    def send(self, method: str, path: str, body: object = None, *, key: str = "") -> dict[str, Any]:
        """Send a request and give the answer; end with the problem's sentence where it is one."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        raw = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/api/v1{path}", raw, headers, method=method)  # noqa: S310  the caller's address
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  as above
                self.was_replayed = "Idempotency-Replayed" in answer.headers
                return json.load(answer)  # type: ignore[no-any-return]  # JSON
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            raise SystemExit(f"{method} {path}: {problem['detail']} {problem['errors'] or ''}") from error


def main() -> None:
    """Import the file and tell how it went."""
    if len(sys.argv) != len(_ARGUMENTS) + 1:
        raise SystemExit(f"usage: {sys.argv[0]} {' '.join(_ARGUMENTS)}")
    address, company, project_key, email, file = sys.argv[1:]
    client = Client(address)
    client.sign_in(email, password=getpass.getpass(), company=company)
    projects = client.send("GET", f"/projects?key={project_key}")["data"]
    if not projects:
        raise SystemExit(f"There is no project {project_key}.")
    counts: Counter[str] = Counter()
    for batch in batches(operations(Path(file), project_id=projects[0]["id"])):
        key = hashlib.sha256(json.dumps(batch).encode()).hexdigest()
        answer = client.send("POST", "/tasks:batch", {"operations": batch}, key=key)
        if client.was_replayed:
            counts["present"] += len(batch)
        else:
            counts.update(_OUTCOMES.get(result["status"], "refused") for result in answer["results"])
    print(f"{counts['created']} created, {counts['present']} there already, {counts['refused']} refused")  # noqa: T201  a program's last word


def operations(file: Path, *, project_id: str) -> Iterator[dict[str, Any]]:
    """Give an operation for each row."""
    with file.open(newline="", encoding="utf-8-sig") as rows:
        for row in csv.DictReader(rows):
            task = {"project_id": project_id, "title": row["title"].strip(), "description": row["description"].strip()}
            points = float(row["storypoint"]) if row["storypoint"] else None
            yield {"op": "create", "body": {**task, "points": points, "external_key": row["issuekey"]}}


def batches(found: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Gather operations until a batch is full."""
    batch: list[dict[str, Any]] = []
    size = 0
    for operation in found:
        length = len(json.dumps(operation))
        if batch and (len(batch) == _MOST_OPERATIONS or size + length > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(operation)
        size += length
    if batch:
        yield batch


if __name__ == "__main__":
    main()
