#!/bin/sh
# Managed by hookline. Starts a Jenkins with the four jobs of this project, on this machine only; nothing is to be
# clicked. Run it again after a change of jenkins/controller, or to fill a slot for a credential: docs/jenkins.md.
# Usage: getting-started/start_jenkins.sh [GIT-URL] [BRANCH]     (this checkout's origin, and main)
#
# Slots, each as NAME=value or NAME_FILE=path; what is not given stays as it was:
#   REGISTRY_USR REGISTRY_PSW   SCM_USR SCM_PSW   HOOKLINE_API_KEY   KUBECONFIG (a path)
set -eu
cd "$(dirname "$0")/.."
. getting-started/need.sh
need_hookline
need_docker

compose="$docker compose"
if ! $compose version >/dev/null 2>&1; then
  need docker-compose "sudo apt-get install docker-compose"
  compose="docker-compose"
fi

SCM_URL=${1:-$(git remote get-url origin 2>/dev/null || true)}
SCM_BRANCH=${2:-main}
[ -n "$SCM_URL" ] || {
  echo "error: this checkout has no origin; name the repository: getting-started/start_jenkins.sh https://..." >&2
  exit 2
}
RUNTIME_IMAGE=$("$hookline" image name runtime)
DOCKER_CREDENTIALS_ID=$("$hookline" config get jenkins.docker_credentials_id)
SCM_CREDENTIALS_ID=$("$hookline" config get jenkins.scm_credentials_id)
KUBECONFIG_CREDENTIALS_ID=$("$hookline" config get jenkins.kubeconfig_credentials_id)
API_KEY_CREDENTIALS_ID=$("$hookline" config get jenkins.api_key_credentials_id)
export SCM_URL SCM_BRANCH RUNTIME_IMAGE
export DOCKER_CREDENTIALS_ID SCM_CREDENTIALS_ID KUBECONFIG_CREDENTIALS_ID API_KEY_CREDENTIALS_ID

up() { $compose --project-name hookline-jenkins --file jenkins/controller/docker-compose.yml "$@"; }

"$docker" image inspect "$RUNTIME_IMAGE" >/dev/null 2>&1 || make runtime-image
up build

"$docker" volume create hookline-jenkins-secrets >/dev/null
# slots VERB [NAME ...]: jenkins/controller/slots.sh beside the secrets.
slots() {
  "$docker" run --rm --interactive --network none --volume hookline-jenkins-secrets:/run/secrets \
    --entrypoint sh hookline-jenkins-controller /usr/share/jenkins/hookline/slots.sh "$@"
}

password=$(slots init JENKINS_ADMIN_PASSWORD REGISTRY_USR REGISTRY_PSW SCM_USR SCM_PSW HOOKLINE_API_KEY KUBECONFIG \
  </dev/null)
# At once: whatever ends this script later, it is known.
if [ -n "$password" ]; then
  echo "Sign in as admin with $password (it is not shown again)"
fi

# fill NAME VALUE FILE: put what is given into a slot.
fill() {
  if [ -n "$3" ]; then
    [ -r "$3" ] || {
      echo "error: $3, which is to fill the slot $1, cannot be read; name another file" >&2
      exit 2
    }
    slots fill "$1" <"$3"
  elif [ -n "$2" ]; then
    printf '%s' "$2" | slots fill "$1"
  fi
}
fill REGISTRY_USR "${REGISTRY_USR:-}" "${REGISTRY_USR_FILE:-}"
fill REGISTRY_PSW "${REGISTRY_PSW:-}" "${REGISTRY_PSW_FILE:-}"
fill SCM_USR "${SCM_USR:-}" "${SCM_USR_FILE:-}"
fill SCM_PSW "${SCM_PSW:-}" "${SCM_PSW_FILE:-}"
fill HOOKLINE_API_KEY "${HOOKLINE_API_KEY:-}" "${HOOKLINE_API_KEY_FILE:-}"
fill KUBECONFIG "" "${KUBECONFIG:-}"

up up --detach --force-recreate
echo "Jenkins comes up at http://127.0.0.1:${JENKINS_PORT:-8080}/ and works for $SCM_URL, branch $SCM_BRANCH"
echo "Stop it with: getting-started/stop_jenkins.sh"
