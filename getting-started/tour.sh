#!/bin/sh
# Managed by hookline. Walks the whole line: cluster, Jenkins, training, image, deployment, request, log in Kibana.
# It stops at the first thing that is missing, and says what brings it; called again, it goes on from there.
# Usage: getting-started/tour.sh [minikube|microk8s|context]   (without: what kubectl's current context is)
#        getting-started/tour.sh --again                       (forgets how far it came; nothing is removed)
# NAMESPACE names another namespace than default; API_KEY is sent if the service asks for one.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=getting-started/kubernetes.sh
. getting-started/kubernetes.sh

kept=var/tour
elasticsearch=${ELASTICSEARCH:-http://127.0.0.1:9200}
steps="settings cluster jenkins train build deploy request log"

if [ "${1:-}" = --again ]; then
  rm -rf "$kept"
  echo "forgotten; begin with: getting-started/tour.sh"
  exit
fi
mkdir -p "$kept"
[ -z "${1:-}" ] || echo "$1" >"$kept/word"
word=$(cat "$kept/word" 2>/dev/null || true)
at=''

stopped() {
  code=$?
  [ "$code" = 0 ] || echo "stopped at $at; when that is mended, go on with: getting-started/tour.sh" >&2
  exit "$code"
}

# What the log needs is asked for first, for pods learn it when they are deployed.
do_settings() {
  need make "sudo apt-get install make"
  need curl "sudo apt-get install curl"
  need_hookline
  need_docker
  "$docker" compose version >/dev/null 2>&1 ||
    fail "docker has no compose; install it with: sudo apt-get install docker-compose-v2 (Debian 13: docker-compose)"
  [ "$(setting prediction_log.enable_fluentd_logging)" = true ] ||
    fail "the log does not go to Fluentd; set prediction_log.enable_fluentd_logging to true in config.yaml"
  fluentd=$(setting prediction_log.fluentd_url)
  case $fluentd in
    127.* | localhost | '')
      fail "pods cannot reach Fluentd at $fluentd; set prediction_log.fluentd_url in config.yaml to an address of" \
        "this machine, as hostname -I lists them"
      ;;
  esac
}

do_cluster() {
  choose_cluster "$word"
  echo "$cluster" >"$kept/kind"
  kube get nodes
}

do_jenkins() {
  getting-started/start_jenkins.sh
}

do_train() {
  make train
}

# Each image has a tag of its own: with one that stays the same, Kubernetes sees no difference.
do_build() {
  date -u +%Y%m%dt%H%M%S >"$kept/tag"
  make image image-test "TAG=$(cat "$kept/tag")"
}

do_deploy() {
  tag=$(cat "$kept/tag")
  if [ "$(cat "$kept/kind")" = context ]; then
    make push "TAG=$tag"
    "$hookline" deploy --tag "$tag" --namespace "$namespace"
  else
    # A cluster on this machine gets the image without a registry.
    TAG=$tag getting-started/run_kubernetes.sh "$(cat "$kept/kind")"
  fi
}

# In a shell of its own, for the way to the service ends with it.
do_request() (
  choose_cluster "$(cat "$kept/kind")"
  choose_release
  find_address
  ask_service >"$kept/answer.json" ||
    fail "the service does not answer $request as it should: $(cat "$kept/answer.json")"
  cat "$kept/answer.json"
  echo
)

# The service loses nothing while Fluentd is away, so it may come last.
do_log() {
  FLUENTD_ADDRESS=$(setting prediction_log.fluentd_url) FLUENTD_PORT=$(setting prediction_log.fluentd_port) \
    getting-started/efk/start_efk.sh
  id=$(sed -n 's/^[^"]*"prediction_id": *"\([^"]*\)".*/\1/p' "$kept/answer.json")
  [ -n "$id" ] ||
    fail "the answer in $kept/answer.json has no prediction_id; start over with: getting-started/tour.sh --again"
  found=''
  for _ in $(seq "${WAIT:-300}"); do
    found=$(curl --silent --noproxy '*' --max-time 5 \
      "$elasticsearch/fluentd-*/_search?q=prediction_id:%22$id%22" || true)
    case $found in *"\"prediction_id\":\"$id\""*) break ;; esac
    sleep 1
  done
  case $found in
    *"\"prediction_id\":\"$id\""*) ;;
    *)
      fail "the prediction $id did not come to Elasticsearch; see:" \
        "docker compose --file getting-started/efk/compose.yaml logs"
      ;;
  esac
  echo "found     $id in Elasticsearch"
  echo "look      http://127.0.0.1:5601/app/dashboards"
}

trap stopped EXIT
trap 'exit 130' INT TERM
for at in $steps; do
  if [ -e "$kept/$at.done" ]; then
    echo "$at: done before"
    continue
  fi
  echo "$at: ..."
  "do_$at"
  touch "$kept/$at.done"
done
echo "That is the whole line. Walk it anew with: getting-started/tour.sh --again"
