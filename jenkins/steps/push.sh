#!/bin/sh
# Managed by hookline. Pushes the image of the service to its registry. With REGISTRY_USR and REGISTRY_PSW it logs in
# for this push only; without them as whoever is logged in already.
# Usage: jenkins/steps/push.sh [REPO/NAME] [TAG]     (as config.yaml says, if not given)
set -eu
cd "$(dirname "$0")/../.."
. getting-started/need.sh
need_hookline
need_docker

image=$("$hookline" image name production "$@")
# The part before the first slash is a registry only if it looks like a host.
case ${image%%/*} in *.* | *:* | localhost) registry=${image%%/*} ;; *) registry= ;; esac
if [ -n "${REGISTRY_PSW:-}" ]; then
  DOCKER_CONFIG=$(mktemp -d) # what a login leaves behind goes away with it
  export DOCKER_CONFIG
  trap 'rm -rf "$DOCKER_CONFIG"' EXIT
  printf '%s' "$REGISTRY_PSW" |
    "$docker" login --username "${REGISTRY_USR:-}" --password-stdin ${registry:+"$registry"} >/dev/null 2>&1 || {
    echo "error: ${registry:-the registry} refuses the login; are REGISTRY_USR and REGISTRY_PSW right?" >&2
    exit 1
  }
fi
"$docker" push "$image"
echo "pushed $image"
