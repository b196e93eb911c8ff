#!/bin/sh
# Of the package plumbline-agent, after its files are there. Debian calls it with
# "configure OLD-VERSION", RPM with the number of versions that are installed.
set -e

systemd-sysusers plumbline.conf

# In an image that is being built no systemd runs: the service starts with the image.
systemctl --no-reload enable plumbline.service >/dev/null 2>&1 || true
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
if [ "$1" = 1 ] || { [ "$1" = configure ] && [ -z "$2" ]; }; then
  systemctl start plumbline.service || {
    echo "plumbline did not start. Its log says why: journalctl -u plumbline" >&2
    exit 0
  }
else
  # An agent that a person has stopped stays stopped.
  systemctl try-restart plumbline.service
fi
