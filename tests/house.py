"""Rules of the house that no linter knows. `python -m tests.house` prints what breaks them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES = 500
MOST_BYTES = 1024 * 1024
SOURCE = {".py", ".sh", ".js", ".css", ".html", ".j2", ".groovy"}
# A letter in brackets keeps this file from breaking its own rule.
REGISTRIES = re.compile(
    r"py[p]i\.org|python[h]osted\.org|npm[j]s\.(org|com)|proxy\.gol[a]ng\.org|static\.crat[e]s\.io"
)
OWNERS = ("Yours", "Managed")


def tracked() -> list[Path]:
    """List the files under version control."""
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def findings(files: list[Path]) -> Iterator[str]:
    """Say for each broken rule where, and what to do."""
    for path in files:
        name = path.relative_to(ROOT)
        if path.stat().st_size > MOST_BYTES:
            yield f"{name}: {path.stat().st_size} bytes; nothing over {MOST_BYTES} is committed"
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        lines = text.count("\n")
        if path.suffix in SOURCE and lines > MOST_LINES:
            yield f"{name}: {lines} lines; split it before {MOST_LINES}, one noun per file"
        registry = REGISTRIES.search(text)
        if registry:
            yield f"{name}: names the package registry {registry[0]}; leave host names out"
        if name.parts[0] == "locks" and "://" in text:
            yield f"{name}: holds an address; locks carry hashes only"
        if name.parts[0] == "source" and text and not any(owner in text.splitlines()[0] for owner in OWNERS):
            yield f"{name}: the first line must say whose file it is (Yours … or Managed …)"


def main() -> int:
    """Print the findings; 1 if there are any."""
    found = list(findings(tracked()))
    sys.stdout.writelines(f"{finding}\n" for finding in found)
    sys.stdout.write(f"house: {len(found)} findings\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
