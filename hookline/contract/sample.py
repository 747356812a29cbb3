"""Make up rows that keep the contract: ordinary ones, and ones at its edges. Needs no pandas."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeAlias

from hookline.contract.contract import Contract
from hookline.contract.feature import LARGEST_EXACT, Feature
from hookline.contract.pattern import words_like
from hookline.errors import ContractError

__all__ = ["Row", "edge_rows", "sample_rows"]

Row: TypeAlias = dict[str, Any]

_NULL_SHARE = 0.1
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
_EDGE_TIMES = ("1970-01-01T00:00:00Z", "2000-02-29T23:59:59.999999+14:00", "2099-12-31T23:59:59-12:00")
_FAR = 1_000_000
"""Where the edge of a number without a bound is tested: far out, yet within single precision."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_EDGE_TEXT = "ßø語🙂'\"\\ "


def sample_rows(contract: Contract, n: int, seed: int = 0) -> list[Row]:
    """Make `n` complete, valid rows; the same ones for the same seed."""
    rng = random.Random(seed)  # noqa: S311 - test data, no secret
    return [{feature.name: _sample(feature, rng) for feature in contract} for _ in range(n)]


def edge_rows(contract: Contract) -> list[Row]:
    """Make valid rows at the edges of what the contract allows.

    All features at their lowest, then at their highest; everything null that may be; everything absent that
    has a default; then each feature alone at each of its edges: bounds, null, a word outside the choices
    where that is accepted, empty, long and foreign text.
    """
    typical = sample_rows(contract, 1)[0]
    typical = {f.name: f.example if "example" in f.model_fields_set else typical[f.name] for f in contract}
    edges = {feature.name: _edges(feature) for feature in contract}
    rows = [
        {name: values[0] for name, values in edges.items()},
        {name: values[-1] for name, values in edges.items()},
        {f.name: None if f.nullable else typical[f.name] for f in contract},
        {f.name: typical[f.name] for f in contract if f.required},
    ]
    for feature in contract:
        alone = [*edges[feature.name], *_odd_words(feature), *([None] if feature.nullable else [])]
        rows += [{**typical, feature.name: value} for value in alone]
    return _distinct(rows)


def _sample(feature: Feature, rng: random.Random) -> Any:
    if feature.nullable and rng.random() < _NULL_SHARE:
        return None
    if feature.type in ("float", "int"):
        return _number(feature, rng)
    if feature.type == "bool":
        return rng.random() < 0.5
    if feature.type == "category":
        return rng.choice(feature.choices or _WORDS)
    if feature.type == "datetime":
        return (_FIRST + rng.random() * (_LAST - _FIRST)).isoformat(timespec="seconds").replace("+00:00", "Z")
    return _text(feature, rng)


_WORDS = ("blue", "green", "red")


def _number(feature: Feature, rng: random.Random) -> float | int:
    low, high = _range(feature, reach=10 * max(1.0, abs(_typical(feature))))
    if feature.type == "int":
        return rng.randint(int(low), int(high))
    # Weighed instead of low + share * (high - low): the difference of two huge bounds overflows.
    share = rng.random()
    return min(max(low * (1 - share) + high * share, low), high)


def _typical(feature: Feature) -> float:
    value = feature.example if feature.example is not None else feature.default
    return float(value) if value is not None else 0.0


def _range(feature: Feature, *, reach: float) -> tuple[float, float]:
    """Return the lowest and the highest allowed number; `reach` stands in for a bound that is not set."""
    low, high = _bounds(feature, _a_step_inside)
    narrow = low is not None and high is not None and low > high
    if narrow or feature.type == "int":
        low, high = _bounds(feature, math.nextafter)
    if low is None and high is None:
        low = _typical(feature) - reach
    if low is None:
        low = min(high - reach, -reach)  # type: ignore[operator]  # not both are None
    if high is None:
        high = max(low + reach, reach)
    return _whole(feature, low, high) if feature.type == "int" else (low, high)


def _bounds(feature: Feature, beside: Callable[[float, float], float]) -> tuple[float | None, float | None]:
    low = feature.ge if feature.gt is None else beside(feature.gt, math.inf)
    high = feature.le if feature.lt is None else beside(feature.lt, -math.inf)
    return low, high


def _a_step_inside(bound: float, towards: float) -> float:
    # The very next double after 0 is 5e-324: allowed, but nobody's data, and its reciprocal is infinite.
    return bound + math.copysign(1e-6 * max(1.0, abs(bound)), towards)


def _whole(feature: Feature, low: float, high: float) -> tuple[int, int]:
    limit = LARGEST_EXACT if feature.nullable else 2**63 - 1
    first, last = max(math.ceil(low), -limit), min(math.floor(high), limit)
    if first > last:
        raise ContractError(f"feature {feature.name!r}: no whole number keeps its bounds; widen them")
    return first, last


def _text(feature: Feature, rng: random.Random) -> str:
    shortest = feature.min_length or 0
    longest = feature.max_length if feature.max_length is not None else max(shortest, 1) + 11
    if feature.pattern is None:
        length = rng.randint(max(shortest, min(1, longest)), longest)
        return "".join(rng.choices(_LETTERS, k=length))
    for word in words_like(feature.pattern, rng):
        if feature.fault(word) is None:
            return word
    for word in (feature.example, feature.default):
        if isinstance(word, str):
            return word
    raise ContractError(
        f"feature {feature.name!r}: no text could be made up that keeps its pattern {feature.pattern}; "
        "give it an `example`"
    )


def _edges(feature: Feature) -> list[Any]:
    """List the feature's outermost values, lowest first; never null."""
    if feature.type in ("float", "int"):
        low, high = _range(feature, reach=_FAR)
        middle = [value for value in (-1, 0, 1) if low < value < high]
        return [low, *middle, high]
    if feature.type == "bool":
        return [False, True]
    if feature.type == "category":
        return list(feature.choices or _WORDS)
    if feature.type == "datetime":
        return list(_EDGE_TIMES)
    return list(_edge_texts(feature))


def _edge_texts(feature: Feature) -> Iterator[str]:
    usual = _text(feature, random.Random(0))  # noqa: S311 - test data, no secret
    longest = feature.max_length if feature.max_length is not None else (feature.min_length or 0) + 200
    for text in ("x" * (feature.min_length or 0), (_EDGE_TEXT * longest)[:longest], usual, "x" * longest):
        if feature.fault(text) is None:
            yield text


def _odd_words(feature: Feature) -> Iterator[str]:
    if feature.type != "category" or feature.unknown != "accept":
        return
    known = feature.choices or _WORDS
    for word in ("unseen", "", _EDGE_TEXT):
        # One of as many endings as there are choices, and one more, is free.
        yield next(odd for odd in (word + "_" * n for n in range(len(known) + 1)) if odd not in known)


def _distinct(rows: list[Row]) -> list[Row]:
    # By type as well: 1, 1.0 and True are equal, yet not the same request.
    seen = {tuple((name, type(value), value) for name, value in row.items()): row for row in rows}
    return list(seen.values())
