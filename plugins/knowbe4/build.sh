#!/usr/bin/env bash
# build.sh OUT packs the connector into one executable file.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec /usr/bin/python3 "$here/../../sdk/python/build.py" "$here" "$1"
