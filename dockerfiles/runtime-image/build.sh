#!/bin/sh
# Managed by hookline. Builds the image that pipelines run in. TOOLS names a folder with kubectl and helm; without
# it they are fetched, from mirrors if FETCH_KUBECTL and FETCH_HELM name them.
# Usage: dockerfiles/runtime-image/build.sh [REPO/NAME] [TAG]     (as config.yaml says, if not given)
exec "$(dirname "$0")/../build.sh" runtime "$@"
