"""The contract of an older project: from its features.yaml, or from the names in a features.py."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hookline.contract import parse_contract_text
from hookline.contract.parse import contract_from_plain
from hookline.errors import ContractError, ProjectError, YamlError
from hookline.scaffold.older.literals import assigned
from hookline.scaffold.older.text import text_of
from hookline.words import either
from hookline.yamltext import as_yaml

__all__ = ["Carried", "carry_features"]

_YAML = ("source/model/features.yaml", "source/features.yaml", "features.yaml")
_MODULES = ("source/features.py", "source/model/features.py", "features.py", "source/config.py", "config.py")
_FEATURES = ("input_features", "features", "feature_names", "INPUT_FEATURES", "FEATURES", "FEATURE_NAMES")
_TARGETS = ("target_label", "target", "label", "TARGET_LABEL", "TARGET", "LABEL")
_TYPES = {
    "int": "int",
    "float": "float",
    "str": "string",
    "bool": "bool",
    "number": "float",
    "datetime": "datetime",
}
_YOURS = "# Yours: what a request holds. See docs/contract.md for everything a feature may say.\n"


@dataclass(frozen=True)
class Carried:
    """Hold the text of features.yaml, where it came from, and what had to be guessed."""

    text: str
    origin: str
    remarks: tuple[str, ...] = ()


def carry_features(root: Path, train: str) -> Carried:
    """Find the contract of the project in `root`; `train` is the text of its train.py."""
    for name in _YAML:
        if (root / name).is_file():
            return _from_yaml(text_of(root, name), name)
    for name in _MODULES:
        if (root / name).is_file():
            found = _from_module(text_of(root, name), name, train)
            if found is not None:
                return found
    raise ProjectError(
        f"{root} says nowhere what its features are: there is no {either((*_YAML, *_MODULES[:1]))} "
        "with a list `input_features`; write source/model/features.yaml there first (docs/contract.md)"
    )


def _from_yaml(text: str, name: str) -> Carried:
    try:
        parse_contract_text(text, name=name)
    except (ContractError, YamlError) as error:
        raise ProjectError(f"{error}\nmend {name}, then try again") from error
    head = "" if text.startswith("# Yours") else _YOURS
    return Carried(head + text, name, _on_task(text))


def _from_module(text: str, name: str, train: str) -> Carried | None:
    try:
        values = assigned(text)
    except (SyntaxError, ValueError):
        return None
    features = next((values[each] for each in _FEATURES if each in values), None)
    if not isinstance(features, list | dict) or not features:
        return None
    target = next((values[each] for each in _TARGETS if isinstance(values.get(each), str)), None)
    remarks = []
    if target is None:
        target = _target_of(train)
        said = "as split_X_y of train.py has it" if target else "a guess: correct it"
        target = target or "target"
        remarks.append(f"target_label is {target!r}, {said}.")
    plain = [_feature(item) for item in (features.items() if isinstance(features, dict) else features)]
    contract_from_plain({"target_label": target, "input_features": plain}, name=name)
    lines = [_YOURS, f"# Carried over from {name}.\n", f"target_label: {as_yaml(target)}\ninput_features:\n"]
    lines += [_lines(feature) for feature in plain]
    return Carried("".join(lines), name, (*remarks, *_on_task("")))


def _feature(item: Any) -> Any:
    """Make a feature of a name, of a name and its type, or of a block in the long form."""
    if isinstance(item, list | tuple) and len(item) == 2:
        kind = item[1] if isinstance(item[1], dict) else {"type": item[1]}
        item = {"name": item[0], **kind}
    if not isinstance(item, dict):
        return str(item)
    if "type" in item:
        item = {**item, "type": _TYPES.get(str(item["type"]), item["type"])}
    return item["name"] if set(item) == {"name"} or item == {"name": item["name"], "type": "float"} else item


def _lines(feature: Any) -> str:
    if isinstance(feature, str):
        return f"  - {as_yaml(feature)}\n"
    first, *others = (f"{key}: {as_yaml(value)}" for key, value in feature.items())
    return f"  - {first}\n" + "".join(f"    {line}\n" for line in others)


def _target_of(train: str) -> str | None:
    """Find the column that split_X_y takes for y: the last one it reads by name."""
    hooks = [node for node in ast.walk(ast.parse(train)) if isinstance(node, ast.FunctionDef)]
    names = [
        part.slice.value
        for hook in hooks
        if hook.name == "split_X_y"
        for part in ast.walk(hook)
        if isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Constant)
    ]
    return next((name for name in reversed(names) if isinstance(name, str)), None)


def _on_task(text: str) -> tuple[str, ...]:
    if "task:" in text:
        return ()
    return ("task is classification, for nothing says otherwise; for numbers write `task: regression`.",)
