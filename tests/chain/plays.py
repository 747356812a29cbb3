"""Play the playbook on machines made for it, from a copy of the project."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.chain import machine
from tests.chain.running import program_of
from tests.house import ROOT

__all__ = ["ANSIBLE", "Play", "Site", "debian", "ubuntu"]

ANSIBLE = ROOT / "ansible"
SHARED = ANSIBLE / "molecule" / "shared"
PASSWORD = "a-dummy-password-of-the-vault"  # noqa: S105
# What the roles ask Ubuntu's archive for, which cannot be reached everywhere: packages of these names, with
# nothing in them but what is named.
UBUNTU: Mapping[str, tuple[str, ...]] = {
    "docker.io": ("usr/bin/docker", "lib/systemd/system/docker.service"),
    "docker-compose-v2": (),
    "git": (),
    "make": (),
    "openjdk-21-jre-headless": (),
    "snapd": ("usr/bin/snap",),
}


@dataclass(frozen=True)
class Play:
    """What a run of the playbook came to."""

    code: int
    said: str

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Return the recap: machine, and how often what happened."""
        found = re.findall(r"^(\S+)\s+: (ok=.*)$", self.said, re.MULTILINE)
        return {
            name: {word: int(number) for word, _, number in (pair.partition("=") for pair in line.split())}
            for name, line in found
        }

    @property
    def changed(self) -> list[str]:
        """List the tasks that changed something."""
        head = r"^(?:TASK|RUNNING HANDLER) \[(?:\w+ : )?(.*)\] \*+$"
        tasks = re.split(head, self.said, flags=re.MULTILINE)[1:]
        pairs = zip(tasks[::2], tasks[1::2], strict=True)
        return [task for task, lines in pairs if re.search(r"^changed: ", lines, re.MULTILINE)]

    @property
    def failure(self) -> str:
        """Return the sentence of the first failure, on one line."""
        found = re.search(r'^fatal: .*?"msg": "((?:[^"\\]|\\.)*)"', self.said, re.MULTILINE | re.DOTALL)
        assert found, self.said
        return found[1]


class Site:
    """A copy of the project, with an inventory and a vault."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        self.ansible = folder / "ansible"
        self._programs = program_of("ansible").parent
        ignore = shutil.ignore_patterns("__pycache__", "inventory.yml", "vault.yml", ".ansible", "kibana")
        for name in ("ansible", "getting-started/efk", "source", "dockerfiles/runtime-image"):
            shutil.copytree(ROOT / name, folder / name, ignore=ignore)
        (self.ansible / "password").write_text(PASSWORD)
        (self.ansible / "password").chmod(0o600)

    def configure(self, **sections: Mapping[str, Any]) -> None:
        """Write config.yaml."""
        (self.root / "config.yaml").write_text(yaml.safe_dump(dict(sections)))

    def inventory(self, inventory: Mapping[str, Any]) -> None:
        """Write inventory.yml."""
        (self.ansible / "inventory.yml").write_text(yaml.safe_dump(dict(inventory)))

    def vault(self, secrets: Mapping[str, Any]) -> None:
        """Write vault.yml, and encrypt it as the manual says."""
        example = yaml.safe_load((ANSIBLE / "vault.example.yml").read_text())
        assert set(secrets) <= set(example)
        path = self.ansible / "vault.yml"
        path.write_text(yaml.safe_dump({**example, **secrets}))
        done = self.call("ansible-vault", "encrypt", "vault.yml", "--vault-password-file", "password")
        assert done.code == 0, done.said
        assert path.read_text().startswith("$ANSIBLE_VAULT")

    def play_told(self, facts: Mapping[str, Any], *words: str) -> Play:
        """Run the playbook, and have it believe these facts of every machine, instead of asking them."""
        task = {"ansible.builtin.set_fact": {**facts, "cacheable": True}}
        told = [{"hosts": "all", "gather_facts": False, "tasks": [task]}]
        (self.ansible / "told.yml").write_text(yaml.safe_dump(told))
        return self.call("ansible-playbook", "told.yml", "site.yml", *words, ANSIBLE_GATHERING="explicit")

    def play(self, *words: str) -> Play:
        """Run the playbook."""
        return self.call("ansible-playbook", "site.yml", "--vault-password-file", "password", *words)

    def call(self, program: str, *words: str, **environ: str) -> Play:
        """Run a program of Ansible in its folder, as the manual says."""
        path = f"{self._programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        environ |= {"PATH": path, "ANSIBLE_HOME": str(self.root / "home"), "LC_ALL": "C.UTF-8"}
        environ |= {"ANSIBLE_NOCOLOR": "1", "NO_COLOR": "1"}
        done = subprocess.run(
            [program, *words],
            cwd=self.ansible,
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=600,
        )
        return Play(done.returncode, done.stdout + done.stderr)


def host(root: Path) -> dict[str, str]:
    """Return what the inventory says of a machine in a folder."""
    return {
        "ansible_connection": "community.general.chroot",
        "ansible_host": str(root),
        "ansible_chroot_exe": str(SHARED / "enter.sh"),
        "ansible_user": "root",
    }


def debian(root: Path) -> None:
    """Make a fresh Debian, with the stand-in of snap in front of the real one."""
    machine.unpack(program_of("machine"), root)
    shutil.copy(SHARED / "snap.py", root / "usr/local/bin/snap")


def ubuntu(root: Path) -> None:
    """Make a machine that says it is an Ubuntu, and has an archive with packages of Ubuntu's names."""
    debian(root)
    (root / "usr/local/bin/snap").unlink()
    release = {"NAME": "Ubuntu", "ID": "ubuntu", "ID_LIKE": "debian", "VERSION_ID": "24.04"}
    release |= {"VERSION": "24.04 LTS (Noble Numbat)", "VERSION_CODENAME": "noble"}
    (root / "etc/os-release").unlink()
    (root / "etc/os-release").write_text("".join(f'{key}="{value}"\n' for key, value in release.items()))
    archive = root / "srv/archive"
    archive.mkdir()
    index = "".join(_package(archive, name, files) for name, files in UBUNTU.items())
    (archive / "Packages").write_text(index)
    shutil.rmtree(root / "etc/apt/sources.list.d")
    (root / "etc/apt/sources.list").write_text("deb [trusted=yes] file:/srv/archive ./\n")
    machine.run(root, "apt-get", "update")


def _package(archive: Path, name: str, files: tuple[str, ...]) -> str:
    draft = archive / name
    (draft / "DEBIAN").mkdir(parents=True)
    control = f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: a stand-in\n"
    (draft / "DEBIAN" / "control").write_text(control)
    for file in files:
        (draft / file).parent.mkdir(parents=True)
        if file.endswith("snap"):
            shutil.copy(SHARED / "snap.py", draft / file)
        elif file.endswith(".service"):
            (draft / file).write_text("[Service]\nExecStart=/usr/bin/docker\n")
        else:
            (draft / file).write_text("#!/bin/sh\n# A stub of docker.\necho a stub of docker: $*\n")
        (draft / file).chmod(0o755)
    if name == "docker.io":
        (draft / "DEBIAN" / "postinst").write_text("#!/bin/sh\ngroupadd --system --force docker\n")
        (draft / "DEBIAN" / "postinst").chmod(0o755)
    subprocess.run(["dpkg-deb", "--build", str(draft), str(archive)], check=True, capture_output=True)
    (built,) = archive.glob(f"{name}_*.deb")
    digest = hashlib.sha256(built.read_bytes()).hexdigest()
    return f"{control}Filename: ./{built.name}\nSize: {built.stat().st_size}\nSHA256: {digest}\n\n"
