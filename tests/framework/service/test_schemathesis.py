from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.framework.service.running import Running

SEEDS = ("1", pytest.param("2", marks=pytest.mark.slow), pytest.param("3", marks=pytest.mark.slow))


def explored(running: Running, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Let schemathesis hold the service against its own /openapi.json, with all of its checks."""
    program = Path(sys.executable).with_name("st")
    checks = ["--checks", "all", "--no-color"]
    return subprocess.run(
        [program, "run", f"{running.url}/openapi.json", *checks, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_the_service_does_what_its_documentation_says(mixed: Running, tmp_path: Path, seed: str) -> None:
    done = explored(mixed, tmp_path, "--seed", seed, "--max-examples", "15")
    assert done.returncode == 0, done.stdout
    assert "No issues found" in done.stdout
    assert '"level": "error"' not in mixed.log


def test_a_service_that_does_something_else_is_found_out(mixed: Running, tmp_path: Path) -> None:
    """Null control: a header that the service does not accept stands for a broken service."""
    done = explored(mixed, tmp_path, "--seed", "1", "--phases", "examples", "-H", "content-encoding: gzip")
    assert done.returncode == 1, done.stdout


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_it_does_so_for_many_more_requests(mixed: Running, tmp_path: Path, seed: int) -> None:
    done = explored(mixed, tmp_path, "--seed", str(seed), "--max-examples", "200")
    assert done.returncode == 0, done.stdout
