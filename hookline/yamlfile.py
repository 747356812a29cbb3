"""Read YAML so that an error can name the line, and so that a value is what people take it for.

Only `true` and `false` are booleans (a choice `no` stays a word), `1e-5` is a number, dates stay text.
What readers of YAML understand differently is refused: `010`, `1_000`, a key that stands twice, anchors,
tags, merge keys. docs/decisions/0005-yaml-dialect.md says why.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import yaml

from hookline.errors import YamlError

__all__ = ["KeyPath", "YamlFile", "read_yaml", "read_yaml_text"]

KeyPath: TypeAlias = tuple[str | int, ...]

_MOST_BYTES = 1024 * 1024
_MOST_LEVELS = 50

_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_WORDS |= {cased: value for word, value in _WORDS.items() for cased in (word.title(), word.upper())}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
_AMBIGUOUS = re.compile(
    r"[-+]?(0x[0-9a-f_]+|0[ob]?[0-9_]+|[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?)", re.IGNORECASE
)
_ENDLESS = re.compile(r"[-+]?\.inf|\.nan", re.IGNORECASE)
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_OR_TEXT = "or put it in quotes if it is text"

_HINTS = {
    "'\\t'": "indent with spaces, not tabs",
    "cannot start any token": "put text that begins with this character in quotes",
    "mapping values are not allowed": "put text that holds `: ` in quotes, and indent keys alike",
    "could not find expected ':'": "write `: ` behind the key here",
    "found ':'": "write a key before the `:`",
    "sequence entries are not allowed": "put each `- ` on a line of its own",
    "expected <block end>": "indent it like its neighbours",
    "unexpected end of stream": "close the quote that begins here",
    "expected ',' or": "close the bracket that begins here, and put commas between",
    "unknown escape": "double the backslash, or use single quotes",
}
"""What to do about what PyYAML says."""


@dataclass(frozen=True, slots=True)
class YamlFile:
    """Hold what a file says, and on which line it says it."""

    name: str
    content: dict[str, Any]
    lines: dict[KeyPath, int] = field(repr=False)

    def where(self, path: KeyPath) -> str:
        """Name file and line of `path`, or of the closest parent that the file has."""
        line = self.line(path)
        return f"{self.name}:{line}" if line else self.name

    def line(self, path: KeyPath) -> int:
        """Return the line of `path`, or of the closest parent that the file has; 0 without lines."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


def read_yaml(path: Path, *, name: str | None = None) -> YamlFile:
    """Read a YAML mapping from `path`; `name` is what messages call it."""
    name = name or path.name
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise YamlError(f"{name} cannot be read: {error.strerror}; it is expected at {path}") from error
    if len(data) > _MOST_BYTES:
        raise YamlError(f"{name} is larger than {_MOST_BYTES // 1024} KiB; this is not a file for data")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise YamlError(f"{name}:{line}: not UTF-8 text; save the file as UTF-8") from error
    return read_yaml_text(text, name=name)


def read_yaml_text(text: str, *, name: str) -> YamlFile:
    """Read a YAML mapping from `text`."""
    found = _CONTROL.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        raise YamlError(f"{name}:{line}: {_control(found[0])}")
    document = _Document(text, name)
    try:
        content = document.read()
    except yaml.MarkedYAMLError as error:
        raise YamlError(_unreadable(error, name)) from error
    except (ValueError, OverflowError) as error:  # PyYAML on an escape such as "\U00110000"
        raise YamlError(f"{name}: an escape `\\U…` in double quotes names no character; mend it") from error
    if content is None:
        content = {}
    if not isinstance(content, dict):
        raise YamlError(f"{name}: expected `key: value` lines at the top, found {_kind(content)}")
    return YamlFile(name=name, content=content, lines=document.lines)


class _Document:
    """Build the one document of a text from the parser's events, noting lines."""

    def __init__(self, text: str, name: str) -> None:
        self._name = name
        self._events: Iterator[Any] = yaml.parse(text, Loader=yaml.BaseLoader)
        self.lines: dict[KeyPath, int] = {}

    def read(self) -> Any:
        next(self._events)  # the stream begins
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        content = self._value(next(self._events), ())
        next(self._events)  # the document ends
        following = next(self._events)
        if not isinstance(following, yaml.StreamEndEvent):
            self._refuse(following, "a second document begins here (`---`); keep one in the file")
        return content

    def _value(self, event: Any, path: KeyPath) -> Any:
        if path:
            self.lines.setdefault(path, event.start_mark.line + 1)
        if event.anchor is not None:  # an alias carries the name of its anchor
            self._refuse(
                event, f"anchors and aliases (`{event.anchor}`) are not used here; write the value out"
            )
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse(event, f"tags (`{tag}`) are not used here; remove it, and put text in quotes")
        if len(path) > _MOST_LEVELS:
            self._refuse(event, f"nested more than {_MOST_LEVELS} levels deep; make it flatter")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._scalar(event)

    def _sequence(self, path: KeyPath) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        return items

    def _mapping(self, path: KeyPath) -> dict[str, Any]:
        content: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event)
            if key in content:
                first = self.lines[(*path, key)]
                self._refuse(event, f"`{key}` is already set on line {first}; keep one of the two")
            self.lines[(*path, key)] = event.start_mark.line + 1
            content[key] = self._value(next(self._events), (*path, key))
        return content

    def _key(self, event: Any) -> str:
        key = self._value(event, ()) if isinstance(event, yaml.ScalarEvent) else None
        if not isinstance(key, str):
            self._refuse(event, "a key must be plain text; put it in quotes")
        if key == "<<" and event.style is None:
            self._refuse(event, "merge keys (`<<`) are not used here; write the keys out")
        return key

    def _scalar(self, event: Any) -> Any:
        text = event.value
        control = _CONTROL.search(text)
        if control:
            self._refuse(event, _control(control[0]))
        if event.style is not None:  # quoted, or a block of text
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            if len(text) <= 20 and -(2**63) <= int(text) < 2**63:
                return int(text)
            self._refuse(event, f"a whole number of more than 64 bits; write it like 1e30, {_OR_TEXT}")
        if _ENDLESS.fullmatch(text) or (_FLOAT.fullmatch(text) and math.isinf(float(text))):
            self._refuse(event, f"`{text}` is no number to count with; leave it out, {_OR_TEXT}")
        if _FLOAT.fullmatch(text):
            return float(text)
        if _AMBIGUOUS.fullmatch(text):
            words = f"`{text}` is one number to some readers of YAML and another to others"
            self._refuse(event, f"{words}; write it in plain digits, {_OR_TEXT}")
        return text

    def _refuse(self, event: Any, words: str) -> NoReturn:
        raise YamlError(f"{self._name}:{event.start_mark.line + 1}: {words}")


def _unreadable(error: yaml.MarkedYAMLError, name: str) -> str:
    problem = error.problem or error.context or "it ends too early"
    hint = next((words for sign, words in _HINTS.items() if sign in problem), "")
    # What is left open is PyYAML's problem where it gave up; the reader looks for where it begins.
    begins = " here" in hint
    mark = (error.context_mark if begins else error.problem_mark) or error.problem_mark
    where = f"{name}:{mark.line + 1}" if mark else name
    return f"{where}: not readable as YAML: {problem}" + (f"; {hint}" if hint else "")


def _control(character: str) -> str:
    return f"holds the control character U+{ord(character):04X}; remove it"


def _kind(value: object) -> str:
    return "a list" if isinstance(value, list) else f"only `{value}`"
