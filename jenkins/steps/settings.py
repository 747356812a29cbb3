"""Managed by hookline. Write the settings as one flat JSON object, as pipelines read it; secrets stay masked.

Usage: settings.py HOOKLINE FILE
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def main(hookline: str, file: str) -> int:
    """Write every setting by its dotted name."""
    done = subprocess.run(
        [hookline, "config", "show", "--json"], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        return done.returncode
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    found = {row["setting"]: row["value"] for row in json.loads(done.stdout)}
    path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(f"wrote {file}: {len(found)} settings")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
