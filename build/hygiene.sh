#!/usr/bin/env bash
# Rules no linter knows: what must not be in the repository, and sizes.
set -euo pipefail
cd "$(dirname "$0")/.."

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

# Two nouns in one room.
code | grep -vE '_test\.go$|\.test\.tsx?$' | while read -r f; do
  n=$(wc -l <"$f")
  if [ "$n" -gt 500 ]; then echo "$f has $n lines; look for the second noun in it" >&2; exit 1; fi
done || bad=1

# go.mod and go.sum are what `go mod tidy` leaves.
go mod tidy -diff >&2 || complain "go.mod is not tidy"

exit $bad
