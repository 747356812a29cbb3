from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.framework.cli.conftest import Hookline
from tests.framework.service.projects import IRIS_ROW
from tests.framework.service.running import serve


@pytest.fixture
def iris(copy_of: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a trained project of its own, whose rows have an ID."""
    monkeypatch.setenv("HOOKLINE_SERVICE__ID_NAME", "customer")
    return copy_of("iris")


def lines_of(root: Path) -> list[dict[str, Any]]:
    """Return the truths in the journal."""
    lines = [line for path in root.glob("var/journal/*/*.jsonl") for line in path.read_bytes().splitlines()]
    return [record for record in map(json.loads, lines) if record["kind"] == "truth"]


def eventually(found: Callable[[], Any]) -> Any:
    end = time.monotonic() + 20
    while not (value := found()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)
    return value


FILES = {
    "truths.csv": "customer,actual,comment\nada,setosa,sure\n7,virginica,\n",
    "truths.json": '[{"customer": "ada", "actual": "setosa"}, {"customer": 7.0, "actual": "virginica"}]',
    "truths.jsonl": '{"customer": "ada", "actual": "setosa"}\n\n{"customer": 7, "actual": "virginica"}\n',
    "marked.csv": "\ufeffcustomer,actual\r\nada,setosa\r\n7,virginica\r\n",
}


@pytest.mark.parametrize("name", FILES)
def test_truths_of_a_file_are_in_the_journal(hookline: Hookline, iris: Path, name: str) -> None:
    (iris / name).write_text(FILES[name], "utf-8")
    done = hookline("feedback", iris / name, "-C", iris, "--json")
    assert (done.code, done.errors) == (0, "")
    assert json.loads(done.said) == {"accepted": 2, "matched": 0}
    assert [(one["id"], one["actual"]) for one in lines_of(iris)] == [("ada", "setosa"), ("7", "virginica")]


def test_a_line_of_json_ends_where_json_has_lines_end(hookline: Hookline, iris: Path) -> None:
    (iris / "truths.jsonl").write_text('{"customer": "a\u2028b", "actual": "setosa"}\n', "utf-8")
    assert hookline("feedback", iris / "truths.jsonl", "-C", iris).code == 0
    assert [one["id"] for one in lines_of(iris)] == ["a\u2028b"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no rows"),
        ("[]", "has no rows"),
        ("[{]", "is not JSON"),
        ('{"customer": "ada"', "is not JSON"),
        ("customer,actual\nada,\n", "row 1, actual: This field is required."),
        ("actual\nsetosa\n", "row 1: Name one of prediction_id or customer."),
        ('[{"custmer": "ada", "actual": "x"}]', "did you mean customer?"),
        ("[5]", "row 1: A row is an object"),
        ("\udcff", "is not UTF-8"),
        ('customer,actual\nada,"' + "x" * 200_000, "is no CSV: field larger than field limit"),
        (None, "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_and_none_of_it_is_taken(
    hookline: Hookline, iris: Path, text: str | None, says: str
) -> None:
    file = iris / "truths"
    if text is not None:
        file.write_bytes(text.encode(errors="surrogateescape"))
    done = hookline("feedback", file, "-C", iris)
    assert (done.code, done.said) == (1, "")
    assert done.errors.startswith("error: ")
    assert says in done.errors
    assert lines_of(iris) == []


def test_without_a_model_or_a_log_the_remedy_is_named(
    hookline: Hookline, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "truths.csv").write_text("prediction_id,actual\np,small\n")
    done = hookline("feedback", project / "truths.csv", "-C", project)
    assert (done.code, "`hookline train` makes one" in done.errors) == (1, True)
    monkeypatch.setenv("HOOKLINE_PREDICTION_LOG__ENABLED", "false")
    done = hookline("feedback", project / "truths.csv", "-C", project)
    assert (done.code, "prediction_log.enabled is false" in done.errors) == (1, True)


def test_a_service_that_is_not_there_is_one_line(hookline: Hookline, iris: Path) -> None:
    (iris / "truths.csv").write_text("customer,actual\nada,setosa\n")
    done = hookline("feedback", iris / "truths.csv", "-C", iris, "--url", "http://127.0.0.1:1")
    assert (done.code, done.said) == (1, "")
    assert "no service answers at http://127.0.0.1:1" in done.errors


def test_a_persons_way_through_a_running_service_from_feedback_to_erasure(
    hookline: Hookline, iris: Path
) -> None:
    """The commands and the service share one journal and one database, while the service runs."""
    with serve(iris) as running:
        rows = [IRIS_ROW | {"customer": name} for name in ("ada", "bob")]
        answers = running.ask("POST", "/api/predictions", rows).json()
        query = ("logs", "query", "-C", iris, "--json")
        eventually(lambda: hookline(*query).said.count("\n") == 2)

        (iris / "truths.csv").write_text("customer,actual\nada,setosa\n")
        assert hookline("feedback", iris / "truths.csv", "-C", iris).said == (
            "1 truths taken, 1 about known predictions; the others are held until theirs arrive\n"
        )
        bob = [{"prediction_id": answers[1]["prediction_id"], "actual": "virginica"}]
        (iris / "truths.json").write_text(json.dumps(bob))
        there = hookline("feedback", iris / "truths.json", "-C", iris, "--url", running.url, "--json")
        assert json.loads(there.said) == {"accepted": 1, "matched": 1}

        def measured() -> dict[str, Any] | None:
            found: dict[str, Any] = json.loads(hookline("quality", "-C", iris, "--json").said)
            return found if found["truths"] == 2 else None

        (version,) = eventually(measured)["versions"]
        assert (version["predictions"], version["coverage"], version["accuracy"]) == (2, 1.0, 0.5)

        done = hookline("logs", "erase", "--id", "ada", "--yes", "--json", "-C", iris)
        assert (done.code, done.errors) == (0, "")
        found = json.loads(done.said)
        assert (found["predictions"], found["truths"]) == (1, 1)
        assert [json.loads(line)["id"] for line in hookline(*query).said.splitlines()] == ["bob"]
        kept = [path for path in (iris / "var").rglob("*") if path.is_file()]
        assert [path for path in kept if b'"ada"' in path.read_bytes()] == []
        running.ask("POST", "/api/predictions", [IRIS_ROW | {"customer": "cid"}])
        eventually(lambda: hookline(*query).said.count("\n") == 2)
