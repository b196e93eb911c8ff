#!/usr/bin/env bash
# release.sh VERSION: archives of the agent and its connectors for every
# platform, with their checksums, in dist/. The window is built on its own
# platform with `make desktop`.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$1
make --no-print-directory frontend/dist/index.html
rm -rf dist && mkdir -p dist
for platform in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64; do
  os=${platform%/*} arch=${platform#*/} suffix=
  [ "$os" = windows ] && suffix=.exe
  name=plumbline-$version-$os-$arch
  mkdir -p "dist/$name/connectors"
  build() {
    GOOS=$os GOARCH=$arch CGO_ENABLED=0 go build -trimpath -tags grpcnotrace -ldflags "-s -w -X main.version=$version" -o "$1$suffix" "$2"
  }
  build "dist/$name/plumbline" ./host/cmd/plumbline
  build "dist/$name/simulated-company" ./plugins/internal/demo
  for connector in plugins/*/main.go; do
    id=$(basename "$(dirname "$connector")")
    build "dist/$name/connectors/$id" "./plugins/$id"
  done
  cp plugins/*/*.connector.yaml "dist/$name/connectors/"
  cp LICENSE README.md "dist/$name/"
  tar -C dist --sort=name --owner=0 --group=0 --numeric-owner --mtime='2026-01-01 00:00Z' -czf "dist/$name.tar.gz" "$name"
  rm -r "dist/${name:?}"
done
(cd dist && sha256sum ./*.tar.gz >SHA256SUMS)
ls -l dist
