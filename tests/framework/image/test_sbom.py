from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from hookline.image.inventory import inventory
from hookline.image.sbom import bill_of_materials
from tests.framework.image.commands import hookline
from tests.framework.image.stub import Stub

LABELS = {
    "hookline.model.id": "1b2c",
    "hookline.model.version": "20260101T000000Z-00000000",
    "org.opencontainers.image.title": "Iris",
}
FOUND = {
    "python": "3.11.2",
    "distributions": [
        {"name": "Typing_Extensions", "version": "4.16.0", "expression": "PSF-2.0", "license": ""},
        {"name": "pyyaml", "version": "6.0.3", "expression": "", "license": "MIT"},
        {"name": "pyyaml", "version": "6.0.3", "expression": "", "license": "MIT"},
        {"name": "odd", "version": "1+local", "expression": "", "license": ""},
    ],
    "packages": [{"name": "libstdc++6", "version": "12.2.0-14+deb12u1", "architecture": "amd64"}],
}
DPKG = """\
Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9
Description: the library
 of: everything

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1
"""


def test_a_bill_names_the_image_its_model_and_every_package_once() -> None:
    bill = bill_of_materials("hookline/iris:v1", "sha256:abc", LABELS, FOUND)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    image = bill["metadata"]["component"]
    assert (image["name"], image["version"], image["type"]) == ("hookline/iris", "v1", "container")
    assert [(each["type"], each["name"], each.get("purl")) for each in bill["components"]] == [
        ("machine-learning-model", "Iris", None),
        ("library", "python", "pkg:generic/python@3.11.2"),
        ("library", "Typing_Extensions", "pkg:pypi/typing-extensions@4.16.0"),
        ("library", "pyyaml", "pkg:pypi/pyyaml@6.0.3"),
        ("library", "odd", "pkg:pypi/odd@1%2Blocal"),
        ("library", "libstdc++6", "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64"),
    ]
    licenses = [each.get("licenses") for each in bill["components"][2:5]]
    assert licenses == [[{"expression": "PSF-2.0"}], [{"license": {"name": "MIT"}}], None]


def test_the_same_image_has_the_same_bill_and_another_has_another() -> None:
    one = bill_of_materials("a:1", "sha256:abc", LABELS, FOUND)
    assert one == bill_of_materials("a:1", "sha256:abc", LABELS, FOUND)
    assert one["serialNumber"] != bill_of_materials("a:1", "sha256:def", LABELS, FOUND)["serialNumber"]


def test_an_image_without_a_model_has_none_in_its_bill() -> None:
    bill = bill_of_materials("a:1", "sha256:abc", {}, FOUND)
    assert {each["type"] for each in bill["components"]} == {"library"}


def test_the_inventory_has_what_is_installed_here(tmp_path: Path) -> None:
    (tmp_path / "status").write_text(DPKG)
    found = inventory(tmp_path / "status")
    assert found["packages"] == [{"name": "libc6", "version": "2.36-9", "architecture": "amd64"}]
    assert inventory(tmp_path / "none")["packages"] == []
    said = subprocess.run(
        [sys.executable, "-m", "hookline.image.inventory"], check=True, capture_output=True, text=True
    ).stdout
    names = {each["name"] for each in json.loads(said)["distributions"]}
    assert {"hookline", "numpy"} <= names


def test_the_command_writes_the_bill_of_the_image_into_a_file(generated: Path, stub: Stub) -> None:
    stub.wants(inventory=FOUND, labels=LABELS)
    environ = {**os.environ, "DOCKER": str(stub.client)}
    said = hookline(generated, "image", "sbom", "--output", "dist/sbom.json", environ=environ)
    assert said == "wrote dist/sbom.json: 6 components\n"
    written = json.loads((generated / "dist" / "sbom.json").read_text())
    assert json.loads(hookline(generated, "image", "sbom", environ=environ)) == written
    (run,) = {call for call in stub.calls if call.startswith("run ")}
    assert "--network none" in run
