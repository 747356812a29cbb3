from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from hookline.contract import Contract
from hookline.errors import DataError, ScoringError
from hookline.project import open_project
from hookline.scoring import remote
from hookline.scoring.needs import needs_arrow
from hookline.scoring.predict import RefusedError, predict
from hookline.scoring.remote import predict_remotely
from hookline.scoring.rowfile import request_body, row_format
from tests.framework.scoring.conftest import Trained
from tests.framework.scoring.inputs import WRONG, mixed_rows
from tests.framework.service.running import Running, serve


@pytest.fixture(scope="module")
def service(trained: Trained) -> Iterator[Running]:
    """Run the service of the mixed contract."""
    with serve(trained("mixed").root, ID_NAME="id", max_rows=1000, access__rows_per_second=0) as running:
        yield running


def as_json(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps(rows).encode()


def as_lines(rows: list[dict[str, Any]]) -> bytes:
    return b"\n".join(json.dumps(row).encode() for row in rows) + b"\n\n"


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_parquet(rows: list[dict[str, Any]]) -> bytes:
    return of_table(pa.Table.from_pylist(rows))


def of_table(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(table, sink)
    return sink.getvalue()


FORMATS = {"json": as_json, "jsonl": as_lines, "csv": as_csv, "parquet": as_parquet}


def plain(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {key: value for key, value in answer.items() if key not in ("prediction_id", "id")}
        for answer in answers
    ]


@pytest.mark.parametrize("proba", [False, True])
def test_rows_are_answered_here_as_by_the_service(
    trained: Trained, mixed: Contract, service: Running, proba: bool
) -> None:
    rows = mixed_rows(mixed, 20)
    here = predict(
        trained("mixed"), as_json([{k: v for k, v in row.items() if k != "id"} for row in rows]), proba=proba
    )
    there = predict_remotely(service.url, as_json(rows), proba=proba)
    assert here == plain(there)
    assert [answer["row"] for answer in here] == list(range(20))
    assert all(answer["prediction_id"] for answer in there)


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_means_the_same_rows(trained: Trained, mixed: Contract, format_: str) -> None:
    rows = [{k: v for k, v in row.items() if k != "id"} | {"target": "?"} for row in mixed_rows(mixed, 10)]
    if format_ in ("json", "jsonl"):
        rows = [{k: v for k, v in row.items() if k != "target"} for row in rows]
    data = FORMATS[format_](rows)
    found = row_format(None, "-", data)
    assert found == {"jsonl": "json"}.get(format_, format_)
    assert row_format(None, f"x.{format_}", b"") == format_
    assert row_format(format_, "-", b"") == format_
    wanted = [{k: v for k, v in row.items() if k != "target"} for row in rows]
    for kind in {found, row_format(format_, "-", b"")}:
        assert json.loads(request_body(data, kind, mixed)) == wanted


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b'{"a": 1}', [{"a": 1}]),
        (b' {"a":\n 1}\n', [{"a": 1}]),
        (b'{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        (b'[{"a": 1}]', [{"a": 1}]),
        (b'\xef\xbb\xbf[{"a": 1}]', [{"a": 1}]),
        (b'\xef\xbb\xbf{"a": 1}\r\n{"a": 2}\r\n', [{"a": 1}, {"a": 2}]),
    ],
    ids=["one object", "one object, indented", "a line each", "a list", "a mark", "a mark, a line each"],
)
def test_json_is_taken_as_it_comes(data: bytes, body: object) -> None:
    assert json.loads(request_body(data, row_format(None, "-", data))) == body


