#!/bin/sh
# Managed by hookline. Starts MongoDB for the prediction log, on this machine only; stop it with
# `docker stop hookline-mongodb`. What it holds stays in the volume hookline-mongodb.
# Usage: getting-started/start_mongodb.sh [PORT]
set -eu
port=${1:-27017}
docker start hookline-mongodb 2>/dev/null || docker run --detach --name hookline-mongodb \
  --publish "127.0.0.1:$port:27017" --volume hookline-mongodb:/data/db mongo:7.0.14
echo "Switch the log on with prediction_log.enable_mongodb_logging: true in config.yaml, and restart the service."
echo "See what arrives with getting-started/show_mongo.py"
