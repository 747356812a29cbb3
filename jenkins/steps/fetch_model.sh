#!/bin/sh
# Managed by hookline. Brings a model from where pipelines keep models (see publish_model.sh), makes it current, and has
# its files verified. MODEL names a version; else it is the newest, or with Git the one that is current there.
# With Git, BRANCH says where a newer one than the commit that is checked out may be; Jenkins checks out the newest.
set -eu
cd "$(dirname "$0")/../.."
. getting-started/need.sh
need_hookline

store=${MODEL_STORE:-$("$hookline" config get jenkins.model_store)}
if [ "$store" != git ]; then
  exec "$hookline" models pull "$store" ${MODEL:+"$MODEL"} --promote
fi
if [ -n "${BRANCH:-}" ]; then
  git fetch --quiet origin "$BRANCH"
  git checkout --quiet FETCH_HEAD -- "$("$hookline" config get models.directory)"
fi
if [ -n "${MODEL:-}" ]; then
  exec "$hookline" models promote "$MODEL"
fi
exec "$hookline" models verify
