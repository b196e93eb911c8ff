#!/usr/bin/env bash
# Rules no linter knows: what must not be in the repository, and sizes.
# `build/hygiene.sh ceilings` writes build/ceilings as the tree is now.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8 # a column is a letter, not a byte

bad=0
complain() { echo "$1" >&2; bad=1; }

files() { git ls-files --cached --others --exclude-standard "$@" | while read -r f; do [ -f "$f" ] && echo "$f"; done; }
code() { files | grep -E '\.(go|ts|tsx|mjs|sh)$' | grep -vE '\.pb\.go$|\.gen\.ts$|^build/hygiene\.sh$'; }

# What is above the rules of size, one room a line: Go lines wider than 140 columns, and Go lines
# without tests above 2,500. The command line, the root of sdk and conform hold a file for each
# command or group of cases, and may be larger.
measured() {
  code | grep '\.go$' | xargs grep -cE '^.{141}' |
    awk -F: '{ sub("/[^/]*$", "", $1); n[$1] += $2 } END { for (room in n) if (n[room] > 0) print "wide", room, n[room] }'
  code | grep '\.go$' | grep -v '_test\.go$' | xargs wc -l |
    awk '$2 != "total" { sub("/[^/]*$", "", $2); n[$2] += $1 }
      END { for (room in n) if (n[room] > 2500 && room !~ "^(host/cmd/plumbline|sdk|sdk/conform)$") print "large", room, n[room] }'
}
if [ "${1:-}" = ceilings ]; then
  list=$(sed -n '/^#/p' build/ceilings; measured | sort)
  echo "$list" >build/ceilings
  exit
fi

# Words that mark something unfinished.
if code | xargs grep -nE '\b(TODO|FIXME|XXX|HACK)\b' >&2; then complain "unfinished work is marked above"; fi

# Tests that do not run, and checks that are switched off.
if code | xargs grep -nE 't\.Skip(Now|f)?\(|\b(it|test|describe)\.(skip|only)\(|eslint-disable|@ts-ignore|@ts-nocheck' >&2; then
  complain "checks are switched off above"
fi

# Lock files name packages and hashes, never where they were fetched from.
if grep -n '"resolved"' frontend/package-lock.json >&2; then complain "the lock file names a registry"; fi

# Two nouns in one file.
code | grep -vE '_test\.go$|\.test\.tsx?$' | while read -r f; do
  n=$(wc -l <"$f")
  if [ "$n" -gt 500 ]; then echo "$f has $n lines; move the second noun in it to another file" >&2; exit 1; fi
done || bad=1

# Wide lines and large rooms: those of build/ceilings may stay as they are, no other may come.
above=$(awk 'NR == FNR { ceiling[$1 " " $2] = $3; next } $3 > ceiling[$1 " " $2] + 0 { print $1, $2, $3, ceiling[$1 " " $2] + 0 }' build/ceilings <(measured))
while read -r what room n ceiling; do
  case $what in
  wide)
    code | grep -E "^$room/[^/]*\.go$" | xargs grep -nE '^.{141}' /dev/null | cut -c1-160 >&2
    complain "$room has $n lines wider than 140 columns, at most $ceiling may be: they are above"
    ;;
  large) complain "$room has $n lines without tests, at most $((ceiling > 2500 ? ceiling : 2500)) may be: move the second room in it to another package" ;;
  esac
done < <(echo "$above")

# Only containment speaks to the system past Go's types: confine, a job object on Windows, and the
# test that makes the calls which are refused.
unsafe='^host/internal/(plugin/confine/|plugin/group/group_windows\.go|supervisor/hostile_linux_test\.go)'
if code | grep '\.go$' | grep -vE "$unsafe" | xargs grep -nE '^\s*(import )?(_ )?"unsafe"' >&2; then complain "unsafe is imported above"; fi
if code | grep '\.go$' | xargs grep -n '^//go:linkname' >&2; then complain "private functions of others are linked above"; fi

# The README names the rooms there are.
if ! diff <(sed -n '/^  internal\/$/,/^sdk\//p' README.md | grep '^    ' | tr ' ' '\n' | grep -xE '[a-z]+/' | tr -d / | sort) \
  <(code | grep -oE '^host/internal/[a-z]+/' | cut -d/ -f3 | sort -u) >&2; then
  complain "the README's list of rooms (<) is not what is below host/internal (>)"
fi

# go.mod and go.sum are what `go mod tidy` leaves.
go mod tidy -diff >&2 || complain "go.mod is not tidy"

exit $bad
