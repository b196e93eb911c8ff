#!/usr/bin/env bash
# window.sh [STORY...] starts the window for real under Xvfb: on fresh data, beside a running agent, started twice,
# moved off the screen, by its menus, with notices, and with its service. Screenshots go to build/out/window.
set -euo pipefail
cd "$(dirname "$0")/.."

out=$PWD/build/out/window
rm -rf "$out" && mkdir -p "$out"
unset "${!PLUMBLINE_@}"

# The server chooses a free display, and writes its number when it is ready.
Xvfb -displayfd 3 -screen 0 1400x900x24 -nolisten tcp 3>"$out/display" >"$out/xvfb.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
  [ -s "$out/display" ] && break
  sleep 0.1
done
export DISPLAY=:$(cat "$out/display") GTK_A11Y=atspi NO_AT_BRIDGE=0 GDK_BACKEND=x11 LIBGL_ALWAYS_SOFTWARE=1 WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS=1
timeout 540 dbus-run-session -- /usr/bin/python3 build/window_test.py "$out" "$@"
