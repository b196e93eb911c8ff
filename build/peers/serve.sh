#!/usr/bin/env bash
# serve.sh SERVER PORT starts a server of Debian on loopback, fills it with made-up
# data, and prints NAME=value lines of where it is and what its accounts are, and then
# "ready". It takes the server and the data away when its input ends.
# <SERVER>.sh beside it has the functions packages and start.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
port=$2
pids=()
export LC_ALL=C.UTF-8

# as runs a command under the account of a package, which root may.
as() {
  if [ "$(id -u)" = 0 ]; then exec setpriv --reuid="$1" --regid="$1" --init-groups "${@:2}"; fi
  exec "${@:2}"
}

# give makes an account the owner of the data.
give() { [ "$(id -u)" != 0 ] || chown -R "$1:" "$dir"; }

# background starts a server, which clean ends by the number of its process.
background() {
  "$@" >>"$dir/server.log" 2>&1 </dev/null &
  pids+=($!)
}

# quiet runs a command, and shows what it said only if it fails.
quiet() { (as "$@") >"$dir/out" 2>&1 </dev/null || { cat "$dir/out" >&2; exit 1; }; }

# await waits until a command succeeds while the servers run.
await() {
  for _ in $(seq 600); do
    if "$@" >/dev/null 2>&1; then return; fi
    for pid in "${pids[@]}"; do
      kill -0 "$pid" 2>/dev/null || { echo "$server has ended:" >&2; tail -n 40 "$dir/server.log" >&2; exit 1; }
    done
    sleep 0.1
  done
  echo "$server does not answer after a minute: $*" >&2
  tail -n 40 "$dir/server.log" >&2
  exit 1
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1"); }

clean() {
  local i
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do # the last one needs the ones before it
    kill -"${signal:-TERM}" "${pids[i]}" 2>/dev/null || true
    wait "${pids[i]}" 2>/dev/null || true
  done
  cd /
  rm -rf "$dir"
}

server=$1
. "$here/$server.sh"
if [ "$port" = packages ]; then packages; exit; fi
dir=$(mktemp -d)
chmod 755 "$dir" # servers read below it under their own accounts
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 141' PIPE # whoever reads the output has ended
start
echo "ADDR=127.0.0.1:$port"
echo ready
cat >/dev/null
