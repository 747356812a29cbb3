"""Prometheus queries, written from the table of metrics: what no metric has cannot be asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hookline.service.metrics import Metric

__all__ = ["Series", "ratio"]

_SCRAPED = ("job", "instance")
"""Labels that Prometheus itself puts on every series."""


@dataclass(frozen=True)
class Series:
    """Be the series of one metric that some matchers choose."""

    metric: Metric
    matchers: tuple[str, ...] = ()
    window: str = "5m"

    def where(self, **matchers: str) -> Series:
        """Choose by labels; a value that begins with `~` is a pattern, one with `!~` one not to match."""
        written = [f'{label}{_operator(value)}"{value.lstrip("!~")}"' for label, value in matchers.items()]
        _known(self.metric, matchers)
        return replace(self, matchers=(*self.matchers, *written))

    def over(self, window: str) -> Series:
        """Look at another stretch of time."""
        return replace(self, window=window)

    def now(self) -> str:
        """Return the series as they are."""
        return self._named("")

    def before(self, ago: str) -> str:
        """Return the series as they were."""
        return f"{self._named('')} offset {ago}"

    def rate(self) -> str:
        """Return what is counted per second."""
        return f"rate({self._named('')}[{self.window}])"

    def increase(self) -> str:
        """Return how much was counted in the window."""
        return f"increase({self._named('')}[{self.window}])"

    def highest(self) -> str:
        """Return the most there was in the window."""
        return f"max_over_time({self._named('')}[{self.window}])"

    def total(self, *by: str, what: str | None = None) -> str:
        """Add up, by some labels; what is counted per second, if nothing else is said."""
        _known(self.metric, by)
        inner = what or (self.now() if self.metric.kind == "gauge" else self.rate())
        return f"sum{_by(by)}({inner})"

    def quantile(self, share: float, *by: str) -> str:
        """Return below which value a share of a histogram lies."""
        _known(self.metric, by)
        buckets = f"rate({self._named('_bucket')}[{self.window}])"
        return f"histogram_quantile({share}, sum{_by(('le', *by))}({buckets}))"

    def mean(self, *by: str) -> str:
        """Return the mean of a histogram."""
        _known(self.metric, by)
        totals = [f"sum{_by(by)}(rate({self._named(end)}[{self.window}]))" for end in ("_sum", "_count")]
        return " / ".join(totals)

    def _named(self, end: str) -> str:
        chosen = f"{{{', '.join(self.matchers)}}}" if self.matchers else ""
        return f"{self.metric.name}{end}{chosen}"


def ratio(part: str, whole: str) -> str:
    """Return a share; none where there is nothing to share."""
    return f"{part} / ({whole} > 0)"


def _known(metric: Metric, labels: Mapping[str, str] | Sequence[str]) -> None:
    unknown = [label for label in labels if label not in (*metric.labels, *_SCRAPED)]
    if unknown:
        raise ValueError(f"{metric.name} has no label {unknown[0]}")


def _operator(value: str) -> str:
    return "!~" if value.startswith("!~") else "=~" if value.startswith("~") else "="


def _by(labels: Sequence[str]) -> str:
    return f" by ({', '.join(labels)}) " if labels else ""
