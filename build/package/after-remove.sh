#!/bin/sh
# Of the package plumbline-agent, after its files have gone.
set -e

[ -d /run/systemd/system ] && systemctl daemon-reload
case $1 in
  purge | 0)
    # Records are evidence and nobody can read them again from the past: a person deletes them.
    [ -d /var/lib/plumbline ] && echo "The data of Plumbline stays in /var/lib/plumbline. Delete it yourself if nobody needs it." >&2
    ;;
esac
exit 0
