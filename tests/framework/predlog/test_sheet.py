from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hookline.contract import Contract, parse_contract_text
from hookline.ids import new_ids
from hookline.predlog import sheet as sheets
from hookline.predlog.encode.answered import Answered
from hookline.predlog.encode.clock import Clock
from hookline.predlog.encode.hashing import digest_of
from hookline.predlog.encode.records import Encoder, ModelFacts
from hookline.predlog.encode.sheets import SHEET_FROM
from hookline.predlog.expand import parsed, records
from hookline.predlog.journal.read import read_all
from hookline.predlog.reader import Odd, read
from hookline.predlog.sheet import SHEET, blanked, with_spans
from hookline.predlog.sinks.sink import Batch, Position
from hookline.predlog.trail import START, Trail
from hookline.types import Prediction
from tests.framework.predlog.writing import Scribe, line_of, prediction, predictions, sheet_of

STEP = 3
CLASSES = ("no", "yes", "maybe")
CONTRACT = """\
target_label: y
input_features:
  - x
  - name: text
    type: string
    nullable: true
    log: {text}
  - name: ids
    type: string
    default: "[1]"
  - name: count
    type: int
    log: {count}
"""
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ['},{"ids":[', "\n", "\u2028", "é"]
)
floats = st.floats(allow_nan=False, allow_infinity=False)
rows = st.fixed_dictionaries(
    {"x": floats, "text": texts | st.none(), "count": st.integers(-(2**63) + 1, 2**63 - 1)},
    optional={"ids": texts, "who": texts.filter(bool)},
)


def contract_of(text: str = "raw", count: str = "raw") -> Contract:
    return parse_contract_text(CONTRACT.format(text=text, count=count), name="features.yaml")


def encoder_of(contract: Contract, *, classes: tuple[str, ...] = CLASSES, best: int = 3) -> Encoder:
    model = ModelFacts("an-id", "v1", "2026-01-31T12:00:00Z", "classification", classes)
    clock = Clock(lambda: 1_700_000_000_123_456_789)
    return Encoder(contract, model, id_name="who", best=best, digest=digest_of(b"0" * 16), clock=clock)


def written(
    encoder: Encoder, given_rows: list[Any], said: Prediction, ids: list[str], *, alone: bool
) -> bytes:
    """Write records of requests with a few rows each: as a sheet, or a line for each row."""
    requests = [
        (f"r\n{number}", f"door{number % 2}", 1.2346 + number, 0, len(given_rows[start : start + STEP]))
        for number, start in enumerate(range(0, len(given_rows), STEP))
    ]
    if not alone:
        return encoder(Answered(given_rows, said, ids, requests))
    asked = [
        (request_id, door, ms, row, 1) for request_id, door, ms, _, count in requests for row in range(count)
    ]
    return encoder(
        *[
            Answered([row], part_of(said, place), [ids[place]], [request])
            for place, (row, request) in enumerate(zip(given_rows, asked, strict=True))
        ]
    )


def part_of(said: Prediction, row: int) -> Prediction:
    """Return what was said to one of the rows."""
    answers = (said.labels, said.probabilities, said.values)
    return Prediction(*(answer if answer is None else answer[row : row + 1] for answer in answers))


def found_in(data: bytes) -> list[bytes]:
    lines = data[:-1].split(b"\n")
    return [found.line for found in records(lines, (b"", 0), len(lines))]


# How long it takes to draw rows says how busy the machine is.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(rows, min_size=1, max_size=6),
    st.sampled_from(["raw", "hash", "drop"]),
    st.integers(0, 3),
    st.data(),
)
def test_a_sheet_stands_for_the_very_lines_its_rows_have_alone(
    some: list[dict[str, Any]], rule: str, best: int, data: st.DataObject
) -> None:
    many = (some * 9)[: 2 * STEP + 3]
    labels = np.array([data.draw(st.integers(0, 2))] * len(many))
    shares = data.draw(st.lists(st.sampled_from([0.0, 0.1, 1 / 3, 1.0]), min_size=3, max_size=3))
    for said in (
        Prediction(labels=labels),
        Prediction(labels=labels, probabilities=np.array([shares] * len(many))),
        Prediction(values=np.array([*shares, np.nan] * len(many))[: len(many)]),
    ):
        encoder, ids = encoder_of(contract_of(text=rule), best=best), new_ids(len(many))
        sheet = written(encoder, many, said, ids, alone=False)
        assert json.loads(sheet.split(b"\n")[0])["kind"] == SHEET
        assert sheet.count(b"\n") == len(many), "records are counted by their lines"
        assert found_in(sheet) == written(encoder, many, said, ids, alone=True).split(b"\n")[:-1]


