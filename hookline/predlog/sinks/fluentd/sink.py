"""The sink that forwards records to Fluentd: a message counts once its chunk was acknowledged."""

from __future__ import annotations

from hookline.predlog.sinks.fluentd.connection import Connection
from hookline.predlog.sinks.fluentd.handshake import shake_hands
from hookline.predlog.sinks.fluentd.packing import Message, messages
from hookline.predlog.sinks.fluentd.target import Target
from hookline.predlog.sinks.sink import Batch, SinkUnavailable

__all__ = ["FluentdSink"]


class FluentdSink:
    """Forward records. What comes again after a lost acknowledgement has the same ids as before."""

    name = "fluentd"

    def __init__(self, target: Target, base: str) -> None:
        self._target = target
        self._base = base
        self._connection: Connection | None = None
        self._keeps = True

    def deliver(self, batch: Batch) -> None:
        """Send a batch, and return when all of it is acknowledged."""
        packed = messages(batch.records, self._base)
        try:
            for message in packed:
                self._exchange(message)
        except OSError as error:
            self.close()
            reason = "it gives no answer in time" if isinstance(error, TimeoutError) else str(error)
            raise SinkUnavailable(f"Fluentd at {self._target}: {reason}") from error

    def close(self) -> None:
        """Close the connection; the next batch opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, message: Message) -> None:
        connection = self._ready()
        connection.send(message.data)
        match connection.receive():
            case {"ack": chunk} if chunk == message.chunk:
                pass
            case {"ack": _}:
                raise ConnectionError("it acknowledged something else than what was sent")
            case ["HELO", *_]:
                raise ConnectionError("it asks for a shared key; set prediction_log.fluentd_shared_key")
            case _:
                raise ConnectionError("it answers otherwise than with an acknowledgement")
        if not self._keeps:
            self.close()

    def _ready(self) -> Connection:
        """Return a connection on which an exchange begins."""
        if self._connection is not None and not self._connection.is_quiet():
            self.close()
        if self._connection is None:
            self._connection = Connection(self._target)
            if self._target.shared_key:
                self._keeps = shake_hands(self._connection, self._target.shared_key)
        self._connection.begin()
        return self._connection
