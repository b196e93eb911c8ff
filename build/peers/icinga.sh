# Icinga 2 with hosts, services and people in several states, and API users with too few rights.
packages() { echo icinga2-bin icinga2-common; }

start() {
  mkdir -p "$dir"/{etc,data/certs,cache,log.d,run,spool}
  cat >"$dir/etc/icinga2.conf" <<E
const NodeName = "localhost"
const ZoneName = NodeName
const TicketSalt = "peers"
include <itl>
object Endpoint NodeName { }
object Zone ZoneName { endpoints = [ NodeName ] }
object CheckerComponent "checker" { }
object ApiListener "api" { bind_host = "127.0.0.1"; bind_port = "$port" }
object ApiUser "admin" { password = "Peers-Canary-81"; permissions = [ "*" ] }
object ApiUser "reader" {
  password = "Peers-Canary-81"
  permissions = [ "objects/query/ApiUser", "objects/query/Host", "objects/query/Service", "objects/query/User" ]
}
object ApiUser "partial" {
  password = "Peers-Canary-81"
  permissions = [ "status/query", { permission = "objects/query/Host", filter = {{ host.name == "web1" }} } ]
}
object ApiUser "nothing" { password = "Peers-Canary-81" }
object ApiUser "maker" { password = "Peers-Canary-81"; permissions = [ "objects/create/*" ] }
object CheckCommand "good" { command = [ "/bin/true" ] }
object CheckCommand "bad" { command = [ "/bin/sh", "-c", "echo broken; exit 2" ] }
object CheckCommand "warn" { command = [ "/bin/sh", "-c", "echo slow; exit 1" ] }
object CheckCommand "odd" { command = [ "/bin/sh", "-c", "echo odd; exit 3" ] }
template Host "fast" { check_interval = 1s; retry_interval = 1s; max_check_attempts = 1 }
template Service "fast" { check_interval = 1s; retry_interval = 1s; max_check_attempts = 1 }
object Host "web1" { import "fast"; check_command = "good"; display_name = "Web 1"; address = "192.0.2.10"; vars.secret = "Peers-Canary-81" }
object Host "db1" { import "fast"; check_command = "bad"; address = "192.0.2.11" }
object Host "off1" {
  import "fast"
  check_command = "good"
  enable_active_checks = false
  enable_passive_checks = false
}
object Service "http" { import "fast"; host_name = "web1"; check_command = "good"; display_name = "HTTP" }
object Service "backup" { import "fast"; host_name = "web1"; check_command = "bad" }
object Service "disk" { import "fast"; host_name = "web1"; check_command = "warn" }
object Service "odd" { import "fast"; host_name = "web1"; check_command = "odd" }
object Service "push" { import "fast"; host_name = "db1"; check_command = "good"; enable_active_checks = false }
object User "alice" { display_name = "Alice Example"; email = "alice@example.test"; groups = [ "ops" ] }
object User "bob" { email = "bob@example.test"; enable_notifications = false }
object UserGroup "ops" { display_name = "Operations" }
E
  give nagios
  local c=-DConfiguration key=$dir/data/certs/localhost
  local places=("$c.ConfigDir=$dir/etc" "$c.DataDir=$dir/data" "$c.CacheDir=$dir/cache" "$c.LogDir=$dir/log.d"
    "$c.InitRunDir=$dir/run" "$c.SpoolDir=$dir/spool" "$c.PidPath=$dir/run/icinga2.pid")
  quiet nagios icinga2 pki new-ca "${places[@]}"
  quiet nagios icinga2 pki new-cert "${places[@]}" --cn localhost --key "$key.key" --csr "$key.csr"
  quiet nagios icinga2 pki sign-csr "${places[@]}" --csr "$key.csr" --cert "$key.crt"
  quiet nagios cp "$dir/data/ca/ca.crt" "$dir/data/certs/ca.crt"
  background as nagios icinga2 daemon "${places[@]}" -c "$dir/etc/icinga2.conf" -x warning
  await listens "$port"
  echo "CA=$dir/data/certs/ca.crt"
}
