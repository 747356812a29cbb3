#!/bin/sh
# Managed by hookline. Builds the image of the service, tries it, and pushes it to its registry; log in there first.
# Usage: getting-started/upload_docker.sh [REPO/NAME] [TAG]     (as config.yaml says, if not given)
set -eu
cd "$(dirname "$0")/.."
. getting-started/need.sh
need_hookline
need_docker

dockerfiles/production-image/build.sh "$@"
"$hookline" image test "$@" --docker "$docker"
image=$("$hookline" image name production "$@")
"$docker" push "$image" || {
  echo "error: $image was not pushed; log in with: $docker login ${image%%/*}" >&2
  exit 1
}
echo "pushed $image"
