#!/bin/sh
# Managed by hookline. Removes the release from a cluster. The volumes with the prediction log stay.
# Usage: getting-started/stop_kubernetes.sh [minikube|microk8s|context]   (without: what kubectl's current context is)
# NAMESPACE names another namespace than default.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=getting-started/kubernetes.sh
. getting-started/kubernetes.sh

choose_cluster "${1:-}"
choose_release
charts uninstall "$release" --namespace "$namespace" --wait --ignore-not-found
claims=$(kube get persistentvolumeclaims --namespace "$namespace" \
  --selector "app.kubernetes.io/instance=$release" --output name)
[ -z "$claims" ] || {
  echo "The prediction log is kept. Remove it for good with:"
  echo "  kubectl delete --namespace $namespace $(echo "$claims" | tr '\n' ' ')"
}
