#!/usr/bin/python3
"""Managed by hookline. A stand-in of `snap` and `microk8s`, for machines where snapd cannot run: tests only.

It keeps in /var/lib/snap-stand-in what is installed and turned on, writes down each call that would change
something, and insists on what the real ones insist on: root or the group, a cluster that is ready, and the
order of things. It is no cluster: `kubectl` knows `apply` and remembers what it was given.
"""

from __future__ import annotations

import grp
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

STATE = Path("/var/lib/snap-stand-in")
SNAPS = Path("/snap/bin")
DATA = Path("/var/snap/microk8s/current/args/certs.d")
ADDONS = ("dns", "ha-cluster", "helm", "helm3", "hostpath-storage", "ingress", "metrics-server", "registry")
NEEDED = {"registry": "hostpath-storage"}


def fail(sentence: str) -> NoReturn:
    sys.exit(f"error: {sentence}")


def load() -> dict[str, Any]:
    path = STATE / "state.json"
    if path.exists():
        return json.loads(path.read_text(encoding="utf-8"))
    on = ["ha-cluster", "helm", "helm3"]
    return {"snaps": {}, "seeded": False, "ready": False, "on": on, "objects": {}}


def save(state: dict[str, Any]) -> None:
    STATE.mkdir(parents=True, exist_ok=True)
    (STATE / "state.json").write_text(json.dumps(state), encoding="utf-8")


def note(words: list[str]) -> None:
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / "calls").open("a", encoding="utf-8") as calls:
        calls.write(" ".join(words) + "\n")


def snap(state: dict[str, Any], words: list[str]) -> None:
    match words:
        case ["version"]:
            print("snap     2.70-stand-in\nsnapd    2.70-stand-in\nseries   16")
        case ["wait", "system", "seed.loaded"]:
            state["seeded"] = True
        case ["info", *names]:
            print("\n---\n".join(f"name:      {name}\nsummary:   a stand-in" for name in names))
        case ["list"]:
            print("Name  Version  Rev  Tracking  Publisher  Notes")
            for name, channel in state["snaps"].items():
                print(f"{name}  1.0  1  {channel}  stand-in  {'classic' if name == 'microk8s' else '-'}")
        case ["install" | "refresh" as verb, *rest]:
            change(state, verb, rest)
        case ["restart", "microk8s"]:
            note(["snap", *words])
            state["ready"] = False
        case _:
            fail(f"the stand-in of snap knows no {' '.join(words)}")


def change(state: dict[str, Any], verb: str, words: list[str]) -> None:
    note(["snap", verb, *words])
    if os.geteuid() != 0:
        fail("access denied (try with sudo)")
    if not state["seeded"]:
        fail("too early for operation, device not yet seeded")
    channel = words[words.index("--channel") + 1] if "--channel" in words else "latest/stable"
    name = words[-1]
    if name == "microk8s":
        if "--classic" not in words and verb == "install":
            fail('This revision of snap "microk8s" was published using classic confinement')
        groupadd = ["groupadd", "--system", "--force", "microk8s"]
        subprocess.run(groupadd, check=True)
        DATA.mkdir(parents=True, exist_ok=True)
        SNAPS.mkdir(parents=True, exist_ok=True)
        shutil.copy(__file__, SNAPS / "microk8s")
        (SNAPS / "microk8s").chmod(0o755)
    state["snaps"][name] = channel
    state["ready"] = False


def microk8s(state: dict[str, Any], words: list[str]) -> None:
    members = grp.getgrnam("microk8s")
    if os.geteuid() != 0 and members.gr_gid not in os.getgroups():
        fail("Insufficient permissions to access MicroK8s.")
    if words[:2] == ["status", "--wait-ready"]:
        state["ready"] = not (STATE / "never-ready").exists()
    if words[:1] == ["status"]:
        status(state)
        return
    if not state["ready"]:
        fail("microk8s is not running. Use microk8s inspect for a deeper inspection.")
    match words:
        case ["enable" | "disable" as verb, addon]:
            note(["microk8s", *words])
            turn(state, verb, addon.split(":")[0])
        case ["config"]:
            print("apiVersion: v1\nkind: Config\nusers: [{name: admin, user: {token: stand-in}}]")
        case ["kubectl", "apply", *rest]:
            apply(state, rest)
        case _:
            fail(f"the stand-in of microk8s knows no {' '.join(words)}")


def status(state: dict[str, Any]) -> None:
    if not state["ready"]:
        print("microk8s is not running. Use microk8s inspect for a deeper inspection.")
        return
    print("microk8s is running\naddons:")
    for addon in sorted(ADDONS, key=lambda name: name not in state["on"]):
        print(f"core/{addon}: {'enabled' if addon in state['on'] else 'disabled'}")


def turn(state: dict[str, Any], verb: str, addon: str) -> None:
    if addon not in ADDONS:
        fail(f"Addon {addon} was not found in any repository")
    if verb == "enable" and addon in NEEDED and NEEDED[addon] not in state["on"]:
        fail(f"{addon} needs {NEEDED[addon]}")
    state["on"] = [name for name in state["on"] if name != addon] + ([addon] if verb == "enable" else [])


def apply(state: dict[str, Any], words: list[str]) -> None:
    import yaml  # only here: a machine need not have it otherwise

    dry = any(word.startswith("--dry-run") for word in words)
    for thing in yaml.safe_load_all(sys.stdin):
        name = f"{thing['kind'].lower()}/{thing['metadata']['name']}"
        before = state["objects"].get(name)
        said = "unchanged" if before == thing else "configured" if before else "created"
        print(f"{name} {said}{' (dry run)' if dry else ''}")
        if not dry:
            state["objects"][name] = thing


def main() -> None:
    state = load()
    called = Path(sys.argv[0]).name
    {"snap": snap, "microk8s": microk8s}[called](state, sys.argv[1:])
    save(state)


if __name__ == "__main__":
    main()
