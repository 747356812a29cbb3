#!/bin/sh
# Managed by hookline. Starts MongoDB for the prediction log, on this machine only; stop it with
# `docker stop hookline-mongodb`. What it holds stays in the volume hookline-mongodb.
# Usage: getting-started/start_mongodb.sh [PORT]
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=getting-started/need.sh
. getting-started/need.sh
need_docker

name='hookline-mongodb'
of='{{range (index .HostConfig.PortBindings "27017/tcp")}}{{.HostPort}}{{end}}'
if port=$("$docker" container inspect --format "$of" "$name" 2>/dev/null); then
  [ "${1:-$port}" = "$port" ] || {
    echo "error: $name has the port $port already; remove the container to give it another (what it holds stays):" \
      "$docker rm --force $name" >&2
    exit 1
  }
  "$docker" start "$name"
else
  port=${1:-27017}
  "$docker" run --detach --name "$name" \
    --publish "127.0.0.1:$port:27017" --volume hookline-mongodb:/data/db mongo:7.0.14
fi
echo "Switch the log on with prediction_log.enable_mongodb_logging: true and mongo_db_port: $port in config.yaml, and" \
  "restart the service."
echo "See what arrives with getting-started/show_mongo.py"
