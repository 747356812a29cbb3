"""The playbook, played on a Debian in a folder, and on one that says it is an Ubuntu.

Packages are installed, users made and units enabled for real; `snap` and `microk8s` are the stand-in of
ansible/molecule/shared/snap.py, and nothing is started, for a folder has no init.
"""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import os
import re
import shutil
import stat
import tarfile
import threading
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.chain import machine
from tests.chain.plays import PASSWORD, Play, Site, debian, host, ubuntu
from tests.chain.running import program_of

REGISTRY = "registry.example.com:5000"
SECRETS = {
    "vault_registry_password": "dummy-of-the-registry",
    "vault_jenkins_agent_secrets": {"one": "dummy-of-the-agent"},
    "vault_service_secrets": {"mongo_db_password": "dummy-of-mongo", "hash_key": "dummy-of-the-hash"},
}
# The machine is Debian 12, which has no 21.
JAVA = "openjdk-17-jre-headless"
CANARIES = ("dummy-of-the-registry", "dummy-of-the-agent", "dummy-of-mongo", "dummy-of-the-hash", PASSWORD)


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve what a controller and the makers of kubectl and helm serve; the two programs are real."""
    folder = tmp_path_factory.mktemp("downloads")
    jar = folder / "jnlpJars" / "agent.jar"
    jar.parent.mkdir()
    jar.write_text("a stand-in of Jenkins's agent\n")
    kubectl = folder / "kubectl" / "v1.34.4" / "bin" / "linux" / "amd64" / "kubectl"
    kubectl.parent.mkdir(parents=True)
    shutil.copy(program_of("kubectl"), kubectl)
    (kubectl.parent / "kubectl.sha256").write_text(hashlib.sha256(kubectl.read_bytes()).hexdigest())
    helm = folder / "helm" / "helm-v3.21.4-linux-amd64.tar.gz"
    helm.parent.mkdir()
    with tarfile.open(helm, "w:gz", compresslevel=1) as archive:
        archive.add(program_of("helm"), "linux-amd64/helm")
    digest = hashlib.sha256(helm.read_bytes()).hexdigest()
    (helm.parent / f"{helm.name}.sha256sum").write_text(f"{digest}  {helm.name}\n")
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def site_of(folder: Path, root: Path, downloads: str, **agent: str) -> Site:
    site = Site(folder)
    site.configure(
        images={"registry": REGISTRY},
        deployment={
            "image_pull_secrets": ["registry-login"],
            "secret_name": "iris-secrets",
            "secret_keys": ["mongo_db_password", "hash_key"],
            "ingress_host": "iris.example.com",
        },
        prediction_log={"fluentd_port": 24225},
    )
    site.inventory(
        {
            "all": {
                "hosts": {"one": host(root)},
                "vars": {"registry_scheme": "http", "registry_username": "puller"},
            },
            "cluster": {"hosts": {"one": {}}, "vars": {"microk8s_namespace": "models"}},
            "agents": {
                "hosts": {"one": {}},
                "vars": {
                    "jenkins_agent_url": f"{downloads}/",
                    "jenkins_agent_kubectl_url": f"{downloads}/kubectl",
                    "jenkins_agent_helm_url": f"{downloads}/helm",
                    **agent,
                },
            },
            "logs": {"hosts": {"one": {}}, "vars": {"efk_fluentd_address": "192.0.2.10"}},
        }
    )
    site.vault(SECRETS)
    return site


def compose_on(root: Path) -> None:
    """Put a stand-in of Compose where Docker's own package puts the plugin: Debian 12 has none."""
    plugin = root / "usr/local/lib/docker/cli-plugins/docker-compose"
    plugin.parent.mkdir(parents=True)
    metadata = {"SchemaVersion": "0.1.0", "Vendor": "stand-in", "Version": "v2"}
    plugin.write_text(f"#!/bin/sh\n# A stand-in of Compose.\necho '{json.dumps(metadata)}'\n")
    plugin.chmod(0o755)


def look(root: Path) -> dict[str, tuple[int, int, int]]:
    """Note every file of a machine but those that Ansible and apt work with when they change nothing."""
    found = {}
    for folder, folders, names in os.walk(root):
        place = Path(folder).relative_to(root)
        if place in {Path("root/.ansible"), Path("tmp"), Path("var/log/apt")}:
            folders.clear()
            continue
        for name in names:
            state = (Path(folder) / name).lstat()
            found[str(place / name)] = (state.st_mode, state.st_size, state.st_mtime_ns)
    return found


