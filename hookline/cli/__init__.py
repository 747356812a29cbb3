"""The command line: words only, no logic."""

from hookline.cli.app import main

__all__ = ["main"]
