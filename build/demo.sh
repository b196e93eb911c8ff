#!/usr/bin/env bash
# The demo of a small company, from the command to the end: fourteen connections in every state of
# health, the mark on every list, and nothing left behind.
set -euo pipefail
cd "$(dirname "$0")/.."

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
unset "${!PLUMBLINE_@}"
show() { bin/plumbline --data-dir "$home/demo/data" "$@"; }

begun=$SECONDS
bin/plumbline demo --once --people 60 --dir "$home/demo"
echo "made in $((SECONDS - begun)) s"

show status --json >"$home/status.json"
show connection list --json >"$home/connections.json"
python3 - "$home/status.json" "$home/connections.json" <<'PY'
import json, sys
status, connections = (json.load(open(path)) for path in sys.argv[1:])
assert status["demo"] is True, "the status does not say that this is a demo"
states = {c["alias"]: (c["health"], c["reason"]) for c in connections["items"]}
assert len(states) == 14, f"{len(states)} connections, want 14"
seen = set(states.values())
wanted = {("unknown", "draft"), ("healthy", "paused"), ("healthy", "on_time"), ("healthy", "failing"),
          ("unhealthy", "action_required"), ("unhealthy", "failing")}
assert wanted <= seen, f"no connection is {sorted(wanted - seen)}: {states}"
PY
show record list --kind person --limit 1 2>&1 >/dev/null | grep -q 'does not exist' || { echo "a list of people is not marked" >&2; exit 1; }
show record list --kind person --limit 1 --json | grep -q '"demo": *true' || { echo "JSON of people is not marked" >&2; exit 1; }
if bin/plumbline demo --once --dir "$home/demo" 2>"$home/refused"; then echo "a directory that is not empty was taken" >&2; exit 1; fi
grep -q 'not empty' "$home/refused"
show verify >/dev/null
echo "demo: passed"
