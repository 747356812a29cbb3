from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from fnmatch import fnmatch
from pathlib import Path

import pytest

from hookline.errors import ImageError, NoModelError, ScaffoldError
from hookline.image.context import prepare
from hookline.image.wheel import bring_wheel
from hookline.models.store import ModelStore
from hookline.project import open_project
from hookline.scaffold.pack import export
from tests.framework.service.projects import IRIS_ROW
from tests.framework.service.running import serve
from tests.house import ROOT


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def arguments(folder: Path) -> dict[str, str]:
    lines = [line.partition("=") for line in (folder / "build-args").read_text().splitlines()]
    return {name: value for name, _, value in lines}


def set_config(root: Path, text: str) -> None:
    (root / "config.yaml").write_text(text)


def not_compiled(root: Path) -> None:
    """Have the version say that its graph is not used, as one would that was trained without."""
    store = ModelStore(root / "model_bin")
    folder = root / "model_bin" / str(store.current())
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["compiled"]["adopted"] = False
    data = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(data)
    (folder / "manifest.sha256").write_text(f"{hashlib.sha256(data).hexdigest()}  manifest.json\n")


def test_a_compiled_model_goes_in_without_code_and_without_its_native_file(
    generated: Path, tmp_path: Path
) -> None:
    prepare(open_project(generated), "production", tmp_path / "context")
    version = ModelStore(generated / "model_bin").current()
    app = files(tmp_path / "context" / "app")
    assert f"model_bin/{version}/graph.onnx" in app
    assert [name for name in app if not name.startswith("model_bin/")] == [
        "config.yaml",
        "main.py",
        "source/model/features.yaml",
    ]
    assert not [name for name in app if name.endswith(("skops", "joblib"))]
    lock = (tmp_path / "context" / "lock.txt").read_text()
    assert "onnxruntime==" in lock
    assert "pandas==" not in lock
    assert arguments(tmp_path / "context")["FLAVOUR"] == "compiled"


def test_any_other_model_goes_in_with_the_code_it_needs(generated: Path, tmp_path: Path) -> None:
    not_compiled(generated)
    (generated / "source" / ".env").write_text("PASSWORD=canary")
    prepare(open_project(generated), "production", tmp_path / "context")
    app = files(tmp_path / "context" / "app")
    assert {"source/model/train.py", "source/data/data_loader.py"} <= set(app)
    assert "source/.env" not in app
    assert [name for name in app if name.endswith("model.skops")]
    assert "pandas==" in (tmp_path / "context" / "lock.txt").read_text()
    assert arguments(tmp_path / "context")["FLAVOUR"] == "full"


@pytest.mark.parametrize("name", ["serve", "serve-native", "train", "project"])
def test_every_lock_holds_what_a_setting_may_switch_on(name: str) -> None:
    lock = (ROOT / "locks" / f"{name}.txt").read_text()
    assert {"opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"} <= {
        line.partition("==")[0] for line in lock.splitlines()
    }


def test_tables_of_data_stay_out_and_are_named(generated: Path, tmp_path: Path) -> None:
    not_compiled(generated)
    data = generated / "source" / "data"
    (data / "people.csv").write_text("name,age\n")
    (data / "words.json").write_text("[]")
    (data / "rows.json").write_text(" " * 300_000)
    left = prepare(open_project(generated), "production", tmp_path / "context")
    assert {"source/data/people.csv", "source/data/rows.json"} <= set(left)
    app = files(tmp_path / "context" / "app")
    assert "source/data/words.json" in app
    assert not set(left) & set(app)
    assert not [name for name in app if name.endswith(".csv")]


def test_what_goes_in_is_enough_to_serve(generated: Path, tmp_path: Path) -> None:
    prepare(open_project(generated), "production", tmp_path / "context")
    with serve(tmp_path / "context" / "app", prediction_log__directory=str(tmp_path / "log")) as service:
        answer = service.ask("POST", "/api/predictions", [IRIS_ROW])
    assert (answer.status, answer.json()[0]["class_name"]) == (200, "setosa")


def test_only_the_current_version_goes_in(generated: Path, tmp_path: Path) -> None:
    store = ModelStore(generated / "model_bin")
    current = str(store.current())
    older = "20200101T000000Z-00000000"
    shutil.copytree(generated / "model_bin" / current, generated / "model_bin" / older)
    prepare(open_project(generated), "production", tmp_path / "context")
    inside = ModelStore(tmp_path / "context" / "app" / "model_bin")
    assert (inside.names(), inside.current(), inside.rollback_target()) == ([current], current, None)


def test_the_build_is_told_what_the_labels_say(generated: Path, tmp_path: Path) -> None:
    set_config(generated, "service:\n  name: Iris of our garden\n  port: 8080\n")
    prepare(open_project(generated), "production", tmp_path / "context")
    manifest = ModelStore(generated / "model_bin").verify()
    found = arguments(tmp_path / "context")
    assert found["MODEL_ID"] == manifest.model_id
    assert found["CONTRACT"] == manifest.contract_fingerprint
    assert (found["SERVICE"], found["PORT"]) == ("Iris of our garden", "8080")
    assert found["PYTHON"] == ".".join(manifest.python.split(".")[:2])
    # Every argument has its place in the Dockerfile, or it would be said and not be used.
    dockerfile = (tmp_path / "context" / "Dockerfile").read_text()
    assert [name for name in found if f"ARG {name}=" not in dockerfile] == []


