#!/usr/bin/env bash
# package.sh VERSION ARCH STAGE OUT: makes .deb and .rpm packages in OUT of the programs in
# STAGE (plumbline, simulated-company, connectors/). The window's package is made when
# bin/plumbline-desktop is there and is for this architecture.
set -euo pipefail
cd "$(dirname "$0")/.."

export ARCH=$2 STAGE=$3
out=$4
# A version of a package begins with a digit. One of a commit sorts before every release.
VERSION=${1#v}
case $VERSION in [0-9]*.*) ;; *) VERSION=0.0.0~$VERSION ;; esac
export VERSION=${VERSION//-/+}

mkdir -p "$out"
kinds=(programs agent)
if [ "$ARCH" = "$(go env GOARCH)" ] && [ -e bin/plumbline-desktop ]; then
  cp bin/plumbline-desktop "$STAGE/"
  kinds+=(desktop)
fi
# The words that shells complete are the same for every architecture.
for shell in bash zsh fish; do
  mkdir -p build/out/completion
  go run ./host/cmd/plumbline completion "$shell" >"build/out/completion/$shell"
done
for kind in "${kinds[@]}"; do
  for packager in deb rpm; do
    bin/tools/nfpm package --config "build/package/$kind.yaml" --packager "$packager" --target "$out"
  done
done
