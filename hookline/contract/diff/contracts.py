"""Compare two contracts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hookline.contract.diff.change import Change, breaking, named, safe
from hookline.contract.diff.features import diff_features
from hookline.contract.diff.side import Side

__all__ = ["diff"]


def diff(old: Side, new: Side) -> list[Change]:
    """List what the new side changes: first the contract, then its features in the new order."""
    return [*_head(old, new), *_classes(old.classes, new.classes), *_order(old, new), *_features(old, new)]


def _head(old: Side, new: Side) -> Iterator[Change]:
    before, after = old.contract, new.contract
    if before.task != after.task:
        what = f"{before.task} → {after.task}"
        yield breaking("task", "task-changed", what, "the answers have another shape")
    if before.target_label != after.target_label:
        what = f"{before.target_label} → {after.target_label}"
        why = "neither requests nor answers carry the target's name"
        yield safe("target_label", "target-renamed", what, why)


def _classes(old: Sequence[str] | None, new: Sequence[str] | None) -> Iterator[Change]:
    if old is None or new is None:
        return
    removed = [name for name in old if name not in new]
    added = [name for name in new if name not in old]
    if removed:
        why = "callers that act on this answer never get it again"
        yield breaking("classes", "classes-removed", f"removed {named(removed)}", why)
    if added:
        why = "callers get an answer that they do not know"
        yield breaking("classes", "classes-added", f"added {named(added)}", why)
    if [name for name in old if name in new] != [name for name in new if name in old]:
        why = "callers that read probabilities by position read those of another class"
        yield breaking("classes", "classes-reordered", f"{named(old)} → {named(new)}", why)


def _order(old: Side, new: Side) -> Iterator[Change]:
    before, after = old.contract.names, new.contract.names
    if [name for name in before if name in after] != [name for name in after if name in before]:
        why = "a row is an object, and the order of its fields means nothing"
        yield safe("input_features", "features-reordered", "the features stand in another order", why)


def _features(old: Side, new: Side) -> Iterator[Change]:
    before = {feature.name: feature for feature in old.contract}
    for feature in new.contract:
        if feature.name in before:
            yield from diff_features(before[feature.name], feature)
        elif feature.required:
            why = "requests that do not carry it are refused"
            yield breaking(feature.name, "feature-added", f"new required {feature.type} feature", why)
        else:
            why = "requests may leave it out, the default is used then"
            yield safe(feature.name, "feature-added", f"new {feature.type} feature with a default", why)
    for name in before:
        if name not in new.contract.names:
            why = "requests that still carry it are refused: a field that no feature names is an error"
            yield breaking(name, "feature-removed", "removed", why)
