#!/bin/sh
# Managed by hookline. Works beside the secrets, in a container: start_jenkins.sh calls it. A secret comes by a pipe,
# never as a word that a list of processes would show.
# Usage: slots.sh init NAME ...     make the slots; print the administrator's password if this made it
#        slots.sh fill NAME         put standard input into a slot
set -eu
umask 077
cd "${SLOTS:-/run/secrets}"
verb=$1
shift
case $verb in
init)
  for name in "$@"; do
    [ -e "$name" ] || : >"$name"
  done
  [ -s JENKINS_ADMIN_PASSWORD ] || head -c 18 /dev/urandom | base64 | tee JENKINS_ADMIN_PASSWORD
  ;;
fill) cat >"$1" ;;
esac
