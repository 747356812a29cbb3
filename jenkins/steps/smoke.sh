#!/bin/sh
# Managed by hookline. Has a pod in the cluster ask the release what its callers would: the chart's own test.
# Usage: jenkins/steps/smoke.sh RELEASE
set -eu
cd "$(dirname "$0")/../.."
. getting-started/need.sh
need helm "sudo snap install helm --classic"
exec helm test "$1" --namespace "${HOOKLINE_NAMESPACE:-default}" --timeout 2m --logs
