package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// postgres is a PostgreSQL server with a cluster of its own.
type postgres struct {
	dir, programs string
	port          int
	authority     *authority
	password      string // of the reader
	admission     string // lines of pg_hba.conf
	query         string
	as            *syscall.SysProcAttr // root may not run it
	running       *process
	busy          *process // a session that keeps the server from ending
}

const admitted = "hostssl all all 127.0.0.1/32 scram-sha-256\n"

func newPostgres(ctx context.Context) (*postgres, error) {
	dir, err := os.MkdirTemp("", "corpus-postgres")
	if err != nil {
		return nil, fmt.Errorf("make directory: %w", err)
	}
	s := &postgres{dir: dir, password: "reader-canary-52", admission: admitted, query: "SELECT id, mail AS email FROM people"}
	if err := s.make(ctx); err != nil {
		s.stop()
		s.remove()
		return nil, err
	}
	return s, nil
}

func (s *postgres) make(ctx context.Context) error {
	initdb, err := program("initdb", "/usr/lib/postgresql/*/bin")
	if err != nil {
		return err
	}
	s.programs = filepath.Dir(initdb)
	if s.as, err = account(); err != nil {
		return err
	}
	if s.port, err = freePort(); err != nil {
		return err
	}
	if s.authority, err = newAuthority("Example Company"); err != nil {
		return err
	}
	if err := s.show(goodPaper(s.authority)); err != nil {
		return err
	}
	if err := s.own(s.dir); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, initdb, "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	cmd.SysProcAttr, cmd.Dir = s.as, s.dir
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, said)
	}
	if err := s.start(ctx); err != nil {
		return err
	}
	defer s.stop()
	if err := s.exec(ctx, "postgres", "CREATE DATABASE shop"); err != nil {
		return err
	}
	return s.exec(ctx, "shop", `CREATE ROLE reader LOGIN PASSWORD '`+s.password+`'; CREATE TABLE people (id int PRIMARY KEY, mail text);
		INSERT INTO people SELECT g, 'p' || g || '@example.com' FROM generate_series(1, 20) g; GRANT SELECT ON people TO reader`)
}

// account returns as whom the server runs.
func account() (*syscall.SysProcAttr, error) {
	as := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Geteuid() != 0 {
		return as, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("find the account postgres: %w", err)
	}
	uid, wrongUID := strconv.ParseUint(u.Uid, 10, 32)
	gid, wrongGID := strconv.ParseUint(u.Gid, 10, 32)
	as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return as, errors.Join(wrongUID, wrongGID)
}

// own gives a file to the account of the server.
func (s *postgres) own(path string) error {
	if s.as.Credential == nil {
		return nil
	}
	return os.Chown(path, int(s.as.Credential.Uid), int(s.as.Credential.Gid))
}

func (s *postgres) data() string { return filepath.Join(s.dir, "data") }

func (s *postgres) start(ctx context.Context) (err error) {
	rules := "local all all trust\n" + s.admission
	if err := os.WriteFile(filepath.Join(s.data(), "pg_hba.conf"), []byte(rules), 0o644); err != nil {
		return fmt.Errorf("write pg_hba.conf: %w", err)
	}
	cmd := exec.Command(filepath.Join(s.programs, "postgres"), "-D", s.data(), "-p", strconv.Itoa(s.port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories="+s.dir, "-c", "fsync=off", "-c", "ssl=on", "-c", "ssl_cert_file="+filepath.Join(s.dir, "cert.pem"),
		"-c", "ssl_key_file="+filepath.Join(s.dir, "key.pem"))
	cmd.SysProcAttr, cmd.Dir = s.as, s.dir
	if s.running, err = startProcess(cmd); err != nil {
		return err
	}
	return s.running.await(ctx, func() error { return s.exec(ctx, "postgres", "SELECT 1") })
}

func (s *postgres) stop() {
	if s.running != nil {
		s.running.end(syscall.SIGQUIT)
		s.running = nil
	}
	if s.busy != nil {
		s.busy.end(syscall.SIGKILL)
		s.busy = nil
	}
}

// linger asks the server to end while a session goes on: until that ends, the server refuses every other one.
func (s *postgres) linger(ctx context.Context) (err error) {
	if s.busy, err = startProcess(s.psql(context.Background(), "postgres", "SELECT pg_sleep(600)")); err != nil {
		return err
	}
	sleeping := `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep') THEN RAISE 'not yet'; END IF; END $$`
	if err := s.busy.await(ctx, func() error { return s.exec(ctx, "postgres", sleeping) }); err != nil {
		return err
	}
	if err := s.running.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("ask the server to end: %w", err)
	}
	return s.running.await(ctx, func() error {
		if s.exec(ctx, "postgres", "SELECT 1") == nil {
			return errors.New("it still answers")
		}
		return accepts(net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)))
	})
}

func (s *postgres) psql(ctx context.Context, database, statements string) *exec.Cmd {
	return exec.CommandContext(ctx, filepath.Join(s.programs, "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", s.dir, "-p",
		strconv.Itoa(s.port), "-U", "postgres", "-d", database, "-c", statements)
}

// exec executes statements as the administrator.
func (s *postgres) exec(ctx context.Context, database, statements string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if said, err := s.psql(ctx, database, statements).CombinedOutput(); err != nil {
		return fmt.Errorf("psql: %w: %s", err, said)
	}
	return nil
}

func (s *postgres) remove()            { _ = os.RemoveAll(s.dir) } // a leftover harms nothing
func (s *postgres) signer() *authority { return s.authority }
func (s *postgres) secrets() map[string]string {
	return map[string]string{"password": s.password}
}

func (s *postgres) show(p paper) error {
	if err := p.write(s.dir); err != nil {
		return err
	}
	return errors.Join(s.own(filepath.Join(s.dir, "cert.pem")), s.own(filepath.Join(s.dir, "key.pem")))
}

func (s *postgres) settings() map[string]any {
	return map[string]any{
		"address": net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), "database": "shop", "username": "reader",
		"ca_certificate": s.authority.pem(), "query": s.query, "key": []string{"id"},
	}
}
