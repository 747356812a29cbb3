"""Trivy's rules for Kubernetes find nothing in what the chart renders.

kube-linter, which would be a second opinion, could not be had by `go install`; its checks are written anew in
linted.py and made in test_chart_lint.py.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.chain.chart import VALUE_SETS, render
from tests.chain.running import program_of

QUIET = ("--skip-check-update", "--skip-version-check", "--disable-telemetry", "--quiet")
# It takes every registry for unknown that is not one of a large cloud, and any address with a user's name for
# a secret, while config.yaml refuses one with a password.
TOLERATED = {"KSV-0125", "KSV-01010"}
# Without limits they are missing: that set of values asks for none.
WITHOUT_LIMITS = {"KSV-0011", "KSV-0018"}


def findings(folder: Path) -> set[tuple[str, str]]:
    """Return number and sentence of what Trivy finds in the manifests of a folder."""
    words: list[str | Path] = [program_of("trivy"), "config", *QUIET, "--format", "json", folder]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return {
        (found["ID"], f"{Path(result['Target']).stem}: {found['Message']}")
        for result in json.loads(done.stdout)["Results"]
        for found in result.get("Misconfigurations", [])
        if found["ID"] not in TOLERATED
    }


def test_trivy_finds_nothing(tmp_path: Path) -> None:
    manifests = tmp_path / "manifests"
    manifests.mkdir()
    for name, values in VALUE_SETS.items():
        tagged = {**values, "images": {**values.get("images", {}), "production_image_tag": "1.10"}}
        (manifests / f"{name}.yaml").write_text(render(tmp_path, tagged).text)
    found = findings(manifests)
    unlimited = {number for number, words in found if words.startswith("tracing, no policy, no limits: ")}
    assert unlimited == WITHOUT_LIMITS
    assert {number for number, _ in found} == unlimited, found


@pytest.mark.parametrize(
    ("right", "wrong", "number"),
    [
        ("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "KSV-0014"),
        ("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "KSV-0001"),
        ("drop: [ALL]", "drop: [NET_RAW]", "KSV-0003"),
    ],
)
def test_trivy_would_find_it(tmp_path: Path, right: str, wrong: str, number: str) -> None:
    manifests = tmp_path / "manifests"
    manifests.mkdir()
    text = render(tmp_path, {}).text
    assert right in text
    (manifests / "broken.yaml").write_text(text.replace(right, wrong))
    assert number in {found for found, _ in findings(manifests)}
