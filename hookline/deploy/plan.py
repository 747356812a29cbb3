"""What would change, said before anything does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hookline.config.table import table
from hookline.contract.diff import Change, diff
from hookline.deploy.live import Release
from hookline.deploy.record import KEY, Record

__all__ = ["Plan", "ValueChange", "make_plan"]


@dataclass(frozen=True, slots=True)
class ValueChange:
    """Be one value that would be another; None: not set."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold what is live, what is to be, and what stands against it."""

    name: str
    namespace: str
    live: Release | None
    record: Record
    contract: tuple[Change, ...]
    contract_known: bool
    values: tuple[ValueChange, ...]
    objects: tuple[tuple[str, str], ...]
    """What of Kubernetes is added, changed, removed: the verb, and the object."""
    refusals: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def breaking(self) -> tuple[Change, ...]:
        """Return the changes that callers must act on."""
        return tuple(change for change in self.contract if change.verdict == "breaking")

    @property
    def empty(self) -> bool:
        """Tell whether nothing would change."""
        same = self.live is not None and self.live.record == self.record
        return same and not (self.values or self.objects)

    def plain(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "release": self.name,
            "namespace": self.namespace,
            "revision": self.live.number if self.live else None,
            "live": _plain(self.live.record) if self.live else None,
            "next": _plain(self.record),
            "contract_known": self.contract_known,
            "contract": [asdict(change) for change in self.contract],
            "values": [asdict(change) for change in self.values],
            "objects": [{"change": verb, "object": name} for verb, name in self.objects],
            "notes": list(self.notes),
            "refusals": list(self.refusals),
        }


def make_plan(
    *,
    name: str,
    namespace: str,
    live: Release | None,
    record: Record,
    values: Mapping[str, Any],
    objects: Sequence[tuple[str, str]] = (),
    notes: Sequence[str] = (),
    accept_breaking: bool = False,
) -> Plan:
    """Compare what is live with what is to be."""
    before, after = live.record.side if live else None, record.side
    known = live is None or (before is not None and after is not None)
    contract = tuple(diff(before, after)) if before and after else ()
    plan = Plan(
        name=name,
        namespace=namespace,
        live=live,
        record=record,
        contract=contract,
        contract_known=known,
        values=tuple(_changed(live.values, values)) if live else (),
        objects=tuple(objects),
        refusals=(),
        notes=tuple(notes),
    )
    return Plan(**{**_fields(plan), "refusals": tuple(_refusals(plan, accept_breaking=accept_breaking))})


def _refusals(plan: Plan, *, accept_breaking: bool) -> Iterator[str]:
    live = plan.live
    if live is None:
        return
    if live.record.image == plan.record.image and live.record.model_version not in (
        "",
        plan.record.model_version,
    ):
        yield (
            f"{plan.record.image} is what runs already, with the model {live.record.model_version}: nothing "
            f"would be rolled out and nothing could be taken back; give the image a tag of its own, such as "
            f"--tag {plan.record.model_version}"
        )
    if accept_breaking:
        return
    if not plan.contract_known:
        yield (
            f"nobody wrote down which contract revision {live.number} has; "
            "pass --accept-breaking to go on without comparing"
        )
    elif plan.breaking:
        yield (
            f"the contract breaks for callers in {len(plan.breaking)} "
            f"place{'' if len(plan.breaking) == 1 else 's'}; pass --accept-breaking once they know"
        )


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[ValueChange]:
    defaults = {setting.path: setting.default for setting in table().values()}
    old, new = dict(_flat(before)), dict(_flat(after))
    for path in dict.fromkeys([*new, *old]):
        pair = [side.get(path, defaults.get(path)) for side in (old, new)]
        if pair[0] != pair[1]:
            yield ValueChange(path, *pair)


def _flat(values: Mapping[str, Any], stem: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        path = f"{stem}{key}"
        if path == KEY:
            continue
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}.")
        else:
            yield path, "" if value is None else value


def _plain(record: Record) -> dict[str, Any]:
    found = asdict(record)
    del found["contract"], found["classes"], found["test_case"]
    return found


def _fields(plan: Plan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in Plan.__dataclass_fields__}
