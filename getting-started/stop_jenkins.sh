#!/bin/sh
# Managed by hookline. Stops the Jenkins of start_jenkins.sh. Its builds and secrets stay; --forget removes them too.
# Usage: getting-started/stop_jenkins.sh [--forget]
set -eu
cd "$(dirname "$0")/.."
. getting-started/need.sh
need_docker

case ${1:-} in
"") forget= ;;
--forget) forget=--volumes ;;
*)
  echo "error: $1 is not known here; usage: getting-started/stop_jenkins.sh [--forget]" >&2
  exit 2
  ;;
esac
compose="$docker compose"
if ! $compose version >/dev/null 2>&1; then
  need docker-compose "sudo apt-get install docker-compose"
  compose="docker-compose"
fi
# It is asked for to start, not to stop.
SCM_URL=none $compose --project-name hookline-jenkins --file jenkins/controller/docker-compose.yml down $forget
[ -z "$forget" ] || "$docker" volume rm --force hookline-jenkins-secrets >/dev/null
