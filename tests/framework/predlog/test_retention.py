"""A service lets its oldest predictions go, and its account closes all the same."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from hookline.predlog.places import Places
from tests.framework.predlog.killing import stored
from tests.framework.service.log_pages import eventually
from tests.framework.service.running import serve

MOST = 3_000_000
ROWS = [{"size": float(number), "weight": None, "plan": "x" * 2_000} for number in range(40)]


def test_what_is_too_much_goes_from_the_oldest_on_while_the_service_runs(served: Path) -> None:
    places = Places(served / "var")
    answered: list[str] = []
    with serve(served, prediction_log__keep_bytes=MOST) as service:
        for _ in range(40):
            answer = service.ask("POST", "/api/predictions", ROWS)
            answered += [one["prediction_id"] for one in answer.json()]
        eventually(lambda: answered[-1] in stored(places) and held(places.database) <= MOST)
        kept = set(stored(places))
    assert 500 < len(kept) < len(answered)
    assert kept <= set(answered[-len(kept) - len(ROWS) :]), "of what is kept nothing is older than what went"
    words = [sys.executable, "-m", "hookline.cli", "logs", "verify"]
    said = subprocess.run(words, cwd=served, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, ""), said.stdout


def held(database: Path) -> int:
    """Return how many bytes of the file hold something."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        pages, free, size = (
            connection.execute(f"PRAGMA {word}").fetchone()[0]
            for word in ("page_count", "freelist_count", "page_size")
        )
    return int((pages - free) * size)
