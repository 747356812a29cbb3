"""A project's git repository: the few things that making and updating a project ask of git."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hookline.errors import ScaffoldError
from hookline.scaffold.wheel import File

__all__ = ["Repository", "has_git"]

_NOBODY = {"user.name": "hookline", "user.email": "hookline@localhost"}
# Of a repository that this process happens to be called from, by a hook of it for example.
_ELSEWHERE = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"}
# Hooks are for what people do; and whole folders must not move because files of ours did.
_QUIET = (
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "merge.directoryRenames=false",
    "-c",
    "commit.gpgSign=false",
)


def has_git() -> bool:
    """Tell whether git can be called."""
    try:
        return subprocess.run(["git", "--version"], capture_output=True, check=False).returncode == 0  # noqa: S607 - git is where PATH says
    except OSError:
        return False


class Repository:
    """Call git in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._environment = {
            **{name: value for name, value in os.environ.items() if name not in _ELSEWHERE},
            "LC_ALL": "C.UTF-8",
            "GIT_TERMINAL_PROMPT": "0",
        }

    def git(self, *words: str, given: bytes | None = None, index: Path | None = None) -> str:
        """Run a git command, and return what it says."""
        done = self.attempt(*words, given=given, index=index)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise ScaffoldError(
                f"git {words[0]} fails in {self.root}: {' '.join(said) or 'it does not say why'}"
            )
        return done.stdout.decode(errors="surrogateescape").strip("\n")

    def attempt(
        self, *words: str, given: bytes | None = None, index: Path | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a git command that may fail."""
        environment = self._environment | ({} if index is None else {"GIT_INDEX_FILE": str(index)})
        try:
            return subprocess.run(  # noqa: S603 - git, with words of ours
                ["git", *_QUIET, *words],  # noqa: S607 - git is where PATH says
                cwd=self.root,
                env=environment,
                input=given,
                stdin=subprocess.DEVNULL if given is None else None,
                capture_output=True,
                check=False,
            )
        except OSError as error:
            raise ScaffoldError(f"git cannot be started ({error.strerror}); install it") from error

    def commit(self, message: str) -> None:
        """Commit what is staged, as whoever works here, or as hookline where git knows nobody."""
        self.git(*self._author(), "commit", "--quiet", "--no-verify", "--message", message)

    def commit_of(self, files: Mapping[str, File], *parents: str) -> str:
        """Store a commit that holds these files and no others; no branch, index or file is touched."""
        prefix = self.git("rev-parse", "--show-prefix")
        with tempfile.TemporaryDirectory(prefix="hookline-") as scratch:
            index = Path(scratch) / "index"
            entries = [
                f"{'100755' if file.executable else '100644'} {self._blob(file.content)}\t{prefix}{path}\0"
                for path, file in files.items()
            ]
            self.git("update-index", "-z", "--index-info", given="".join(entries).encode(), index=index)
            tree = self.git("write-tree", index=index)
        before = [word for parent in parents for word in ("-p", parent)]
        return self.git(
            *self._author(), "commit-tree", *before, "-m", "hookline's part of this project", tree
        )

    def tracked(self) -> set[str]:
        """Return the paths of the current commit, from this folder on."""
        return set(self.git("ls-tree", "-r", "-z", "--name-only", "HEAD").split("\0")) - {""}

    def _blob(self, content: bytes) -> str:
        return self.git("hash-object", "-w", "--stdin", given=content)

    def _author(self) -> list[str]:
        known = all(self.attempt("config", key).returncode == 0 for key in _NOBODY)
        if known or ("GIT_AUTHOR_EMAIL" in os.environ and "GIT_COMMITTER_EMAIL" in os.environ):
            return []
        return [word for key, value in _NOBODY.items() for word in ("-c", f"{key}={value}")]
