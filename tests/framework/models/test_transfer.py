from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest

from hookline.errors import ModelError, NoModelError, StoreError, UnsafeModelError
from hookline.models.loading import load_model
from hookline.models.policy import LoadPolicy
from hookline.models.signing import SignatureRule, make_keys
from hookline.models.store import ModelStore
from hookline.models.transfer import pull, push, remote_versions
from tests.framework.models.forge import put, rewrite
from tests.framework.models.parts import Parts


@pytest.fixture(params=["folder", "file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Name an empty place to copy to."""
    if request.param == "memory":
        yield "memory://models/iris"
        fsspec.filesystem("memory").rm("/models", recursive=True)
    else:
        yield f"{'file://' if request.param == 'file' else ''}{tmp_path}/remote/deep"


@pytest.fixture
def other(tmp_path: Path) -> ModelStore:
    """Make a second, empty store."""
    return ModelStore(tmp_path / "other")


def test_a_version_arrives_as_it_left(
    store: ModelStore, other: ModelStore, parts: Parts, policy: LoadPolicy, url: str
) -> None:
    manifest = parts.publish(store)
    assert push(store, None, url, policy).copied
    done = pull(other, url, None, policy)
    assert (done.manifest, done.copied) == (manifest, True)
    assert contents(other.directory / manifest.version) == contents(store.directory / manifest.version)
    assert other.current() is None
    load_model(other, manifest.version, policy).close()


def test_what_is_there_already_is_left(
    store: ModelStore, other: ModelStore, parts: Parts, policy: LoadPolicy, url: str
) -> None:
    parts.publish(store)
    push(store, None, url, policy)
    assert not push(store, None, url, policy).copied
    pull(other, url, None, policy)
    assert not pull(other, url, None, policy).copied


def test_the_newest_is_pulled_unless_one_is_named(
    store: ModelStore, other: ModelStore, parts: Parts, policy: LoadPolicy, url: str
) -> None:
    first, second = (parts.publish(store).version for _ in range(2))
    for version in (second, first):
        push(store, version, url, policy)
    assert remote_versions(url) == [first, second]
    assert pull(other, url, None, policy).manifest.version == second
    assert pull(other, url, first, policy).manifest.version == first


def test_a_version_without_its_manifest_is_not_there_yet(
    store: ModelStore, other: ModelStore, parts: Parts, policy: LoadPolicy, url: str
) -> None:
    version = parts.publish(store).version
    push(store, None, url, policy)
    fs, root = fsspec.core.url_to_fs(url)
    fs.rm(f"{root}/{version}/manifest.json")
    assert remote_versions(url) == []
    with pytest.raises(NoModelError, match=f"no version {version} at .*; check the URL"):
        pull(other, url, version, policy)
    assert push(store, None, url, policy).copied, "pushing again finishes what was interrupted"
    pull(other, url, version, policy)


def test_a_damaged_file_is_not_published(
    store: ModelStore, other: ModelStore, parts: Parts, policy: LoadPolicy, url: str
) -> None:
    version = parts.publish(store).version
    push(store, None, url, policy)
    fs, root = fsspec.core.url_to_fs(url)
    path = f"{root}/{version}/golden.json"
    whole = fs.cat_file(path)
    for spoiled in (whole[:-1], whole + b"x", b"x" + whole[1:]):
        fs.pipe_file(path, spoiled)
        with pytest.raises(UnsafeModelError, match="push it"):
            pull(other, url, None, policy)
    fs.rm(path)
    with pytest.raises(StoreError, match="cannot be used"):
        pull(other, url, None, policy)
    assert [found.name for found in other.directory.iterdir()] == [".lock"]


def test_a_hostile_manifest_writes_nothing(
    store: ModelStore, other: ModelStore, parts: Parts, policy: LoadPolicy, tmp_path: Path
) -> None:
    version = parts.publish(store).version
    remote = tmp_path / "remote"
    shutil.copytree(store.directory / version, remote / version)
    for name in ("../../escaped", "/tmp/escaped", "sub/file"):  # noqa: S108 - it must not be written
        rewrite(
            ModelStore(remote),
            version,
            manifest=lambda plain, name=name: plain["files"].update({name: {"sha256": "0" * 64, "size": 0}}),  # type: ignore[misc]  # mypy cannot infer a default
        )
        with pytest.raises(UnsafeModelError, match="`files"):
            pull(other, str(remote), None, policy)
    assert not other.directory.exists()


def test_another_version_of_the_same_name_is_never_replaced(
    store: ModelStore, other: ModelStore, parts: Parts, policy: LoadPolicy, url: str
) -> None:
    version = parts.publish(store).version
    push(store, None, url, policy)
    pull(other, url, None, policy)
    rewrite(other, version, manifest=lambda plain: plain.update(python="3.0.0"))
    with pytest.raises(StoreError, match="has another version of that name"):
        push(other, version, url, policy)
    with pytest.raises(StoreError, match="has another version of that name"):
        pull(other, url, version, policy)


def test_a_damaged_version_is_not_pushed(
    store: ModelStore, parts: Parts, policy: LoadPolicy, url: str
) -> None:
    version = parts.publish(store).version
    put(store.directory / version / "card.md", b"# A smart model\n")
    with pytest.raises(UnsafeModelError, match=r"card\.md"):
        push(store, None, url, policy)
    assert remote_versions(url) == []
    fsspec.filesystem("memory").makedirs("/models", exist_ok=True)


def test_a_file_larger_than_allowed_is_not_pulled(
    store: ModelStore, other: ModelStore, parts: Parts, policy: LoadPolicy, tmp_path: Path
) -> None:
    parts.publish(store)
    push(store, None, str(tmp_path / "remote"), policy)
    with pytest.raises(UnsafeModelError, match=r"more than models\.max_file_bytes \(10\)"):
        pull(other, str(tmp_path / "remote"), None, replace(policy, max_file_bytes=10))


def test_signatures_travel_and_are_checked(
    store: ModelStore, other: ModelStore, parts: Parts, policy: LoadPolicy, tmp_path: Path
) -> None:
    private_key, public_key = make_keys(tmp_path)
    strict = replace(policy, signature=SignatureRule(required=True, public_key=public_key))
    signed = parts.publish(store, key=private_key).version
    unsigned = parts.publish(store).version
    url = str(tmp_path / "remote")
    for version in (signed, unsigned):
        push(store, version, url, policy)
    pull(other, url, signed, strict)
    load_model(other, signed, strict).close()
    with pytest.raises(UnsafeModelError, match="is not signed"):
        pull(other, url, unsigned, strict)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nope://bucket/models", "nope://bucket/models cannot be used: Protocol not known: nope"),
        ("s3://bucket/models", "s3://bucket/models needs another package: Install s3fs"),
        ("http://user:secret@127.0.0.1:1/models", r"http://…@127\.0\.0\.1:1/models (needs|cannot be used)"),
    ],
    ids=["unknown", "not installed", "with a password"],
)
def test_a_place_that_cannot_be_used_is_named_without_its_password(
    other: ModelStore, policy: LoadPolicy, url: str, words: str
) -> None:
    with pytest.raises(StoreError, match=words) as refused:
        pull(other, url, None, policy)
    assert "secret" not in str(refused.value)


def test_an_unknown_version_names_the_closest(
    store: ModelStore, other: ModelStore, parts: Parts, policy: LoadPolicy, tmp_path: Path
) -> None:
    version = parts.publish(store).version
    url = str(tmp_path / "remote")
    with pytest.raises(NoModelError, match=r"there is no version at .*; copy one there with"):
        pull(other, url, None, policy)
    push(store, None, url, policy)
    near = version[:-1] + ("0" if version[-1] != "0" else "1")
    with pytest.raises(NoModelError, match=f"did you mean {version}"):
        pull(other, url, near, policy)
    with pytest.raises(ModelError, match=r"\.\./x is not the name of a version"):
        pull(other, url, "../x", policy)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
