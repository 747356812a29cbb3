"""Where the command line begins, and what becomes of errors."""

from __future__ import annotations

import sys

from hookline.cli.quick import read_quick, serve_quickly
from hookline.errors import HooklineError

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Run the command line: errors a person can act on are one `error:` line, never a traceback.

    Exit codes: 0 done · 1 an error or a finding · 2 wrong use, or behind (`update --check`) · 130
    interrupted · 141 nobody reads any more · 143 `deploy` stopped by SIGTERM. docs/commands.md explains them.
    """
    try:
        values = read_quick(sys.argv[1:] if arguments is None else arguments)
        if values is not None:
            sys.exit(serve_quickly(values))
        from hookline.cli.app import app  # noqa: PLC0415 - brings typer and rich, see quick

        app(arguments)
    except HooklineError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
