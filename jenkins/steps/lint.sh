#!/bin/sh
# Managed by hookline. Checks the project's Python, and its Dockerfiles: by hadolint on the PATH, else in a container.
set -eu
cd "$(dirname "$0")/../.."
. getting-started/need.sh
bin=${VENV:-.venv}/bin

if [ ! -x "$bin/ruff" ]; then # a project without a linter: what does not even compile is found
  "$bin/python" -W error -m compileall -q main.py source tests
elif grep -qs '^\[tool\.ruff' pyproject.toml; then
  "$bin/ruff" check .
else # style is the project's own; mistakes are not
  "$bin/ruff" check --select E9,F .
fi

for file in dockerfiles/*/Dockerfile; do
  if command -v hadolint >/dev/null 2>&1; then
    hadolint "$file"
  else
    need_docker
    "$docker" run --rm --interactive --network none "${HADOLINT_IMAGE:-hadolint/hadolint:v2.12.0}" \
      hadolint - <"$file"
  fi
  echo "$file: no findings"
done
