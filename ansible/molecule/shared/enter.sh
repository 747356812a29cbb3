#!/bin/sh
# Managed by hookline. Enters a folder as a machine, for Ansible's chroot connection: tests only. /proc is mounted for
# this one call, and gone with it, however it ends.
# Usage: enter.sh FOLDER COMMAND...
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
# There is no init: systemctl enables units, and does not try to start them.
SYSTEMD_OFFLINE=1
export PATH HOME LC_ALL SYSTEMD_OFFLINE
# shellcheck disable=SC2016 # the inner shell expands them
exec unshare --mount sh -c 'mount -t proc proc "$1/proc" && exec chroot "$@"' enter "$@"
