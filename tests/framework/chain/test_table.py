"""The table at the end of `make chain`, after a real run of pytest: in one process, and in two workers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.chain.install import PARTS
from tests.chain.own import OWN
from tests.chain.table import NONE, lines
from tests.house import ROOT

CONFTEST = """\
from tests.chain.table import Recorder


def pytest_configure(config):
    config.pluginmanager.register(Recorder())
"""
TESTS = """\
import pytest
from tests.chain.taken import take


@pytest.fixture(scope="module")
def chart():
    take("helm")


@pytest.fixture
def either(request):
    return request.getfixturevalue("chart")


@pytest.fixture
def torn():
    yield
    take("kubectl")
    raise OSError


def test_the_first_makes_what_it_uses(chart): pass
def test_the_second_uses_what_was_made(chart): take("otel")
def test_this_one_asks_for_it_while_it_runs(either): pass
def test_this_one_fails(chart): raise ValueError
def test_this_one_is_skipped():
    take("axe")
    pytest.skip("axe is not here")
def test_this_one_passes_and_then_its_fixture_fails(torn): pass
def test_this_one_takes_nothing(): pass
"""
OTHERS = """\
from tests.chain.taken import take


def test_elsewhere(): take("helm")
def test_alone(): pass
"""


@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.slow)])
def test_it_counts_for_each_part_how_the_tests_went_that_took_it(tmp_path: Path, workers: int) -> None:
    for name, text in {"conftest": CONFTEST, "test_one": TESTS, "test_two": OTHERS}.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", str(workers)]
    given = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    environ = given | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "80"}
    done = subprocess.run(
        [*words, "--dist", "loadfile", "--rootdir", ".", "-c", os.devnull, "."],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    said = done.stdout.partition("= parts =")[2].splitlines()
    assert [re.split(r"\s{2,}", line.strip()) for line in said[1:-1]] == [
        ["part", "version", "result"],
        ["axe", PARTS["axe"].version, "1 skipped"],
        ["helm", PARTS["helm"].version, "1 failed, 4 passed"],
        ["kubectl", PARTS["kubectl"].version, "1 failed"],
        ["otel", PARTS["otel"].version, "1 passed"],
        [NONE, "2 passed"],
        [line for line in said if line.startswith("not tried: ansible, base image, ")],
    ]
    assert said[-1].startswith("="), "only pytest's own last line comes after it"


def test_every_part_has_a_version() -> None:
    assert [part.name for part in PARTS.values() if not re.match(r"\d+\.\d|bookworm$", part.version)] == []


def test_a_program_that_is_not_here_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("DOCKER", "/nowhere/docker")
    assert {own.version for own in OWN.values()} == {"not here"}
    found = dict(
        re.split(r"\s{2,}", line, maxsplit=1) for line in lines({"java": Counter(skipped=3)}) if "  " in line
    )
    assert found["java"] == "not here  3 skipped"
