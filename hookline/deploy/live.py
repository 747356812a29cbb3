"""What runs now, and what ran before: Helm's own history."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hookline.config.sections import Deployment, Images
from hookline.deploy.programs import Cluster
from hookline.deploy.record import Record
from hookline.errors import DeployError

__all__ = ["Release", "image_of", "live_release", "port_of", "revision", "target_of_rollback"]

_TAKEN_BACK = re.compile(r"Rollback to (\d+)")
_UNFINISHED = ("pending", "failed")
_MOST = "256"


@dataclass(frozen=True, slots=True)
class Release:
    """Be one revision of a release: its values, and what they say is in its image."""

    name: str
    number: int
    status: str
    record: Record
    values: Mapping[str, Any] = field(default_factory=dict)


def live_release(cluster: Cluster, name: str) -> Release | None:
    """Return the revision that is deployed; None if there is none."""
    deployed = [entry for entry in _history(cluster, name) if entry["status"] == "deployed"]
    return revision(cluster, name, deployed[-1]) if deployed else None


def revision(cluster: Cluster, name: str, entry: Mapping[str, Any]) -> Release:
    """Read one revision."""
    number = int(entry["revision"])
    values = cluster.helm_json("get", "values", name, "--revision", str(number)) or {}
    record = Record.from_values(values, image_of(values))
    return Release(name, number, str(entry["status"]), record, values)


def target_of_rollback(cluster: Cluster, name: str, wanted: int | None) -> Release:
    """Return the revision to go back to: the one asked for, or the last good one before the live one."""
    history = {int(entry["revision"]): entry for entry in _history(cluster, name)}
    if wanted is not None:
        if wanted not in history:
            known = ", ".join(map(str, history)) or "none"
            raise DeployError(f"{name} has no revision {wanted}; known are: {known}")
        return revision(cluster, name, history[wanted])
    live = max((number for number, entry in history.items() if entry["status"] == "deployed"), default=0)
    if live and str(history[max(history)]["status"]).startswith(_UNFINISHED):
        return revision(cluster, name, history[live])  # an upgrade did not get through: back to what was live
    # A revision that is itself a way back stands where it went to: going back twice goes back two steps.
    while (found := _TAKEN_BACK.search(str(history.get(live, {}).get("description", "")))) is not None:
        live = int(found[1])
    for number in sorted(history, reverse=True):
        entry = history[number]
        back = _TAKEN_BACK.search(str(entry.get("description", "")))
        if number < live and entry["status"] == "superseded" and not back:
            return revision(cluster, name, entry)
    raise DeployError(f"{name} has no good revision before the live one; `helm history {name}` lists them")


def image_of(values: Mapping[str, Any]) -> str:
    """Return the image that values name, as config.yaml would."""
    given = values.get("images") or {}
    registry, repository, name, tag = (
        str(given.get(key) or Images.model_fields[key].default)
        for key in ("registry", "repository", "production_image_name", "production_image_tag")
    )
    return f"{'/'.join(part for part in (registry, repository, name) if part)}:{tag}"


def port_of(values: Mapping[str, Any]) -> int:
    """Return the port of the service that values name."""
    given = (values.get("deployment") or {}).get("service_port")
    return int(given or Deployment.model_fields["service_port"].default)


def _history(cluster: Cluster, name: str) -> Sequence[Mapping[str, Any]]:
    return cluster.helm_json("history", name, "--max", _MOST) or []
