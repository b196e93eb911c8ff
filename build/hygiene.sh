#!/usr/bin/env bash
# Rules no linter knows: what must not be in the repository, and sizes.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8 # a column is a letter, not a byte

bad=0
complain() { echo "$1" >&2; bad=1; }

files() { git ls-files --cached --others --exclude-standard "$@" | while read -r f; do [ -f "$f" ] && echo "$f"; done; }
code() { files | grep -E '\.(go|ts|tsx|mjs|sh)$' | grep -vE '\.pb\.go$|\.gen\.ts$|^build/hygiene\.sh$'; }

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

# Wide lines. The text of a struct tag cannot be broken.
tag='^[[:space:]]*[A-Za-z]+ .*`[a-z_]+:".*"`$'
if code | grep '\.go$' | xargs grep -nE '^.{141}' | grep -vE "^[^:]+:[0-9]+:${tag#^}" | cut -c1-160 | grep . >&2; then
  complain "the lines above are wider than 140 columns"
fi

# Large packages. The command line, the root of sdk and conform hold a file for each command or group of cases.
code | grep '\.go$' | grep -v '_test\.go$' | xargs wc -l |
  awk '$2 != "total" { sub("/[^/]*$", "", $2); n[$2] += $1 }
    END { for (room in n) if (n[room] > 2500 && room !~ "^(host/cmd/plumbline|sdk|sdk/conform)$") print room " has " n[room] " lines without tests, at most 2500 may be: look for the second package in it" }' |
  { ! grep . >&2; } || bad=1

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
