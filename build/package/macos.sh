#!/usr/bin/env bash
# macos.sh VERSION OUT: builds Plumbline.app in OUT, on macOS: the window, the command line and the connectors, and the
# links plumbline://. It is not signed.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=$1
app=$2/Plumbline.app/Contents
npm --prefix frontend ci --ignore-scripts --no-audit --no-fund --loglevel=error
npm --prefix frontend run --silent build
rm -rf "$2/Plumbline.app" && mkdir -p "$app/MacOS" "$app/Resources/connectors"
# Only signed programs may be in MacOS, and some connectors are files of text.
ln -s ../Resources/connectors "$app/MacOS/connectors"

ldflags="-s -w -X main.version=$version"
CGO_ENABLED=1 CGO_LDFLAGS="-framework UniformTypeIdentifiers" \
  go build -trimpath -tags desktop,production,grpcnotrace -ldflags "$ldflags" -o "$app/MacOS/plumbline-desktop" ./host/cmd/plumbline-desktop
CGO_ENABLED=0 go build -trimpath -tags grpcnotrace -ldflags "$ldflags" -o "$app/MacOS/plumbline" ./host/cmd/plumbline
CGO_ENABLED=0 go build -trimpath -tags grpcnotrace -ldflags "$ldflags" -o "$app/MacOS/simulated-company" ./plugins/internal/demo
for connector in plugins/*/main.go; do
  id=$(basename "$(dirname "$connector")")
  CGO_ENABLED=0 go build -trimpath -tags grpcnotrace -ldflags "$ldflags" -o "$app/Resources/connectors/$id" "./plugins/$id"
done
cp plugins/*/*.connector.yaml "$app/Resources/connectors/"
cp README.md build/admin.md LICENSE "$app/Resources/"
sed "s/@VERSION@/${version#v}/g" build/package/Info.plist >"$app/Info.plist"
