#!/bin/sh
# Managed by hookline. Drives the service in a cluster until the autoscaler adds pods, and prints what it sees.
# The callers are pods in the cluster, of the service's own image. Needs deployment.autoscaling: true.
# Usage: getting-started/load_test.sh [minikube|microk8s|context]   (without: what kubectl's current context is)
# CALLERS: how many pods send (4); SECONDS_AT_MOST: when to give up (300); NAMESPACE: another than default.
# API_KEY: sent if the service asks for one; the callers get it in a secret, which is removed with them.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=getting-started/kubernetes.sh
. getting-started/kubernetes.sh

choose_cluster "${1:-}"
choose_release
load=$release-load

of_release() { kube --namespace "$namespace" get "$1" "$release" --output "jsonpath=$2" 2>/dev/null || true; }

[ -n "$(of_release horizontalpodautoscaler '{.metadata.name}')" ] ||
  fail "the release $release has no autoscaler in namespace $namespace; set deployment.autoscaling to true in" \
    "config.yaml, and run getting-started/run_kubernetes.sh"
kind=$(of_release horizontalpodautoscaler '{.spec.scaleTargetRef.kind}')
image=$(of_release "$kind" '{.spec.template.spec.containers[0].image}')
target=$(of_release horizontalpodautoscaler '{.spec.metrics[0].resource.target.averageUtilization}')
port=$(service_field '{.spec.ports[0].port}')
pods() { of_release "$kind" '{.status.readyReplicas}'; }
before=$(pods)
before=${before:-0}
least=$(of_release horizontalpodautoscaler '{.spec.minReplicas}')
most=$(of_release horizontalpodautoscaler '{.spec.maxReplicas}')
# So many come without any load, a moment after the autoscaler was made.
enough=$before
[ "$enough" -ge "${least:-1}" ] || enough=${least:-1}
[ "$enough" -lt "${most:-1}" ] ||
  fail "the autoscaler of $release can add no pod: $before are ready, ${least:-1} come without load, and more than" \
    "${most:-1} are not allowed; wait until some are gone, or raise deployment.max_replicas in config.yaml"

# Each by itself: the key has to go, even where the job cannot be deleted.
stop_load() {
  kube --namespace "$namespace" delete job "$load" --ignore-not-found --wait=false >/dev/null || true
  kube --namespace "$namespace" delete configmap "$load" --ignore-not-found >/dev/null || true
  [ -z "${API_KEY:-}" ] || kube --namespace "$namespace" delete secret "$load" --ignore-not-found >/dev/null
}
said() { kube --namespace "$namespace" logs --selector "job-name=$load" --tail "$1" --prefix || true; }
trap stop_load EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# By standard input, for the words of a command are seen by everybody on this machine.
[ -z "${API_KEY:-}" ] ||
  printf %s "$API_KEY" |
  kube --namespace "$namespace" create secret generic "$load" --from-file=key=/dev/stdin --dry-run=client \
    --output yaml | kube --namespace "$namespace" apply --filename - >/dev/null
kube --namespace "$namespace" create configmap "$load" --from-file=load.py=getting-started/load.py \
  --from-file="request.json=$request" --dry-run=client --output yaml |
  kube --namespace "$namespace" apply --filename - >/dev/null
sed -e "s|@load@|$load|g" -e "s|@release@|$release|g" -e "s|@image@|$image|g" -e "s|@port@|$port|g" \
  -e "s|@callers@|${CALLERS:-4}|g" getting-started/load.yaml |
  kube --namespace "$namespace" apply --filename - >/dev/null

began=$(date +%s)
echo "pods      ${before}; ${CALLERS:-4} callers send $request"
while sleep "${EVERY:-5}"; do
  now=$(pods)
  passed=$(($(date +%s) - began))
  cpu=$(of_release horizontalpodautoscaler '{.status.currentMetrics[0].resource.current.averageUtilization}')
  echo "after ${passed} s: ${now:-0} ready, CPU ${cpu:-unknown} of $target %"
  [ "${now:-0}" -le "$enough" ] || break
  [ "$passed" -lt "${SECONDS_AT_MOST:-300}" ] || {
    said 5 >&2
    fail "no pod was added in $passed s; the callers' last lines are above (401: set API_KEY), and see (CPU" \
      "unknown: the cluster lacks metrics-server):" \
      "kubectl --namespace $namespace describe horizontalpodautoscaler $release"
  }
done
said 1
echo "pods      $before before, $now after ${passed} s"
