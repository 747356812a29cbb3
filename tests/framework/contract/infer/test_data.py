from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hookline.contract.infer import read_data
from hookline.errors import DataError

TABLE = pd.DataFrame({"a": [1, 2, 3], "b": [1.5, 2.25, 3.5], "c": ["x, y", "z;", None]})


@pytest.mark.parametrize(
    ("separator", "decimal"), [(",", "."), (";", "."), (";", ","), ("\t", "."), ("|", "."), ("\t", ",")]
)
def test_separator_and_decimal_mark_are_found(tmp_path: Path, separator: str, decimal: str) -> None:
    TABLE.to_csv(tmp_path / "data.csv", sep=separator, decimal=decimal, index=False)
    data = read_data(tmp_path / "data.csv")
    assert (data.reading.separator, data.reading.decimal) == (separator, decimal)
    assert [str(dtype) for dtype in data.frame.dtypes] == ["Int64", "Float64", "string"]
    assert data.frame["b"].tolist() == [1.5, 2.25, 3.5]


def test_digits_with_zeros_in_front_are_read_as_the_text_that_they_are(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text('zip,n,zero,part\n"01895",7,0,0.5\n,8,1,00.7\n22041,9,0,1\n')
    data = read_data(tmp_path / "data.csv")
    assert data.reading.texts == ("zip",)
    assert data.frame["zip"].tolist() == ["01895", pd.NA, "22041"]
    assert [str(dtype) for dtype in data.frame.dtypes] == ["string", "Int64", "Int64", "Float64"]


def test_one_zero_in_front_is_enough_wherever_it_stands(tmp_path: Path) -> None:
    rows = [f"{20_000 + row},{row}" for row in range(200)]
    (tmp_path / "data.csv").write_text("\n".join(["zip,n", *rows, "01895,200", ""]))
    data = read_data(tmp_path / "data.csv")
    assert data.reading.texts == ("zip",)
    assert data.frame["zip"].tolist()[-2:] == ["20199", "01895"]


def test_a_zero_in_front_of_one_number_of_many_makes_no_codes_of_them(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("\n".join(["n", *map(str, range(200)), "05", ""]))
    data = read_data(tmp_path / "data.csv")
    assert data.reading.texts == ()
    assert data.frame["n"].tolist()[-2:] == [199, 5]


@pytest.mark.parametrize(
    ("price", "parts", "texts"),
    [
        ("1,5", ["950", "1.234", "12.500"], ("n",)),
        ("3,50 €", ["950", "-1.234", ""], ("n",)),
        ("1,5", ["950", "1.234", "12.5"], ()),
        ("1,5", ["0.998", "0.125", "1.000"], ()),
        ("1,5", ["1", "2", "30"], ()),
        ("1,500", ["950", "1.234", "12.500"], ()),
        ("1,5 kg", ["950", "1.234", "12.500"], ()),
        ("word", ["950", "1.000", "12.000"], ()),
    ],
    ids=[
        "thousands",
        "a price with its unit",
        "not all have three digits",
        "less than one",
        "no points",
        "thousands beside them",
        "another text",
        "a word",
    ],
)
def test_a_point_is_no_decimal_mark_for_sure_beside_decimal_commas(
    tmp_path: Path, price: str, parts: list[str], texts: tuple[str, ...]
) -> None:
    lines = "".join(f'"{price}",{part}\n' for part in parts)
    (tmp_path / "data.csv").write_text(f"price,n\n{lines}")
    data = read_data(tmp_path / "data.csv")
    assert data.reading.texts == texts
    assert data.frame["n"].dtype == ("string" if texts else "Float64" if "." in "".join(parts) else "Int64")


@pytest.mark.parametrize("name", ["data.csv", "data.csv.gz"])
def test_the_byte_that_is_no_utf8_is_counted_from_where_the_file_begins(tmp_path: Path, name: str) -> None:
    content = b"a,b\n" + b"1,2\n" * 300_000 + b"1,\xe4\n"
    with (gzip.open if name.endswith("gz") else open)(tmp_path / name, "wb") as file:
        file.write(content)
    with pytest.raises(DataError, match=rf"not UTF-8 text \(byte {content.index(0xE4)}\)"):
        read_data(tmp_path / name, rows=400_000)


@pytest.mark.parametrize(
    "name", ["data.csv", "data.CSV", "data.csv.gz", "data.tsv", "data.parquet", "data.pq"]
)
def test_each_known_extension_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if "csv" in name.lower() or "tsv" in name:
        TABLE.to_csv(path, index=False)
    else:
        TABLE.to_parquet(path)
    assert read_data(path).frame["a"].tolist() == [1, 2, 3]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a,b\n1,2\n", encoding="utf-8-sig")
    assert list(read_data(tmp_path / "data.csv").frame) == ["a", "b"]


def test_a_single_column_is_a_table_as_well(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a\n1\n2\n")
    assert list(read_data(tmp_path / "data.csv").frame) == ["a"]


def test_a_quoted_cell_may_hold_lines_and_separators(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text('a,b\n1,"x,\ny"\n2,z\n')
    assert read_data(tmp_path / "data.csv").frame["b"].tolist() == ["x,\ny", "z"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize(("rows", "complete"), [(2, False), (3, True), (4, True)])
def test_only_so_many_rows_are_read(tmp_path: Path, suffix: str, rows: int, complete: bool) -> None:
    path = tmp_path / f"data.{suffix}"
    if suffix == "csv":
        TABLE.to_csv(path, index=False)
    else:
        TABLE.to_parquet(path, row_group_size=1)
    data = read_data(path, rows=rows)
    assert (len(data.frame), data.complete) == (min(rows, 3), complete)


def test_whole_numbers_beside_nulls_stay_whole(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"a": pd.array([1, None], dtype="Int64"), "b": pd.array([True, None], dtype="boolean")}
    )
    frame.to_parquet(tmp_path / "data.parquet")
    frame.to_csv(tmp_path / "data.csv")
    for name in ("data.parquet", "data.csv"):
        read = read_data(tmp_path / name).frame
        assert [str(read[column].dtype) for column in "ab"] == ["Int64", "boolean"]


REFUSED: dict[str, tuple[str, Any, str]] = {
    "another extension": ("data.xlsx", b"", "has none of the extensions .csv, .tsv, .csv.gz"),
    "no extension": ("data", b"", "has none of the extensions"),
    "no file": ("data.csv", None, "does not exist; name a CSV or Parquet file"),
    "too long a name": (
        f"{'x' * 300}.csv",
        None,
        "cannot be read: File name too long; name a CSV or Parquet",
    ),
    "an empty file": ("data.csv", b"", "is empty; a CSV needs a header and rows"),
    "blank lines": ("data.csv", b"\n\n", "is empty"),
    "a header only": ("data.csv", b"a,b\n", "holds no rows; types can only be guessed from data"),
    "one name twice": ("data.csv", b"a,b,a\n1,2,3\n", "has several columns called 'a'; rename all but one"),
    "another encoding": ("data.csv", b"a,b\n\xe4,1\n", "is not UTF-8 text (byte 4); save it as UTF-8"),
    "fields beyond the header": ("data.csv", b"a,b\n1,2,3\n4,5,6\n", "some rows have more fields than the"),
    "one field too many": (
        "data.csv",
        b"a,b\n1,2\n4,5,6\n",
        "CSV: Expected 2 fields in line 3, saw 3; mend the file",
    ),
    "a quote that never ends": ("data.csv", b'a,b\n1,"2\n3,4\n', "cannot be read as CSV: EOF inside string"),
    "a field without end": ("data.csv", b"a,b\n" + b"x" * 200_000 + b",1\n", "as CSV: field larger than"),
    "no gzip": ("data.csv.gz", b"a,b\n1,2\n", "cannot be read: Not a gzipped file"),
    "half a gzip": (
        "data.csv.gz",
        gzip.compress(b"a,b\n1,2\n")[:-9],
        "cannot be read: Compressed file ended",
    ),
    "no Parquet": ("data.parquet", b"PAR1 and nothing else", "is not a parquet file; write it anew"),
    "an empty Parquet": ("data.parquet", b"", "cannot be read as Parquet: "),
}


@pytest.mark.parametrize(("name", "content", "words"), REFUSED.values(), ids=REFUSED)
def test_bad_data_is_one_sentence(tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_data(path)
    assert str(caught.value).startswith(str(path))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_parquet_file_with_two_columns_of_one_name_is_refused(tmp_path: Path) -> None:
    table = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    pq.write_table(table, tmp_path / "data.parquet")
    with pytest.raises(DataError, match="several columns called 'a'"):
        read_data(tmp_path / "data.parquet")
