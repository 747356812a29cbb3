"""What the service is called, where it listens, and how much it takes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hookline.config.sections.section import Section
from hookline.config.values import Host, IdName, ListenPort, Name, Origin

__all__ = ["Service"]


class Service(Section):
    """What the service is called, and how its callers name a row."""

    name: Name = Field(default="hookline-service", description="shown in /info and /docs")
    ID_NAME: IdName = Field(
        default="", description="a field accepted in each row, logged, never given to the model; empty: none"
    )
    host: Host = Field(default="0.0.0.0", description="address the service listens on")  # noqa: S104 - a container's port must be reachable
    port: ListenPort = Field(default=5000, description="port the service listens on; 0: any free one")
    workers: int = Field(default=0, ge=0, description="worker processes; 0: as the CPU limit allows")
    threads: int = Field(default=0, ge=0, description="threads of one model call; 0: as the CPU limit allows")
    max_rows: int = Field(default=10_000, ge=1, description="most rows of one request")
    max_body_bytes: int = Field(default=1024**2, ge=1, description="most bytes of one request's body")
    max_header_bytes: int = Field(default=16_384, ge=1024, description="most bytes of one request's headers")
    max_in_flight: int = Field(
        default=256, ge=1, description="requests one worker answers at the same time; more get 503"
    )
    header_timeout: float = Field(default=10, gt=0, description="seconds a request's headers may take")
    body_timeout: float = Field(default=30, gt=0, description="seconds a request's body may take")
    keep_alive: float = Field(default=75, gt=0, description="seconds an idle connection stays open")
    drain_delay: float = Field(
        default=3, ge=0, description="seconds to go on serving after SIGTERM, while /health/ready says 503"
    )
    drain_seconds: float = Field(default=5, ge=0, description="most seconds to finish requests after that")
    docs: bool = Field(default=True, description="serve /docs, /redoc and /openapi.json")
    cors_origins: tuple[Origin, ...] = Field(
        default=(), strict=False, description="origins whose pages may call the service; *: all"
    )
    log_format: Literal["auto", "console", "json"] = Field(
        default="auto", description="how logs look; auto: console on a terminal"
    )
    access_log: bool = Field(default=False, description="log a line per request")
