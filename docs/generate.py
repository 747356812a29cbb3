"""Renew the generated parts of the manual: `python -m docs.generate`, or `make docs`.

A page marks the place with `<!-- generated: NAME -->` and `<!-- end: NAME -->`; what stands between is
replaced. To add a part, write a function that returns its Markdown, and a line in PARTS. A `Whole` is a file
that is generated from its first line to its last.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from docs.chart import chart_defaults, chart_schema, chart_values
from docs.deployment_picture import deployment_picture
from docs.features import dtypes_reference, features_reference
from docs.lifecycle_picture import lifecycle_picture
from docs.metrics import metrics_reference
from docs.monitoring import alert_rules, alerts_reference, grafana_dashboard, operator_rules
from docs.problems import problems_reference
from docs.settings import settings_reference

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Part:
    """One generated part of a page."""

    page: str
    name: str
    render: Callable[[], str]

    def renew(self, text: str) -> str:
        """Return the page's text with this part as it should be."""
        begin, end = f"<!-- generated: {self.name} -->", f"<!-- end: {self.name} -->"
        place = re.compile(f"{re.escape(begin)}\n.*?{re.escape(end)}", re.DOTALL)
        renewed, count = place.subn(lambda _: f"{begin}\n\n{self.render().strip()}\n\n{end}", text)
        if count != 1:
            raise SystemExit(f"{self.page}: mark the place once, with {begin} and {end}")
        return renewed


@dataclass(frozen=True)
class Whole(Part):
    """A file that is nothing but its generated part."""

    def renew(self, text: str) -> str:  # noqa: ARG002 - what stood there does not matter
        """Return the file's text."""
        return self.render()


PARTS = (
    Part("docs/api.md", "problems", problems_reference),
    Part("docs/configuration.md", "settings", settings_reference),
    Part("docs/contract.md", "features", features_reference),
    Part("docs/contract.md", "dtypes", dtypes_reference),
    Part("docs/deploy.md", "alerts", alerts_reference),
    Part("docs/operations.md", "metrics", metrics_reference),
    Part("helm/README.md", "values", chart_values),
    Whole("helm/values.yaml", "defaults", chart_defaults),
    Whole("helm/values.schema.json", "schema", chart_schema),
    Whole("docs/pictures/deployment.svg", "deployment", deployment_picture),
    Whole("docs/pictures/lifecycle.svg", "lifecycle", lifecycle_picture),
    Whole("monitoring/alerts.yaml", "alerts", alert_rules),
    Whole("monitoring/grafana-dashboard.json", "dashboard", grafana_dashboard),
    Whole("monitoring/prometheus-rule.yaml", "rule", operator_rules),
)


def stale() -> list[str]:
    """Name the pages that no longer say what the code says."""
    return sorted({part.page for part in PARTS if part.renew(_read(part.page)) != _read(part.page)})


def main() -> None:
    """Rewrite the stale pages, and name them."""
    pages = stale()
    for part in PARTS:
        if part.page in pages:
            (ROOT / part.page).write_text(part.renew(_read(part.page)), encoding="utf-8")
    sys.stdout.writelines(f"renewed {page}\n" for page in pages)


def _read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
