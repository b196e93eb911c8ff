#!/usr/bin/env bash
# Generates all code again and fails when that changes anything.
set -euo pipefail
cd "$(dirname "$0")/.."

paths=(sdk/proto sdk/kind/schema frontend/src/api)
sums() { find "${paths[@]}" -type f -print0 | sort -z | xargs -0 sha256sum; }

before=$(mktemp) after=$(mktemp)
trap 'rm -f "$before" "$after"' EXIT
sums >"$before"
make --no-print-directory generate
sums >"$after"
if ! diff "$before" "$after"; then
  echo "generated code was out of date; it has been generated again: check it and commit it" >&2
  exit 1
fi