def test_hidden_values_are_in_no_byte_of_a_sheet() -> None:
    row = {"x": 1.5, "text": "canary", "count": 987654321}
    said = Prediction(labels=np.zeros(SHEET_FROM, dtype=np.int64))
    for contract, seen in ((contract_of("hash", "drop"), False), (contract_of(), True)):  # and a null control
        data = written(encoder_of(contract), [row] * SHEET_FROM, said, new_ids(SHEET_FROM), alone=False)
        assert (b"canary" in data) is (b"987654321" in data) is seen


def test_a_large_answer_is_cut_into_sheets_that_go_on_counting_its_rows() -> None:
    contract = parse_contract_text("target_label: y\ninput_features: [x]", name="features.yaml")
    count = 1_203
    said = Prediction(values=np.arange(count) / 8)
    encoder, ids = encoder_of(contract, classes=()), new_ids(count)
    some = [{"x": float(row)} for row in range(count)]
    requests = [("from 0", "predictions", 1.0, 0, 3), ("from 3", "predictions", 1.0, 0, count - 3)]
    data = encoder(Answered(some, said, ids, requests))
    assert len([line for line in data.split(b"\n") if line]) == 3
    found = [json.loads(line) for line in found_in(data)]
    assert [record["row"] for record in found] == [0, 1, 2, *range(count - 3)]
    assert [record["request_id"] for record in found] == ["from 0"] * 3 + ["from 3"] * (count - 3)
    assert [record["features"]["x"] / 8 for record in found] == [record["value"] for record in found]
    assert [record["prediction_id"] for record in found] == ids


def test_a_sheet_is_no_longer_than_its_lines_however_many_classes_there_are() -> None:
    classes = tuple(f"class-{number}" for number in range(1_000))
    shares = np.random.default_rng(7).random((3, len(classes)))
    row = {"x": 1.5, "text": "a", "count": 1}
    for said in (
        Prediction(labels=np.array([999, 0, 500])),
        Prediction(labels=shares.argmax(axis=1), probabilities=shares),
    ):
        encoder, ids = encoder_of(contract_of(), classes=classes), new_ids(3)
        sheet = written(encoder, [row] * 3, said, ids, alone=False)
        lines = written(encoder, [row] * 3, said, ids, alone=True)
        assert found_in(sheet) == lines.split(b"\n")[:-1]
        assert len(sheet) < len(lines)


@pytest.mark.parametrize("alone", [False, True], ids=["sheet", "lines"])
def test_a_label_of_no_class_is_found_when_it_is_written(alone: bool) -> None:
    said = Prediction(labels=np.array([0, len(CLASSES)]), probabilities=np.full((2, 3), 1 / 3))
    row = {"x": 1.5, "text": "a", "count": 1}
    with pytest.raises(IndexError):
        written(encoder_of(contract_of()), [row] * 2, said, new_ids(2), alone=alone)


def test_sheets_of_long_rows_are_cut_until_each_is_of_moderate_length(tmp_path: Path) -> None:
    contract = parse_contract_text(
        "target_label: y\ninput_features: [{name: text, type: string}]", name="features.yaml"
    )
    count = 120
    some = [{"text": "é" * (40_000 if row > 60 else row)} for row in range(count)]
    said, ids = Prediction(values=np.arange(count) / 8), new_ids(count)
    data = written(encoder_of(contract, classes=()), some, said, ids, alone=False)
    sizes = [len(line) for line in data.split(b"\n") if line]
    assert max(sizes) < 1024**2
    assert len(sizes) < 10
    found = [json.loads(line) for line in found_in(data)]
    assert [record["prediction_id"] for record in found] == ids
    assert [(record["request_id"], record["row"]) for record in found] == [
        (f"r\n{number // STEP}", number % STEP) for number in range(count)
    ]
    assert [record["features"] for record in found] == some
    scribe = Scribe(tmp_path)
    scribe.write(data, count)
    _, batch = read(Trail(scribe.path), START)
    assert isinstance(batch, Batch)
    assert sum(map(len, batch.lines)) < 3 * 1024**2


