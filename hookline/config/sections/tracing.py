"""Where spans go."""

from __future__ import annotations

from pydantic import Field

from hookline.config.sections.section import Section
from hookline.config.values import HttpAddress

__all__ = ["Tracing"]


class Tracing(Section):
    """Where spans of prediction requests go; needs the extra `hookline[tracing]`."""

    enabled: bool = Field(default=False, description="send a span for each prediction request")
    endpoint: HttpAddress = Field(
        default="http://127.0.0.1:4318/v1/traces", description="OpenTelemetry collector, OTLP over HTTP"
    )
    sample: float = Field(
        default=1, ge=0, le=1, description="share of requests to trace, of those whose caller does not decide"
    )
