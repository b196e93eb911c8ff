#!/usr/bin/env bash
# The demo in a real browser: every journey by mouse and by keyboard alone, and every screen in every state,
# looked at by axe. The demo is made once, and each story has a copy of its own. Screenshots go to
# build/out/e2e/screens.
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

# serve NAME starts an agent on the directory of that name; its process is $agent, a link to it $base.
serve() {
  bin/plumbline --data-dir "$home/$1/data" agent --listen 127.0.0.1:0 >"$home/$1.log" 2>&1 &
  agent=$!
  serving+=("$agent")
  until base=$(bin/plumbline --data-dir "$home/$1/data" open --print 2>/dev/null); do
    kill -0 "$agent" 2>/dev/null || { echo "the agent $1 ended:" >&2; cat "$home/$1.log" >&2; exit 1; }
    sleep 0.2
  done
}

# serve_demo NAME serves a copy of the demo.
serve_demo() {
  mkdir "$home/$1"
  cp -a "$home/demo/data" "$home/$1"
  serve "$1"
}

journeys() {
  local way begun
  for way in ${BY:-mouse keys}; do
    serve_demo "$way"
    begun=$SECONDS
    PLUMBLINE_E2E_BASE=$base PLUMBLINE_E2E_BY=$way PLUMBLINE_E2E_DIR=$home/files PLUMBLINE_E2E_ONLY=${ONLY:-} PLUMBLINE_E2E_OUT=$out \
      npm --prefix frontend run --silent e2e:journeys || { tail -20 "$home/$way.log" >&2; exit 1; }
    echo "journeys by $way: $((SECONDS - begun)) s"
    kill "$agent"
    wait "$agent" || true
  done
}

# screens EVERY: 1 for every theme and width of each state.
screens() {
  local empty
  rm -rf "$out/screens"
  mkdir "$home/empty"
  serve empty
  empty=$base
  serve_demo screens
  PLUMBLINE_E2E_BASE=$base PLUMBLINE_E2E_EMPTY=$empty PLUMBLINE_E2E_AGENT=$agent PLUMBLINE_E2E_DIR=$home/files PLUMBLINE_E2E_EVERY=$1 \
    PLUMBLINE_E2E_ONLY=${ONLY:-} PLUMBLINE_E2E_OUT=$out npm --prefix frontend run --silent e2e:screens || { tail -20 "$home/screens.log" >&2; exit 1; }
  echo "screenshots: $out/screens/index.html"
}

mkdir "$home/files"
bin/plumbline demo --once --dir "$home/demo"
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
