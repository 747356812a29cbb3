"""Renew the generated parts of the manual: `python -m docs.generate`, or `make docs`.

A page marks the place with `<!-- generated: NAME -->` and `<!-- end: NAME -->`; what stands between is
replaced. To add a part, write a function that returns its Markdown, and a line in PARTS. Files that are
generated as a whole stand in FILES.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from docs.features import dtypes_reference, features_reference
from docs.metrics import metrics_reference
from docs.monitoring import monitoring_files
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


PARTS = (
    Part("docs/api.md", "problems", problems_reference),
    Part("docs/configuration.md", "settings", settings_reference),
    Part("docs/contract.md", "features", features_reference),
    Part("docs/contract.md", "dtypes", dtypes_reference),
    Part("docs/operations.md", "metrics", metrics_reference),
)
FILES: tuple[Callable[[], Mapping[str, str]], ...] = (monitoring_files,)


def stale() -> list[str]:
    """Name the pages and files that no longer say what the code says."""
    pages = {part.page for part in PARTS if part.renew(_read(part.page)) != _read(part.page)}
    return sorted(pages | {path for path, text in _files().items() if _read(path) != text})


def main() -> None:
    """Rewrite what is stale, and name it."""
    found = stale()
    for part in PARTS:
        if part.page in found:
            _write(part.page, part.renew(_read(part.page)))
    for path, text in _files().items():
        if path in found:
            _write(path, text)
    sys.stdout.writelines(f"renewed {path}\n" for path in found)


def _files() -> dict[str, str]:
    return {path: text for render in FILES for path, text in render().items()}


def _read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).exists() else ""


def _write(path: str, text: str) -> None:
    (ROOT / path).parent.mkdir(exist_ok=True)
    (ROOT / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
