"""Publish and promote until killed: `python -m tests.framework.models.publisher STORE PARTS HOW ROUNDS`.

Prints the version after each round. HOW: `whole` as hookline does it; `torn` copies files to the final name
and writes the pointer in place, which is how a careless store would do it; `draft` waits inside a draft.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import hookline.models.store
from hookline.models.draft import Draft
from hookline.models.pointer import POINTER, Pointer
from hookline.models.store import ModelStore
from tests.framework.models.parts import Parts


def main(store: ModelStore, parts: Parts, how: str, rounds: int) -> None:
    if how == "torn":
        setattr(Draft, "publish", publish_torn)  # noqa: B010 - for the type checker, this is not a method
        setattr(hookline.models.store, "write_pointer", write_torn)  # noqa: B010 - see above
    if how == "draft":
        with store.draft() as draft:
            draft.write("model.skops", parts.native)
            say("waiting")
            sys.stdin.read()
    for _ in range(rounds):
        say(parts.publish(store).version)


def publish_torn(draft: Draft, target: Path) -> None:
    target.mkdir()
    for path in draft.path.glob("[!.]*"):
        with (target / path.name).open("wb") as file:
            file.write(path.read_bytes())
            file.flush()
            os.fsync(file.fileno())
    draft.close()


def write_torn(store: Path, new: Pointer) -> None:
    text = json.dumps({"format": 1, "current": new.current, "history": list(new.history)})
    with (store / POINTER).open("w") as file:
        for letter in text:
            file.write(letter)
            file.flush()


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(ModelStore(Path(sys.argv[1])), Parts.load(Path(sys.argv[2])), sys.argv[3], int(sys.argv[4]))
