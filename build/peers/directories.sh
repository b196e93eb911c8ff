# 389 Directory Server and a Samba domain controller, for the tests of ldap.

instance=plumbline-peers
samba_pid=

start_389() {
  remove_389 # of a run that was killed
  keep_ssca=no
  [ ! -e /etc/dirsrv/ssca ] || keep_ssca=yes
  cat >"$work/ds.inf" <<END
[general]
config_version = 2
full_machine_name = localhost
strict_host_checking = False
selinux = False
[slapd]
instance_name = $instance
port = 13389
secure_port = 13636
root_dn = cn=Directory Manager
root_password = $(secret)
self_sign_cert = False
[backend-userroot]
suffix = dc=example,dc=test
create_suffix_entry = True
END
  # lib389 starts the server with systemctl, which containers do not have.
  /usr/bin/python3 - "$work/ds.inf" >"$work/389.log" 2>&1 <<'END' || { cat "$work/389.log" >&2; exit 1; }
import logging, sys
from lib389 import DirSrv
DirSrv.with_systemd = lambda self: False
from lib389.instance.setup import SetupDs
setup = SetupDs(verbose=False, dryrun=False, log=logging.getLogger("setup"))
sys.exit(0 if setup.create_from_inf(sys.argv[1]) else 1)
END
  await 13389
}

# secret is the password of every account here: these servers exist for a minute,
# in a namespace that nothing else reaches.
secret() { echo 'Peers-Canary-81'; }

start_samba() {
  local d=$work/samba
  mkdir -p "$d/run" "$d/ncalrpc"
  samba-tool domain provision --realm=EXAMPLE.TEST --domain=EXAMPLE --server-role=dc --dns-backend=SAMBA_INTERNAL \
    --host-name=dc1 --host-ip=127.0.0.1 --adminpass="$(secret)" --targetdir="$d" \
    --option="interfaces=lo" --option="bind interfaces only=yes" \
    --option="vfs objects=dfs_samba4 acl_xattr xattr_tdb" >"$work/samba.log" 2>&1 || { cat "$work/samba.log" >&2; exit 1; }
  # The tests speak LDAP only, on loopback, without a certificate.
  sed -i "/\[global\]/a\\
pid directory = $d/run\\
ncalrpc dir = $d/ncalrpc\\
winbindd socket directory = $d/run/winbindd\\
ntp signd socket directory = $d/run/ntp\\
server services = ldap, cldap, kdc\\
ldap server require strong auth = no" "$d/etc/smb.conf"
  local db=(-s "$d/etc/smb.conf" -H "$d/private/sam.ldb")
  {
    for user in reader plain off locked primary nested gone dim; do
      samba-tool user create "$user" "$(secret)" --given-name="$user" --surname=Example "${db[@]}"
    done
    samba-tool user disable off "${db[@]}"
    samba-tool user setexpiry gone --days=0 "${db[@]}"
    samba-tool group add Inner "${db[@]}"
    samba-tool group addmembers Inner nested "${db[@]}"
    samba-tool group addmembers 'Domain Admins' primary,Inner "${db[@]}"
    samba-tool domain passwordsettings set --account-lockout-threshold=3 --account-lockout-duration=30 "${db[@]}"
    # The reader may not read userAccountControl of dim.
    local reader
    reader=$(samba-tool user show reader --attributes=objectSid "${db[@]}" | sed -n 's/^objectSid: //p')
    samba-tool dsacl set --objectdn="CN=dim Example,CN=Users,DC=example,DC=test" \
      --sddl="(OD;;RP;bf967a68-0de6-11d0-a285-00aa003049e2;;$reader)" "${db[@]}"
  } >>"$work/samba.log" 2>&1 || { cat "$work/samba.log" >&2; exit 1; }
  samba -F -s "$d/etc/smb.conf" --debug-stdout >>"$work/samba.log" 2>&1 &
  samba_pid=$!
  await 389
}

# await waits until a server listens on a port.
await() {
  for _ in $(seq 600); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
    sleep 0.1
  done
  echo "port $1 does not answer after a minute" >&2
  exit 1
}

# clean ends both servers, by the numbers of their processes.
clean() {
  if [ -n "$samba_pid" ]; then
    kill "$samba_pid" 2>/dev/null || true
    wait "$samba_pid" 2>/dev/null || true
  fi
  remove_389
  [ "${keep_ssca:-yes}" = yes ] || rm -rf /etc/dirsrv/ssca
}

# remove_389 ends the instance of these tests, if there is one, and deletes it.
remove_389() {
  [ -e "/etc/dirsrv/slapd-$instance" ] || return 0
  local pid
  pid=$(cat "/run/dirsrv/slapd-$instance.pid" 2>/dev/null || true)
  if [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = ns-slapd ]; then
    kill "$pid"
    for _ in $(seq 100); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
  fi
  dsctl "$instance" remove --do-it >"$work/remove.log" 2>&1 || cat "$work/remove.log" >&2
  rm -f "/run/dirsrv/slapd-$instance.pid"
}
