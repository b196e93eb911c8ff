#!/usr/bin/env bash
# The first journey, the AI Summary, what the screens claim, what they ask for during a large sync, a
# connector in development and an agent that ends, in a real browser against the real
# agent on a fresh data directory. Screenshots go to build/out/e2e; UPDATE_SCREENSHOTS=1
# also renews the one the README shows.
set -euo pipefail
cd "$(dirname "$0")/.."

home=$(mktemp -d)
log=$home/agent.log
out=$PWD/build/out/e2e
rm -rf "$out" && mkdir -p "$out"
unset "${!PLUMBLINE_@}"

bin/plumbline --data-dir "$home/data" agent --listen 127.0.0.1:0 --welcome >"$log" 2>&1 &
agent=$!
dev=
stop() {
  kill "$agent" ${dev:+"$dev"} 2>/dev/null || true
  wait "$agent" 2>/dev/null || true
  rm -rf "$home"
}
trap stop EXIT

link=
for _ in $(seq 300); do
  link=$(grep -oE 'http://127\.0\.0\.1:[0-9]+/login\?token=\S+' "$log" || true)
  [ -n "$link" ] && break
  kill -0 "$agent" 2>/dev/null || break
  sleep 0.2
done
if [ -z "$link" ]; then
  echo "the agent printed no link:" >&2
  cat "$log" >&2
  exit 1
fi

# Two more, so that the screens have something to tell apart: a list that can be
# read whole, and one with a row that cannot.
printf 'id,email,name,status\n1,ann@example.com,Ann Berg,active\n2,ben@example.com,Ben Cole,active\n3,eva@example.com,Eva Dahl,suspended\n' >"$home/staff.csv"
printf 'id,email,name,status\n7,kim@example.com,Kim Lund,active\n8,lou@example.com\n' >"$home/contractors.csv"
for list in staff contractors; do
  bin/plumbline --data-dir "$home/data" connection add csv --alias "$list" --schedule @hourly \
    --set "path=$home/$list.csv" --set kind=account --set key=id >/dev/null
  bin/plumbline --data-dir "$home/data" connection sync "$list" >/dev/null || [ "$list" = contractors ]
done

PLUMBLINE_E2E_BASE=$link PLUMBLINE_E2E_OUT=$out npm --prefix frontend run --silent e2e || { cat "$log" >&2; exit 1; }

# A list whose broken row names a person and a credential, for the AI Summary.
printf 'id,email,name,status\n1,ann@example.com,Ann Berg,active\n2,mia.planted@example.com,password=hunter2hunter2\n' >"$home/tenant-7731.csv"
bin/plumbline --data-dir "$home/data" connection add csv --alias hr-of-berlin --schedule @hourly \
  --set "path=$home/tenant-7731.csv" --set kind=account --set key=id >/dev/null
bin/plumbline --data-dir "$home/data" connection sync hr-of-berlin >/dev/null || true
link=$(bin/plumbline --data-dir "$home/data" open --print)
PLUMBLINE_HOME=$home/data PLUMBLINE_E2E_PROGRAM=$PWD/bin/plumbline PLUMBLINE_E2E_ALIAS=hr-of-berlin PLUMBLINE_E2E_FILE=$home/tenant-7731.csv \
  PLUMBLINE_E2E_PLANTED=hr-of-berlin,mia.planted,hunter2,tenant-7731,"$home",Ann\ Berg \
  PLUMBLINE_E2E_BASE=$link PLUMBLINE_E2E_OUT=$out npm --prefix frontend run --silent e2e:summary || { cat "$log" >&2; exit 1; }
bin/plumbline --data-dir "$home/data" connection remove hr-of-berlin --delete-history --yes >/dev/null

# A list that loses most of its rows, names with hidden characters, and a connection that is paused.
people() { printf 'id,email,name\n' && for n in $(seq "$1"); do printf '%s,p%s@example.com,Person %s\n' "$n" "$n" "$n"; done; }
people 40 >"$home/people.csv"
printf 'id,email,name\na\342\201\2461,a@example.com,invoice\342\200\256gpj.exe\n' >"$home/odd.csv"
printf 'id,email,name\n1,old@example.com,Old One\n' >"$home/retired.csv"
for list in people odd retired; do
  bin/plumbline --data-dir "$home/data" connection add csv --alias "$list" --schedule @hourly \
    --set "path=$home/$list.csv" --set kind=account --set key=id >/dev/null
  bin/plumbline --data-dir "$home/data" connection sync "$list" >/dev/null
done
bin/plumbline --data-dir "$home/data" connection pause retired >/dev/null
people 10 >"$home/people.csv"
bin/plumbline --data-dir "$home/data" connection sync people >/dev/null && { echo "a sync that loses 30 of 40 records was not held" >&2; exit 1; }
link=$(bin/plumbline --data-dir "$home/data" open --print)
PLUMBLINE_E2E_BASE=$link PLUMBLINE_E2E_OUT=$out npm --prefix frontend run --silent e2e:truth || { cat "$log" >&2; exit 1; }

# Nothing else may be due meanwhile: what the screens ask for is counted.
others="this-machine staff contractors people odd"
for one in $others; do bin/plumbline --data-dir "$home/data" connection pause "$one" >/dev/null; done
{ echo id,email,name && seq 300000 | awk '{print $1 ",p" $1 "@example.com,Person " $1}'; } >"$home/everyone.csv"
bin/plumbline --data-dir "$home/data" connection add csv --alias everyone \
  --set "path=$home/everyone.csv" --set kind=account --set key=id >/dev/null
link=$(bin/plumbline --data-dir "$home/data" open --print)
PLUMBLINE_E2E_BASE=$link PLUMBLINE_E2E_OUT=$out npm --prefix frontend run --silent e2e:traffic || { cat "$log" >&2; exit 1; }
bin/plumbline --data-dir "$home/data" connection remove everyone --delete-history --yes >/dev/null
for one in $others; do bin/plumbline --data-dir "$home/data" connection resume "$one" >/dev/null; done

echo '0,abe@example.com,Abe Holm,active' >>"$home/staff.csv"
bin/plumbline --data-dir "$home/data" connector dev bin/connectors/csv --sync staff >"$home/dev.log" 2>&1 &
dev=$!
for _ in $(seq 300); do
  grep -q 'synced staff: succeeded' "$home/dev.log" && break
  kill -0 "$dev" 2>/dev/null || break
  sleep 0.2
done
link=$(bin/plumbline --data-dir "$home/data" open --print)
PLUMBLINE_E2E_BASE=$link PLUMBLINE_E2E_DEV_PID=$dev PLUMBLINE_E2E_OUT=$out npm --prefix frontend run --silent e2e:development || { cat "$log" "$home/dev.log" >&2; exit 1; }
wait "$dev"
dev=

link=$(bin/plumbline --data-dir "$home/data" open --print)
PLUMBLINE_E2E_BASE=$link PLUMBLINE_E2E_AGENT=$agent PLUMBLINE_E2E_OUT=$out npm --prefix frontend run --silent e2e:offline || { cat "$log" >&2; exit 1; }
wait "$agent" || true
echo "screenshots: $out"
if [ -n "${UPDATE_SCREENSHOTS:-}" ]; then
  cp "$out/connections.png" build/screenshots/connections.png
fi
