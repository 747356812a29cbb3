"""STUBS of helm and kubectl: no cluster is behind them. They keep revisions as Helm does, and note calls.

The real helm reads the same values and the same chart in tests/chain.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

__all__ = ["StubCluster"]

_HELM = '''\
#!{python}
"""STUB of helm: see tests/framework/deploy/stub.py."""
import csv, json, signal, sys, time, yaml
from pathlib import Path

home = Path({home!r})
words = sys.argv[1:]
state = json.loads((home / "state.json").read_text())
state["calls"].append(["helm", *words])

def save():
    (home / "state.json").write_text(json.dumps(state))

def leave(message, code=1):
    save()
    print(message, file=sys.stderr)
    sys.exit(code)

def option(name, default=""):
    return words[words.index(name) + 1] if name in words else default

def merge(below, above):
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            merge(below[key], value)
        else:
            below[key] = value
    return below

def manifest(values):
    images, replicas = values.get("images", {{}}), values.get("deployment", {{}}).get("replicas", 1)
    image = images.get("production_image_tag", "latest")
    objects = [
        {{"kind": "Deployment", "metadata": {{"name": "s"}}, "spec": [image, replicas]}},
        {{"kind": "Service", "metadata": {{"name": "s"}}}},
    ]
    return yaml.safe_dump_all(objects)

revisions = state["revisions"]
live = [one for one in revisions if one["status"] == "deployed"]

def add(values, description):
    for one in revisions:
        if one["status"] == "deployed":
            one["status"] = "superseded"
    revisions.append({{"revision": len(revisions) + 1, "status": "deployed", "chart": "hookline-1",
                       "description": description, "values": values}})

if words[0] == "version":
    print(state["version"])
elif words[0] == "history":
    if not revisions:
        leave("Error: release: not found")
    print(json.dumps([{{key: one[key] for key in one if key != "values"}} for one in revisions]))
elif words[:2] == ["get", "values"]:
    number = int(option("--revision", "0"))
    print(json.dumps(next(one["values"] for one in revisions if one["revision"] == number)))
elif words[:2] == ["get", "manifest"]:
    print(manifest(live[-1]["values"]))
elif words[0] == "upgrade":
    values = {{}}
    for position, word in enumerate(words):
        if word == "--values":
            for path in next(csv.reader([words[position + 1]])):  # as Helm reads it
                merge(values, yaml.safe_load(Path(path).read_text()) or {{}})
    if values.get("deployment", {{}}).get("replicas") == "many":
        leave("Error: values don't meet the specifications of the schema(s): replicas: Invalid type")
    if "--dry-run=server" in words:
        print(json.dumps({{"manifest": manifest(values)}}))
    elif state["waits"]:
        # As Helm does: it hears of Ctrl-C or SIGTERM, and takes its time to take the upgrade back.
        def stop(*_):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            raise KeyboardInterrupt
        signal.signal(signal.SIGTERM, stop)
        save()
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            time.sleep(1)
        add(values, "")
        add(revisions[-2]["values"], f"Rollback to {{revisions[-2]['revision']}}")
        leave("Error: UPGRADE FAILED: release s failed, and has been rolled back due to atomic being set: "
              "context canceled")
    elif state["broken"]:
        revisions.append({{"revision": len(revisions) + 1, "status": "failed", "chart": "hookline-1",
                           "description": "Upgrade failed: timed out", "values": values}})
        if live:
            add(live[-1]["values"], f"Rollback to {{live[-1]['revision']}}")
        else:
            revisions.clear()
        leave("Error: UPGRADE FAILED: release s failed, and has been rolled back due to atomic being set: "
              "timed out waiting for the condition")
    else:
        add(values, option("--description", "Upgrade complete"))
elif words[0] == "rollback":
    number = int(words[2])
    save()
    time.sleep(state["slow_rollback"])
    if state["stuck"]:
        leave("Error: release s failed: context deadline exceeded")
    add(next(one["values"] for one in revisions if one["revision"] == number), f"Rollback to {{number}}")
elif words[0] == "uninstall":
    revisions.clear()
save()
'''

_KUBECTL = '''\
#!{python}
"""STUB of kubectl: it says where a service that a test started is to be reached."""
import json, sys, time
from pathlib import Path

home = Path({home!r})
state = json.loads((home / "state.json").read_text())
state["calls"].append(["kubectl", *sys.argv[1:]])
(home / "state.json").write_text(json.dumps(state))
if not state["port"]:
    print("error: unable to forward port because pod is not running", file=sys.stderr)
    sys.exit(1)
print(f"Forwarding from 127.0.0.1:{{state['port']}} -> 5000", flush=True)
time.sleep(60)
'''


class StubCluster:
    """Be a folder with the two stubs, and what they know."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.programs = home / "bin"
        self.programs.mkdir(parents=True)
        for name, text in (("helm", _HELM), ("kubectl", _KUBECTL)):
            path = self.programs / name
            path.write_text(dedent(text).format(python=sys.executable, home=str(home)), encoding="utf-8")
            path.chmod(0o755)
        self.write(revisions=[], calls=[], broken=False, version="v3.21.4", port=0)
        self.write(waits=False, slow_rollback=0, stuck=False)

    @property
    def state(self) -> dict[str, Any]:
        """Return what the stubs know."""
        found: dict[str, Any] = json.loads((self.home / "state.json").read_text())
        return found

    def write(self, **changes: Any) -> None:
        """Change what the stubs know."""
        path = self.home / "state.json"
        path.write_text(json.dumps((self.state if path.exists() else {}) | changes))

    @property
    def live(self) -> dict[str, Any] | None:
        """Return the revision that is deployed."""
        return next((one for one in reversed(self.state["revisions"]) if one["status"] == "deployed"), None)

    def calls(self, *words: str) -> list[list[str]]:
        """Return the calls that begin with these words."""
        return [call for call in self.state["calls"] if call[: len(words)] == list(words)]

    def changing(self) -> list[list[str]]:
        """List the calls that change something."""
        calls = self.calls("helm", "upgrade") + self.calls("helm", "rollback")
        return [call for call in calls if "--dry-run=server" not in call] + self.calls("helm", "uninstall")
