#!/usr/bin/env bash
# dev.sh PORT: the agent, and the front end with live reload in front of it.
set -euo pipefail
cd "$(dirname "$0")/.."

bin/plumbline agent --listen "127.0.0.1:$1" --welcome &
agent=$!
trap 'kill "$agent" 2>/dev/null || true; wait' EXIT
echo "open the link the agent prints once, then use http://127.0.0.1:5173"
npm --prefix frontend run dev
