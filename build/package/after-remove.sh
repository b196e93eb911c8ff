#!/bin/sh
# Of the package plumbline-agent, after its files have gone.
set -e

[ -d /run/systemd/system ] && systemctl daemon-reload
case $1 in
  purge | 0)
    # Records are evidence, and a connected system cannot be asked for its past: a person deletes them.
    [ -d /var/lib/plumbline ] && echo "The data of Plumbline stays in /var/lib/plumbline. Delete the directory yourself when it is not needed any more." >&2
    ;;
esac
exit 0
