#!/bin/sh
# Managed by hookline. Looks for known weaknesses and for secrets in the image of the service: by trivy on the PATH,
# else in a container that gets the image as a file, for the engine's socket is not given away.
# Usage: jenkins/steps/scan.sh [REPO/NAME] [TAG]     (as config.yaml says, if not given)
# SCANNERS names what to look for. Other wishes are trivy's own variables, such as TRIVY_SEVERITY.
set -eu
cd "$(dirname "$0")/../.."
. getting-started/need.sh
need_hookline
need_docker

image=$("$hookline" image name production "$@")
folder=$(mktemp -d)
id=
trap 'rm -rf "$folder"; [ -z "$id" ] || "$docker" rm --force "$id" >/dev/null' EXIT
"$docker" save --output "$folder/image.tar" "$image"
set -- image --quiet --exit-code 1 --ignore-unfixed --scanners "${SCANNERS:-vuln,secret}" \
  --severity "${TRIVY_SEVERITY:-HIGH,CRITICAL}"
if command -v trivy >/dev/null 2>&1; then
  trivy "$@" --input "$folder/image.tar"
else
  id=$("$docker" create "${TRIVY_IMAGE:-aquasec/trivy:0.67.2}" "$@" --input /image.tar)
  "$docker" cp "$folder/image.tar" "$id:/image.tar"
  "$docker" start --attach "$id"
fi
echo "$image: no findings"
