from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from hookline.cli import main
from hookline.contract import parse_contract_text
from hookline.models.manifest import CompileFacts
from hookline.models.store import ModelStore
from tests.framework.models.parts import FEATURES, Parts

Command: TypeAlias = Callable[..., tuple[object, str, str]]

# Nothing below loads a model, so the files may hold anything.
PARTS = Parts(parse_contract_text(FEATURES), b"native", b"graph", b"golden", libraries=(("numpy", "2.0"),))


@pytest.fixture
def models(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs `hookline models …` in the project: exit code, output, errors."""

    def run(*words: str) -> tuple[object, str, str]:
        place = () if words[0] == "keygen" else ("-C", str(project))
        monkeypatch.setattr(sys, "argv", ["hookline", "models", *words, *place])
        with pytest.raises(SystemExit) as caught:
            main()
        return caught.value.code, *capsys.readouterr()

    return run


@pytest.fixture
def store(project: Path) -> ModelStore:
    return ModelStore(project / "model_bin")


def answer(models: Command, *words: str) -> Any:
    code, output, errors = models(*words, "--json")
    assert (code, errors) == (0, "")
    return json.loads(output)


def test_an_empty_store_says_how_to_make_a_model(models: Command) -> None:
    assert "make one with `hookline train`" in models("list")[1]
    assert answer(models, "list") == []
    code, _, errors = models("show")
    assert (code, errors.startswith("error: there is no model in")) == (1, True)


def test_list_shows_the_newest_first_and_what_is_current(models: Command, store: ModelStore) -> None:
    first = PARTS.publish(store).version
    second = PARTS.changed(metrics=0.95).publish(store).version
    rows = answer(models, "list")
    assert [(row["version"], row["current"], row["rollback_target"]) for row in rows] == [
        (second, True, False),
        (first, False, True),
    ]
    assert list(rows[0]) == [
        *("version", "current", "rollback_target", "fault", "created", "model_id", "task", "predictor"),
        *("rows", "metrics", "baseline", "bytes"),
    ]
    lines = models("list")[1].splitlines()
    assert [line.split()[:3] for line in lines if "accuracy" in line] == [
        [second, "current", "compiled"],
        [first, "rollback", "target"],
    ]


def test_list_shows_what_is_wrong_with_a_version_and_goes_on(models: Command, store: ModelStore) -> None:
    first, second = (PARTS.publish(store).version for _ in range(2))
    (store.directory / first / "manifest.sha256").unlink()
    rows = answer(models, "list")
    assert [row["fault"] for row in rows] == [
        None,
        f"{first}/manifest.sha256 is missing; get the version again, or train again",
    ]
    output = models("list")[1]
    assert "unusable: " in output
    assert second in output


def test_show_tells_everything_about_a_version(models: Command, store: ModelStore) -> None:
    manifest = PARTS.publish(store)
    shown = answer(models, "show")
    assert shown == {
        "path": str(store.directory / manifest.version),
        "current": True,
        **manifest.model_dump(mode="json"),
    }
    output = models("show", manifest.version)[1]
    for word in ("commit       0000", "task         classification: no, yes", "compiled: proved equal"):
        assert word in output
    assert "metric       roc_auc none (baseline none)" in output


def test_show_marks_uncommitted_changes_and_a_missing_commit(models: Command, store: ModelStore) -> None:
    fields = PARTS.fields()
    for git, words in ((fields.git, "with uncommitted changes"), (None, "commit       none")):
        dirty = None if git is None else git.model_copy(update={"dirty": True})
        with store.draft() as draft:
            for name in ("model.skops", "golden.json", "graph.onnx"):
                draft.write(name, b"")
            version = store.publish(draft, fields.model_copy(update={"git": dirty})).version
        assert words in models("show", version)[1]


def test_diff_compares_what_matters_before_a_promotion(models: Command, store: ModelStore) -> None:
    old = PARTS.publish(store).version
    contract = parse_contract_text(FEATURES.replace("[age, income, visits]", "[age, income, country]"))
    new = PARTS.changed(
        contract=contract,
        metrics=0.95,
        rows=80,
        classes=("no", "yes", "maybe"),
        golden=b"golden rows",
        libraries=(("numpy", "2.1"), ("scipy", "1.0")),
        compiled=CompileFacts(adopted=False, reason="not proved"),
    ).publish(store)
    found = answer(models, "diff", old)
    assert list(found) == [
        *("old", "new", "metrics", "data", "predictor", "libraries", "files", "contract"),
    ]
    assert (found["old"], found["new"]) == (old, new.version)
    assert found["metrics"][0] == {"name": "accuracy", "old": 0.9, "new": 0.95}
    assert {"name": "rows", "old": 60, "new": 80} in found["data"]
    assert {"name": "kind", "old": "compiled", "new": "native"} in found["predictor"]
    assert found["libraries"] == [
        {"name": "numpy", "old": "2.0", "new": "2.1"},
        {"name": "scipy", "old": None, "new": "1.0"},
    ]
    assert {"name": "graph.onnx", "old": 5, "new": None} in found["files"]
    verdicts = {change["where"]: change["verdict"] for change in found["contract"]}
    assert {"classes", "visits", "country"} <= verdicts.keys()
    assert verdicts["country"] == "breaking"
    output = models("diff", old)[1]
    for word in ("Metrics", "+0.05", "Contract", "breaking", "Data", "Predictor", "Libraries", "File sizes"):
        assert word in output


def test_diff_of_equal_versions_says_so(models: Command, store: ModelStore) -> None:
    old, new = (PARTS.publish(store).version for _ in range(2))
    output = models("diff", old, new)[1]
    assert [line for line in output.splitlines() if line.endswith(": equal")] == [
        *("Contract: equal", "Data: equal", "Predictor: equal", "Libraries: equal", "File sizes: equal"),
    ]


def test_promote_and_rollback_say_what_is_current_now(models: Command, store: ModelStore) -> None:
    first, second = (PARTS.publish(store).version for _ in range(2))
    assert models("promote", first)[1] == f"{first} is current now; before: {second}.\n"
    assert models("promote", first)[1] == f"{first} is current already.\n"
    assert models("rollback")[1] == f"{second} is current now; before: {first}.\n"
    assert answer(models, "promote", first) == {"current": first, "before": second}


def test_the_first_promotion_has_nothing_before(models: Command, store: ModelStore) -> None:
    version = PARTS.publish(store, promote=False).version
    assert models("promote", version)[1] == f"{version} is current now.\n"


def test_promoting_is_the_remedy_for_an_unusable_pointer(models: Command, store: ModelStore) -> None:
    version = PARTS.publish(store).version
    (store.directory / "current.json").write_text("{")
    assert models("show")[0] == 1
    assert models("promote", version)[1] == f"{version} is current now.\n"


def test_prune_lists_what_it_removed(models: Command, store: ModelStore) -> None:
    first, second, third = (PARTS.publish(store).version for _ in range(3))
    assert models("prune", "--keep", "1")[1] == f"Removed {first}\n1 removed, 2 kept.\n"
    assert answer(models, "prune", "--keep", "1") == {"removed": [], "kept": [second, third]}


def test_verify_finds_a_changed_file(models: Command, store: ModelStore) -> None:
    version = PARTS.publish(store).version
    assert models("verify")[1] == f"{version}: 4 files as published.\n"
    assert answer(models, "verify") == {"version": version, "files": 4, "loaded": False, "ok": True}
    code, _, errors = models("verify", "--load")
    assert (code, "golden.json" in errors) == (1, True)
    (store.directory / version / "card.md").unlink()
    assert models("verify")[2].startswith(f"error: {version}/card.md is missing")


def test_a_version_travels_by_push_and_pull(models: Command, store: ModelStore, tmp_path: Path) -> None:
    version = PARTS.publish(store).version
    url = str(tmp_path / "remote")
    assert models("push", url)[1] == f"{version}: copied.\n"
    assert models("push", url)[1] == f"{version}: is there already.\n"
    store.directory.rename(tmp_path / "gone")
    assert answer(models, "pull", url) == {"version": version, "copied": True}
    assert models("pull", url, version, "--promote")[1] == f"{version}: is here already.\n"
    assert store.current() == version


def test_keygen_makes_two_files(models: Command, tmp_path: Path) -> None:
    made = answer(models, "keygen", "--out", str(tmp_path / "keys"))
    assert made == {
        "private_key_file": str(tmp_path / "keys/model-signing.key"),
        "public_key_file": str(tmp_path / "keys/model-signing.pub"),
    }
    assert models("keygen", "--out", str(tmp_path / "keys"))[0] == 1
    assert "never commit it" in models("keygen", "--out", str(tmp_path / "more"))[1]


def test_the_settings_rule_what_is_accepted(models: Command, store: ModelStore, project: Path) -> None:
    version = PARTS.publish(store).version
    models("keygen", "--out", str(project / "keys"))
    (project / "config.yaml").write_text(
        "models:\n  require_signature: true\n  public_key_file: keys/model-signing.pub\n"
    )
    for words in (("verify",), ("promote", version), ("push", str(project / "remote"))):
        code, _, errors = models(*words)
        assert (code, "is not signed" in errors) == (1, True)
