from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeAlias

import pytest
from rich.console import Console

from hookline.cli import main
from hookline.cli.score_progress import lines, score_progress
from hookline.contract import Contract
from hookline.service.keys import new_key
from tests.framework.scoring.conftest import Trained
from tests.framework.scoring.inputs import mixed_rows, write_csv
from tests.framework.service.running import serve

Run: TypeAlias = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(trained: Trained, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in the mixed project; return its exit code and what it said."""

    def command(*words: object, stdin: bytes = b"", project: str = "mixed") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as caught:
            main([*map(str, words), "-C", str(trained(project).root)])
        out, err = capsys.readouterr()
        return int(caught.value.code or 0), out, err

    return command


def rows_of(mixed: Contract, count: int) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "id"} for row in mixed_rows(mixed, count)]


def test_score_says_what_it_did(run: Run, mixed: Contract, tmp_path: Path) -> None:
    given, out = write_csv(tmp_path / "in.csv", mixed_rows(mixed, 20, wrong_every=8)), tmp_path / "out.csv"
    code, said, err = run("score", given, out)
    first, second = said.splitlines()
    assert (code, err) == (0, "")
    assert first.startswith(f"{out}: 20 rows in ")
    assert second == f"2 rows were refused; {out}.errors.jsonl says why"
    assert run("score", given, out, "--force", "--quiet") == (0, "", "")


def test_score_says_one_row_of_one(run: Run, mixed: Contract, tmp_path: Path) -> None:
    given = write_csv(tmp_path / "in.csv", mixed_rows(mixed, 1, wrong_every=1))
    first, second = run("score", given, tmp_path / "out.csv")[1].splitlines()
    assert ": 1 row in " in first
    assert second.startswith("1 row was refused; ")


def test_score_says_it_in_json(run: Run, mixed: Contract, tmp_path: Path, trained: Trained) -> None:
    given, out = write_csv(tmp_path / "in.csv", mixed_rows(mixed, 20, wrong_every=8)), tmp_path / "out.csv"
    code, said, _ = run("score", given, out, "--json", "--proba", "--threads", 1)
    assert code == 0
    version = json.loads(said).pop("model_version")
    assert json.loads(said) == {
        "out": str(out),
        "rows": 20,
        "refused": 2,
        "errors": f"{out}.errors.jsonl",
        "resumed": 0,
        "model_version": version,
    }
    assert out.read_text().startswith("class_name,probability_no,probability_yes\n")


def test_score_notes_what_a_reader_should_know(run: Run, mixed: Contract, tmp_path: Path) -> None:
    rows = [{k: v for k, v in row.items() if k != "plan"} for row in mixed_rows(mixed, 3)]
    _, _, err = run("score", write_csv(tmp_path / "in.csv", rows), tmp_path / "out.csv")
    assert err == f"note: {tmp_path}/in.csv has no column 'plan'; every row gets the default 'basic'\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--engine", "spark"], "name local or dask"),
        (["--engine", "dask"], "--engine dask and --scheduler go together"),
        (["--scheduler", "tcp://x:1"], "--engine dask and --scheduler go together"),
    ],
    ids=["engine", "no scheduler", "no engine"],
)
def test_wrong_use_of_score_is_said_with_exit_2(
    run: Run, tmp_path: Path, words: list[str], said: str
) -> None:
    code, _, err = run("score", tmp_path / "in.csv", tmp_path / "out.csv", *words)
    assert code == 2
    assert said in " ".join(err.split())


def test_an_error_of_score_is_one_line(run: Run, tmp_path: Path) -> None:
    code, out, err = run("score", tmp_path / "in.csv", tmp_path / "out.csv")
    assert (code, out) == (1, "")
    assert err.startswith("error: there is no file ")


def test_progress_is_a_line_now_and_then_where_nobody_watches() -> None:
    out, times = io.StringIO(), iter([0.0, 3.0, 12.0, 12.0, 13.0, 25.0, 25.0])
    report = lines(out, clock=lambda: next(times))
    for rows, refused, share in ((1000, 0, 0.1), (2000, 0, 0.2), (3000, 1, 0.3), (40_000, 1, 1.0)):
        report(rows, refused, share)
    assert out.getvalue() == " 20%  2,000 rows\n100%  40,000 rows, 1 refused\n"


def test_progress_is_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=80, legacy_windows=False)
    monkeypatch.setattr("hookline.cli.score_progress.Console", lambda **_: terminal)
    with score_progress(silent=False) as report:
        report(1_000, 2, 0.5)
    assert "50%" in screen.getvalue()
    assert "1,000 rows, 2 refused" in screen.getvalue()


def test_progress_is_silent_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with score_progress(silent=True) as report:
        report(1, 0, 0.5)
    assert capsys.readouterr().out == ""


def test_predict_prints_a_table(run: Run, mixed: Contract) -> None:
    body = json.dumps(rows_of(mixed, 2)).encode()
    code, out, _ = run("predict", "-", stdin=body)
    assert code == 0
    assert out.split()[:2] == ["row", "class_name"]
    _, out, _ = run("predict", "-", "--proba", stdin=body)
    assert out.split()[:3] == ["row", "no", "yes"]


def test_predict_prints_an_object_per_row(run: Run, mixed: Contract, tmp_path: Path) -> None:
    given = write_csv(tmp_path / "in.csv", rows_of(mixed, 3))
    code, out, _ = run("predict", given, "--json")
    answers = [json.loads(line) for line in out.splitlines()]
    assert (code, [sorted(answer) for answer in answers]) == (0, [["class_name", "row"]] * 3)


def test_predict_names_row_field_and_rule(run: Run, mixed: Contract, tmp_path: Path) -> None:
    rows = rows_of(mixed, 3)
    rows[1] |= {"plan": "prro", "amount": -1}
    given = tmp_path / "in.json"
    given.write_text(json.dumps(rows))
    code, out, err = run("predict", given)
    assert (code, out) == (1, "")
    assert err == (
        "error: the rows are refused\n"
        "  row 1, amount: Must be at least 0.\n"
        "  row 1, plan: Allowed are basic, pro, max. Did you mean pro?\n"
    )
    code, out, _ = run("predict", given, "--json")
    assert code == 1
    assert json.loads(out)["errors"][0] == {
        "pointer": "/1/amount",
        "code": "greater_than_equal",
        "detail": "Must be at least 0.",
    }


@pytest.mark.parametrize(
    ("stdin", "words"),
    [(b"[", "  The body is not JSON: "), (b"[]", "  The list of rows is empty; send at least one.")],
    ids=["torn", "empty"],
)
def test_predict_says_what_is_wrong_with_the_whole(run: Run, stdin: bytes, words: str) -> None:
    code, _, err = run("predict", "-", stdin=stdin, project="mixed")
    assert code == 1
    assert err.startswith(f"error: the rows are refused\n{words}")


def test_predict_without_a_file_says_so(run: Run, tmp_path: Path) -> None:
    assert run("predict", tmp_path / "none.json")[::2] == (
        1,
        f"error: {tmp_path}/none.json cannot be read: No such file or directory\n",
    )


def test_predict_asks_a_service_with_a_key_and_from_anywhere(
    run: Run, trained: Trained, mixed: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, key = new_key("tests", ["predict"])
    rows = rows_of(mixed, 2)
    (tmp_path / "in.json").write_text(json.dumps(rows))
    write_csv(tmp_path / "in.csv", rows)
    with serve(trained("mixed").root, access__keys=[str(key)]) as running:
        for file in ("in.json", "in.csv"):
            code, out, _ = run("predict", tmp_path / file, "--url", running.url, "--key", secret, "--json")
            assert (code, len(out.splitlines())) == (0, 2)
        code, _, err = run("predict", tmp_path / "in.json", "--url", running.url)
        assert (code, err.startswith("error: the service answers 401 ")) == (1, True)
        with pytest.raises(SystemExit) as caught:
            main(
                [
                    "predict",
                    str(tmp_path / "in.json"),
                    "-C",
                    str(tmp_path),
                    "--url",
                    running.url,
                    "--key",
                    secret,
                ]
            )
        assert not caught.value.code
