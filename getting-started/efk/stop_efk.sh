#!/bin/sh
# Managed by hookline. Stops Elasticsearch, Fluentd and Kibana; what they hold stays, unless told otherwise.
# Usage: getting-started/efk/stop_efk.sh [--delete-data]
set -eu
cd "$(dirname "$0")"
case ${1-} in
  "") exec docker compose --file compose.yaml down ;;
  --delete-data) exec docker compose --file compose.yaml down --volumes ;;
  *) echo "Usage: getting-started/efk/stop_efk.sh [--delete-data]" >&2; exit 2 ;;
esac
