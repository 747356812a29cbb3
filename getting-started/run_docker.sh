#!/bin/sh
# Managed by hookline. Builds the image of the service, runs it on this machine only, without any rights, and asks
# it for a first prediction. Its log stays in a volume. Run it again after `make train`.
# Usage: getting-started/run_docker.sh [PORT]
# ENV_FILE names a file with settings for the container, a HOOKLINE_SECTION__KEY=value in each line, such as the keys of
# callers; the first prediction then has the key in HOOKLINE_API_KEY.
set -eu
cd "$(dirname "$0")/.."
. getting-started/need.sh
need_hookline
need_docker

port=${1:-5000}
[ -z "${ENV_FILE:-}" ] || [ -r "$ENV_FILE" ] || {
  echo "error: $ENV_FILE cannot be read; name the file by its whole path, or as it is called from the project's folder" >&2
  exit 1
}
dockerfiles/production-image/build.sh
image=$("$hookline" image name production)
name=${image##*/}
name=${name%%:*}
inside=$("$hookline" config get service.port)
for old in $("$docker" ps --all --quiet --filter "name=^/$name\$" --filter label=hookline.model.id); do
  "$docker" stop "$old" >/dev/null # it finishes what it answers
  "$docker" rm "$old" >/dev/null
done
"$docker" run --detach --name "$name" --restart unless-stopped --stop-timeout 30 \
  --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
  ${ENV_FILE:+--env-file "$ENV_FILE"} --publish "127.0.0.1:$port:$inside" --volume "$name-log:/var/lib/hookline" "$image" >/dev/null

tries=60
until "$docker" exec "$name" python -P -m hookline.service.probe /app >/dev/null 2>&1; do
  tries=$((tries - 1))
  if [ "$tries" = 0 ]; then
    "$docker" logs --tail 20 "$name" >&2
    echo "error: the service is not ready after 60 s; the lines above are its last" >&2
    exit 1
  fi
  sleep 1
done
"$hookline" predict "$("$hookline" config get jenkins.prediction_test_case_path)" --url "http://127.0.0.1:$port"
echo "The service is at http://127.0.0.1:$port/docs, its log at http://127.0.0.1:$port/logs"
echo "Stop it with: $docker stop $name"
