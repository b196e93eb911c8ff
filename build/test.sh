#!/usr/bin/env bash
# Everything that must hold before a change lands. Called by `make test`; what it
# needs and may install, it installs itself.
set -euo pipefail
cd "$(dirname "$0")/.."

begun=$SECONDS
section() { printf '\n== %s (%d s)\n' "$1" $((SECONDS - begun)); }

missing=()
need() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || missing+=("$2"); }
# The race detector is C, and so is the window.
need gcc gcc
[ -e /usr/include/stdlib.h ] || missing+=(libc6-dev)
need chromium chromium
need mkfs.ext4 e2fsprogs
need unshare util-linux
need losetup mount
need slapd slapd
need ldapadd ldap-utils
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)
need sudo sudo
need ssh-keygen openssh-client
need minisign minisign
# The tests of connectors in one file start these two; make peers starts the others.
need prometheus prometheus
need prometheus-alertmanager prometheus-alertmanager
need puma puma
[ -d /usr/share/redmine ] || missing+=(redmine redmine-sqlite ruby-sqlite3)
need Xvfb xvfb
need xdotool xdotool
need import imagemagick
need dbus-run-session dbus
[ -e /usr/libexec/at-spi-bus-launcher ] || missing+=(at-spi2-core)
/usr/bin/python3 -c 'import pyatspi' 2>/dev/null || missing+=(python3-pyatspi)
# The connectors in Python, which the build leaves out without these.
# grpc_tools imports pkg_resources and its package does not depend on it.
/usr/bin/python3 -c 'import grpc, grpc_tools.protoc, google.protobuf, cryptography, pkg_resources' 2>/dev/null ||
  missing+=(python3-grpcio python3-grpc-tools python3-protobuf python3-cryptography python3-pkg-resources)
if [ ${#missing[@]} -gt 0 ]; then
  build/packages.sh "the tests" "${missing[@]}"
fi

section "lint"
make --no-print-directory lint

section "generated code is what the sources give"
build/generated.sh

section "Go tests with -race"
# Many tests wait for processes more than they compute, so more packages run than there are processors.
go test -race -p 4 -timeout 30m $(go list ./... | grep -v /plugins/)
# The connectors' journeys build the program themselves, which go's memory of
# earlier results does not see.
go test -race -p 4 -count=1 -timeout 30m -skip '^(TestCatalogue|TestConforms)$' ./plugins/...

section "programs keep the conformance kit"
# It waits more than it computes, so several run at one moment.
go test -count=1 -p 4 -timeout 30m -run '^TestConforms$' ./plugins/...

section "connectors in one file, each with its simulated vendor"
go test -count=1 -timeout 30m -run '^TestCatalogue$' ./plugins/declarative

section "connectors in one file keep the conformance kit"
# With an incremental stream, a GraphQL query, and OAuth 2 with joins and side calls; make conformance tries
# all of them.
make --no-print-directory conformance ONLY="jira linear entra-id"

section "faults at every moment, and mutants that have to be caught"
go run ./build/chaos -play both -seed 1 -slack 3

section "power cuts"
if [ "$(id -u)" = 0 ] && PATH=$PATH:/usr/sbin losetup --find >/dev/null 2>&1; then
  go run ./build/chaos -play power -moments 8 -seed 1 -slack 3
else
  echo "not run: power cuts need root and a free loop device"
fi

section "a real disk that fills"
build/disk.sh

section "front end"
npm --prefix frontend run --silent test
npm --prefix frontend run --silent budget

section "the demo"
build/demo.sh

section "a first journey in Chromium"
build/e2e.sh

section "every journey by mouse and by keys"
# Every screen in every state is looked at by make screens, which takes a quarter of an hour.
build/demo-e2e.sh journeys

section "the window"
make --no-print-directory desktop
build/window.sh

printf '\nall checks passed in %d s\n' $((SECONDS - begun))
