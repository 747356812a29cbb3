#!/bin/sh
# Managed by hookline. Builds the image of the service with the current model, and nothing older.
# Usage: dockerfiles/production-image/build.sh [REPO/NAME] [TAG]     (as config.yaml says, if not given)
exec "$(dirname "$0")/../build.sh" production "$@"
