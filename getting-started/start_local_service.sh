#!/bin/sh
# Managed by hookline. Sets up, trains the example if there is no current model, and serves.
# Usage: getting-started/start_local_service.sh [PORT]
set -eu
cd "$(dirname "$0")/.."
exec make run ${1:+PORT="$1"}
