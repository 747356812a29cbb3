from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hookline.contract import Contract, parse_contract
from hookline.deploy import smoke
from hookline.models.manifest import ManifestFields
from hookline.models.store import ModelStore
from tests.framework.cli.conftest import Done, Hookline, hookline
from tests.framework.deploy.stub import StubCluster
from tests.framework.service.projects import IRIS_ROW, trained_once
from tests.framework.service.running import Running, serve

__all__ = ["hookline"]


@dataclass(frozen=True)
class World:
    """A project with an older and a newer model, whose contract is narrower, and a real service of each."""

    root: Path
    older: str
    newer: str
    services: dict[str, Running]


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root = tmp_path_factory.mktemp("deploy") / "iris"
    shutil.copytree(trained_once("iris", tmp_path_factory), root, ignore=shutil.ignore_patterns("var"))
    (root / "helm").mkdir()  # the stub looks into no chart
    case = root / "tests" / "prediction_test_case.json"
    case.parent.mkdir()
    case.write_text(json.dumps([IRIS_ROW]))
    (older,) = (path.name for path in (root / "model_bin").glob("2*"))
    with serve(root) as first:
        assert first.ask("GET", "/info").status == 200
        second = Path(shutil.copytree(root, root.parent / "narrower", ignore=shutil.ignore_patterns("var")))
        features = second / "source" / "model" / "features.yaml"
        text = features.read_text().replace("- name: petal_width\n", "- name: petal_width\n    le: 9\n")
        assert "le: 9" in text
        features.write_text(text)
        newer = _publish_again(ModelStore(second / "model_bin"), older, parse_contract(features))
        with serve(second) as later:
            yield World(second, older, newer, {older: first, newer: later})


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: World) -> StubCluster:
    """Put the stubs, and nothing else that could reach a cluster, on the PATH; the older model answers."""
    stubs = StubCluster(tmp_path / "cluster")
    stubs.write(port=world.services[world.older].port)
    monkeypatch.setenv("PATH", str(stubs.programs))
    monkeypatch.setenv("DOCKER", "no-engine")
    monkeypatch.setattr(smoke, "_PATIENCE", 0.5)
    monkeypatch.setattr(smoke, "_PAUSE", 0.1)
    return stubs


@pytest.fixture
def deploy(hookline: Hookline, world: World, cluster: StubCluster) -> Callable[..., Done]:
    """Return a function that runs `hookline deploy …` in the project."""

    def run(*words: str) -> Done:
        return hookline("deploy", *words, "-C", world.root)

    return run


@pytest.fixture
def older_is_live(deploy: Callable[..., Done], world: World, cluster: StubCluster) -> None:
    """Deploy the older model."""
    assert deploy("--model", world.older, "--tag", "one").code == 0


def _publish_again(store: ModelStore, version: str, contract: Contract) -> str:
    """Publish a version once more, with another contract: a new model without a training."""
    manifest = store.manifest(version)
    told = {name: getattr(manifest, name) for name in ManifestFields.model_fields if name != "contract"}
    with store.draft() as draft:
        for name in manifest.files:
            draft.write(name, (store.directory / version / name).read_bytes())
        newer = store.publish(draft, ManifestFields(contract=contract, **told)).version
    store.promote(newer)
    return newer
