from __future__ import annotations

import fcntl
import json
import os
import subprocess
from pathlib import Path

import pytest

from hookline.errors import NoModelError, StoreError, UnsafeModelError
from hookline.models.manifest import CompileFacts, is_version
from hookline.models.store import ModelStore
from tests.framework.models.parts import Parts


def test_a_published_version_holds_its_files_and_says_everything_about_them(
    store: ModelStore, parts: Parts
) -> None:
    manifest = parts.publish(store)
    folder = store.directory / manifest.version
    assert is_version(manifest.version)
    assert {path.name for path in folder.iterdir()} == {
        *manifest.files,
        "manifest.json",
        "manifest.sha256",
    }
    assert manifest.contract_fingerprint == parts.contract.fingerprint
    assert store.manifest(manifest.version) == manifest
    assert store.current() == manifest.version


def test_sha256sum_can_check_the_manifest(store: ModelStore, parts: Parts) -> None:
    manifest = parts.publish(store)
    folder = store.directory / manifest.version
    done = subprocess.run(
        ["sha256sum", "-c", "manifest.sha256"], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout == "manifest.json: OK\n"


def test_published_files_are_read_only(store: ModelStore, parts: Parts) -> None:
    manifest = parts.publish(store)
    modes = {path.stat().st_mode & 0o222 for path in (store.directory / manifest.version).iterdir()}
    assert modes == {0}


def test_names_sort_by_time(store: ModelStore, parts: Parts) -> None:
    published = [parts.publish(store).version for _ in range(20)]
    assert store.names() == published


def test_a_version_that_is_not_published_leaves_nothing(store: ModelStore, parts: Parts) -> None:
    with store.draft() as draft:
        draft.write("model.skops", parts.native)
    assert [path.name for path in store.directory.iterdir()] == [".lock"]


def test_publishing_does_not_make_current(store: ModelStore, parts: Parts) -> None:
    manifest = parts.publish(store, promote=False)
    assert store.current() is None
    with pytest.raises(NoModelError, match=f"choose one with `hookline models promote {manifest.version}`"):
        store.resolve()


@pytest.mark.parametrize(
    "name",
    ["../up", "/etc/passwd", "a/b", "", ".hidden", "Big", "manifest.json", "manifest.sig", "x" * 101, "a\n"],
)
def test_a_file_must_have_a_plain_name(store: ModelStore, name: str) -> None:
    with store.draft() as draft, pytest.raises(StoreError, match="use lower-case letters"):
        draft.write(name, b"")


def test_a_version_whose_manifest_could_not_be_read_again_is_not_published(
    store: ModelStore, parts: Parts
) -> None:
    lacking = parts.changed(compiled=CompileFacts(adopted=True, reason="proved", file=None))
    with pytest.raises(ValueError, match="its file is not named"):
        lacking.publish(store)
    assert store.names() == []


def test_a_version_is_never_overwritten(store: ModelStore, parts: Parts) -> None:
    manifest = parts.publish(store)
    with (
        store.draft() as draft,
        pytest.raises(StoreError, match="exists already; versions are never overwritten"),
    ):
        store.adopt(draft, manifest, manifest.to_bytes(), None)
    assert store.verify(manifest.version) == manifest


# ---- what is current ----


def test_rollback_goes_back_step_by_step_and_promote_forward(store: ModelStore, parts: Parts) -> None:
    first, second, third = (parts.publish(store).version for _ in range(3))
    assert store.rollback() == second
    assert store.rollback() == first
    with pytest.raises(NoModelError, match="no version was current before"):
        store.rollback()
    store.promote(third)
    assert (store.current(), store.rollback_target()) == (third, first)


def test_promoting_the_current_version_changes_nothing(store: ModelStore, parts: Parts) -> None:
    first, second = (parts.publish(store).version for _ in range(2))
    store.promote(second)
    assert store.rollback() == first


def test_rollback_passes_over_a_version_that_is_gone(store: ModelStore, parts: Parts) -> None:
    first, second, _ = (parts.publish(store).version for _ in range(3))
    (store.directory / second).rename(store.directory.parent / "elsewhere")
    assert store.rollback() == first


def test_a_damaged_version_is_not_promoted(store: ModelStore, parts: Parts) -> None:
    first = parts.publish(store).version
    second = parts.publish(store, promote=False).version
    damage(store.directory / second / "golden.json")
    with pytest.raises(UnsafeModelError, match=r"golden\.json is not the file that was published"):
        store.promote(second)
    assert store.current() == first


def test_a_damaged_version_is_not_rolled_back_to(store: ModelStore, parts: Parts) -> None:
    first, second = (parts.publish(store).version for _ in range(2))
    damage(store.directory / first / "golden.json")
    with pytest.raises(UnsafeModelError):
        store.rollback()
    assert store.current() == second


def test_the_history_does_not_grow_for_ever(store: ModelStore, parts: Parts) -> None:
    first, second = (parts.publish(store).version for _ in range(2))
    for _ in range(20):
        store.promote(first)
        store.promote(second)
    assert len(json.loads((store.directory / "current.json").read_bytes())["history"]) == 20


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not readable as JSON"),
        ("{}", "does not have the keys"),
        ('{"format": 2, "current": null, "history": []}', "does not have the keys"),
        ('{"format": 1, "current": "../../etc", "history": []}', "not a version"),
        ('{"format": 1, "current": null, "history": ["x"]}', "not a version"),
        ('{"format": 1, "current": "20260101T000000Z-00000000", "history": 1}', "not a version"),
    ],
)
def test_an_unusable_pointer_names_the_remedy_and_the_remedy_works(
    store: ModelStore, parts: Parts, text: str, words: str
) -> None:
    version = parts.publish(store).version
    (store.directory / "current.json").write_text(text)
    with pytest.raises(StoreError, match=rf"{words}.*`hookline models promote VERSION`"):
        store.current()
    store.promote(version)
    assert store.current() == version


