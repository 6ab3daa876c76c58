"""Logs to CloudWatch Logs: watchtower's handler, with another way for a line to get there (`shipping`).

What stays watchtower's: its type and settings, CloudWatch's limits, its filter of what AWS' own libraries say. What is
ours: no call, client or thread before the first line; a bounded ring; backoff; forks; an end within five seconds.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, cast

import watchtower

from novapulse.telemetry import log_stream, shipping
from novapulse.telemetry.cutting import cut
from novapulse.telemetry.ring import Item, Limits
from novapulse.telemetry.shipping import Shipper

if TYPE_CHECKING:
    from collections.abc import Callable

    from novapulse.telemetry.log_stream import CloudWatchOptions

_INTERVAL_SECONDS: Final = 5
_OF_AN_EVENT: Final = watchtower.CloudWatchLogHandler.EXTRA_MSG_PAYLOAD_SIZE  # bytes that AWS counts beside its text
_STREAM: Final = "{machine_name}/{process_id}"


class CloudWatchHandler(watchtower.CloudWatchLogHandler):
    """Ships each line to one log group, into a stream per process; logging costs what formatting the line does.

    What does not get through is dropped, least severe first, and counted: see `novapulse.telemetry.shipping`.
    """

    def __init__(self, log_group_name: str, *, options: Callable[[], CloudWatchOptions] = log_stream.current) -> None:
        """Take the log group; nothing is asked of AWS."""
        super().__init__(
            log_group_name=log_group_name,
            log_stream_name=_STREAM,
            use_queues=False,
            send_interval=_INTERVAL_SECONDS,
            boto3_client=cast("Any", object()),  # so that it makes none; ours comes with the first line
            create_log_group=False,
        )
        self.setFormatter(None)
        self._most_bytes = self.max_message_size - _OF_AN_EVENT
        self.shipper = Shipper(
            log_group_name,
            log_stream.LogStream(log_group_name, name_format=self.log_stream_name, options=options),
            limits=Limits(items=self.max_batch_count, size_bytes=self.max_batch_size),
            interval_seconds=self.send_interval,
        )

    def createLock(self) -> None:  # noqa: N802  logging's name
        """Have none: nothing here needs one, and `logging.shutdown` would hold it while it flushes."""
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        """Format the record and let the line wait; what this module's own thread causes to be logged is left out."""
        if shipping.is_sending():
            return
        try:
            line = self.format(record)
            if not line.isascii():
                line = line.encode(errors="replace").decode()  # half of a surrogate pair would spoil its batch
            size_bytes = len(line.encode())
            if size_bytes > self._most_bytes:
                line = cut(line, most_bytes=self._most_bytes)
                size_bytes = len(line)
            if line:  # CloudWatch takes no empty one
                self.shipper.put(Item(record.created, record.levelno, size_bytes + _OF_AN_EVENT, line))
        except Exception:  # noqa: BLE001  whatever a formatter stumbles over, who logs must not
            self.handleError(record)

    def flush(self) -> None:
        """Send what waits, for five seconds at most."""
        self.shipper.flush()

    def close(self) -> None:
        """Send nothing any more."""
        self.shipper.close()
        logging.Handler.close(self)
