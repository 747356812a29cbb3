from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from hookline.errors import NoModelError, UnsafeModelError
from hookline.models.folder import Folder


def test_a_folder_that_is_not_there_is_a_missing_version(tmp_path: Path) -> None:
    with pytest.raises(NoModelError, match="there is no version v1"):
        Folder(tmp_path / "v1")


def test_a_file_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "file"))
        with (
            Folder(tmp_path) as folder,
            pytest.raises(UnsafeModelError, match="file cannot be read: No such"),
        ):
            folder.read("file", most=10)


def test_a_file_that_shrinks_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"data")
    monkeypatch.setattr(os, "read", lambda *_: b"")
    with Folder(tmp_path) as folder, pytest.raises(UnsafeModelError, match="became shorter"):
        folder.read("file", most=10)


def test_names_are_looked_up_in_the_folder_that_was_opened(tmp_path: Path) -> None:
    version, other = tmp_path / "v1", tmp_path / "v2"
    for path in (version, other):
        path.mkdir()
        (path / "file").write_text(path.name)
    with Folder(version) as folder:
        version.rename(tmp_path / "old")
        other.rename(version)
        assert folder.read("file", most=10) == b"v1"
