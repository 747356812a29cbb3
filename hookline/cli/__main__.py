"""Let `python -m hookline.cli` be the command."""

from hookline.cli import main

main()
