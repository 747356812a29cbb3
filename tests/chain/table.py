"""The table at the end of `make chain`: each part, its version, and how the tests went that took it.

A test has taken what was handed out while it ran, and what was handed out to a fixture that it uses, which
may have been made for an earlier test. Workers of pytest-xdist send that along with each test's report.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Generator, Iterator, Mapping
from typing import Any

import pytest

from tests.chain.install import PARTS, Part
from tests.chain.own import OWN, Own
from tests.chain.taken import taking

__all__ = ["NONE", "Recorder", "lines"]

NONE = "no other part"
_PROPERTY = "parts"
_WORST_LAST = ("passed", "skipped", "failed")


class Recorder:
    """Note what each test takes and how it ends; print the table."""

    def __init__(self) -> None:
        self._of_fixtures: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._of_test: set[str] = set()
        self._ends: dict[str, str] = {}
        self._parts: dict[str, list[str]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Note what a fixture takes."""
        with taking() as taken:
            try:
                return (yield)
            finally:
                self._of_fixtures[fixturedef.baseid, fixturedef.argname] |= taken

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        """Note what a test takes by itself."""
        with taking() as self._of_test:
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, object, object]:
        """Say in the report what was taken."""
        found = set(self._of_test)
        # The names that a test asks for while it runs are known to its request alone.
        for name in item._request.fixturenames if isinstance(item, pytest.Function) else ():
            for (where, fixture), taken in self._of_fixtures.items():
                if fixture == name and item.nodeid.startswith(where):
                    found |= taken
        others = [pair for pair in item.user_properties if pair[0] != _PROPERTY]
        item.user_properties[:] = [*others, (_PROPERTY, ", ".join(sorted(found)))]
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather what was noted, here or by a worker."""
        # A worker that dies leaves a last report that knows nothing of parts.
        if parts := str(dict(report.user_properties).get(_PROPERTY, "")):
            self._parts[report.nodeid] = parts.split(", ")
        if report.when == "call" or not report.passed:
            ends = (self._ends.get(report.nodeid, "passed"), report.outcome)
            self._ends[report.nodeid] = max(ends, key=_WORST_LAST.index)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> Generator[None, object, object]:
        """Print the table, below what pytest has to say."""
        said = yield
        if self._ends:
            terminalreporter.section("parts")
            for line in lines(self._results()):
                terminalreporter.write_line(line)
        return said

    def _results(self) -> dict[str, Counter[str]]:
        results: dict[str, Counter[str]] = defaultdict(Counter)
        for test, end in self._ends.items():
            for part in self._parts.get(test, [NONE]):
                results[part][end] += 1
        return results


def lines(results: Mapping[str, Counter[str]]) -> Iterator[str]:
    """Return the table's lines, with a row for each part that was taken; the others are named below it."""
    known: dict[str, Part | Own] = {**PARTS, **OWN}
    rows = [("part", "version", "result")]
    for name in [*sorted(known.keys() & results.keys()), NONE]:
        if counts := results.get(name):
            said = ", ".join(f"{counts[end]} {end}" for end in reversed(_WORST_LAST) if counts[end])
            rows.append((name, known[name].version if name in known else "", said))
    wide = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, version, said in rows:
        yield f"{name:{wide[0]}}  {version:{wide[1]}}  {said}"
    if left := sorted(known.keys() - results.keys()):
        yield f"not tried: {', '.join(left)}"