def calls_on(root: Path) -> list[str]:
    return (root / "var/lib/snap-stand-in/calls").read_text().splitlines()


@dataclass
class Made:
    """A machine that the playbook was played on, and what it said."""

    root: Path
    site: Site
    checked: Play
    refused: Play
    first: Play
    second: Play
    last: Play
    made: list[str]
    before: dict[str, tuple[int, int, int]]
    after_check: dict[str, tuple[int, int, int]]

    @property
    def calls(self) -> list[str]:
        """Return what changed something on the stand-in of snap and microk8s."""
        return calls_on(self.root)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, downloads: str) -> Iterator[Made]:
    """Check a fresh Debian, play until what its release lacks, add that, and play on."""
    folder = tmp_path_factory.mktemp("debian")
    root = folder / "machine"
    try:
        debian(root)
        (root / "etc/docker").mkdir()
        (root / "etc/docker/daemon.json").write_text('{"log-driver": "local"}')
        site = site_of(folder / "site", root, downloads, jenkins_agent_java=JAVA)
        before = look(root)
        checked = site.play("--check")
        after_check = look(root)
        refused = site.play()
        compose_on(root)
        first = site.play()
        calls = calls_on(root)
        second = site.play()
        last = site.play("-vvv", "--diff", "--check")
        yield Made(root, site, checked, refused, first, second, last, calls, before, after_check)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def test_a_check_of_a_fresh_machine_succeeds_foresees_changes_and_makes_none(made: Made) -> None:
    assert made.checked.code == 0, made.checked.said
    assert made.checked.counts["one"]["failed"] == 0
    assert "Ensure snapd is installed" in made.checked.changed
    assert dict(made.before.items() ^ made.after_check.items()) == {}


def test_what_a_release_lacks_is_said_in_a_sentence_and_added_later(made: Made) -> None:
    assert made.refused.code == 2
    assert re.sub(r"12\.\d+", "12", made.refused.failure) == (
        "one has no docker compose, and Debian 12 no package of it; install the plugin docker-compose-plugin "
        "of Docker's own packages there, or take a newer release."
    )
    assert made.first.code == 0, made.first.said


def test_a_second_run_changes_nothing_and_neither_does_a_check(made: Made) -> None:
    for play in (made.second, made.last):
        assert play.code == 0, play.said
        assert play.changed == []
        assert play.counts["one"]["changed"] == 0
        assert play.counts["one"]["ok"] > 40


def test_the_cluster_is_made_in_an_order_that_microk8s_takes(made: Made) -> None:
    assert made.made == [
        "snap install snapd",
        "snap install --classic --channel 1.34/stable microk8s",
        "snap restart microk8s",
        "microk8s enable dns",
        "microk8s enable hostpath-storage",
        "microk8s enable registry",
        "microk8s enable metrics-server",
        "microk8s enable ingress",
    ]
    trust = made.root / f"var/snap/microk8s/current/args/certs.d/{REGISTRY}/hosts.toml"
    assert f'[host."http://{REGISTRY}"]' in trust.read_text()


def test_the_deploy_user_may_deploy_and_nobody_else_reads_how(made: Made) -> None:
    config = made.root / "home/deploy/.kube/config"
    places = ("/home/deploy/.kube/config", "/home/deploy/.kube")
    owner = machine.run(made.root, "stat", "--format", "%U %a", *places)
    assert owner.split("\n")[:2] == ["deploy 600", "deploy 700"]
    assert yaml.safe_load(config.read_text())["kind"] == "Config"
    assert "microk8s" in machine.run(made.root, "id", "--name", "--groups", "deploy").split()


def test_the_secrets_that_the_settings_name_are_in_the_cluster(made: Made) -> None:
    state = json.loads((made.root / "var/lib/snap-stand-in/state.json").read_text())
    objects = state["objects"]
    assert sorted(objects) == ["namespace/models", "secret/iris-secrets", "secret/registry-login"]
    data = objects["secret/iris-secrets"]["data"]
    assert {key: b64decode(value).decode() for key, value in data.items()} == SECRETS["vault_service_secrets"]
    login = json.loads(b64decode(objects["secret/registry-login"]["data"][".dockerconfigjson"]))
    assert login["auths"][REGISTRY]["password"] == SECRETS["vault_registry_password"]


