"""features.yaml → Contract, with errors that name the line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from hookline.contract.contract import Contract
from hookline.contract.feature import Feature
from hookline.errors import ContractError
from hookline.words import closest, either, shown
from hookline.yamlfile import KeyPath, YamlFile, read_yaml, read_yaml_text

__all__ = ["contract_from_plain", "parse_contract", "parse_contract_text"]

_MUST_BE = {
    "bool_type": "true or false",
    "greater_than_equal": "a whole number, at least 0",
    "int_type": "a whole number, at least 0",
    "list_type": "a list, such as [a, b]",
    "number": "a finite number",
    "string_unicode": "text of whole characters",
    "tuple_type": "a list, such as [a, b]",
}
"""What the reader should write, by pydantic's name of the problem."""


def parse_contract(path: Path, *, name: str | None = None) -> Contract:
    """Read the contract from a file; `name` is what messages call it."""
    if not path.is_file():
        raise ContractError(
            f"{name or path.name} is missing at {path}; "
            "write it, or draft it with `hookline contract infer DATA.csv --target COLUMN`"
        )
    return _parse(read_yaml(path, name=name))


def parse_contract_text(text: str, *, name: str = "features.yaml") -> Contract:
    """Read the contract from text."""
    return _parse(read_yaml_text(text, name=name))


def contract_from_plain(plain: dict[str, Any], *, name: str) -> Contract:
    """Read the contract from plain data, as `Contract.plain` gives it."""
    return _parse(YamlFile(name=name, content=plain, lines={}))


def _parse(file: YamlFile) -> Contract:
    content = dict(file.content)
    features = content.get("input_features")
    if isinstance(features, list):
        content["input_features"] = [{"name": item} if isinstance(item, str) else item for item in features]
    try:
        return Contract.model_validate(content)
    except ValidationError as error:
        problems = [found for problem in error.errors() for found in _problems(problem, content)]
        problems.sort(key=lambda found: file.line(found[0]))
        sentences = [f"{file.where(path)}: {words}" for path, words in problems]
        raise ContractError("\n".join(dict.fromkeys(sentences))) from error


def _problems(problem: Any, content: dict[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Go through the places and sentences that one finding of pydantic stands for."""
    path, kind = tuple(problem["loc"]), problem["type"]
    item = content["input_features"][path[1]] if len(path) > 1 else None
    label = f"{_label(path, item)}: " if len(path) > 1 else ""
    slip = _name_as_key(item)
    if kind == "wrong":
        yield problem["ctx"]["place"], problem["ctx"]["words"]
    elif kind == "faults":
        yield from (((*path, word), label + words) for word, words in problem["ctx"]["faults"])
    elif slip is None or (kind != "missing" and path[-1] != slip):
        yield path, label + _words(path, problem, Feature if len(path) > 1 else Contract)
    elif kind == "extra_forbidden":
        yield path, f"{label}write `name: {slip}`, and its other keys below, indented like `name`"


def _words(path: KeyPath, problem: Any, model: type[BaseModel]) -> str:
    word, kind, given = path[-1], problem["type"], problem["input"]
    if kind == "model_type":
        return f"found {shown(given)}; write a name, or `name: …` and its other keys"
    if kind == "missing":
        return f"`{word}` is missing; it is {model.model_fields[str(word)].description}"
    if kind == "extra_forbidden":
        like = closest(str(word), model.model_fields)
        hint = f"did you mean `{like}`?" if like else f"known are: {', '.join(model.model_fields)}"
        return f"unknown key `{word}`; {hint}"
    if kind == "literal_error":
        allowed = get_args(model.model_fields[str(word)].annotation)
        like = closest(str(given), allowed)
        hint = f" (did you mean {like}?)" if like else ""
        return f"`{word}` is {shown(given)}; it must be {either(allowed)}{hint}"
    if kind == "text":
        subject = f"`{path[-2]}` holds" if isinstance(word, int) else f"`{word}` is"
        return f"{subject} {shown(given)}, which is no text; put it in quotes if it is meant as text"
    value = "empty" if given is None else shown(given)
    return f"`{word}` is {value}; it must be {_MUST_BE[kind]}"


def _label(path: KeyPath, item: Any) -> str:
    name = item.get("name") if isinstance(item, dict) else None
    return f"feature {shown(name)}" if isinstance(name, str) else f"feature {int(path[1]) + 1}"


def _name_as_key(item: Any) -> str | None:
    """Return the name of a feature written as `- plan:` with its keys below, a likely slip."""
    if not isinstance(item, dict) or not item or "name" in item:
        return None
    key, value = next(iter(item.items()))
    return key if key not in Feature.model_fields and (value is None or isinstance(value, dict)) else None
