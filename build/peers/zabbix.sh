# The API of Zabbix with PostgreSQL: users in every state, hosts, triggers, and tokens
# of users with too few rights. PostgreSQL listens on the next port.
packages() {
  echo zabbix-server-pgsql zabbix-frontend-php php-cli php-pgsql php-mbstring php-xml php-gd php-curl postgresql-15 curl jq
}

start() {
  local database=$((port + 1)) b=/usr/lib/postgresql/15/bin part
  export PGHOST=127.0.0.1 PGPORT=$database PGPASSWORD=Peers-Canary-81 PGUSER=postgres PGDATABASE=postgres
  echo "$PGPASSWORD" >"$dir/password"
  give postgres
  quiet postgres "$b/initdb" -D "$dir/data" -U postgres -A scram-sha-256 --pwfile="$dir/password" -E UTF8 --locale=C.UTF-8 --no-sync
  background as postgres "$b/postgres" -D "$dir/data" -p "$database" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories="$dir" -c fsync=off
  await "$b/pg_isready" -q
  sql -c "CREATE DATABASE zabbix TEMPLATE template0 ENCODING 'UTF8'"
  export PGDATABASE=zabbix
  for part in schema images data; do zcat "/usr/share/zabbix-server-pgsql/$part.sql.gz" | sql; done
  cp -rL /usr/share/zabbix "$dir/web" # the place of its configuration is written in the program
  sed -i "s#'/etc/zabbix/zabbix.conf.php'#'$dir/zabbix.conf.php'#" "$dir/web/include/classes/core/CConfigFile.php"
  cat >"$dir/zabbix.conf.php" <<E
<?php
\$DB['TYPE'] = 'POSTGRESQL'; \$DB['SERVER'] = '127.0.0.1'; \$DB['PORT'] = '$database';
\$DB['DATABASE'] = 'zabbix'; \$DB['USER'] = 'postgres'; \$DB['PASSWORD'] = '$PGPASSWORD'; \$DB['SCHEMA'] = '';
\$DB['ENCRYPTION'] = false; \$DB['KEY_FILE'] = ''; \$DB['CERT_FILE'] = ''; \$DB['CA_FILE'] = '';
\$DB['VERIFY_HOST'] = false; \$DB['CIPHER_LIST'] = '';
\$DB['VAULT_URL'] = ''; \$DB['VAULT_DB_PATH'] = ''; \$DB['VAULT_TOKEN'] = ''; \$DB['DOUBLE_IEEE754'] = true;
\$ZBX_SERVER_NAME = 'peers'; \$IMAGE_FORMAT_DEFAULT = IMAGE_FORMAT_PNG;
E
  background as www-data php -d memory_limit=256M -d max_execution_time=300 -d post_max_size=16M -d max_input_time=300 \
    -d date.timezone=UTC -S "127.0.0.1:$port" -t "$dir/web"
  await listens "$port"
  seed
}

sql() { psql -qX -v ON_ERROR_STOP=1 "$@" >/dev/null; }

# call METHOD PARAMS calls a method, and prints its result.
call() {
  local answer
  answer=$(jq -nc --arg m "$1" --argjson p "$2" --arg a "${session:-}" \
    '{jsonrpc: "2.0", method: $m, params: $p, id: 1} + if $a == "" then {} else {auth: $a} end' |
    curl -sS -H 'Content-Type: application/json-rpc' --data-binary @- "http://127.0.0.1:$port/api_jsonrpc.php")
  jq -ce '.result // empty' <<<"$answer" || { echo "$1: $answer" >&2; exit 1; }
}

seed() {
  local session password=Qx7-vane-Lm42 role hosts items triggers tokens users n names
  session=$(call user.login '{"username": "Admin", "password": "zabbix"}' | jq -r .)
  call host.delete '["10084"]' >/dev/null # the one that every new server has
  role=$(call role.create '{"name": "Few methods", "type": "3", "rules": {"api.mode": "1",
    "api": ["user.get", "host.get"]}}' | jq -r '.roleids[0]')
  users=$(call user.create "$(jq -nc --arg p "$password" --arg r "$role" '[
    {username: "alice", name: "Alice", surname: "Example", passwd: $p, roleid: "1", usrgrps: [{usrgrpid: "7"}],
      medias: [{mediatypeid: "1", sendto: ["alice@example.test"], active: 0, severity: 63, period: "1-7,00:00-24:00"}]},
    {username: "bob", passwd: $p, roleid: "1", usrgrps: [{usrgrpid: "9"}]},
    {username: "carol", name: "Carol", surname: "Example", passwd: $p, roleid: "3", usrgrps: [{usrgrpid: "7"}]},
    {username: "reader", passwd: $p, roleid: "3", usrgrps: [{usrgrpid: "7"}]},
    {username: "weak", passwd: $p, roleid: "2", usrgrps: [{usrgrpid: "12"}]},
    {username: "few", passwd: $p, roleid: $r, usrgrps: [{usrgrpid: "12"}]}]')" | jq -c .userids)
  names=(ALICE BOB CAROL READER WEAK FEW)
  for n in "${!names[@]}"; do echo "${names[n]}_ID=$(jq -r ".[$n]" <<<"$users")"; done
  tokens=$(call token.create "$(jq -c '[.[3:][] | {name: "peers", userid: .}]' <<<"$users")" | jq -c .tokenids)
  tokens=$(call token.generate "$tokens" | jq -c '[.[].token]')
  for n in 0 1 2; do echo "${names[n + 3]}_TOKEN=$(jq -r ".[$n]" <<<"$tokens")"; done
  hosts=$(call host.create "$(jq -nc '["web1", "db1", "new1", "off1"] | map({host: ., groups: [{groupid: "2"}],
    status: (if . == "off1" then 1 else 0 end),
    interfaces: [{type: 1, main: 1, useip: 1, ip: "192.0.2.10", dns: "", port: "10050"}]})')" | jq -c .hostids)
  names=(WEB DB NEW OFF)
  for n in "${!names[@]}"; do echo "${names[n]}_HOST=$(jq -r ".[$n]" <<<"$hosts")"; done
  call item.create "$(jq -c '{name: "Trap", key_: "trap", hostid: .[0], type: 2, value_type: 3}' <<<"$hosts")" >/dev/null
  triggers=$(call trigger.create '[{"description": "Good on {HOST.NAME}", "expression": "last(/web1/trap)>1"},
    {"description": "Bad", "expression": "last(/web1/trap)>2"}, {"description": "Off", "expression": "last(/web1/trap)>3", "status": 1},
    {"description": "Odd", "expression": "last(/web1/trap)>4"}]' | jq -c .triggerids)
  names=(GOOD BAD OFF ODD)
  for n in "${!names[@]}"; do echo "${names[n]}_TRIGGER=$(jq -r ".[$n]" <<<"$triggers")"; done
  # What the server that measures would write.
  sql -c "UPDATE interface SET available = 1 FROM hosts h WHERE h.hostid = interface.hostid AND h.host = 'web1'" \
    -c "UPDATE interface SET available = 2 FROM hosts h WHERE h.hostid = interface.hostid AND h.host = 'db1'" \
    -c "UPDATE triggers SET value = 1 WHERE description = 'Bad'" -c "UPDATE triggers SET state = 1 WHERE description = 'Odd'"
}
