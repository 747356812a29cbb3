"""The command line: words only, no logic."""

from hookline.cli.entry import main

__all__ = ["main"]
