#!/bin/sh
# Managed by hookline. Tells git, which asks by GIT_ASKPASS, who pushes; so no password is in a URL or on a command line.
case $1 in
Username*) printf '%s\n' "${SCM_USR:-}" ;;
*) printf '%s\n' "${SCM_PSW:-}" ;;
esac