@pytest.mark.parametrize(
    ("data", "format_", "words"),
    [
        (b'{"a": 1}\n{"a": \n', "json", "line 2 is not JSON"),
        (b"", "csv", "has no header"),
        (b"a,b\n1,2\n3\n", "csv", "row 1 of the CSV: The row has 1 cells, the header 2"),
        (b"PAR1", "parquet", "no Parquet file"),
        (b"a,b\n\n", "csv", "no rows below its header"),
        (b'a,b\n1,"2\n', "csv", "a quote that is never closed"),
        (of_table(pa.table([[1], [2]], names=["a", "a"])), "parquet", "several columns called 'a'"),
    ],
    ids=["torn line", "no header", "ragged", "no parquet", "no rows", "open quote", "one name twice"],
)
def test_rows_nobody_can_read_are_refused(mixed: Contract, data: bytes, format_: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        request_body(data, format_, mixed)


def test_an_unknown_format_is_refused_with_those_there_are() -> None:
    with pytest.raises(DataError, match="no format 'xls'; name one of json, jsonl, csv, parquet"):
        row_format("xls", "-", b"")


@pytest.mark.parametrize("way", WRONG)
def test_a_wrong_row_is_refused_in_the_same_words(
    trained: Trained, mixed: Contract, service: Running, way: str
) -> None:
    field, value, code, detail = WRONG[way]
    rows = [{k: v for k, v in row.items() if k != "id"} for row in mixed_rows(mixed, 3)]
    rows[1] |= {field: value}
    refusals = []
    for ask in (predict_here(trained), predict_there(service)):
        with pytest.raises(RefusedError) as caught:
            ask(as_json(rows))
        refusals.append(caught.value)
    here, there = refusals
    assert [(fault.pointer, fault.code, fault.detail) for fault in here.faults] == [
        (f"/1/{field}", code, detail)
    ]
    assert here.faults == there.faults
    assert str(here) == str(there)


def test_what_is_no_list_of_rows_is_refused_in_the_same_words(trained: Trained, service: Running) -> None:
    for body in (b"", b"[", b"[]", b"3", b'[{"a": NaN}]'):
        said = []
        for ask in (predict_here(trained), predict_there(service)):
            with pytest.raises(ScoringError) as caught:
                ask(body)
            said.append(caught.value)
        assert str(said[0]) in str(said[1])


def predict_here(trained: Trained) -> Any:
    return lambda body: predict(trained("mixed"), body)


def predict_there(service: Running) -> Any:
    return lambda body: predict_remotely(service.url, body)


def test_many_rows_go_in_parts_with_their_own_numbers(
    mixed: Contract, service: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_ROWS", 7)
    rows = mixed_rows(mixed, 50)
    assert [answer["row"] for answer in predict_remotely(service.url, as_json(rows))] == list(range(50))
    rows[44]["amount"] = -1
    with pytest.raises(RefusedError) as caught:
        predict_remotely(service.url, as_json(rows))
    assert [fault.pointer for fault in caught.value.faults] == ["/44/amount"]


def test_the_callers_id_stands_beside_the_answer(trained: Trained, mixed: Contract) -> None:
    project = open_project(trained("mixed").root, {"HOOKLINE_SERVICE__ID_NAME": "id"})
    body = request_body(as_csv(mixed_rows(mixed, 2)), "csv", mixed, "id")
    assert [answer["id"] for answer in predict(project, body)] == ["n0", "n1"]


def test_a_regression_answers_values_and_no_probabilities(trained: Trained) -> None:
    body = as_json([{"size": 1, "weight": None, "plan": "pro"}])
    (answer,) = predict(trained("regression"), body)
    assert answer["value"] > 0
    with pytest.raises(DataError, match="a regression has no probabilities"):
        predict(trained("regression"), body, proba=True)


def test_no_service_is_a_sentence() -> None:
    with pytest.raises(
        ScoringError, match=r"no service answers at http://127.0.0.1:1: .*; check the address"
    ):
        predict_remotely("http://127.0.0.1:1", b"[]")
    with pytest.raises(ScoringError, match="is no address of a service"):
        predict_remotely("nowhere", b"[]")


def test_a_missing_pyarrow_is_a_sentence_and_anything_else_missing_is_not() -> None:
    with pytest.raises(ScoringError, match=r"need pyarrow; `pip install 'hookline\[score\]'`"), needs_arrow():
        raise ModuleNotFoundError("No module named 'pyarrow'", name="pyarrow")
    with pytest.raises(ModuleNotFoundError), needs_arrow():
        raise ModuleNotFoundError("No module named 'other'", name="other")


def test_json_is_predicted_without_pyarrow_pandas_and_scikit_learn(trained: Trained, mixed: Contract) -> None:
    script = f"""
import sys
for name in ("pyarrow", "pandas", "sklearn", "skops"):
    sys.modules[name] = None
from hookline.cli import main
main(["predict", "-", "-C", {str(trained("mixed").root)!r}, "--json"])
"""
    rows = [{k: v for k, v in row.items() if k != "id"} for row in mixed_rows(mixed, 2)]
    done = subprocess.run(
        [sys.executable, "-c", script], input=as_json(rows), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert [json.loads(line)["row"] for line in done.stdout.splitlines()] == [0, 1]
