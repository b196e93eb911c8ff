#!/usr/bin/env bash
# Fills a real, small file system under a running agent, in every way that hurts,
# and sees that nothing is lost. As root on a loopback ext4; otherwise on a tmpfs
# of a namespace of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" != 0 ]; then
  exec unshare --user --map-root-user --mount "$0" "$@"
fi

work=$(mktemp -d)
mnt=$work/disk
mkdir -p "$mnt" "$work/connectors"
cleanup() {
  umount "$mnt" 2>/dev/null || umount -l "$mnt" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

truncate -s 1G "$work/disk.img"
if mkfs.ext4 -q -m 0 "$work/disk.img" 2>/dev/null && mount -o loop "$work/disk.img" "$mnt" 2>/dev/null; then
  kind="loopback ext4"
else
  mount -t tmpfs -o size=1G tmpfs "$mnt"
  kind="tmpfs"
fi
echo "a disk of 1 GiB: $kind"

program=${PLUMBLINE:-$PWD/bin/plumbline}
go test -c -o "$work/connectors/fake" ./host/cmd/plumbline
unset "${!PLUMBLINE_@}"
python3 build/disk_test.py "$program" "$work" "$mnt"
