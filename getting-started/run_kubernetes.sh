#!/bin/sh
# Managed by hookline. Builds the image, brings it to a cluster, installs the chart, waits, and sends a request.
# Usage: getting-started/run_kubernetes.sh [minikube|microk8s|context]   (without: what kubectl's current context is)
# A cluster that is neither fetches the image from the registry that config.yaml names; log in to it before.
# NAMESPACE names another namespace than default, TAG another tag than the time; API_KEY is sent if the service asks
# for one.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=getting-started/kubernetes.sh
. getting-started/kubernetes.sh

choose_cluster "${1:-}"
choose_release
pods="--namespace $namespace --selector app.kubernetes.io/instance=$release"
need_docker
need curl "sudo apt-get install curl"

# A tag of its own for every image: with one that stays the same, Kubernetes sees no difference and changes nothing.
tag=${TAG:-$(date -u +%Y%m%dt%H%M%S)}
dockerfiles/production-image/build.sh "" "$tag"
image=$("$hookline" image name production "" "$tag")

pull=IfNotPresent
case $cluster in
  minikube) minikube image load "$image" ;;
  microk8s) "$docker" save "$image" | microk8s ctr image import - ;;
  *)
    "$docker" push "$image"
    pull=$(setting deployment.image_pull_policy)
    ;;
esac

charts upgrade --install "$release" helm --values config.yaml \
  --set-string "images.production_image_tag=$tag" --set-string "deployment.image_pull_policy=$pull" \
  --namespace "$namespace" --create-namespace --wait --timeout "${TIMEOUT:-5m}" || {
  kube get pods --namespace "$namespace" --selector "app.kubernetes.io/instance=$release" >&2 || true
  fail "the release is not ready; see: kubectl describe pods $pods"
}

find_address
echo
echo "request   $address/api/predictions with $request"
ask_service ||
  fail "the service does not answer that as it should; see: kubectl logs $pods"
echo
if [ -n "$forward" ]; then
  echo "address   within the cluster; http://127.0.0.1:5000 while this runs:"
  port=$(service_field '{.spec.ports[0].port}')
  echo "          kubectl port-forward --namespace $namespace service/$release 5000:$port"
else
  echo "address   $address/docs"
fi
echo "stop it   getting-started/stop_kubernetes.sh $cluster"
