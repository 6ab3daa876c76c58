"""An SQS that takes every message and keeps none, each call after so many seconds: `quick_sqs PORT SECONDS`."""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one segment for each answer: a second one would wait 40 ms for the acknowledgement of the first

    def do_POST(self) -> None:
        asked: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(float(sys.argv[2]))
        taken = [
            {"Id": each["Id"], "MessageId": each["Id"], "MD5OfMessageBody": ""} for each in asked.get("Entries", ())
        ]
        url = f"http://{self.headers['Host']}/{asked.get('QueueName')}"
        answer = json.dumps({"Successful": taken, "QueueUrl": url}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's signature
        """Say nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), _Handler).serve_forever()
