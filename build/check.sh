#!/usr/bin/env bash
# The unit tests, which `make check` runs after lint. A Go package has unit tests
# when neither it nor its tests start a program: they import neither os/exec, nor what starts
# connectors, nor the kits for tests that do. `build/test.sh` runs everything.
set -euo pipefail
cd "$(dirname "$0")/.."

begun=$SECONDS
programs='os/exec|[^ ]*/sdk/sdktest|[^ ]*/plugins/internal/[^ ]*|[^ ]*/host/internal/(plugin|source)|github.com/wailsapp/[^ ]*'
units=$(go list -f '{{.ImportPath}} {{join .Imports " "}} {{join .TestImports " "}} {{join .XTestImports " "}} end' ./... |
  grep -vE " ($programs) " | cut -d' ' -f1)
go test -timeout 5m $units | { grep -v 'no test files' || true; }

# The faults of build/chaos are put into the sources at lines that have to be there.
go test -run Anchor ./build/chaos

npm --prefix frontend run --silent test

echo "unit tests passed in $((SECONDS - begun)) s; make test runs everything"
