"""Draw contracts and valid rows for property tests."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from hookline.contract import Contract, Feature, contract_from_plain
from hookline.contract.feature import LARGEST_EXACT

NAMES = st.text(min_size=1, max_size=12).filter(lambda name: name == name.strip()).filter(str.isprintable)
TEXTS = st.text(max_size=12)
NUMBERS = st.floats(-1e9, 1e9)
OFFSETS = st.none() | st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
# Naive bounds are what hypothesis wants; the offset is put on afterwards.
BETWEEN = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))  # noqa: DTZ001 - see above
TIMES = st.builds(lambda moment, offset: moment.replace(tzinfo=offset).isoformat(), BETWEEN, OFFSETS)


@st.composite
def plain_features(draw: st.DrawFn, name: str) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "name": name,
        "type": draw(st.sampled_from(["float", "int", "bool", "category", "string", "datetime"])),
    }
    if draw(st.booleans()):
        plain["nullable"] = draw(st.booleans())
    if plain["type"] in ("float", "int"):
        low, high = sorted(draw(st.tuples(NUMBERS, NUMBERS)))
        if draw(st.booleans()):
            plain[draw(st.sampled_from(["ge", "gt"]))] = low
        if draw(st.booleans()):
            plain[draw(st.sampled_from(["le", "lt"]))] = high + 3
    if plain["type"] == "category":
        plain["choices"] = draw(st.lists(TEXTS, min_size=1, max_size=4, unique=True))
        plain["unknown"] = draw(st.sampled_from(["reject", "accept"]))
    if plain["type"] == "string":
        plain["min_length"] = draw(st.integers(0, 3))
        plain["max_length"] = draw(st.integers(6, 12))
        if draw(st.booleans()):
            plain["pattern"] = draw(st.sampled_from([r"^\w*$", r"[a-c]", r"^(x|yy)*.?", r"^[^\d]"]))
            plain["min_length"] = 1
    return plain


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    target = draw(NAMES.filter(lambda name: name not in names))
    features = [draw(plain_features(name)) for name in names]
    return contract_from_plain({"target_label": target, "input_features": features}, name="drawn")


def numbers(feature: Feature) -> st.SearchStrategy[float]:
    low, high = _first(feature.ge, feature.gt, -1e9), _first(feature.le, feature.lt, 1e9)
    if feature.type == "float":
        return st.floats(min(low, high), max(low, high))
    limit = LARGEST_EXACT if feature.nullable else 2**63 - 1
    bounded = feature.le is not None or feature.lt is not None
    whole = st.integers(math.ceil(low), math.floor(max(low + 3, high)) if bounded else limit)
    return whole | st.integers(math.ceil(low), math.ceil(low) + 3)


def _first(closed: float | None, opened: float | None, far: float) -> float:
    return next((bound for bound in (closed, opened) if bound is not None), far)


def values(feature: Feature) -> st.SearchStrategy[Any]:
    """Draw valid JSON values of a feature."""
    if feature.type in ("float", "int"):
        valid: st.SearchStrategy[Any] = numbers(feature)
    elif feature.type == "bool":
        valid = st.booleans()
    elif feature.type == "category":
        known = st.sampled_from(feature.choices or ("a",))
        valid = known if feature.unknown == "reject" else known | TEXTS
    elif feature.type == "string":
        valid = (
            st.text("abcxy", min_size=3, max_size=6) if feature.pattern else st.text(min_size=3, max_size=6)
        )
    else:
        valid = TIMES
    drawn = valid.filter(lambda value: feature.fault(value) is None)
    return st.none() | drawn if feature.nullable else drawn


def rows(contract: Contract, *, max_size: int = 8) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw lists of complete, valid rows."""
    row = st.fixed_dictionaries({feature.name: values(feature) for feature in contract})
    return st.lists(row, min_size=1, max_size=max_size)