def test_every_user_may_read_what_goes_in_whatever_the_umask(generated: Path, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        prepare(open_project(generated), "production", tmp_path / "context")
    finally:
        os.umask(before)
    for path in (tmp_path / "context").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644), path


def test_the_framework_goes_in_by_its_hash(generated: Path, tmp_path: Path) -> None:
    prepare(open_project(generated), "production", tmp_path / "one")
    digest = hashlib.sha256(b"a wheel").hexdigest()
    assert (tmp_path / "one" / "wheel" / "requirements.txt").read_text() == (
        f"hookline==9.9.9 --hash=sha256:{digest}\n"
    )
    (generated / "locks" / "hookline.txt").write_text("hookline==9.9.9 --hash=sha256:of-the-project\n")
    prepare(open_project(generated), "production", tmp_path / "two")
    assert "of-the-project" in (tmp_path / "two" / "wheel" / "requirements.txt").read_text()


def test_a_runtime_image_takes_tools_at_hand_or_fetches_them(generated: Path, tmp_path: Path) -> None:
    prepare(open_project(generated), "runtime", tmp_path / "fetched")
    assert arguments(tmp_path / "fetched")["TOOLS"] == "download"
    assert "fetch.py" in files(tmp_path / "fetched")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("kubectl", "helm"):
        (tools / name).write_text("a program")
    prepare(open_project(generated), "runtime", tmp_path / "at-hand", tools=tools)
    assert arguments(tmp_path / "at-hand")["TOOLS"] == "context"
    assert os.access(tmp_path / "at-hand" / "tools" / "helm", os.X_OK)
    (tools / "helm").unlink()
    with pytest.raises(ImageError, match="helm is missing"):
        prepare(open_project(generated), "runtime", tmp_path / "half", tools=tools)


def test_a_public_key_goes_in_and_one_from_outside_is_refused(generated: Path, tmp_path: Path) -> None:
    (generated / "keys").mkdir()
    (generated / "keys" / "model.pub").write_text("a public key")
    set_config(generated, "models:\n  public_key_file: keys/model.pub\n")
    prepare(open_project(generated), "production", tmp_path / "context")
    assert "keys/model.pub" in files(tmp_path / "context" / "app")
    ignored = (tmp_path / "context" / ".dockerignore").read_text().splitlines()
    assert ignored[-1] == "!app/keys/model.pub", "whatever the key is called, the engine must get it"
    set_config(generated, "models:\n  public_key_file: ../model.pub\n")
    with pytest.raises(ImageError, match=r"\.\./model\.pub is outside of the project"):
        prepare(open_project(generated), "production", tmp_path / "other")


def test_no_module_of_a_project_looks_like_a_private_key() -> None:
    patterns = [line.removeprefix("**/") for line in (ROOT / ".dockerignore").read_text().splitlines()]
    matches = {
        name: [each for each in patterns if fnmatch(name, each)] for name in ("id_encoder.py", "id_rsa")
    }
    assert matches == {"id_encoder.py": [], "id_rsa": ["id_rsa"]}


def test_what_cannot_become_an_image_is_refused_with_the_remedy(generated: Path, tmp_path: Path) -> None:
    project = open_project(generated)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    with pytest.raises(ImageError, match="is not empty; name a new folder"):
        prepare(project, "production", tmp_path / "full")
    set_config(generated, "service:\n  port: 0\n")
    with pytest.raises(ImageError, match="set a port"):
        prepare(open_project(generated), "production", tmp_path / "port")
    (generated / "locks" / "serve.txt").unlink()
    with pytest.raises(ImageError, match=r"serve\.txt is missing"):
        prepare(project, "production", tmp_path / "lock")
    shutil.rmtree(generated / "model_bin")
    with pytest.raises(NoModelError, match="hookline train"):
        prepare(project, "production", tmp_path / "model")


def test_without_one_wheel_there_is_no_image(generated: Path, tmp_path: Path) -> None:
    second = generated / "vendor" / "hookline-1.0.0-py3-none-any.whl"
    second.write_bytes(b"another")
    with pytest.raises(ImageError, match="leave the one there"):
        prepare(open_project(generated), "production", tmp_path / "two")
    shutil.rmtree(generated / "vendor")
    with pytest.raises(ImageError, match="bring it back from version control"):
        prepare(open_project(generated), "production", tmp_path / "none")


def test_a_checkout_makes_a_wheel_of_itself(tmp_path: Path) -> None:
    export(ROOT, tmp_path / "checkout")
    wheel = bring_wheel(tmp_path / "checkout", tmp_path / "wheel")
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() in (wheel.parent / "requirements.txt").read_text()
    (tmp_path / "checkout" / "pyproject.toml").unlink()
    with pytest.raises(ScaffoldError, match="run `make setup` there first"):
        bring_wheel(tmp_path / "checkout", tmp_path / "broken")