def test_the_widest_row_says_how_many_go_into_a_sheet() -> None:
    features = "".join(f"\n  - {{name: x{number}, default: 0}}" for number in range(1_000))
    contract = parse_contract_text(f"target_label: y\ninput_features:{features}", name="features.yaml")
    some: list[dict[str, float]] = [{}, *[{f"x{number}": 1.5 for number in range(1_000)}] * 40]
    said = Prediction(values=np.zeros(len(some)))
    data = written(encoder_of(contract, classes=()), some, said, new_ids(len(some)), alone=False)
    assert len([line for line in data.split(b"\n") if line]) == 3


def everything(trail: Trail, most_rows: int) -> list[Any]:
    """Read step by step, each from where the one before ended; None for a row that was erased."""
    found: list[Any] = []
    place = START
    while True:
        place, piece = read(trail, place, most_rows=most_rows)
        if piece is None:
            return found
        if isinstance(piece, Odd):
            found.append(None if piece.erased else piece.line)
        else:
            found += [record["prediction_id"] for record in piece.records]
            assert [json.loads(line) for line in piece.lines] == list(piece.records)
        place = piece.end


@pytest.mark.parametrize("most_rows", [1, 2, 3, 7, 100])
def test_a_sheet_is_read_from_any_of_its_rows_on(tmp_path: Path, most_rows: int) -> None:
    scribe = Scribe(tmp_path)
    some = predictions(12)
    scribe.append(some[0])
    for part in (some[1:6], some[6:8], some[8:11]):
        scribe.write(sheet_of(part), len(part))
    scribe.append(some[11])
    trail = Trail(scribe.path)
    names = [record["prediction_id"] for record in some]
    assert everything(trail, most_rows) == names
    assert trail.lines() == 12
    assert [json.loads(line)["prediction_id"] for line in read_all(scribe.path)] == names


def test_a_batch_ends_before_a_sheet_that_does_not_fit_in(tmp_path: Path) -> None:
    scribe = Scribe(tmp_path)
    some = predictions(7)
    scribe.append(some[0])
    scribe.write(sheet_of(some[1:4]) + sheet_of(some[4:]), 6)
    _, batch = read(Trail(scribe.path), START, most_rows=5)
    assert isinstance(batch, Batch)
    assert (len(batch), batch.more) == (4, True)


def test_parts_of_a_batch_know_their_places_within_a_sheet(tmp_path: Path) -> None:
    scribe = Scribe(tmp_path)
    some = predictions(6)
    scribe.append(some[0])
    scribe.write(sheet_of(some[1:]), 5)
    _, batch = read(Trail(scribe.path), START)
    assert isinstance(batch, Batch)
    for part in [*batch.cut((0, 3)), *batch.part(1, 5).cut()]:
        _, again = read(Trail(scribe.path), part.start, most_rows=len(part))
        assert isinstance(again, Batch)
        assert (again.lines, again.end) == (part.lines, part.end)


def test_rows_are_erased_in_a_sheet_and_the_rest_stays_to_the_byte(tmp_path: Path) -> None:
    scribe = Scribe(tmp_path)
    some = [prediction(id="é" if row % 3 else "other", features={"text": "é,]"}) for row in range(6)]
    line, rest = sheet_of(some).split(b"\n", 1)
    once = with_spans(line, blanked(line, {1, 2}))
    # As it was before the first: who erases at the same time does not bring back what the other erased.
    twice = with_spans(once, blanked(line, {4}))
    assert twice == with_spans(once, blanked(once, {4}))
    assert len(line) == len(once) == len(twice)
    assert all(new in (old, *b"0 ") for old, new in zip(line, twice, strict=True))
    scribe.write(twice + b"\n" + rest, 6)
    kept = [record["prediction_id"] for record in some]
    assert everything(Trail(scribe.path), 100) == [kept[0], None, None, kept[3], None, kept[5]]
    for row in (1, 2, 4):
        assert kept[row].encode() not in twice


