"""The steps run in the test's own process: quick, and fine for hooks that only answer wrongly."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from hookline.check.events import Event
from hookline.check.finding import Finding
from hookline.check.probe import run_steps


class _Enough(Exception):  # noqa: N818 - it ends the steps early; nothing is wrong
    pass


def findings(root: Path, n_rows: int = 100) -> dict[str, Finding]:
    """Return what each step found."""
    found: dict[str, Finding] = {}

    def emit(event: Event) -> None:
        if "finding" in event:
            finding = Finding(**event["finding"])
            found[finding.step] = finding

    run_steps(root, n_rows, emit)
    return found


def first_failure(root: Path, n_rows: int = 100) -> Finding | None:
    """Return the first failure; the steps after it are not run."""
    failed: list[Finding] = []

    def emit(event: Event) -> None:
        if event.get("finding", {}).get("verdict") == "failed":
            failed.append(Finding(**event["finding"]))
            raise _Enough

    with suppress(_Enough):
        run_steps(root, n_rows, emit)
    return failed[0] if failed else None
