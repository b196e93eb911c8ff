#!/usr/bin/env bash
# cleanroom.sh [run|test ...] proves the README's two commands on a machine that has
# nothing else: an empty Debian 12 with Go, Node 20, make and git, in a directory of
# its own. It clones the committed tree into it, runs `make run` until it prints its
# link, then `make test`, and prints how long each took. Without arguments it does
# both. Nothing of this machine's caches is used; its Go and Node are, since a
# newcomer brings those.
#
# CLEANROOM_MIRROR is where debootstrap takes Debian from, CLEANROOM_DIR where the
# directory is made (about 12 GB), CLEANROOM_KEEP=1 keeps it.
set -euo pipefail
cd "$(dirname "$0")/.."

steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=(run test)
if [ "$(id -u)" != 0 ]; then
  echo "The clean room is a root directory of its own: run it as root." >&2
  exit 1
fi
for tool in go node npm git; do
  command -v "$tool" >/dev/null || { echo "The clean room is given this machine's $tool, and there is none." >&2; exit 1; }
done
if [ -n "$(git status --porcelain)" ]; then
  echo "Uncommitted changes are not part of what is proved: commit them first." >&2
  exit 1
fi
command -v debootstrap >/dev/null || build/packages.sh "the clean room" debootstrap

# The mounts are made in a namespace of this script's own, which ends with it and
# takes its processes along.
if [ "${CLEANROOM_INSIDE:-}" != 1 ]; then
  root=$(mktemp -d "${CLEANROOM_DIR:-/var/tmp}/plumbline-cleanroom.XXXXXX")
  chmod 755 "$root" # the "/" of every user in it
  code=0
  CLEANROOM_INSIDE=1 CLEANROOM_ROOT=$root unshare --mount --pid --fork --kill-child "$0" "${steps[@]}" || code=$?
  if [ "${CLEANROOM_KEEP:-}" = 1 ]; then
    echo "kept: $root"
  else
    rm -rf --one-file-system "$root"
  fi
  exit $code
fi
root=$CLEANROOM_ROOT
mount --make-rprivate /
# The tests make mount namespaces, for which a root directory has to be a mount.
mount --bind "$root" "$root"

begun=$SECONDS
say() { printf '\n== clean room: %s (%d s)\n' "$1" $((SECONDS - begun)); }

say "Debian 12, minbase"
debootstrap --variant=minbase --include=make,git,ca-certificates bookworm "$root" ${CLEANROOM_MIRROR:+"$CLEANROOM_MIRROR"} >"$root.log" 2>&1 ||
  { tail -20 "$root.log" >&2; rm -f "$root.log"; exit 1; }
rm -f "$root.log"

# The way to the package registries and whom it trusts are this machine's.
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
cp -r /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
for proxy in /etc/apt/apt.conf.d/*proxy*; do [ -e "$proxy" ] && cp "$proxy" "$root/etc/apt/apt.conf.d/"; done
goroot=$(go env GOROOT)
mkdir -p "$root/usr/local/go" "$root/usr/local/lib/node_modules"
mount --bind "$goroot" "$root/usr/local/go"
mount -o remount,bind,ro "$root/usr/local/go"
cp -L "$(command -v node)" "$root/usr/local/bin/node"
cp -r "$(npm root -g)/npm" "$root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"

mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmp "$root/run"

git clone --quiet --no-hardlinks . "$root/srv/plumbline"

inside() {
  env -i PATH=/usr/local/go/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LANG=C.UTF-8 \
    GOPROXY="$(go env GOPROXY)" GOSUMDB="$(go env GOSUMDB)" GOTOOLCHAIN=local \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt CI="${CI:-}" \
    ${HTTP_PROXY:+HTTP_PROXY="$HTTP_PROXY"} ${HTTPS_PROXY:+HTTPS_PROXY="$HTTPS_PROXY"} ${NO_PROXY:+NO_PROXY="$NO_PROXY"} \
    chroot "$root" /bin/bash -c "cd /srv/plumbline && $1"
}

# try_run starts the agent, waits for its link and stops it.
try_run() {
  local log="$root/run.log" port=18420 agent end
  inside "exec make run PORT=$port" >"$log" 2>&1 &
  agent=$!
  end=$((SECONDS + 1200))
  until grep -q "http://127.0.0.1:$port/" "$log"; do
    if ! kill -0 "$agent" 2>/dev/null || [ $SECONDS -ge $end ]; then
      tail -40 "$log" >&2
      echo "make run printed no link" >&2
      return 1
    fi
    sleep 1
  done
  inside 'PLUMBLINE_HOME=$PWD/.plumbline bin/plumbline connection list' | tee -a "$log"
  inside 'PLUMBLINE_HOME=$PWD/.plumbline bin/plumbline connection list --json' | grep -q '"health": *"healthy"' ||
    { echo "the first connection is not healthy" >&2; return 1; }
  # Not SIGINT, which bash has processes in the background ignore.
  end_tree "$agent"
  wait "$agent" 2>/dev/null || true
  tail -15 "$log"
}

# end_tree ends a process and what it has started, by their ids.
end_tree() {
  local child
  for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do end_tree "$child"; done
  kill -TERM "$1" 2>/dev/null || true
}

times=()
for step in "${steps[@]}"; do
  say "make $step"
  from=$SECONDS
  case $step in
    run) try_run ;;
    test) inside "make test" ;;
    *) echo "the clean room has the steps run and test, not $step" >&2; exit 2 ;;
  esac
  times+=("make $step: $((SECONDS - from)) s")
done
say "done"
printf '%s\n' "${times[@]}"
