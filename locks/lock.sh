#!/bin/sh
# Usage: locks/lock.sh UV [--upgrade]. Called by `make lock`; writes locks with hashes and without index addresses.
# dev.txt is resolved first; the smaller locks take their versions from it, so the three always agree.
set -eu
uv=$1; shift
compile() {
  out=$1; shift
  "$uv" pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-annotate --no-header --output-file "$out" "$@"
}
build=$(mktemp); trap 'rm -f "$build"' EXIT
printf 'editables\nhatchling\npip\n' > "$build"
compile locks/dev.txt --extra dev "$build" "$@"
# All with tracing: what a setting switches on must not need another environment or image.
# What a project develops with; there it is called dev.txt.
compile locks/project.txt --extra project --extra tracing "$build" --constraint locks/dev.txt
compile locks/train.txt --extra train --extra tracing "$build" --constraint locks/dev.txt
compile locks/serve-native.txt --extra native --extra tracing --constraint locks/dev.txt
compile locks/serve.txt --extra tracing --constraint locks/dev.txt
