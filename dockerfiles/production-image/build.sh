#!/bin/sh
# Managed by hookline. Builds the image of the service with the current model, and nothing older.
# Usage: dockerfiles/production-image/build.sh [REPO/NAME] [TAG]     (without: as config.yaml says)
# DOCKER names another client, BASE_IMAGE another base (a mirror's, or one pinned by its digest).
set -eu
cd "$(dirname "$0")/../.."
. getting-started/need.sh
need_hookline
need_docker

image=$("$hookline" image name production "$@")
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
"$hookline" image context production "$context/all"
set -- ${BASE_IMAGE:+--build-arg "BASE_IMAGE=$BASE_IMAGE"}
while IFS= read -r argument; do set -- "$@" --build-arg "$argument"; done <"$context/all/build-args"
DOCKER_BUILDKIT=1 "$docker" build --tag "$image" "$@" "$context/all"
echo "built $image"
