"""Where Fluentd listens and how it is spoken to."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from typing import Self

from hookline.config.sections import PredictionLog

__all__ = ["Target"]

_UNIX = "unix://"


@dataclass(frozen=True, slots=True)
class Target:
    """Name a host and port, or a socket in the file system."""

    host: str
    port: int = 24224
    tls: bool = False
    ca_file: str = ""
    shared_key: str = field(default="", repr=False)
    connect_seconds: float = 5.0
    answer_seconds: float = 30.0
    """Most seconds until a message is taken and acknowledged; well above what a slow network needs."""

    @classmethod
    def of(cls, log: PredictionLog) -> Self:
        """Read the settings."""
        return cls(
            log.fluentd_url,
            log.fluentd_port,
            tls=log.fluentd_tls,
            ca_file=log.fluentd_ca_file,
            shared_key=log.fluentd_shared_key.get_secret_value(),
        )

    def __str__(self) -> str:
        """Name it for messages."""
        return self.host if self.host.startswith(_UNIX) else f"{self.host}:{self.port}"

    def connect(self) -> socket.socket:
        """Open a connection; raise OSError."""
        plain = self._plain()
        try:
            if self.tls:
                plain.settimeout(self.connect_seconds)
                context = ssl.create_default_context(cafile=self.ca_file or None)
                return context.wrap_socket(plain, server_hostname=self.host.strip("[]"))
        except BaseException:
            plain.close()
            raise
        return plain

    def _plain(self) -> socket.socket:
        if not self.host.startswith(_UNIX):
            found = socket.create_connection((self.host.strip("[]"), self.port), self.connect_seconds)
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return found
        found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            found.settimeout(self.connect_seconds)
            found.connect(self.host.removeprefix(_UNIX))
        except BaseException:
            found.close()
            raise
        return found
