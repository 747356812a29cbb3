"""A STUB of make: it notes the target, leaves results as the real one does, and fails at the chosen target.

It stands in for the real make where a stage is made to fail, for 25 real builds would take an hour. What the
targets really do is tried by test_jenkins_line.py.
"""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

__all__ = ["stub_make"]

_MAKE = '''\
#!{python}
"""STUB of make: see tests/chain/pipelines/stub.py."""
import json, os, sys
from pathlib import Path

(target,) = sys.argv[1:]
build = Path("build")
build.mkdir(exist_ok=True)
with Path({calls!r}).open("a") as file:
    print(json.dumps([target, dict(os.environ)]), file=file)
if target == "settings":
    names = "docker", "scm", "kubeconfig", "api_key"
    settings = {{f"jenkins.{{name}}_credentials_id": f"id-of-{{name}}" for name in names}}
    (build / "settings.json").write_text(json.dumps({{**settings, "jenkins.model_store": "git"}}))
if target == "test":
    failure = "<failure/>" if os.environ["FAIL_AT"] == "test" else ""
    Path(os.environ["JUNIT"]).write_text(f"<testsuite><testcase>{{failure}}</testcase></testsuite>")
if target == "contract-gate":
    (build / "contract.xml").write_text("<testsuite><testcase/></testsuite>")
print(f"stub of make: {{target}}")
sys.exit(3 if target == os.environ["FAIL_AT"] else 0)
'''


def stub_make(folder: Path) -> tuple[Path, Path]:
    """Write the stub; return its folder, for the PATH, and the file it notes its calls in."""
    programs, calls = folder / "bin", folder / "calls.jsonl"
    programs.mkdir(parents=True)
    path = programs / "make"
    path.write_text(dedent(_MAKE).format(python=sys.executable, calls=str(calls)), encoding="utf-8")
    path.chmod(0o755)
    return programs, calls
