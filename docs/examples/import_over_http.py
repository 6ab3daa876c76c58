"""Import an issue tracker's export over the API: a client in plain Python, for reading and for use.

    python docs/examples/import_over_http.py http://127.0.0.1:8000 acme WEB ada@acme.example issues.csv

It asks for the password, sends the file to `POST /imports` and watches the job. A second run creates nothing twice, and
one whose answer was lost is known by its Idempotency-Key.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

_ARGUMENTS = ("ADDRESS", "COMPANY", "PROJECT", "EMAIL", "FILE.csv")
_SECONDS_BETWEEN_LOOKS = 0.2


class Client:
    """Somebody who is signed in."""

    def __init__(self, address: str) -> None:
        """Take where the service is."""
        self.address = address
        self.token = ""

    def sign_in(self, email: str, *, password: str, company: str) -> None:
        """Sign in."""
        said = {"email": email, "password": password, "company_slug": company}
        self.token = self.send("POST", "/auth/login", json.dumps(said).encode())["access_token"]

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> dict[str, Any]:
        """Send a request and give the answer; end with the problem's sentence where it is one."""
        given = {"Content-Type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
        if self.token:
            given["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(f"{self.address}/api/v1{path}", body, given, method=method)  # noqa: S310  the caller's address
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  as above
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
    job = watched(client, started(client, Path(file).read_bytes(), project_id=projects[0]["id"]))
    for error in job["errors"]:
        print(f"line {error['line']}: {error['detail']} ({error['code']})")  # noqa: T201  what a program says
    print(f"{job['status']}: {job['result']}")  # noqa: T201  as above


def started(client: Client, file: bytes, *, project_id: str) -> dict[str, Any]:
    """Send the file; give the job."""
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="'
    parts = f'{head}project_id"\r\n\r\n{project_id}\r\n{head}file"; filename="issues.csv"\r\n\r\n'
    body = parts.encode() + file + f"\r\n--{boundary}--\r\n".encode()
    key = hashlib.sha256(project_id.encode() + file).hexdigest()
    kind = f"multipart/form-data; boundary={boundary}"
    return client.send("POST", "/imports", body, Content_Type=kind, Idempotency_Key=key)


def watched(client: Client, job: dict[str, Any]) -> dict[str, Any]:
    """Look at the job until it has ended, and show how far it is."""
    while job["finished_at"] is None:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
        job = client.send("GET", f"/jobs/{job['id']}")
        print(f"{job['progress']['done']} of {job['progress']['total'] or '?'}", end="\r", flush=True)  # noqa: T201  as above
    return job


if __name__ == "__main__":
    main()
