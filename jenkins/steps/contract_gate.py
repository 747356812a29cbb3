"""Managed by hookline. Compare the contract that is to be deployed with the live one; 1 if callers must act.

Each change is a test case of a JUnit file, so that a pipeline shows it by name. `--accept-breaking` among the
options lets the changes pass and still shows them.

Usage: contract_gate.py HOOKLINE FILE [OPTION OF HOOKLINE DEPLOY ...]
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET  # only written here, never read


def main(hookline: str, file: str, *options: str) -> int:
    """Write the file; say what changes, and return 1 if it must not."""
    done = subprocess.run(
        [hookline, "deploy", "--plan", "--json", *options], stdout=subprocess.PIPE, text=True, check=False
    )
    try:
        plan = json.loads(done.stdout)
    except ValueError:  # it has said why
        return done.returncode or 1
    accepted = "--accept-breaking" in options
    changes: Sequence[Mapping[str, Any]] = plan["contract"]
    breaking = [change for change in changes if change["verdict"] == "breaking"]
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    suite(changes, known=plan["contract_known"], accepted=accepted).write(path, encoding="unicode")
    for change in changes:
        print(f"{change['verdict']:8} {change['where']}: {change['what']} ({change['why']})")
    if not plan["contract_known"]:
        print("the live release does not say which contract it has")
    noted = " (accepted)" if accepted else ""
    print(f"{len(breaking)} breaking{noted}, {len(changes) - len(breaking)} safe")
    refused = bool(breaking) or not plan["contract_known"]
    if refused and not accepted:
        print("error: pass ACCEPT_BREAKING=true once the callers know", file=sys.stderr)
        return 1
    return 0


def suite(changes: Sequence[Mapping[str, Any]], *, known: bool, accepted: bool) -> ET.ElementTree[ET.Element]:
    """Return the changes as test cases; what breaks has failed."""
    root = ET.Element("testsuite", name="contract")
    ET.SubElement(root, "testcase", classname="contract", name="was compared with the live one")
    if not known and not accepted:
        _fail(root[0], "the live release does not say which contract it has")
    for change in changes:
        name = f"{change['where']}: {change['what']}"
        case = ET.SubElement(root, "testcase", classname="contract", name=name)
        if change["verdict"] == "breaking" and not accepted:
            _fail(case, str(change["why"]))
    failures = sum(len(case) for case in root)
    root.attrib |= {"tests": str(len(root)), "failures": str(failures)}
    return ET.ElementTree(root)


def _fail(case: ET.Element, why: str) -> None:
    ET.SubElement(case, "failure", message=why)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
