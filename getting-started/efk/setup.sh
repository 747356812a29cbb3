#!/bin/sh
# Managed by hookline: runs once inside the network of compose.yaml. Sends what `hookline kibana export` wrote.
set -eu
cd "$(dirname "$0")/kibana"
elasticsearch=${ELASTICSEARCH:-http://elasticsearch:9200}
kibana=${KIBANA:-http://kibana:5601}

curl -fsS -X PUT "$elasticsearch/_index_template/fluentd" \
  -H 'Content-Type: application/json' --data-binary @index-template.json
echo
answer=$(curl -fsS -X POST "$kibana/api/saved_objects/_import?overwrite=true" \
  -H 'kbn-xsrf: true' --form file=@saved-objects.ndjson)
echo "$answer"
case $answer in
  *'"success":true'*) ;;
  *) echo "setup: Kibana did not take the dashboard" >&2; exit 1 ;;
esac
curl -fsS -X POST "$kibana/api/index_patterns/default" -H 'kbn-xsrf: true' \
  -H 'Content-Type: application/json' --data '{"index_pattern_id": "hookline-fluentd", "force": true}'
echo
