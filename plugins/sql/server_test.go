package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

const password = "reader-canary-52"

// pgServer is a real PostgreSQL server with a cluster of its own.
type pgServer struct {
	addr string
	ca   string // PEM of the authority that signed its certificate
	cmd  *exec.Cmd
	dir  string
}

// shared is the server for all tests.
type shared struct {
	once   sync.Once
	server *pgServer
	err    error
}

var theServer shared

// TestMain stops the server after the last test.
func TestMain(m *testing.M) {
	code := m.Run()
	if theServer.server != nil {
		theServer.server.stop()
	}
	os.Exit(code)
}

// postgresServer returns the shared server. The first call starts it.
func postgresServer(t *testing.T) *pgServer {
	t.Helper()
	theServer.once.Do(func() { theServer.server, theServer.err = startPostgres(t.Context()) })
	if theServer.err != nil {
		t.Fatalf("these tests need PostgreSQL's server (Debian: apt-get install postgresql): %v", theServer.err)
	}
	return theServer.server
}

func startPostgres(ctx context.Context) (*pgServer, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return nil, errors.New("find postgres: not installed")
	}
	programs := filepath.Dir(found[len(found)-1])
	dir, err := os.MkdirTemp("", "postgres")
	if err != nil {
		return nil, err
	}
	s := &pgServer{dir: dir}
	if err := s.start(ctx, programs); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *pgServer) start(ctx context.Context, programs string) error {
	as, err := account(s.dir)
	if err != nil {
		return err
	}
	if s.ca, err = certificate(s.dir, as); err != nil {
		return err
	}
	secret := filepath.Join(s.dir, "password")
	if err := os.WriteFile(secret, []byte(password), 0o644); err != nil {
		return err
	}
	data := filepath.Join(s.dir, "data")
	initdb := exec.Command(filepath.Join(programs, "initdb"), "-D", data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile="+secret,
		"-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = as, s.dir
	if text, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, text)
	}
	rules := "hostssl all banned 127.0.0.1/32 reject\nhost all local 127.0.0.1/32 scram-sha-256\nhostssl all all 127.0.0.1/32 scram-sha-256\n"
	if err := os.WriteFile(filepath.Join(data, "pg_hba.conf"), []byte(rules), 0o644); err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	s.addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	s.cmd = exec.Command(filepath.Join(programs, "postgres"), "-D", data, "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories="+s.dir, "-c", "fsync=off", "-c", "ssl=on", "-c", "ssl_cert_file="+filepath.Join(s.dir, "cert.pem"),
		"-c", "ssl_key_file="+filepath.Join(s.dir, "key.pem"))
	s.cmd.SysProcAttr, s.cmd.Dir = as, s.dir
	var log strings.Builder
	s.cmd.Stderr = &log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	if err := s.await(ctx); err != nil {
		return fmt.Errorf("%w: %s", err, log.String())
	}
	return s.fill(ctx)
}

// account returns how the server runs: root may not run it.
func account(dir string) (*syscall.SysProcAttr, error) {
	as := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Geteuid() != 0 {
		return as, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return as, os.Chown(dir, int(uid), int(gid))
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// await waits until the server accepts connections.
func (s *pgServer) await(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); ; <-tick.C {
		conn, err := s.admin(ctx, "postgres")
		if err == nil {
			return conn.Close(ctx)
		}
		if time.Now().After(end) {
			return fmt.Errorf("wait for postgres: %w", err)
		}
	}
}

func (s *pgServer) admin(ctx context.Context, database string) (*pgconn.PgConn, error) {
	return s.as(ctx, "postgres", database)
}

func (s *pgServer) as(ctx context.Context, name, database string) (*pgconn.PgConn, error) {
	host, port, _ := net.SplitHostPort(s.addr)
	return pgconn.Connect(ctx, fmt.Sprintf("host=%s port=%s user=%s password=%s dbname=%s sslmode=require", host, port, name, password,
		database))
}

func (s *pgServer) exec(ctx context.Context, database, statements string) error {
	conn, err := s.admin(ctx, database)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, statements).ReadAll()
	return err
}

// run executes statements as the administrator.
func (s *pgServer) run(t *testing.T, database, statements string) {
	t.Helper()
	if err := s.exec(t.Context(), database, statements); err != nil {
		t.Fatal(err)
	}
}

func (s *pgServer) stop() {
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Signal(syscall.SIGQUIT)
		_ = s.cmd.Wait()
	}
	_ = os.RemoveAll(s.dir)
}

// fill creates the roles, databases and tables of the tests.
func (s *pgServer) fill(ctx context.Context) error {
	for _, statement := range []string{
		"CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'",
		"CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'",
		"CREATE DATABASE shop",
		strings.ReplaceAll(roles, "PASSWORD", "PASSWORD '"+password+"'"),
	} {
		if err := s.exec(ctx, "postgres", statement); err != nil {
			return err
		}
	}
	for database, statements := range map[string]string{
		"latin": "CREATE TABLE people (id int, name text); INSERT INTO people VALUES (1, U&'Zo\\00EB'); GRANT SELECT ON people TO reader",
		"ascii": "CREATE TABLE people (id int, name text); INSERT INTO people VALUES (1, E'Zo\\xeb'), (2, 'Ann'); GRANT SELECT ON people TO " +
			"reader",
		"shop": tables,
	} {
		if err := s.exec(ctx, database, statements); err != nil {
			return fmt.Errorf("fill %s: %w", database, err)
		}
	}
	return nil
}

