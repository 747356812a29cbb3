#!/bin/sh
# Managed by hookline. To be read by the scripts for clusters, in the project's folder: which cluster, which release.
# shellcheck disable=SC2034 # what is set here is used there
# shellcheck source=getting-started/need.sh
. getting-started/need.sh

namespace=${NAMESPACE:-default}

# choose_cluster [minikube|microk8s|context]: without a word, what kubectl's current context says. Sets $cluster.
choose_cluster() {
  cluster=${1:-}
  if [ -z "$cluster" ]; then
    if ! command -v kubectl >/dev/null 2>&1 && command -v microk8s >/dev/null 2>&1; then
      cluster=microk8s
    else
      need_kubectl
      case $(kubectl config current-context 2>/dev/null || true) in
        minikube) cluster=minikube ;;
        microk8s) cluster=microk8s ;;
        '') fail "kubectl has no current context; start a cluster (minikube start), or choose one with:" \
          "kubectl config use-context NAME" ;;
        *) cluster=context ;;
      esac
    fi
  fi
  case $cluster in
    minikube)
      need minikube "sudo snap install minikube"
      minikube status >/dev/null 2>&1 || fail "minikube does not run; start it with: minikube start"
      need_kubectl
      need_helm
      ;;
    microk8s)
      need microk8s "sudo snap install microk8s --classic"
      microk8s status --wait-ready --timeout 60 >/dev/null ||
        fail "MicroK8s does not run; start it with: microk8s start, and see: microk8s inspect"
      ;;
    context)
      need_kubectl
      need_helm
      ;;
    *) fail "$cluster is no kind of cluster; say minikube, microk8s or context" ;;
  esac
}

# MicroK8s brings its own kubectl and helm; calls look the same everywhere.
kube() { if [ "$cluster" = microk8s ]; then microk8s kubectl "$@"; else kubectl "$@"; fi; }
charts() { if [ "$cluster" = microk8s ]; then microk8s helm "$@"; else helm "$@"; fi; }

need_kubectl() { need kubectl "sudo snap install kubectl --classic"; }
need_helm() { need helm "sudo snap install helm --classic"; }

fail() {
  echo "error: $*" >&2
  exit 1
}

setting() { "$hookline" config get "$1"; }

# choose_release: set $release to the one that config.yaml names, and $request to its test case.
choose_release() {
  need_hookline
  release=$(setting deployment.deployment_name)
  request=$(setting jenkins.prediction_test_case_path)
  [ -r "$request" ] || fail "$request cannot be read; write the body of a request there, or name another file" \
    "in jenkins.prediction_test_case_path"
}

# service_field JSONPATH: a field of the release's service.
service_field() { kube get service "$release" --namespace "$namespace" --output "jsonpath=$1"; }

# find_address: set $address to where the service is reached. A service within the cluster is brought here by
# port-forward, until end_forward.
find_address() {
  forward=''
  case $(service_field '{.spec.type}') in
    NodePort)
      node=$(node_address)
      address=http://$node:$(service_field '{.spec.ports[0].nodePort}')
      ;;
    LoadBalancer) find_balancer ;;
    *) start_forward ;;
  esac
}

node_address() {
  case $cluster in
    minikube) minikube ip ;;
    microk8s) echo 127.0.0.1 ;;
    *)
      for kind in ExternalIP InternalIP; do
        found=$(kube get nodes --output "jsonpath={.items[0].status.addresses[?(@.type=='$kind')].address}")
        [ -z "$found" ] || { echo "$found" && return; }
      done
      fail "the cluster's nodes have no address; set deployment.service_type to LoadBalancer in config.yaml"
      ;;
  esac
}

find_balancer() {
  [ "$cluster" != minikube ] || echo "minikube gives addresses while this runs elsewhere: minikube tunnel"
  for _ in $(seq "${WAIT:-60}"); do
    found=$(service_field '{.status.loadBalancer.ingress[0].ip}{.status.loadBalancer.ingress[0].hostname}')
    [ -z "$found" ] || break
    sleep 2
  done
  [ -n "$found" ] || fail "the cluster gave no address to the load balancer; see:" \
    "kubectl get events --namespace $namespace"
  address=http://$found:$(service_field '{.spec.ports[0].port}')
}

start_forward() {
  said=$(mktemp)
  trap end_forward EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  kube port-forward "service/$release" :"$(service_field '{.spec.ports[0].port}')" \
    --namespace "$namespace" >"$said" 2>&1 &
  forward=$!
  for _ in $(seq 50); do
    port=$(sed -n 's/^Forwarding from 127\.0\.0\.1:\([0-9]*\) .*/\1/p' "$said")
    [ -z "$port" ] || break
    sleep 0.2
  done
  [ -n "$port" ] || fail "kubectl port-forward brought no port: $(cat "$said")"
  address=http://127.0.0.1:$port
}

# ask_service: send $request to $address, and print what comes. The key goes by standard input, for the words of a
# command are seen by everybody on this machine.
ask_service() {
  printf %s "${API_KEY:+X-API-Key: $API_KEY}" |
    curl --fail-with-body --silent --show-error --noproxy '*' --max-time 30 --retry 10 --retry-delay 1 \
      --retry-connrefused --header 'Content-Type: application/json' --header @- --data-binary "@$request" \
      "$address/api/predictions"
}

end_forward() {
  [ -z "$forward" ] || kill "$forward" 2>/dev/null || true
  forward=''
  rm -f "$said"
}
