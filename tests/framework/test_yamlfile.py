from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.errors import HooklineError, YamlError
from hookline.yamlfile import YamlFile, read_yaml, read_yaml_text
from tests.framework.broken_yaml.cases import Case, cases

SCALARS: dict[str, Any] = {
    "true": True,
    "False": False,
    "yes": "yes",
    "no": "no",
    "on": "on",
    "null": None,
    "~": None,
    "": None,
    "0": 0,
    "-7": -7,
    "+1": 1,
    "9223372036854775807": 2**63 - 1,
    "0.5": 0.5,
    ".5": 0.5,
    "5.": 5.0,
    "1e-5": 1e-5,
    "-1.5E+3": -1500.0,
    "2024-01-02": "2024-01-02",
    "12:30": "12:30",
    "0bed": "0bed",
    "e5": "e5",
    "'1'": "1",
    '"true"': "true",
    "'null'": "null",
    "'010'": "010",
    "|\n  one\n  two\n": "one\ntwo\n",
    "[1, a, true]": [1, "a", True],
    "{b: 1}": {"b": 1},
}


@pytest.mark.parametrize(("written", "meant"), SCALARS.items(), ids=repr)
def test_a_value_is_what_people_take_it_for(written: str, meant: Any) -> None:
    value = read_yaml_text(f"a: {written}", name="f.yaml").content["a"]
    assert (value, type(value)) == (meant, type(meant))


@pytest.mark.parametrize("case", cases("yaml"), ids=lambda case: case.name)
def test_what_cannot_be_read_is_one_sentence_with_its_line(case: Case) -> None:
    with pytest.raises(YamlError) as caught:
        read_yaml_text(case.text, name="f.yaml")
    assert str(caught.value) == case.message


BITS = "a whole number of more than 64 bits; write it like 1e30, or put it in quotes if it is text"

# What would not survive in a text file, or is too long for one.
UNPRINTABLE = {
    "NUL": ("a: 1\nb: x\0", "f.yaml:2: holds the control character U+0000; remove it"),
    "a terminal escape": ("a: \x1b[31m", "f.yaml:1: holds the control character U+001B; remove it"),
    "deep brackets": ("a: " + "[" * 5_000, "f.yaml:1: nested more than 50 levels deep; make it flatter"),
    "deep blocks": ("- " * 5_000 + "a", "f.yaml:1: nested more than 50 levels deep; make it flatter"),
    "a number of 10,000 digits": ("a: " + "9" * 10_000, f"f.yaml:1: {BITS}"),
}


@pytest.mark.parametrize(("text", "sentence"), UNPRINTABLE.values(), ids=UNPRINTABLE)
def test_hostile_text_is_one_sentence_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(YamlError) as caught:
        read_yaml_text(text, name="f.yaml")
    assert str(caught.value) == sentence


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "---\n...\n", "null"])
def test_a_file_that_says_nothing_is_empty(text: str) -> None:
    assert read_yaml_text(text, name="f.yaml").content == {}


def test_every_place_has_its_line() -> None:
    file = read_yaml_text("a:\n  - b: 1\n    c: 2\n\n  - d\n", name="f.yaml")
    places = [("a",), ("a", 0, "c"), ("a", 1), ("a", 1, "gone"), ("gone",)]
    assert [file.line(place) for place in places] == [1, 3, 5, 5, 0]
    assert file.where(("a", 0, "c")) == "f.yaml:3"


def test_plain_data_has_no_lines() -> None:
    assert YamlFile(name="f.yaml", content={}, lines={}).where(("a",)) == "f.yaml"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"a: 1\nb: \xff\n", "f.yaml:2: not UTF-8 text; save the file as UTF-8"),
        ("a: 1".encode("utf-16"), "f.yaml:1: not UTF-8 text; save the file as UTF-8"),
        (b"#" * (1024 * 1024 + 1), "f.yaml is larger than 1024 KiB; this is not a file for data"),
    ],
    ids=["Latin-1", "UTF-16", "too large"],
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, data: bytes, sentence: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(data)
    with pytest.raises(YamlError) as caught:
        read_yaml(path)
    assert str(caught.value) == sentence


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    file = read_yaml(path, name="name.yaml")
    assert (file.content, file.where(("b",))) == ({"a": 1, "b": 2}, "name.yaml:2")


def test_a_file_that_is_not_there_is_named_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(YamlError) as caught:
        read_yaml(tmp_path / "f.yaml")
    assert (
        str(caught.value)
        == f"f.yaml cannot be read: No such file or directory; it is expected at {tmp_path / 'f.yaml'}"
    )


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(YamlError, match="Is a directory"):
        read_yaml(tmp_path)


def _words(read: Callable[[], YamlFile]) -> str:
    """Return the file's name, or what the one allowed kind of error says."""
    try:
        return read().name
    except HooklineError as error:
        return str(error)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any-{os.getpid()}.yaml"
    path.write_bytes(data)
    assert _words(lambda: read_yaml(path)).startswith(path.name)


@given(st.text(alphabet="ab01 \n\t:-?[]{},&*!|>'\"%@`#~<\\xuU_.e+=/é\u2028\ufeff", max_size=60))
def test_any_punctuation_is_read_or_refused_in_words(text: str) -> None:
    assert _words(lambda: read_yaml_text(text, name="f.yaml")).startswith("f.yaml")
