#!/bin/sh
# Of the package plumbline-agent, before its files go. Debian calls it with "remove" or
# "upgrade", RPM with the number of versions that stay.
set -e

case $1 in remove | 0) ;; *) exit 0 ;; esac
[ -d /run/systemd/system ] && systemctl stop plumbline.service
systemctl --no-reload disable plumbline.service >/dev/null 2>&1 || true
