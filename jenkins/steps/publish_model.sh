#!/bin/sh
# Managed by hookline. Brings the current model to where pipelines keep models: jenkins.model_store of config.yaml, or
# MODEL_STORE. `git` commits it to BRANCH of this project (as SCM_USR with SCM_PSW, if they are set).
set -eu
cd "$(dirname "$0")/../.."
. getting-started/need.sh
need_hookline

store=${MODEL_STORE:-$("$hookline" config get jenkins.model_store)}
if [ "$store" != git ]; then
  exec "$hookline" models push "$store"
fi

need git "sudo apt-get install git"
version=$("${VENV:-.venv}/bin/python" jenkins/steps/current.py "$hookline")
folder=$("$hookline" config get models.directory)
branch=${BRANCH:-${GIT_BRANCH:-$(git symbolic-ref --quiet --short HEAD || true)}} # Jenkins checks out no branch
branch=${branch#origin/}
[ -n "$branch" ] || {
  echo "error: no branch is checked out; name the one that keeps the model with BRANCH=main" >&2
  exit 1
}
git add --force "$folder/current.json" "$folder/$version"
if git diff --cached --quiet; then
  echo "$version is in Git already"
  exit 0
fi
# The marker keeps this commit from starting the pipelines again.
git -c user.name="${GIT_AUTHOR_NAME:-hookline}" -c user.email="${GIT_AUTHOR_EMAIL:-hookline@localhost}" \
  commit --quiet --message "Publish the model $version [skip ci]"
if [ -n "${SCM_PSW:-}" ]; then
  GIT_ASKPASS=$PWD/jenkins/steps/askpass.sh
  export GIT_ASKPASS
fi
GIT_TERMINAL_PROMPT=0 git push --quiet origin "HEAD:refs/heads/$branch" || {
  echo "error: $branch was not pushed to; did somebody push meanwhile, or may this login not? Run it again" >&2
  exit 1
}
echo "committed $version to $branch"
