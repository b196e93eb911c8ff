#!/usr/bin/env bash
# The demo in a real browser: every journey by mouse and by keyboard alone, each on a demo of its own, and
# every screen in every state looked at by axe. Screenshots go to build/out/e2e/screens.
#
#   build/demo-e2e.sh              the journeys, and each state of a screen in one theme and width
#   build/demo-e2e.sh journeys     the journeys; BY=mouse or BY=keys for one way, ONLY="a title" for some
#   build/demo-e2e.sh screens      each state in every theme and width; ONLY="accounts empty" for some
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-both}
home=$(mktemp -d)
out=$PWD/build/out/e2e
mkdir -p "$out"
unset "${!PLUMBLINE_@}"

serving=()
stop() {
  for pid in "${serving[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait || true
  rm -rf "$home"
}
trap stop EXIT

# serve NAME COMMAND... starts an agent that prints a link; its process is $agent.
serve() {
  local name=$1
  shift
  bin/plumbline "$@" --listen 127.0.0.1:0 >"$home/$name.log" 2>&1 &
  agent=$!
  serving+=("$agent")
}

# link NAME waits for the link that an agent prints, and returns it.
link() {
  local found=
  for _ in $(seq 900); do
    found=$(grep -oE 'http://127\.0\.0\.1:[0-9]+/login\?token=\S+' "$home/$1.log" || true)
    [ -n "$found" ] && break
    kill -0 "$2" 2>/dev/null || break
    sleep 0.2
  done
  if [ -z "$found" ]; then
    echo "the agent $1 printed no link:" >&2
    cat "$home/$1.log" >&2
    return 1
  fi
  echo "$found"
}

people=60
mkdir "$home/files"

journeys() {
  local way begun
  for way in ${BY:-mouse keys}; do
    serve "$way" demo --people $people --dir "$home/$way"
    base=$(link "$way" "$agent")
    begun=$SECONDS
    PLUMBLINE_E2E_BASE=$base PLUMBLINE_E2E_BY=$way PLUMBLINE_E2E_DIR=$home/files PLUMBLINE_E2E_ONLY=${ONLY:-} PLUMBLINE_E2E_OUT=$out \
      npm --prefix frontend run --silent e2e:journeys || { cat "$home/$way.log" >&2; exit 1; }
    echo "journeys by $way: $((SECONDS - begun)) s"
    kill "$agent"
    wait "$agent" || true
  done
}

screens() {
  rm -rf "$out/screens"
  serve empty --data-dir "$home/empty" agent --welcome
  local first
  first=$(link empty "$agent")
  serve screens demo --people $people --dir "$home/screens"
  base=$(link screens "$agent")
  PLUMBLINE_E2E_BASE=$base PLUMBLINE_E2E_EMPTY=$first PLUMBLINE_E2E_AGENT=$agent PLUMBLINE_E2E_DIR=$home/files PLUMBLINE_E2E_EVERY=$1 \
    PLUMBLINE_E2E_ONLY=${ONLY:-} PLUMBLINE_E2E_OUT=$out npm --prefix frontend run --silent e2e:screens || { tail -20 "$home/screens.log" >&2; exit 1; }
  echo "screenshots: $out/screens/index.html"
}

case $what in
journeys) journeys ;;
screens) screens 1 ;;
both)
  journeys
  screens 0
  ;;
*)
  echo "usage: build/demo-e2e.sh [journeys|screens]" >&2
  exit 2
  ;;
esac
