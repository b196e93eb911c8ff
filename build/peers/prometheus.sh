# Prometheus on the port and Alertmanager on the next one, both with a sign-in.
# Prometheus has rules in every state, and targets that are up, down and not read yet.
packages() { echo prometheus prometheus-alertmanager; }

start() {
  local hash
  # bcrypt of the password below
  hash=$(perl -e 'print crypt("Peers-Canary-81", q($2b$05$abcdefghijklmnopqrstuu))')
  printf 'basic_auth_users:\n  reader: %s\n' "$hash" >"$dir/web.yml"
  cat >"$dir/prometheus.yml" <<E
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
alerting:
  alertmanagers:
    - basic_auth: {username: reader, password: Peers-Canary-81}
      static_configs: [{targets: ['127.0.0.1:$((port + 1))']}]
scrape_configs:
  - job_name: self
    basic_auth: {username: reader, password: Peers-Canary-81}
    static_configs: [{targets: ['127.0.0.1:$port']}]
  - job_name: away
    static_configs: [{targets: ['127.0.0.1:9']}]
  - job_name: later
    scrape_interval: 1000h
    static_configs: [{targets: ['127.0.0.1:9']}]
E
  cat >"$dir/rules.yml" <<'E'
groups:
  - name: one
    rules:
      - {record: "job:up:sum", expr: "sum by (job) (up)"}
      - {alert: Down, expr: "up == 0", labels: {severity: critical}, annotations: {summary: "{{ $labels.instance }} is down"}}
      - {alert: Down, expr: "up == 0", for: 1000h, labels: {severity: page}}
  - name: two
    rules:
      - {alert: Fine, expr: "up > 1"}
      - {alert: Broken, expr: "up * on() up"}
E
  cat >"$dir/alertmanager.yml" <<'E'
route: {receiver: nobody, group_wait: 1s, routes: [{receiver: "team ops", matchers: ['severity="critical"']}]}
receivers: [{name: nobody}, {name: team ops}]
E
  background prometheus-alertmanager --config.file="$dir/alertmanager.yml" --storage.path="$dir/alerts" \
    --web.listen-address="127.0.0.1:$((port + 1))" --web.config.file="$dir/web.yml" --cluster.listen-address=
  background prometheus --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/data" \
    --web.listen-address="127.0.0.1:$port" --web.config.file="$dir/web.yml"
  await listens "$((port + 1))"
  await listens "$port"
  echo "RULES=$dir/rules.yml"
}
