#!/usr/bin/env bash
# peers.sh runs the tests that need real servers of other makers (build tag
# peers): the directory servers of build/peers/directories.sh, the servers of the
# connectors in one file and of sql, which their tests start with build/peers/serve.sh,
# and the scanners whose reports findings reads. All run in a network namespace of their
# own, so that no port of this machine is opened, and are removed afterwards. It needs
# root.
set -euo pipefail
cd "$(dirname "$0")/.."

# outside prepares the machine and calls this script again in the namespace.
outside() {
  if [ "$(id -u)" != 0 ]; then
    echo "make peers needs root: it starts servers in a network namespace. Run it with sudo." >&2
    exit 1
  fi
  local missing=()
  need() { command -v "$1" >/dev/null || missing+=("${@:2}"); }
  need ns-slapd 389-ds-base
  need dsctl python3-lib389
  need samba samba samba-ad-dc samba-ad-provision python3-samba
  need samba-tool samba-common-bin
  need unshare util-linux
  need ip iproute2
  need oscap openscap-scanner
  [ -d /usr/share/xml/scap/ssg ] || missing+=(ssg-debian)
  need debsecan debsecan
  local server package
  for server in $(servers); do
    for package in $(build/peers/serve.sh "$server" packages); do
      [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
  done
  if [ ${#missing[@]} -gt 0 ]; then
    build/packages.sh "the tests against real servers" "${missing[@]}"
  fi
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  chmod 755 "$work" # 389 Directory Server reads below it as another user
  go test -c -tags peers -o "$work/ldap.peers" ./plugins/ldap
  go test -c -tags peers -o "$work/declarative.peers" ./plugins/declarative
  go test -c -tags peers -o "$work/sql.peers" ./plugins/sql
  go test -c -tags peers -o "$work/findings.peers" ./plugins/findings
  trap : INT TERM # what is inside ends first and takes its servers away
  unshare --net "$0" inside "$work"
}

# servers names the servers of build/peers/serve.sh.
servers() { (cd build/peers && ls ./*.sh) | sed 's#^\./##; s#\.sh$##' | grep -vxE 'serve|directories'; }

# inside runs the tests, and starts the directory servers and takes them away again.
inside() {
  work=$1
  ip link set lo up
  trap clean EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  . build/peers/directories.sh
  cd plugins/declarative
  timed "the tests of connectors in one file have ended" "$work/declarative.peers" -test.run '^TestPeer' -test.v -test.count=1
  cd ../sql
  timed "the tests of sql have ended" "$work/sql.peers" -test.run '^TestPeer' -test.v -test.count=1
  cd ../findings
  timed "the tests of findings have ended" "$work/findings.peers" -test.run '^TestPeer' -test.v -test.count=1
  timed "389 Directory Server is ready" start_389
  timed "Samba is ready" start_samba
  cd ../ldap
  timed "the tests of ldap have ended" env PLUMBLINE_PEER_389=127.0.0.1:13389 PLUMBLINE_PEER_SAMBA=127.0.0.1:389 \
    "$work/ldap.peers" -test.run '^TestPeer' -test.v -test.count=1
}

timed() {
  local begun=$SECONDS
  "${@:2}"
  echo "$1 ($((SECONDS - begun)) s)"
}

if [ "${1:-}" = inside ]; then inside "$2"; else outside; fi
