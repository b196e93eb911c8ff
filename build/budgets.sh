#!/usr/bin/env bash
# budgets.sh [PART...] measures what the screens promise against the real agent in a real browser, and prints one JSON
# object a line with the figure and its bar. PART is load, accounts, events, hour or connections; none = all.
# ACCOUNTS (100000) and CONNECTIONS (300) say how much there is.
set -euo pipefail
cd "$(dirname "$0")/.."

accounts=${ACCOUNTS:-100000}
connections=${CONNECTIONS:-300}
home=$(mktemp -d)
log=$home/agent.log
unset "${!PLUMBLINE_@}"

bin/plumbline --data-dir "$home/data" agent --listen 127.0.0.1:0 >"$log" 2>&1 &
agent=$!
stop() {
  kill "$agent" 2>/dev/null || true
  wait "$agent" 2>/dev/null || true
  rm -rf "$home"
}
trap stop EXIT
socket() { curl -sSf --unix-socket "$home/data/agent.sock" -H 'Content-Type: application/json' "$@"; }
for _ in $(seq 300); do
  socket -o /dev/null http://plumbline/api/v1/session 2>/dev/null && break
  kill -0 "$agent" 2>/dev/null || { cat "$log" >&2; exit 1; }
  sleep 0.2
done

add() { # ALIAS FILE
  socket -o /dev/null "http://plumbline/api/v1/connections" \
    -d "{\"connector\":\"csv\",\"alias\":\"$1\",\"settings\":{\"path\":\"$2\",\"kind\":\"account\",\"key\":[\"id\"]}}"
}
{ echo id,email,name && seq "$accounts" | awk '{print $1 ",p" $1 "@example.com,Person " $1}'; } >"$home/everyone.csv"
printf 'id,email,name\n1,ann@example.com,Ann Berg\n2,ben@example.com,Ben Cole\n' >"$home/small.csv"
add everyone "$home/everyone.csv"
smalls=$(seq -f 'small-%03g' $((connections - 1)))
for alias in $smalls; do add "$alias" "$home/small.csv"; done
bin/plumbline --data-dir "$home/data" connection sync everyone >/dev/null
for alias in $smalls; do socket -o /dev/null "http://plumbline/api/v1/connections/$alias/sync" -d '{}'; done
for _ in $(seq 600); do
  socket http://plumbline/api/v1/status | grep -qE '"(queued|running)": ?[1-9]' || break
  sleep 0.5
done

PLUMBLINE_E2E_BASE=$(bin/plumbline --data-dir "$home/data" open --print) PLUMBLINE_E2E_ACCOUNTS=$accounts \
  PLUMBLINE_E2E_ONLY=$(IFS=, && echo "$*") npm --prefix frontend run --silent e2e:budgets
