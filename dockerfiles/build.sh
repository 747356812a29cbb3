#!/bin/sh
# Managed by hookline. Builds an image from a context that holds what goes in, and nothing else.
# Usage: dockerfiles/build.sh production|runtime [REPO/NAME] [TAG]     (names as config.yaml says, if not given)
# DOCKER names another client; BASE_IMAGE another base, such as a mirror's, or one pinned by its digest.
set -eu
cd "$(dirname "$0")/.."
. getting-started/need.sh
need_hookline
need_docker

image=$("$hookline" image name "$@")
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
"$hookline" image context "$1" "$context"
set -- ${BASE_IMAGE:+--build-arg "BASE_IMAGE=$BASE_IMAGE"}
while IFS= read -r argument; do set -- "$@" --build-arg "$argument"; done <"$context/build-args"
DOCKER_BUILDKIT=1 "$docker" build --tag "$image" "$@" "$context"
echo "built $image"