def test_no_secret_is_said_or_left_where_others_read_it(made: Made) -> None:
    said = "".join(play.said for play in (made.checked, made.refused, made.first, made.second, made.last))
    assert [canary for canary in CANARIES if canary in said] == []
    readable = [
        path
        for folder in ("etc", "home", "opt", "usr/local", "var/lib/jenkins-agent")
        for path in (made.root / folder).rglob("*")
        if path.is_file() and not path.is_symlink() and path.stat().st_mode & stat.S_IROTH
    ]
    holding = [path for path in readable if any(canary.encode() in path.read_bytes() for canary in CANARIES)]
    assert holding == []
    secret = machine.run(made.root, "stat", "--format", "%U %a", "/etc/jenkins-agent/secret")
    assert secret.strip() == "jenkins 400"


def test_an_agent_finds_what_its_jobs_use(made: Made) -> None:
    inside = ("runuser", "-u", "jenkins", "--")
    assert "v1.34.4" in machine.run(made.root, *inside, "kubectl", "version", "--client")
    assert "v3.21" in machine.run(made.root, *inside, "helm", "version")
    assert "Docker version" in machine.run(made.root, *inside, "docker", "--version")
    assert "17." in machine.run(made.root, *inside, "sh", "-c", "ls /usr/lib/jvm/*/release | xargs cat")
    assert "docker" in machine.run(made.root, "id", "--name", "--groups", "jenkins").split()
    engine = json.loads((made.root / "etc/docker/daemon.json").read_text())
    assert engine == {"log-driver": "local", "insecure-registries": [REGISTRY]}


def test_both_services_start_with_the_machine(made: Made) -> None:
    for name in ("jenkins-agent.service", "hookline-efk.service"):
        assert (made.root / "etc/systemd/system/multi-user.target.wants" / name).is_symlink()
        said = machine.run(made.root, "systemd-analyze", "verify", f"/etc/systemd/system/{name}", check=False)
        assert [line for line in said.splitlines() if name in line and "docker.service" not in line] == []
    unit = (made.root / "etc/systemd/system/hookline-efk.service").read_text()
    assert "Environment=FLUENTD_ADDRESS=192.0.2.10 FLUENTD_PORT=24225" in unit
    assert (made.root / "opt/hookline-efk/kibana/saved-objects.ndjson").stat().st_size > 1000


def test_only_what_differs_is_changed(made: Made) -> None:
    machine.run(made.root, "/snap/bin/microk8s", "disable", "dns")
    before = made.calls
    other = {"mongo_db_password": "dummy-of-mongo", "hash_key": "another"}
    made.site.vault(SECRETS | {"vault_service_secrets": other})
    foreseen = made.site.play("--tags", "cluster", "--check")
    assert "Say what a run without --check would do" in foreseen.changed
    assert made.calls == before
    play = made.site.play("--tags", "cluster")
    assert play.changed == ["Ensure the addons are on", "Ensure the secrets are in the cluster"], play.said
    assert made.calls == [*before, "microk8s enable dns"]


def test_nothing_goes_on_while_the_cluster_is_not_ready(made: Made) -> None:
    sign = made.root / "var/lib/snap-stand-in/never-ready"
    sign.touch()
    play = made.site.play("--tags", "cluster")
    sign.unlink()
    assert play.code == 2
    assert play.failure == (
        "MicroK8s on one is not ready after 300 s; look at it there with sudo microk8s inspect."
    )


def test_an_ubuntu_takes_its_own_packages(tmp_path: Path, downloads: str) -> None:
    root = tmp_path / "machine"
    try:
        ubuntu(root)
        site = site_of(tmp_path / "site", root, downloads)
        first = site.play()
        assert first.code == 0, first.said
        assert calls_on(root)[0] == "snap install --classic --channel 1.34/stable microk8s"
        installed = machine.run(root, "dpkg-query", "--show", "--showformat", "${Package}\n").split()
        assert {"openjdk-21-jre-headless", "docker-compose-v2"} <= set(installed)
        second = site.play()
        assert second.code == 0, second.said
        assert second.changed == []
    finally:
        shutil.rmtree(root, ignore_errors=True)
