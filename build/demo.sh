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
wanted = {("unknown", "draft"), ("healthy", "paused"), ("healthy", "on_time"), ("healthy", "late"), ("healthy", "failing"),
          ("unhealthy", "action_required"), ("unhealthy", "failing")}
assert wanted <= seen, f"no connection is {sorted(wanted - seen)}: {states}"
PY

# What any command prints is marked: in its JSON, or else on standard error.
while read -r command; do
  # shellcheck disable=SC2086 # the words of a command
  show $command --json | grep -q '"demo": *true' || { echo "JSON of $command is not marked" >&2; exit 1; }
  # shellcheck disable=SC2086
  show $command 2>&1 >/dev/null | grep -q 'does not exist' || { echo "$command is not marked" >&2; exit 1; }
done <<'COMMANDS'
status
connection list
connection show okta
record list --kind person --limit 1
record list --kind person --count
changes --limit 1
change list okta --limit 1
audit list --limit 1
run list --limit 1
hold list
doctor
COMMANDS

# The states stay when an agent serves the demo: nothing is made up for.
show run list --limit 1000 --json | grep -c '"trigger"' >"$home/runs"
bin/plumbline --data-dir "$home/demo/data" agent 2>"$home/agent.log" &
agent=$!
until show status --json 2>/dev/null | grep -q '"mode": "agent"'; do kill -0 "$agent"; done
show run list --limit 1000 --json | grep -c '"trigger"' | cmp - "$home/runs" || { echo "the agent synced" >&2; exit 1; }
kill "$agent"
wait "$agent" || true

if bin/plumbline demo --once --dir "$home/demo" 2>"$home/refused"; then echo "a directory that is not empty was taken" >&2; exit 1; fi
grep -q 'not empty' "$home/refused"
show verify >/dev/null
echo "demo: passed"
