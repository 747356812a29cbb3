from __future__ import annotations

from pathlib import Path

import pytest

from hookline.errors import LogQueryError, LogUnreadableError, NoLogError
from hookline.predlog.query import walk
from hookline.predlog.query.collect import Arrivals, collect
from hookline.predlog.query.database import reading
from hookline.predlog.query.filter import Filter, read_filter
from hookline.predlog.query.page import Page, newest_page
from hookline.predlog.query.walk import Place, read_place
from tests.framework.predlog.query.filled import SECOND, START, fill, prediction, predictions, truth

COUNT = 1_200
ALL = predictions(COUNT)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a log with predictions of all kinds."""
    return fill(tmp_path_factory.mktemp("log") / "predictions.db", ALL)


def names(path: Path, wanted: Filter, *, most: int = 50, seconds: float = 5) -> list[str]:
    """Go through all pages; return the ids in the order in which they come."""
    found: list[str] = []
    before: Place | None = None
    while True:
        with reading(path) as connection:
            page = newest_page(connection, wanted, before=before, most=most, seconds=seconds)
        assert len(page.entries) <= most
        found += [entry.place.prediction_id for entry in page.entries]
        if page.next is None:
            return found
        before = read_place(str(page.next))


FILTERS = [
    {},
    {"class_name": "large"},
    {"model_version": "v1"},
    {"id": "c3"},
    {"flag": "unknown:plan"},
    {"flag": "unknown"},
    {"text": "basic"},
    {"model_version": "v2", "class_name": "huge"},
    {"model_version": "v2", "flag": "unknown", "id": "c0"},
    {"text": '"size":77,', "class_name": "huge"},
    {"since": "2025-11-13T02:20:00Z", "until": "2025-11-13T02:25:00Z"},
    {"since": "2025-11-13T02:20:00Z", "class_name": "small", "model_version": "v1"},
    {"prediction_id": "p-00000007"},
    {"prediction_id": "p-00000007", "class_name": "nothing"},
    {"class_name": "nothing"},
    {"flag": "plan"},
]


@pytest.mark.parametrize("words", FILTERS, ids=str)
@pytest.mark.parametrize("seconds", [5, 0], ids=["in time", "out of time"])
def test_all_pages_together_are_what_matches_newest_first_and_each_once(
    log: Path, words: dict[str, str], seconds: float
) -> None:
    wanted = read_filter(words, now=0)

    def matches(number: int) -> bool:
        record, at = ALL[number], START + number * SECOND
        return (
            all(
                record[name] == words[name] for name in ("class_name", "model_version", "id") if name in words
            )
            and words.get("prediction_id", record["prediction_id"]) == record["prediction_id"]
            and (wanted.since or 0) <= at < (wanted.until or at + 1)
            and ("flag" not in words or ("flags" in record and words["flag"].startswith("unknown")))
            and ("text" not in words or words["text"] != '"size":77,' or number == 77)
        )

    expected = [ALL[number]["prediction_id"] for number in range(COUNT - 1, -1, -1) if matches(number)]
    assert names(log, wanted, seconds=seconds) == expected


def test_records_of_the_very_same_time_are_neither_lost_nor_repeated(tmp_path: Path) -> None:
    same = ALL[0]["at"]
    path = fill(tmp_path / "p.db", [prediction(number, at=same) for number in range(700)])
    expected = [f"p-{number:08d}" for number in range(699, -1, -1)]
    assert names(path, Filter()) == expected
    assert names(path, Filter(text="basic"), seconds=0) == expected


def test_a_search_for_something_rare_stops_in_time_and_says_how_far_it_came(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "FIRST", 100)
    with reading(log) as connection:
        page = newest_page(connection, Filter(text="nowhere"), seconds=0)
    assert page.entries == ()
    assert page.stopped
    assert page.next is not None
    assert START < page.next.at < START + COUNT * SECOND
    assert collect(log, Filter(text='"size":3,'), 5)[0].record["features"]["size"] == 3


def test_text_is_found_whatever_characters_it_has(tmp_path: Path) -> None:
    odd = 'a "quoted" 100 % _under_ \\ back/slash Grüße 日本 \t tab'
    path = fill(tmp_path / "p.db", [prediction(0, features={"note": odd}), prediction(1)])
    for piece in (odd, '"quoted"', "100 %", "_under_", "\\ back", "grüße"[:2], "日本", "\t"):
        assert names(path, Filter(text=piece)) == ["p-00000000"], piece
    assert names(path, Filter(text="%_%")) == []


def test_an_entry_has_the_newest_truth_by_prediction_or_by_id(tmp_path: Path) -> None:
    early, late = START + 20_000 * SECOND, START + 30_000 * SECOND
    path = fill(
        tmp_path / "p.db",
        [
            *(prediction(number, id=f"c{number}") for number in range(4)),
            truth(0, "large", at=early),
            truth(90, "huge", prediction_id="p-00000000", at=late),
            truth(91, "large", prediction_id=None, id="c1", at=late),
            truth(2, "small", at=late),
            truth(92, "large", prediction_id=None, id="c2", at=early),
        ],
    )
    with reading(path) as connection:
        page: Page = newest_page(connection, Filter())
    told = {entry.place.prediction_id: entry.truth and entry.truth.actual for entry in page.entries}
    assert told == {"p-00000000": "huge", "p-00000001": "large", "p-00000002": "small", "p-00000003": None}


def test_what_arrives_later_is_followed_even_if_its_time_is_older(tmp_path: Path) -> None:
    path = fill(tmp_path / "p.db", [prediction(number) for number in range(10, 15)])
    arrivals = Arrivals(Filter(class_name="small"))
    with reading(path) as connection:
        assert [one.place.prediction_id for one in arrivals.begin(connection, 2)] == [
            "p-00000013",
            "p-00000014",
        ]
    fill(path, [prediction(3), prediction(20), prediction(21, class_name="large")])
    with reading(path) as connection:
        assert [one.place.prediction_id for one in arrivals.more(connection)] == ["p-00000003", "p-00000020"]
        assert list(arrivals.more(connection)) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"clas_name": "x"}, "did you mean class_name"),
        ({"zzz": "x"}, "there are since"),
        ({"since": "yesterday"}, "since is not a time"),
        ({"until": "2026-13-01"}, "until is not a time"),
        ({"since": "999999999999d"}, "since is not a time"),
        ({"text": "x" * 513}, "longer than"),
        ({"id": "a\0b"}, "null character"),
    ],
)
def test_a_filter_that_is_not_understood_says_what_would_be(words: dict[str, str], says: str) -> None:
    with pytest.raises(LogQueryError, match=says):
        read_filter(words, now=0)


def test_a_filter_can_be_written_and_read_again() -> None:
    wanted = Filter(since=START, until=START + 5, class_name="a b", text="%")
    assert read_filter(wanted.words(), now=0) == wanted
    assert read_filter({"since": "15m"}, now=3_600_000_000) == Filter(since=2_700_000_000)


@pytest.mark.parametrize("text", ["", "x", "1", "1.ü", "1.a b", "-1.a", "9" * 19 + ".a"])
def test_a_place_that_no_page_named_is_refused(text: str) -> None:
    with pytest.raises(LogQueryError):
        read_place(text)


def test_without_a_database_it_says_that_nothing_is_there_yet_and_when_it_will_be(tmp_path: Path) -> None:
    # A prediction may have been made and logged: it is in the journal first.
    sentence = "no prediction is in the log's database yet: {} .* within seconds"
    with pytest.raises(NoLogError, match=sentence.format("there is no")), reading(tmp_path / "p.db"):
        pass
    (tmp_path / "p.db").touch()
    with pytest.raises(NoLogError, match=sentence.format(".* is empty;")), reading(tmp_path / "p.db"):
        pass
    (tmp_path / "p.db").write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(LogUnreadableError, match="hookline logs verify"), reading(tmp_path / "p.db"):
        pass


def test_a_reader_cannot_change_the_log(log: Path) -> None:
    with pytest.raises(LogUnreadableError), reading(log) as connection:
        connection.execute("DELETE FROM prediction")
