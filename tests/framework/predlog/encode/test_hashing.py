from __future__ import annotations

import threading
from pathlib import Path

import pytest

from hookline.config import Settings
from hookline.errors import ConfigError
from hookline.predlog.encode.hashing import hash_key


def settings_of(key: str = "") -> Settings:
    return Settings.model_validate({"prediction_log": {"hash_key": key}})


def test_a_key_that_is_set_is_the_key(tmp_path: Path) -> None:
    assert hash_key(settings_of("k" * 16), tmp_path) == b"k" * 16
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    key = hash_key(settings_of(), tmp_path)
    assert len(key) == 64
    assert hash_key(settings_of(), tmp_path) == key
    (path,) = (tmp_path / "var").iterdir()
    assert path.name == "hash.key"
    assert path.stat().st_mode & 0o777 == 0o600


def test_workers_that_start_together_have_one_key(tmp_path: Path) -> None:
    keys: list[bytes] = []
    start = threading.Barrier(8)

    def make() -> None:
        start.wait()
        keys.append(hash_key(settings_of(), tmp_path))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_a_key_that_could_be_guessed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"prediction_log.hash_key is shorter than 16 characters"):
        hash_key(settings_of("secret"), tmp_path)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "hash.key").write_text("\n")
    with pytest.raises(ConfigError, match=r"hash.key is shorter than 16 characters"):
        hash_key(settings_of(), tmp_path)


def test_a_key_that_cannot_be_kept_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("in the way")
    with pytest.raises(ConfigError, match=r"set prediction_log.hash_key, or make the folder writable"):
        hash_key(settings_of(), tmp_path)
