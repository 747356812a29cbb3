#!/bin/sh
# Managed by hookline. Builds an image from a context that holds what goes in, and nothing else.
# Usage: dockerfiles/build.sh production|runtime [REPO/NAME] [TAG]     (names as config.yaml says, if not given)
# DOCKER names another client; BASE_IMAGE another base, such as a mirror's, or one pinned by its digest;
# PIP_CONFIG_FILE a configuration of pip, which may name a mirror of packages (it does not stay in the image).
set -eu
cd "$(dirname "$0")/.."
. getting-started/need.sh
need_hookline
need_docker

image=$("$hookline" image name "$@")
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$hookline" image context "$1" "$context"
kind=$1
set -- ${BASE_IMAGE:+--build-arg "BASE_IMAGE=$BASE_IMAGE"}
[ "$kind" = production ] || set -- "$@" ${FETCH_KUBECTL:+--build-arg "FETCH_KUBECTL=$FETCH_KUBECTL"} \
  ${FETCH_HELM:+--build-arg "FETCH_HELM=$FETCH_HELM"}
[ ! -f "${PIP_CONFIG_FILE:-}" ] || set -- "$@" --secret "id=pip,src=$PIP_CONFIG_FILE"
while IFS= read -r argument; do set -- "$@" --build-arg "$argument"; done <"$context/build-args"
DOCKER_BUILDKIT=1 "$docker" build --tag "$image" "$@" "$context"
echo "built $image"