const roles = `
	CREATE ROLE reader LOGIN PASSWORD; CREATE ROLE local LOGIN PASSWORD; CREATE ROLE banned LOGIN PASSWORD;
	CREATE ROLE crowded LOGIN PASSWORD CONNECTION LIMIT 1; CREATE ROLE writer LOGIN PASSWORD;
	CREATE ROLE alice LOGIN PASSWORD VALID UNTIL '2099-01-01 00:00:00+01'; CREATE ROLE bob NOLOGIN PASSWORD;
	CREATE ROLE carol LOGIN PASSWORD VALID UNTIL '2020-01-01'; CREATE ROLE dave LOGIN PASSWORD VALID UNTIL 'infinity';
	CREATE ROLE boss LOGIN SUPERUSER PASSWORD; CREATE ROLE hr LOGIN CREATEROLE PASSWORD; CREATE ROLE barred LOGIN PASSWORD CONNECTION LIMIT 0;
	CREATE ROLE auditors NOLOGIN; GRANT auditors TO alice; GRANT pg_read_all_data TO auditors;
	CREATE ROLE deputies NOLOGIN; GRANT boss TO deputies; GRANT deputies TO dave; CREATE ROLE granter LOGIN PASSWORD;
	GRANT auditors TO granter WITH ADMIN OPTION`

const tables = `
	CREATE TYPE mood AS ENUM ('sad', 'it''s ok'); CREATE DOMAIN short AS varchar(9);
	CREATE TABLE people (id int PRIMARY KEY, mail text, active boolean, seen timestamptz, roles text[]);
	INSERT INTO people SELECT g, 'p' || g || '@example.test', g % 3 > 0, timestamptz '2026-03-01 12:00:00+02' + g * interval '1 hour',
		CASE WHEN g % 2 = 0 THEN ARRAY['admin', 'a; b'] END FROM generate_series(1, 50) g;
	CREATE TABLE secrets (id int); CREATE TABLE locked (id int); CREATE SEQUENCE numbers;
	CREATE FUNCTION harm() RETURNS int LANGUAGE plpgsql AS 'BEGIN DELETE FROM people; RETURN 1; END';
	CREATE TABLE kinds (id uuid, num numeric(30, 10), big bigint, real8 double precision, stamp timestamptz, local timestamp, day date,
		forever timestamptz, raw bytea, long bytea, texts text[], numbers int[], nested int[][], doc jsonb, list jsonb, old json, nothing text,
		feeling mood, address inet, small short, yes boolean, money money, span interval, empty text[]);
	INSERT INTO kinds VALUES ('6f1c8f0e-0000-4000-8000-000000000001', 12345678901234567890.5, 9007199254740993, 'NaN',
		'2026-03-01 12:00:00.25+02', '2026-03-01 12:00:00', '2026-03-01', 'infinity', '\x00ff', repeat('x', 100)::bytea,
		ARRAY['a', NULL, 'b "c", {d}', 'NULL', ''], '{1,NULL,3}', '{{1,2},{3,4}}', '{"b": 1, "a": [1.50, null]}', '["x", "y"]', '"word"', NULL,
		'it''s ok', '10.0.0.1', 'abc', true, 12.5, '1 day 02:00', '{}');
	GRANT SELECT ON people, kinds, locked TO reader, local; GRANT SELECT, UPDATE ON people TO writer; GRANT USAGE ON SEQUENCE numbers TO
	reader;
	GRANT DELETE ON people TO reader; REVOKE DELETE ON people FROM reader`

// certificate creates an authority and a certificate for 127.0.0.1.
func certificate(dir string, as *syscall.SysProcAttr) (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter:    time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.ParseIP("127.0.0.1")}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return "", err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	files := map[string][]byte{"cert.pem": public, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, files[name], 0o600); err != nil {
			return "", err
		}
		if as.Credential != nil {
			if err := os.Chown(path, int(as.Credential.Uid), int(as.Credential.Gid)); err != nil {
				return "", err
			}
		}
	}
	return string(public), nil
}

// cutAfter returns the address of a proxy for addr. It breaks the connection after a number of bytes of answers.
func cutAfter(t *testing.T, addr string, bytes int64) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); done.Wait() })
	done.Go(func() { // ends when the listener closes
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("tcp", addr)
			if err != nil {
				_ = client.Close()
				return
			}
			done.Go(func() { _, _ = io.Copy(upstream, client); _ = upstream.Close() }) // ends with either side
			done.Go(func() {                                                           // ends at the cut
				_, _ = io.CopyN(client, upstream, bytes)
				_, _ = client.Close(), upstream.Close()
			})
		}
	})
	return l.Addr().String()
}

// input is a connection to the server as reader, with other settings.
func (s *pgServer) input(more map[string]any) sdktest.Input {
	settings := map[string]any{"address": s.addr, "database": "shop", "username": "reader", "ca_certificate": s.ca}
	maps.Copy(settings, more)
	return sdktest.Input{Settings: settings, Secrets: map[string]string{"password": password}}
}

// query is a connection that reads the rows of a query only.
func (s *pgServer) query(query string, more map[string]any) sdktest.Input {
	settings := map[string]any{"accounts": false, "query": query, "key": []string{"id"}, "kind": "custom"}
	maps.Copy(settings, more)
	return s.input(settings)
}
