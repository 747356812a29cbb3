#!/bin/sh
# Managed by hookline. Starts Elasticsearch, Fluentd and Kibana, with fields, data view and dashboard made from
# the contract. Run it again after the contract changed. Needs Docker with compose.
# Usage: getting-started/efk/start_efk.sh
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=getting-started/need.sh
. getting-started/need.sh
need_hookline
need_compose
"$hookline" kibana export
"$docker" compose --file getting-started/efk/compose.yaml up --detach --build
echo
echo "Kibana:  http://127.0.0.1:5601/app/dashboards"
echo "Switch the log on with prediction_log.enable_fluentd_logging: true in config.yaml, and restart the service."
