"""`python -m hookline.service.runner ROOT [--reload] [--json]`: what `hookline serve` becomes."""

import sys
from pathlib import Path

from hookline.service.runner.serve import serve_project

if __name__ == "__main__":
    _, folder, *flags = sys.argv
    sys.exit(serve_project(Path(folder), reload="--reload" in flags, events="--json" in flags))
