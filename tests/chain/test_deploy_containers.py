"""`hookline deploy` end to end: the real helm, real containers, callers that ask all the time.

Two parts are STAND-INS: the API server (apiserver.py), whose pods are containers here, and kubectl, which
names the balancer as the service's address.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.chain.apiserver import StandIn
from tests.chain.chart import CHART
from tests.chain.containers import Container, Engine
from tests.chain.releases import Images
from tests.chain.running import program_of
from tests.chain.test_upgrade import PRE_STOP, Callers, logged
from tests.framework.deploy.stub import StubCluster
from tests.framework.service.projects import IRIS_ROW
from tests.framework.service.runner.balancer import Balancer, Instance, balancing
from tests.framework.service.runner.load import until

CONFIG = """\
images:
  repository: hookline-upgrade-test
  production_image_name: service
deployment:
  deployment_name: iris
  workload: Deployment
"""


class Pods:
    """Be a kubelet: a container for the wanted image; the old one leaves when the new one is ready."""

    def __init__(self, engine: Engine, balancer: Balancer, folder: Path) -> None:
        self.volumes: dict[str, list[Path]] = {}
        self._engine = engine
        self._balancer = balancer
        self._folder = folder
        self._loop = asyncio.get_running_loop()
        self._live: tuple[str, Container, Instance] | None = None
        self._next: tuple[str, Container, Instance] | None = None
        self._leaving: list[threading.Thread] = []

    def ready(self, image: str) -> bool:
        """Work towards that image; tell whether it is there."""
        if self._next is not None and self._next[0] != image:
            self._leave(self._next, now=True)
            self._next = None
        if self._live is not None and self._live[0] == image:
            return True
        if self._next is None:
            self._next = self._start(image)
        if not self._next[2].ready:
            return False
        if self._live is not None:
            self._leave(self._live)
        self._live, self._next = self._next, None
        return True

    def settle(self) -> None:
        """Wait for those that are leaving, which serve until they are told to stop."""
        for thread in self._leaving:
            thread.join()

    def close(self) -> None:
        """Stop the last one too."""
        if self._live is not None:
            self._leave(self._live)
        self.settle()

    def _start(self, image: str) -> tuple[str, Container, Instance]:
        volumes = self.volumes.setdefault(image.rpartition(":")[2], [])
        volumes.append(self._folder / f"volume-{sum(map(len, self.volumes.values()))}")
        container = self._engine.start(image, volumes[-1])
        instance = Instance(container.port)
        self._loop.call_soon_threadsafe(self._balancer.instances.append, instance)
        return image, container, instance

    def _leave(self, pod: tuple[str, Container, Instance], *, now: bool = False) -> None:
        def leave() -> None:
            if now:
                pod[1].kill()
            else:
                threading.Event().wait(PRE_STOP)
                assert pod[1].stop() == 0
            self._loop.call_soon_threadsafe(self._forget, pod[2])

        self._leaving.append(threading.Thread(target=leave))
        self._leaving[-1].start()

    def _forget(self, instance: Instance) -> None:
        self._balancer.instances.remove(instance)
        instance.ready = False
        instance.drop()


@pytest.fixture
def project(images: Images) -> Path:
    (images.root / "config.yaml").write_text(CONFIG)
    case = images.root / "tests" / "prediction_test_case.json"
    case.parent.mkdir(exist_ok=True)
    case.write_text(json.dumps([IRIS_ROW]))
    return images.root


def test_a_release_goes_forth_and_back_under_load_and_a_broken_image_stays_out(
    release_engine: Engine, images: Images, project: Path, tmp_path: Path
) -> None:
    stubs = StubCluster(tmp_path / "cluster")
    (stubs.programs / "helm").unlink()
    (stubs.programs / "helm").symlink_to(program_of("helm"))
    environ = {**os.environ, "PATH": f"{stubs.programs}{os.pathsep}{os.environ['PATH']}"}

    async def hookline(*words: str) -> tuple[int, str]:
        chart = [] if words[0] == "rollback" else ["--chart", str(CHART)]
        command = [sys.executable, "-m", "hookline.cli", "deploy", *words, *chart, "--timeout", "30s"]
        done = await asyncio.to_thread(
            subprocess.run, command, cwd=project, env=environ, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    async def run() -> tuple[Callers, Pods, dict[str, tuple[int, str]]]:
        said: dict[str, tuple[int, str]] = {}
        async with balancing() as balancer:
            pods, callers, over = (
                Pods(release_engine, balancer, tmp_path),
                Callers(balancer.port),
                asyncio.Event(),
            )
            stubs.write(port=balancer.port)
            with StandIn(pods.ready) as api:
                environ["KUBECONFIG"] = str(api.kubeconfig(tmp_path / "kubeconfig"))
                said["first"] = await hookline("--tag", "one")
                asking = asyncio.create_task(callers.ask_until(over))
                said["second"] = await hookline("--tag", "two")
                said["broken"] = await hookline("--tag", "broken")
                said["kept"] = await hookline("--plan", "--json", "--tag", "two")
                said["back"] = await hookline("rollback")
                await asyncio.to_thread(pods.settle)
                seen = len(callers.replies)
                await until(lambda: len(callers.replies) > seen + 10)
                over.set()
                await asking
                await asyncio.to_thread(pods.close)
        return callers, pods, said

    callers, pods, said = asyncio.run(run())
    assert {step: code for step, (code, _) in said.items()} == {
        "first": 0,
        "second": 0,
        "broken": 1,
        "kept": 0,
        "back": 0,
    }, said
    assert "helm upgrade` failed" in said["broken"][1]
    kept = json.loads(said["kept"][1])
    assert (kept["live"]["image"], kept["live"]["commit"] != "") == (images.two, True)
    assert callers.failures == []
    versions = [reply.version for reply in callers.replies]
    assert versions[-1] == versions[0] != kept["live"]["model_version"]
    assert set(versions) == {versions[0], kept["live"]["model_version"]}
    found = {tag: set().union(*map(logged, volumes)) for tag, volumes in pods.volumes.items()}
    assert found["broken"] == set()
    assert callers.answered <= found["one"] | found["two"]
    assert callers.answered & found["one"]
    assert callers.answered & found["two"]