def test_a_sheet_is_erased_however_it_is_spaced_and_never_said_to_be_if_it_is_not() -> None:
    some = predictions(3, id="who")
    sheet = json.loads(sheet_of(some).split(b"\n")[0]) | {"flags": []}
    line = json.dumps(sheet).encode()
    assert b'"ids": [' in line
    after = json.loads(with_spans(line, blanked(line, {1})))
    assert [after[name][1] for name in ("ids", "names", "features", "labels", "shares")] == [0] * 5
    hidden = line.replace(b'"names"', b'"n\\u0061mes"')
    assert json.loads(hidden) == sheet
    with pytest.raises(ValueError, match="not looked for"):
        blanked(hidden, {1})


def test_a_row_without_features_is_being_erased_while_it_is_read(tmp_path: Path) -> None:
    scribe = Scribe(tmp_path)
    some = predictions(3)
    sheet = json.loads(sheet_of(some).split(b"\n")[0])
    sheet["features"][1] = 0
    scribe.write(line_of(sheet) + b"\n" * 3, 3)
    assert everything(Trail(scribe.path), 100) == [some[0]["prediction_id"], None, some[2]["prediction_id"]]


def test_a_row_that_is_no_record_takes_no_other_with_it_and_nothing_of_it_is_lost(tmp_path: Path) -> None:
    scribe = Scribe(tmp_path)
    some = predictions(4, features={"text": "kept"})
    sheet = json.loads(sheet_of(some).split(b"\n")[0])
    sheet["labels"][1] = 7
    sheet["shares"][2] = [1.0, "half \ud800"]
    scribe.write(json.dumps(sheet).encode() + b"\n" * 4, 4)
    first, *odd, last = everything(Trail(scribe.path), 100)
    assert (first, last) == (some[0]["prediction_id"], some[3]["prediction_id"])
    for record, line in zip(some[1:3], odd, strict=True):
        assert json.loads(line)["ids"] == [record["prediction_id"]]
        assert b"kept" in line


def test_the_records_of_a_sheet_are_made_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = sheet_of(predictions(9))[:-1].split(b"\n")
    made: list[dict[str, Any]] = []

    def counting(record: dict[str, Any]) -> bytes:
        made.append(record)
        return line_of(record)

    monkeypatch.setattr(sheets, "to_json", counting)
    next(records(lines, (b"", 0), len(lines)))
    assert len(made) == 1


@pytest.mark.parametrize(
    "spoilt",
    [{"kind": SHEET}, {"kind": SHEET, "ids": 3}, {"kind": SHEET, "head": [], "ids": ["a"], "first": 0}],
)
def test_what_is_no_sheet_is_no_record(tmp_path: Path, spoilt: dict[str, Any]) -> None:
    scribe = Scribe(tmp_path)
    some = predictions(2)
    scribe.write(line_of(spoilt) + b"\n\n", 2)
    scribe.append(*some)
    names = [record["prediction_id"] for record in some]
    assert everything(Trail(scribe.path), 100) == [line_of(spoilt), b"", *names]


@given(st.floats(allow_nan=False) | st.integers() | texts)
def test_a_line_is_read_exactly(value: Any) -> None:
    line = line_of({"value": value})
    assert parsed(line) == json.loads(line)
    assert parsed(line + b"   ") == json.loads(line)


def test_half_of_a_surrogate_pair_is_read_too() -> None:
    assert parsed(b'{"value":"\\ud800"}') == {"value": "\ud800"}
    assert parsed(b"[" * 100_000) is parsed(b"{} {}") is parsed(b"") is parsed(b"[1]") is None


def test_empty_lines_that_belong_to_no_sheet_are_no_records(tmp_path: Path) -> None:
    scribe = Scribe(tmp_path)
    some = predictions(3)
    scribe.write(b"\n", 1)
    scribe.append(some[0])
    scribe.write(b"\n" + sheet_of(some[1:]) + b"\n", 4)
    names = [record["prediction_id"] for record in some]
    assert everything(Trail(scribe.path), 100) == [b"", names[0], b"", *names[1:], b""]
    assert read(Trail(scribe.path), Position(1, 0))[0] == Position(1, 0)
