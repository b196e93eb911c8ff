#!/usr/bin/env bash
# release.sh VERSION: archives of the agent and its connectors for every platform,
# .deb and .rpm packages for Linux, what each of it is made of (CycloneDX), and the
# checksums of all, in dist/. The window is built on its own platform with `make desktop`;
# one that is there goes into a package of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$1
make --no-print-directory frontend/dist/index.html
rm -rf dist && mkdir -p dist
for platform in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do
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
  [ "$os" = linux ] && build/package.sh "$version" "$arch" "dist/$name" dist
  rm -r "dist/${name:?}"
done

# What it is made of: the modules in the programs, and the packages in the screens.
bin/tools/cyclonedx-gomod mod -json -licenses -std -output "dist/plumbline-$version-programs.cdx.json"
npm --prefix frontend sbom --omit dev --sbom-format cyclonedx >"dist/plumbline-$version-screens.cdx.json"

(cd dist && sha256sum -- *.tar.gz *.deb *.rpm *.json >SHA256SUMS)
ls -l dist
