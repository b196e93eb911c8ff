#!/usr/bin/env bash
# Makes sure that what the window is built with is there: installs it on Debian
# when it may, and says what to install otherwise.
set -euo pipefail

if pkg-config --exists gtk+-3.0 webkit2gtk-4.1 2>/dev/null; then
  exit 0
fi
packages=(libgtk-3-dev libwebkit2gtk-4.1-dev pkg-config gcc)
exec "$(dirname "$0")/packages.sh" "the window" "${packages[@]}"
