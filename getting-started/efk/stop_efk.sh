#!/bin/sh
# Managed by hookline. Stops Elasticsearch, Fluentd and Kibana; what they hold stays, unless told otherwise.
# Usage: getting-started/efk/stop_efk.sh [--delete-data]
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=getting-started/need.sh
. getting-started/need.sh
case ${1-} in
  "") set -- ;;
  --delete-data) set -- --volumes ;;
  *) echo "Usage: getting-started/efk/stop_efk.sh [--delete-data]" >&2; exit 2 ;;
esac
need_compose
exec "$docker" compose --file getting-started/efk/compose.yaml down "$@"
