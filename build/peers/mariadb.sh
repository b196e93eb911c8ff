# MariaDB with TLS: accounts in every state, and a table with a value of each type. The certificate
# is its own authority, and CA names its file.
packages() { echo mariadb-server openssl; }

start() {
  give mysql
  quiet mysql openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$dir/key.pem" -out "$dir/cert.pem"
  quiet mysql mariadb-install-db --no-defaults --user=mysql --datadir="$dir/data" --auth-root-authentication-method=normal \
    --skip-test-db --innodb-log-file-size=4M
  background as mysql mariadbd --no-defaults --datadir="$dir/data" --socket="$dir/s.sock" --pid-file="$dir/pid" \
    --bind-address=127.0.0.1 --port="$port" --skip-name-resolve --innodb-log-file-size=4M \
    --ssl-cert="$dir/cert.pem" --ssl-key="$dir/key.pem"
  await mariadb-admin --no-defaults -uroot --socket="$dir/s.sock" ping
  seed
  echo "CA=$dir/cert.pem"
  echo "SOCKET=$dir/s.sock"
}

seed() {
  mariadb --no-defaults --default-character-set=utf8mb4 -uroot --socket="$dir/s.sock" <<'E2'
INSTALL SONAME 'auth_ed25519';
CREATE DATABASE shop CHARACTER SET utf8mb4;
CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'Peers-Canary-81' REQUIRE SSL;
GRANT SELECT ON mysql.user TO reader@'127.0.0.1'; GRANT SELECT ON mysql.global_priv TO reader@'127.0.0.1';
GRANT SELECT ON mysql.roles_mapping TO reader@'127.0.0.1'; GRANT SELECT ON mysql.db TO reader@'127.0.0.1';
GRANT SELECT ON shop.* TO reader@'127.0.0.1';
CREATE USER weak@'127.0.0.1' IDENTIFIED BY 'Peers-Canary-81';
GRANT SELECT ON mysql.user TO weak@'127.0.0.1';
CREATE USER modern@'127.0.0.1' IDENTIFIED VIA ed25519 USING PASSWORD('Peers-Canary-81');
CREATE USER barred@'127.0.0.1' IDENTIFIED BY 'Peers-Canary-81' ACCOUNT LOCK;
CREATE USER stale@'127.0.0.1' IDENTIFIED BY 'Peers-Canary-81' PASSWORD EXPIRE;
CREATE USER crowded@'127.0.0.1' IDENTIFIED BY 'Peers-Canary-81' WITH MAX_USER_CONNECTIONS 1;
CREATE USER elsewhere@'192.0.2.1' IDENTIFIED BY 'Peers-Canary-81';
CREATE USER alice@'%' IDENTIFIED BY 'a'; CREATE USER bob@'%' IDENTIFIED BY 'b' ACCOUNT LOCK;
CREATE USER boss@'127.0.0.1' IDENTIFIED BY 'Peers-Canary-81'; GRANT ALL ON *.* TO boss@'127.0.0.1' WITH GRANT OPTION;
CREATE USER dba@'%' IDENTIFIED BY 'd'; GRANT INSERT, UPDATE ON mysql.* TO dba@'%';
CREATE ROLE auditors; GRANT SELECT ON shop.* TO auditors; GRANT auditors TO alice@'%';
CREATE ROLE chiefs; GRANT CREATE USER ON *.* TO chiefs; CREATE ROLE heads; GRANT chiefs TO heads; GRANT heads TO bob@'%';
USE shop;
CREATE TABLE people (id INT PRIMARY KEY, mail VARCHAR(99), active TINYINT(1), seen DATETIME);
INSERT INTO people SELECT seq, CONCAT('p', seq, '@example.test'), seq % 3 > 0, '2026-03-01 12:00:00' FROM seq_1_to_50;
GRANT SELECT ON people TO weak@'127.0.0.1';
CREATE TABLE secrets (id INT); CREATE TABLE locked (id INT);
CREATE TABLE latin (id INT, title VARCHAR(20)) CHARACTER SET latin1; INSERT INTO latin VALUES (1, 'Zoë');
CREATE TABLE kinds (id BINARY(4), num DECIMAL(30,10), big BIGINT UNSIGNED, real8 DOUBLE, stamp TIMESTAMP NULL, local DATETIME(3), day DATE,
  zero DATE, raw BLOB, text1 LONGTEXT, feeling ENUM('sad', 'ok'), several SET('a', 'b', 'c'), flags BIT(9), doc JSON, nothing TEXT,
  address INET6, y YEAR, t TIME);
SET time_zone = '+02:00', sql_mode = '';
INSERT INTO kinds VALUES (x'00ff10aa', 12345678901234567890.5, 18446744073709551615, 1.5, '2026-03-01 12:00:00', '2026-03-01 12:00:00.250',
  '2026-03-01', '0000-00-00', x'00ff', 'Zoë', 'ok', 'a,c', b'100000001', '{"a": 1}', NULL, '::1', 2026, '01:02:03');
E2
}
