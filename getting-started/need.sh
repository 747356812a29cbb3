#!/bin/sh
# Managed by hookline. To be read by the other scripts: says which program is missing, and how to get it.

# need PROGRAM INSTALL-LINE: end with a sentence if the program cannot be started.
need() {
  command -v "$1" >/dev/null 2>&1 || {
    echo "error: $1 is missing; install it with: $2" >&2
    exit 127
  }
}

# The project's own hookline before any other, for its version is the one the project was made with.
hookline=${VENV:-.venv}/bin/hookline
[ -x "$hookline" ] || hookline=hookline
docker=${DOCKER:-docker}

need_hookline() { need "$hookline" "make setup"; }

need_docker() {
  need "$docker" "sudo apt-get install docker.io"
  "$docker" info >/dev/null 2>&1 || {
    echo "error: no container engine answers; start it with: sudo systemctl start docker (or name another" \
      "client with DOCKER=...)" >&2
    exit 1
  }
}

need_compose() {
  need_docker
  "$docker" compose version >/dev/null 2>&1 || {
    echo "error: $docker has no compose; install it with: sudo apt-get install docker-compose-v2 (Docker's own" \
      "packages call it docker-compose-plugin)" >&2
    exit 127
  }
}
