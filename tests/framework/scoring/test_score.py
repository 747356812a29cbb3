from __future__ import annotations

import csv
import json
import os
import resource
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from hookline.contract import Contract
from hookline.contract.columns import columns_from_rows
from hookline.errors import DataError, HooklineError, NoModelError, ScoringError
from hookline.models.loading import load_model
from hookline.models.policy import LoadPolicy
from hookline.models.store import ModelStore
from hookline.project import Project, open_project
from hookline.scoring.score import Wishes, score
from hookline.scoring.sources.csv import CsvSource
from hookline.scoring.sources.parquet import ParquetSource
from tests.framework.rights import modes_count
from tests.framework.scoring.conftest import Trained
from tests.framework.scoring.inputs import WRONG, mixed_rows, write_csv


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make chunks so small that every test has several."""
    monkeypatch.setattr(CsvSource, "block", 2000)
    monkeypatch.setattr(ParquetSource, "cells", 300)


def read_rows(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            return [{name: cell or None for name, cell in row.items()} for row in csv.DictReader(file)]
    rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    return rows


def as_parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    # A column has one type; a cell of another makes all of them text.
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    mixed = {n for n, cells in columns.items() if len({type(cell) for cell in cells} - {type(None)}) > 1}
    plain = {n: [str(c) for c in cells] if n in mixed else cells for n, cells in columns.items()}
    parquet.write_table(pa.table(plain), path)
    return path


def expected(project: Project, rows: list[dict[str, Any]]) -> list[tuple[str, list[float]]]:
    """Ask the model itself."""
    policy = LoadPolicy.from_settings(project.settings.models, project.root)
    model = load_model(ModelStore(project.model_directory), None, policy)
    prediction = model.predictor.predict(columns_from_rows(model.contract, rows))
    assert prediction.labels is not None
    assert prediction.probabilities is not None
    classes = model.manifest.classes or ()
    return [
        (classes[label], shares)
        for label, shares in zip(prediction.labels.tolist(), prediction.probabilities.tolist(), strict=True)
    ]


@pytest.mark.parametrize("name", ["mixed", "mixed native"])
@pytest.mark.parametrize("into", ["csv", "parquet"])
@pytest.mark.parametrize("source", ["csv", "parquet"])
def test_every_row_is_answered_in_its_place(
    trained: Trained, mixed: Contract, tmp_path: Path, name: str, source: str, into: str
) -> None:
    project, rows = trained(name), mixed_rows(mixed, 150)
    given = (write_csv if source == "csv" else as_parquet)(tmp_path / f"in.{source}", rows)
    result = score(project, str(given), tmp_path / f"out.{into}", Wishes(proba=True, ids=["id"]))
    answers = read_rows(result.out)
    assert (result.rows, result.refused, result.errors) == (150, 0, None)
    assert list(answers[0]) == ["id", "class_name", "probability_no", "probability_yes"]
    assert [answer["id"] for answer in answers] == [row["id"] for row in rows]
    for answer, (label, shares) in zip(answers, expected(project, rows), strict=True):
        assert answer["class_name"] == label
        assert [float(answer["probability_no"]), float(answer["probability_yes"])] == pytest.approx(shares)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([given.name, result.out.name])


def test_a_regression_answers_values(trained: Trained, tmp_path: Path) -> None:
    given = write_csv(
        tmp_path / "in.csv",
        [{"size": 1, "weight": 2, "plan": "pro"}, {"size": 9, "weight": None, "plan": "max"}],
    )
    score(trained("regression"), str(given), tmp_path / "out.csv")
    first, second = read_rows(tmp_path / "out.csv")
    assert list(first) == ["value"]
    assert 0 < float(first["value"]) < float(second["value"])


@pytest.mark.parametrize("source", ["csv", "parquet"])
@pytest.mark.parametrize("into", ["csv", "parquet"])
def test_a_refused_row_is_empty_in_its_place_and_named_beside(
    trained: Trained, mixed: Contract, tmp_path: Path, source: str, into: str
) -> None:
    rows = mixed_rows(mixed, 120, wrong_every=7)
    given = (write_csv if source == "csv" else as_parquet)(tmp_path / f"in.{source}", rows)
    result = score(trained("mixed"), str(given), tmp_path / f"out.{into}", Wishes(ids=["id"]))
    answers = read_rows(result.out)
    wrong = list(range(6, 120, 7))
    assert [answer["id"] for answer in answers] == [row["id"] for row in rows]
    assert [place for place, answer in enumerate(answers) if answer["class_name"] is None] == wrong
    assert result.refused == len(wrong)
    assert result.errors == tmp_path / f"out.{into}.errors.jsonl"
    ways = list(WRONG.values())
    assert [json.loads(line) for line in result.errors.read_text().splitlines()] == [
        {"row": row, "pointer": f"/{row}/{field}", "code": code, "detail": detail}
        for turn, row in enumerate(wrong)
        for field, _, code, detail in [ways[turn % len(ways)]]
    ]


def test_all_columns_are_kept_as_they_stand(trained: Trained, mixed: Contract, tmp_path: Path) -> None:
    rows = mixed_rows(mixed, 30)
    rows[0] |= {"amount": "0012.50", "channel": 'a,"b"\nc'}
    given = write_csv(tmp_path / "in.csv", rows)
    for into in ("csv", "parquet"):
        score(trained("mixed"), str(given), tmp_path / f"out.{into}", Wishes(keep=True))
        answers = read_rows(tmp_path / f"out.{into}")
        assert [{n: a[n] for n in rows[0]} for a in answers] == read_rows(given)
        assert all(answer["class_name"] for answer in answers)
    given = as_parquet(tmp_path / "in.parquet", mixed_rows(mixed, 30))
    score(trained("mixed"), str(given), tmp_path / "kept.parquet", Wishes(keep=True))
    kept = parquet.read_table(tmp_path / "kept.parquet")
    assert kept.drop_columns("class_name").equals(parquet.read_table(given))


def test_the_id_of_the_settings_is_carried_over(trained: Trained, mixed: Contract, tmp_path: Path) -> None:
    project = open_project(trained("mixed").root, {"HOOKLINE_SERVICE__ID_NAME": "id"})
    given = write_csv(tmp_path / "in.csv", mixed_rows(mixed, 5))
    score(project, str(given), tmp_path / "out.csv")
    assert list(read_rows(tmp_path / "out.csv")[0]) == ["id", "class_name"]


def test_a_folder_is_scored_as_one(trained: Trained, mixed: Contract, tmp_path: Path) -> None:
    rows = mixed_rows(mixed, 60, wrong_every=25)
    (folder := tmp_path / "in").mkdir()
    write_csv(folder / "1.csv", rows[:20])
    write_csv(folder / "2.csv", rows[20:])
    parts = score(trained("mixed"), str(folder), tmp_path / "parts.csv", Wishes(ids=["id"]))
    whole = score(
        trained("mixed"),
        str(write_csv(tmp_path / "in.csv", rows)),
        tmp_path / "whole.csv",
        Wishes(ids=["id"]),
    )
    assert parts.out.read_bytes() == whole.out.read_bytes()
    assert parts.errors
    assert whole.errors
    assert parts.errors.read_bytes() == whole.errors.read_bytes()


def test_input_without_rows_gives_output_without_rows(
    trained: Trained, mixed: Contract, tmp_path: Path
) -> None:
    given = tmp_path / "in.csv"
    given.write_text(",".join(mixed.names) + "\n")
    for into in ("csv", "parquet"):
        result = score(trained("mixed"), str(given), tmp_path / f"out.{into}")
        assert (result.rows, read_rows(result.out)) == (0, [])


def test_an_absent_column_with_a_default_is_noted(trained: Trained, mixed: Contract, tmp_path: Path) -> None:
    rows = [{name: cell for name, cell in row.items() if name != "plan"} for row in mixed_rows(mixed, 9)]
    notes: list[str] = []
    score(
        trained("mixed"), str(write_csv(tmp_path / "in.csv", rows)), tmp_path / "out.csv", note=notes.append
    )
    assert notes == [f"{tmp_path}/in.csv has no column 'plan'; every row gets the default 'basic'"]
    assert [row["class_name"] for row in read_rows(tmp_path / "out.csv")] == [
        label for label, _ in expected(trained("mixed"), [{**row, "plan": "basic"} for row in rows])
    ]


def without_age(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: cell for name, cell in row.items() if name != "age"} for row in rows]


def with_age_misspelt(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | {"Age": 41} for row in without_age(rows)]


def with_an_answer(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | {"class_name": "yes"} for row in rows]


NO_MODEL = "20200101T000000Z-00000000"


@pytest.mark.parametrize(
    ("rows", "out", "wishes", "error", "words"),
    [
        (without_age, "o.csv", Wishes(), DataError, "lacks 1 of .. features: 'age'"),
        (with_age_misspelt, "o.csv", Wishes(), DataError, r"'age' \(closest column: 'Age'\)"),
        (
            with_an_answer,
            "o.csv",
            Wishes(keep=True),
            DataError,
            "'class_name', which is also one of the answer",
        ),
        (list, "o.csv", Wishes(ids=["ident"]), DataError, "no column 'ident' to carry over"),
        (list, "o.csv", Wishes(ids=["ids"]), DataError, "did you mean 'id'"),
        (list, "o.txt", Wishes(), DataError, "ending must be one of"),
        (list, "in.csv", Wishes(), DataError, "is one of the files to score"),
        (
            list,
            "no/such/o.csv",
            Wishes(),
            ScoringError,
            "cannot be written: No such file .*; make the folder",
        ),
        (list, ".", Wishes(force=True), DataError, r"is a folder; name a file in it, such as .*/scored\.csv"),
        (list, "o.csv", Wishes(model=NO_MODEL), NoModelError, "there is no version"),
    ],
    ids=[
        "feature",
        "misspelt",
        "name twice",
        "id",
        "misspelt id",
        "ending",
        "itself",
        "no folder",
        "a folder",
        "model",
    ],
)
def test_what_cannot_be_scored_is_refused_before_anything_is_written(
    trained: Trained,
    mixed: Contract,
    tmp_path: Path,
    rows: Any,
    out: str,
    wishes: Wishes,
    error: type[HooklineError],
    words: str,
) -> None:
    given = write_csv(tmp_path / "in.csv", rows(mixed_rows(mixed, 3)))
    before = given.read_bytes()
    with pytest.raises(error, match=words):
        score(trained("mixed"), str(given), tmp_path / out, wishes)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]
    assert given.read_bytes() == before


def with_column(path: Path, rows: list[dict[str, Any]], cells: pa.Array) -> Path:
    table = parquet.read_table(as_parquet(path, rows))
    parquet.write_table(table.append_column("more", cells), path)
    return path


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (pa.array([[1], [2], []]), "the column 'more' of .*in.parquet is list<.*>, which no cell of CSV can"),
        (pa.array([b"a", b"\xff", None]), "the column 'more' holds bytes that are no text"),
    ],
    ids=["lists", "bytes"],
)
def test_what_no_cell_of_csv_can_hold_is_kept_in_parquet_only(
    trained: Trained, mixed: Contract, tmp_path: Path, cells: pa.Array, words: str
) -> None:
    given = with_column(tmp_path / "in.parquet", mixed_rows(mixed, 3), cells)
    with pytest.raises(DataError, match=rf"{words}.*let OUT end with \.parquet"):
        score(trained("mixed"), str(given), tmp_path / "out.csv", Wishes(keep=True))
    kept = score(trained("mixed"), str(given), tmp_path / "out.parquet", Wishes(keep=True))
    assert parquet.read_table(kept.out)["more"].to_pylist() == cells.to_pylist()


def test_files_whose_columns_do_not_fit_together_are_a_sentence(
    trained: Trained, mixed: Contract, tmp_path: Path
) -> None:
    (folder := tmp_path / "in").mkdir()
    with_column(folder / "1.parquet", mixed_rows(mixed, 3), pa.array([1, 2, 3]))
    with_column(folder / "2.parquet", mixed_rows(mixed, 3), pa.array(["4", "five", "6"]))
    with pytest.raises(DataError, match="'more' is int64 in the first file and string in another"):
        score(trained("mixed"), str(folder), tmp_path / "out.parquet", Wishes(ids=["more"]))


def test_probabilities_of_a_number_are_refused(trained: Trained, tmp_path: Path) -> None:
    given = write_csv(tmp_path / "in.csv", [{"size": 1, "weight": 2, "plan": "pro"}])
    with pytest.raises(DataError, match="a regression has no probabilities"):
        score(trained("regression"), str(given), tmp_path / "out.csv", Wishes(proba=True))


def test_an_existing_file_is_replaced_only_by_force(
    trained: Trained, mixed: Contract, tmp_path: Path
) -> None:
    project, out = trained("mixed"), tmp_path / "out.csv"
    wrong = write_csv(tmp_path / "in.csv", mixed_rows(mixed, 20, wrong_every=5))
    score(project, str(wrong), out)
    with pytest.raises(ScoringError, match=r"out.csv exists already; .* --force"):
        score(project, str(wrong), out)
    right = write_csv(tmp_path / "right.csv", mixed_rows(mixed, 10))
    assert score(project, str(right), out, Wishes(force=True)).rows == 10
    assert len(read_rows(out)) == 10
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv", "right.csv"]


class StopError(Exception):
    """Stop a run in the middle, as a fault of the machine would."""


def stop_halfway(project: Project, given: Path, out: Path, wishes: Wishes) -> None:
    def report(rows: int, refused: int, share: float) -> None:
        if share > 0.4:
            raise StopError

    with pytest.raises(StopError):
        score(project, str(given), out, wishes, report=report, every=0)


@pytest.mark.parametrize("into", ["csv", "parquet"])
@pytest.mark.parametrize("source", ["csv", "parquet"])
def test_a_stopped_run_goes_on_where_it_was(
    trained: Trained, mixed: Contract, tmp_path: Path, source: str, into: str
) -> None:
    project, rows = trained("mixed"), mixed_rows(mixed, 200, wrong_every=9)
    given = (write_csv if source == "csv" else as_parquet)(tmp_path / f"in.{source}", rows)
    wishes = Wishes(proba=True, ids=["id"])
    stop_halfway(project, given, tmp_path / f"out.{into}", wishes)
    result = score(project, str(given), tmp_path / f"out.{into}", wishes)
    whole = score(project, str(given), tmp_path / f"whole.{into}", wishes)
    assert 0 < result.resumed < 200
    assert result.rows == whole.rows == 200
    assert result.out.read_bytes() == whole.out.read_bytes()
    assert result.errors
    assert whole.errors
    assert result.errors.read_bytes() == whole.errors.read_bytes()


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("inside", [".", "deeper"])
def test_a_folder_that_may_not_be_entered_is_a_sentence(
    trained: Trained, mixed: Contract, tmp_path: Path, inside: str, force: bool
) -> None:
    given, locked = write_csv(tmp_path / "in.csv", mixed_rows(mixed, 3)), tmp_path / "locked"
    (locked / "deeper").mkdir(parents=True)
    sentence = r"out\.csv cannot be written: Permission denied; check its permissions, or write elsewhere"
    locked.chmod(0o600)
    try:
        with modes_count(), pytest.raises(ScoringError, match=sentence):
            score(trained("mixed"), str(given), locked / inside / "out.csv", Wishes(force=force))
    finally:
        locked.chmod(0o700)
    assert [path.name for path in locked.rglob("*")] == ["deeper"]


@pytest.mark.parametrize(
    ("locked", "mode"), [("in", 0o000), ("in", 0o600), ("in/1.csv", 0o000)], ids=["unseen", "seen", "a file"]
)
@pytest.mark.parametrize("named", ["in/1.csv", "in"])
def test_input_that_may_not_be_read_is_a_sentence(
    trained: Trained, mixed: Contract, tmp_path: Path, named: str, locked: str, mode: int
) -> None:
    (tmp_path / "in").mkdir()
    write_csv(tmp_path / "in" / "1.csv", mixed_rows(mixed, 3))
    (tmp_path / locked).chmod(mode)
    sentence = f"{named} cannot be read: Permission denied; check its permissions"
    try:
        with modes_count(), pytest.raises(DataError, match=sentence):
            score(trained("mixed"), str(tmp_path / named), tmp_path / "out.csv")
    finally:
        (tmp_path / locked).chmod(0o700)


def test_a_name_that_is_too_long_is_a_sentence(trained: Trained, mixed: Contract, tmp_path: Path) -> None:
    given = write_csv(tmp_path / "in.csv", mixed_rows(mixed, 3))
    with pytest.raises(ScoringError, match=r"cannot be written: File name too long; .* write elsewhere"):
        score(trained("mixed"), str(given), tmp_path / f"{'o' * 300}.csv")
    with pytest.raises(DataError, match="cannot be read: File name too long; name another file"):
        score(trained("mixed"), f"{'i' * 300}.csv", tmp_path / "out.csv")


@pytest.mark.parametrize("into", ["csv", "parquet"])
@pytest.mark.parametrize("every", [0.0, 1000.0], ids=["noted", "not noted"])
def test_a_disk_that_is_full_is_a_sentence_and_the_run_goes_on_once_there_is_room(
    trained: Trained, mixed: Contract, tmp_path: Path, into: str, every: float
) -> None:
    project, rows = trained("mixed"), mixed_rows(mixed, 200, wrong_every=9)
    given, out = write_csv(tmp_path / "in.csv", rows), tmp_path / f"out.{into}"
    _, most = limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(rows: int, refused: int, share: float) -> None:
        # The system refuses to let files grow, as a full disk does.
        size = max(path.stat().st_size for path in tmp_path.glob("out.*"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (max(size, 1000), most))

    sentence = rf"out.{into} cannot be written: File too large; .* \(without --force\) goes on from there"
    try:
        with pytest.raises(ScoringError, match=sentence):
            score(project, str(given), out, report=fill, every=every)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not out.exists()
    result = score(project, str(given), out)
    whole = score(project, str(given), tmp_path / f"whole.{into}")
    assert (result.resumed > 0) == (every == 0)
    assert result.out.read_bytes() == whole.out.read_bytes()
    names = {"in.csv", *(f"{name}.{into}{end}" for name in ("out", "whole") for end in ("", ".errors.jsonl"))}
    assert {path.name for path in tmp_path.iterdir()} == names


def nothing(given: Path) -> None:
    assert given.exists()


def touch(given: Path) -> None:
    os.utime(given, (1, 1))


def lengthen(given: Path) -> None:
    given.write_text(given.read_text() + "\n")


@pytest.mark.parametrize(
    ("change", "wishes", "words"),
    [
        (touch, Wishes(), "over other input"),
        (lengthen, Wishes(), "over other input"),
        (nothing, Wishes(proba=True), "with other columns"),
        (nothing, Wishes(ids=["id"]), "with other columns"),
    ],
    ids=["touched", "longer", "probabilities", "ids"],
)
def test_a_run_over_something_else_is_not_gone_on_with(
    trained: Trained, mixed: Contract, tmp_path: Path, change: Any, wishes: Wishes, words: str
) -> None:
    project, given = trained("mixed"), write_csv(tmp_path / "in.csv", mixed_rows(mixed, 100))
    stop_halfway(project, given, tmp_path / "out.csv", Wishes())
    change(given)
    with pytest.raises(ScoringError, match=rf"out.csv.state.json belongs to a run {words}.*--force"):
        score(project, str(given), tmp_path / "out.csv", wishes)
    assert score(project, str(given), tmp_path / "out.csv", Wishes(force=True)).resumed == 0


def test_another_model_does_not_go_on_with_a_run(
    trained: Trained, mixed: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, other = trained("mixed"), trained("mixed native")
    given = write_csv(tmp_path / "in.csv", mixed_rows(mixed, 100))
    stop_halfway(project, given, tmp_path / "out.csv", Wishes())
    version = ModelStore(project.model_directory).current()
    with pytest.raises(ScoringError, match=rf"another model \({version}; name it with --model\)"):
        score(other, str(given), tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"format": 2, "job": {}, "progress": {}}', "another version of hookline"),
    ],
    ids=["torn", "of another shape", "of another format"],
)
def test_a_state_file_nobody_can_read_is_refused(
    trained: Trained, mixed: Contract, tmp_path: Path, text: str, words: str
) -> None:
    given = write_csv(tmp_path / "in.csv", mixed_rows(mixed, 3))
    (tmp_path / "out.csv.state.json").write_text(text)
    with pytest.raises(ScoringError, match=words):
        score(trained("mixed"), str(given), tmp_path / "out.csv")


def test_lost_rows_are_noticed(trained: Trained, mixed: Contract, tmp_path: Path) -> None:
    given = write_csv(tmp_path / "in.csv", mixed_rows(mixed, 100))
    stop_halfway(trained("mixed"), given, tmp_path / "out.csv", Wishes())
    os.truncate(tmp_path / "out.csv.part", 5)
    with pytest.raises(ScoringError, match=r"out.csv.part has lost rows .* --force"):
        score(trained("mixed"), str(given), tmp_path / "out.csv")


def test_two_runs_do_not_write_one_file(trained: Trained, mixed: Contract, tmp_path: Path) -> None:
    project, given = trained("mixed"), write_csv(tmp_path / "in.csv", mixed_rows(mixed, 100))
    refusals: list[str] = []

    def meanwhile(rows: int, refused: int, share: float) -> None:
        with pytest.raises(ScoringError) as caught:
            score(project, str(given), tmp_path / "out.csv")
        refusals.append(str(caught.value))

    score(project, str(given), tmp_path / "out.csv", report=meanwhile)
    assert set(refusals) == {f"another run is writing {tmp_path}/out.csv; wait for it, or write elsewhere"}
    assert len(read_rows(tmp_path / "out.csv")) == 100
