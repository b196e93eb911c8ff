#!/usr/bin/env bash
# packages.sh WHAT PACKAGE... installs Debian packages when it may, and says
# what to install otherwise.
set -euo pipefail

what=$1
shift
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "installing for $what: $*"
  export DEBIAN_FRONTEND=noninteractive
  # No service of a package is to start on this machine: tests start their own.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
  fi
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  exit 0
fi
echo "$what needs packages that are missing here. Install them and try again:" >&2
echo "  sudo apt-get install $*" >&2
exit 1
