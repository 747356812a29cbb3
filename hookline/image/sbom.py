"""What an image holds, as a CycloneDX bill of materials: its packages, and the model.

It is made from what is installed in the image, not from a lock, so it also has the base image's packages.
Equal images have equal bills: no clock, no random number.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import hookline
from hookline.image.container import LOCKED_UP
from hookline.image.engine import Engine

__all__ = ["bill_of", "bill_of_materials"]

_SPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "sbom.hookline")


def bill_of(image: str, engine: Engine) -> dict[str, Any]:
    """Look into an image that is here, and return its bill."""
    words = ("run", "--rm", "--network", "none", *LOCKED_UP, "--entrypoint", "python", image)
    found = json.loads(engine.call(*words, "-P", "-m", "hookline.image.inventory"))
    digest = engine.call("image", "inspect", "--format", "{{.Id}}", image)
    return bill_of_materials(image, digest, engine.labels(image), found)


def bill_of_materials(
    image: str, digest: str, labels: Mapping[str, str], found: Mapping[str, Any]
) -> dict[str, Any]:
    """Write the bill of an image with these labels, in which an inventory found this."""
    name, _, tag = image.rpartition(":")
    components = {each["bom-ref"]: each for each in _components(labels, found)}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_SPACE, digest)}",
        "version": 1,
        "metadata": {
            "tools": {
                "components": [{"type": "application", "name": "hookline", "version": hookline.__version__}]
            },
            "component": {
                "type": "container",
                "bom-ref": digest,
                "name": name,
                "version": tag,
                "properties": [{"name": key, "value": value} for key, value in sorted(labels.items())],
            },
        },
        "components": list(components.values()),
    }


def _components(labels: Mapping[str, str], found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if "hookline.model.id" in labels:
        yield {
            "type": "machine-learning-model",
            "bom-ref": f"model:{labels['hookline.model.id']}",
            "name": labels.get("org.opencontainers.image.title", "model"),
            "version": labels["hookline.model.version"],
        }
    yield _component("python", found["python"], f"pkg:generic/python@{quote(found['python'])}")
    for one in found["distributions"]:
        plain = re.sub(r"[-_.]+", "-", one["name"]).lower()
        purl = f"pkg:pypi/{plain}@{quote(one['version'])}"
        yield {**_component(one["name"], one["version"], purl), **_licenses(one)}
    for one in found["packages"]:
        purl = f"pkg:deb/debian/{quote(one['name'])}@{quote(one['version'])}?arch={one['architecture']}"
        yield _component(one["name"], one["version"], purl)


def _component(name: str, version: str, purl: str) -> dict[str, Any]:
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _licenses(one: Mapping[str, str]) -> dict[str, Any]:
    if one["expression"]:
        return {"licenses": [{"expression": one["expression"]}]}
    return {"licenses": [{"license": {"name": one["license"]}}]} if one["license"] else {}