def test_a_pointer_that_is_a_link_is_refused(store: ModelStore, parts: Parts, tmp_path: Path) -> None:
    parts.publish(store)
    pointer = store.directory / "current.json"
    pointer.rename(tmp_path / "pointer")
    pointer.symlink_to(tmp_path / "pointer")
    with pytest.raises(StoreError, match=r"current\.json is unusable"):
        store.current()


# ---- which version is meant ----


def test_an_empty_store_says_how_to_make_a_model(store: ModelStore) -> None:
    assert (store.names(), store.versions(), store.current()) == ([], [], None)
    with pytest.raises(NoModelError, match="make one with `hookline train`"):
        store.open()


def test_an_unknown_version_names_the_closest(store: ModelStore, parts: Parts) -> None:
    version = parts.publish(store).version
    for wrong in (version[:-1] + "x", version[:8]):
        with pytest.raises(NoModelError, match=f"did you mean {version}"):
            store.resolve(wrong)
    with pytest.raises(NoModelError, match="see `hookline models list`"):
        store.resolve("latest")


def test_a_current_version_that_is_gone_names_the_remedies(store: ModelStore, parts: Parts) -> None:
    version = parts.publish(store).version
    (store.directory / version).rename(store.directory.parent / "elsewhere")
    with pytest.raises(NoModelError, match=f"current version {version} is gone .*`hookline models rollback`"):
        store.open()


def test_a_damaged_version_does_not_hide_the_others(store: ModelStore, parts: Parts) -> None:
    first, second = (parts.publish(store).version for _ in range(2))
    damage(store.directory / first / "manifest.json")
    assert [manifest.version for manifest in store.versions()] == [second]
    assert [(name, isinstance(found, UnsafeModelError)) for name, found in store.survey()] == [
        (first, True),
        (second, False),
    ]


def test_what_is_not_a_version_is_not_listed(store: ModelStore, parts: Parts) -> None:
    version = parts.publish(store).version
    (store.directory / "README.md").write_text("notes")
    (store.directory / "20260101T000000Z").mkdir()
    assert store.names() == [version]


# ---- prune ----


def test_prune_keeps_the_newest_the_current_and_the_one_to_roll_back_to(
    store: ModelStore, parts: Parts
) -> None:
    first, second, third, fourth, fifth = (parts.publish(store, promote=False).version for _ in range(5))
    store.promote(first)
    store.promote(third)
    assert store.prune(1) == [second, fourth]
    assert store.names() == [first, third, fifth]
    assert store.prune(0) == [fifth]
    assert store.rollback() == first


def test_prune_leaves_a_version_that_is_being_read(store: ModelStore, parts: Parts) -> None:
    first, second, third = (parts.publish(store).version for _ in range(3))
    with store.open(first):
        assert store.prune(0) == []
    assert store.prune(0) == [first]
    assert store.names() == [second, third]


def test_prune_leaves_a_draft_that_is_being_written(store: ModelStore, parts: Parts) -> None:
    with store.draft() as draft:
        draft.write("model.skops", parts.native)
        store.prune(0)
        assert (draft.path / "model.skops").read_bytes() == parts.native


def test_prune_finishes_what_a_dead_prune_left(store: ModelStore, parts: Parts) -> None:
    version = parts.publish(store).version
    (store.directory / f".trash-{version}-0").mkdir()
    store.prune(9)
    assert not list(store.directory.glob(".trash-*"))


def test_prune_does_not_follow_a_link(store: ModelStore, parts: Parts, tmp_path: Path) -> None:
    parts.publish(store)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("data")
    (store.directory / "20200101T000000Z-00000000").symlink_to(elsewhere)
    assert store.prune(0) == []
    assert (elsewhere / "precious").exists()


def test_prune_refuses_a_negative_number(store: ModelStore) -> None:
    with pytest.raises(StoreError, match="give 0 or more"):
        store.prune(-1)


def test_a_version_pruned_while_it_is_opened_is_missing_not_half_there(
    store: ModelStore, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *_ = (parts.publish(store).version for _ in range(3))
    real = fcntl.flock

    def prune_first(fd: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", real)
        assert store.prune(0) == [first]
        real(fd, operation)

    monkeypatch.setattr(fcntl, "flock", prune_first)
    with pytest.raises(NoModelError, match=f"no version {first}"):
        store.open(first)


# ---- places that cannot be written ----


@pytest.mark.parametrize("path", ["/proc/no-store-here", "/dev/null/store"])
def test_a_store_that_cannot_be_written_says_so_in_a_sentence(path: str) -> None:
    with (
        pytest.raises(StoreError, match=r"cannot be written: .*; check its permissions"),
        ModelStore(Path(path)).draft(),
    ):
        pass


def test_a_full_disk_says_so_in_a_sentence(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    with store.draft() as draft:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="No space left on device; check"):
            draft.write("model.skops", b"x")
    assert not list(store.directory.glob(".draft-*"))


def test_the_lock_is_never_a_link(store: ModelStore, tmp_path: Path) -> None:
    store.directory.mkdir()
    (store.directory / ".lock").symlink_to(tmp_path / "target")
    with pytest.raises(StoreError, match="cannot be written"), store.draft():
        pass
    assert not (tmp_path / "target").exists()


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
