"""Compare two declarations of one feature."""

from __future__ import annotations

from collections.abc import Iterator

from hookline.contract.diff.change import Change, breaking, named, safe
from hookline.contract.diff.ranges import diff_lengths, diff_ranges
from hookline.contract.feature import Feature
from hookline.words import shown

__all__ = ["diff_features"]


def diff_features(old: Feature, new: Feature) -> Iterator[Change]:
    """Go through what changed, in the order of the manual."""
    if old.type != new.type:
        yield _type(old, new)
    elif new.type == "category":
        yield from _choices(old, new)
        yield from _unknown(old, new)
    yield from _nullable(old, new)
    yield from _default(old, new)
    yield from diff_ranges(old, new)
    if old.type == new.type == "string":
        yield from diff_lengths(old, new)
        yield from _pattern(old, new)
    yield from _unit(old, new)
    yield from _words(old, new)
    yield from _log(old, new)


def _type(old: Feature, new: Feature) -> Change:
    what = f"{old.type} → {new.type}"
    why = _wider(old, new)
    if why:
        return safe(new.name, "type-changed", what, why)
    return breaking(new.name, "type-changed", what, f"requests with {_NOUNS[old.type]} are refused")


_NOUNS = {
    "float": "any number",
    "int": "a whole number",
    "bool": "true or false",
    "category": "one of the old choices",
    "string": "any text",
    "datetime": "a time",
}


def _wider(old: Feature, new: Feature) -> str | None:
    """Say why every value of the old type is one of the new type; None if it is not."""
    if (old.type, new.type) == ("int", "float"):
        return "a whole number is a number"
    if new.type == "category":
        takes_all = new.unknown == "accept"
    else:
        takes_all = new.type == "string" and not (new.min_length or new.max_length is not None or new.pattern)
    if takes_all and (old.is_text or old.type == "datetime"):
        return "any text is allowed"
    if (old.type, new.type, old.unknown) == ("category", "string", "reject"):
        refused = [choice for choice in old.choices or () if new.fault(choice)]
        return None if refused else "every old choice is allowed"
    return None


def _choices(old: Feature, new: Feature) -> Iterator[Change]:
    before, after = old.choices or (), new.choices or ()
    removed = [choice for choice in before if choice not in after]
    added = [choice for choice in after if choice not in before]
    if removed:
        what = f"removed {named(removed)}"
        if new.unknown == "accept":
            why = "unknown values are accepted; they are flagged in the log from now on"
            yield safe(new.name, "choices-removed", what, why)
        else:
            yield breaking(new.name, "choices-removed", what, "requests with it are refused")
    if added:
        yield safe(new.name, "choices-added", f"added {named(added)}", "more values are allowed than before")
    if not removed and not added and before != after:
        what = "the choices stand in another order"
        yield safe(new.name, "choices-reordered", what, "the same values are allowed")


def _unknown(old: Feature, new: Feature) -> Iterator[Change]:
    what = f"{old.unknown} → {new.unknown}"
    if (old.unknown, new.unknown) == ("accept", "reject"):
        why = "requests with a value outside `choices` are refused"
        yield breaking(new.name, "unknown-rejected", what, why)
    elif old.unknown != new.unknown:
        yield safe(new.name, "unknown-accepted", what, "more values are allowed than before")


def _nullable(old: Feature, new: Feature) -> Iterator[Change]:
    if old.nullable and not new.nullable:
        yield breaking(new.name, "null-refused", "null no longer allowed", "requests with null are refused")
    elif new.nullable and not old.nullable:
        yield safe(new.name, "null-allowed", "null allowed", "more values are allowed than before")


def _default(old: Feature, new: Feature) -> Iterator[Change]:
    if old.required and not new.required:
        what = f"default {shown(new.default)}"
        yield safe(new.name, "default-added", what, "the field may be left out, and need not")
    elif new.required and not old.required:
        what = f"default {shown(old.default)} removed"
        yield breaking(new.name, "default-removed", what, "requests that leave the field out are refused")
    elif not new.required and old.default != new.default:
        what = f"default {shown(old.default)} → {shown(new.default)}"
        why = "a request that leaves the field out asks another question than before"
        yield breaking(new.name, "default-changed", what, why)


def _pattern(old: Feature, new: Feature) -> Iterator[Change]:
    if old.pattern == new.pattern:
        return
    if new.pattern is None:
        what = f"pattern {shown(old.pattern)} removed"
        yield safe(new.name, "pattern-removed", what, "more values are allowed than before")
    elif old.pattern is None:
        why = "requests with text that does not match are refused"
        yield breaking(new.name, "pattern-added", f"pattern {shown(new.pattern)}", why)
    else:
        what = f"pattern {shown(old.pattern)} → {shown(new.pattern)}"
        why = "text that matched the old pattern may not match the new one"
        yield breaking(new.name, "pattern-changed", what, why)


def _unit(old: Feature, new: Feature) -> Iterator[Change]:
    if old.unit == new.unit:
        return
    if old.unit is None or new.unit is None:
        what = f"unit {shown(old.unit)} removed" if new.unit is None else f"unit {shown(new.unit)}"
        yield safe(new.name, "unit-named", what, "it is documentation; the numbers stay what they are")
    else:
        what = f"unit {shown(old.unit)} → {shown(new.unit)}"
        yield breaking(new.name, "unit-changed", what, "the same number means something else")


def _words(old: Feature, new: Feature) -> Iterator[Change]:
    for word in ("description", "example"):
        before, after = (getattr(feature, word) for feature in (old, new))
        if before != after:
            yield safe(
                new.name,
                f"{word}-changed",
                f"another {word}" if after is not None else f"{word} removed",
                "it is documentation",
            )


def _log(old: Feature, new: Feature) -> Iterator[Change]:
    if old.log != new.log:
        why = "answers stay the same"
        if new.log == "raw":
            why += "; the value itself is stored from now on, mind personal data"
        yield safe(new.name, "log-changed", f"log {old.log} → {new.log}", why)
