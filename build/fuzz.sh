#!/usr/bin/env bash
# Runs every fuzz target of the repository, one after the other, FUZZTIME each (10m).
# FUZZ is a regular expression of target names. A crash leaves its input in the
# package's testdata/fuzz; put it into the tree with the fix.
set -euo pipefail
cd "$(dirname "$0")/.."

time=${FUZZTIME:-10m}
wanted=${FUZZ:-.}
failed=()
count=0
for package in $(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...); do
  dir=$(go list -f '{{.Dir}}' "$package")
  grep -qs '^func Fuzz' "$dir"/*_test.go || continue
  for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
    grep -qE "$wanted" <<<"$target" || continue
    count=$((count + 1))
    printf '== %s %s (%s)\n' "$package" "$target" "$time"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package" || failed+=("$package $target")
  done
done
if [ "$count" -eq 0 ]; then
  echo "no fuzz target matches $wanted" >&2
  exit 1
fi
if [ ${#failed[@]} -gt 0 ]; then
  printf 'failed: %s\n' "${failed[@]}" >&2
  exit 1
fi
printf '%d fuzz targets, %s each: none failed\n' "$count" "$time"
