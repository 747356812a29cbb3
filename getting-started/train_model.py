"""Managed by hookline: train the model of this project, as `hookline train` does."""

from pathlib import Path

from hookline.cli import main

main(["train", "--project", str(Path(__file__).resolve().parent.parent)])
