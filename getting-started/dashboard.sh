#!/bin/sh
# Managed by hookline. Opens the Kubernetes dashboard of a cluster; Ctrl-C ends it.
# Usage: getting-started/dashboard.sh [minikube|microk8s|context]   (without: what kubectl's current context is)
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=getting-started/kubernetes.sh
. getting-started/kubernetes.sh

choose_cluster "${1:-}"
case $cluster in
  minikube) exec minikube dashboard --url ;;
  microk8s)
    microk8s status --addon dashboard | grep -q enabled || microk8s enable dashboard
    exec microk8s dashboard-proxy
    ;;
esac
for place in "kubernetes-dashboard kubernetes-dashboard-kong-proxy" "kubernetes-dashboard kubernetes-dashboard"; do
  space=${place% *} name=${place#* }
  kube --namespace "$space" get service "$name" >/dev/null 2>&1 || continue
  echo "https://127.0.0.1:8443 while this runs; a token for it: kubectl --namespace $space create token default"
  kube --namespace "$space" port-forward "service/$name" 8443:443
  exit
done
fail "this cluster has no dashboard; install it as https://kubernetes.io/docs/tasks/access-application-cluster/web-ui-dashboard/ says"
