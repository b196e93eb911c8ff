package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// server is a real server of another maker, which a case starts for itself on this machine. Its methods are called by one
// goroutine.
type server interface {
	// start starts it as it was made or was left; stop ends it, and start may follow.
	start(ctx context.Context) error
	stop()
	// settings and secrets are those with which a connection reads it now.
	settings() map[string]any
	secrets() map[string]string
	// show has the server show another certificate from its next start on.
	show(p paper) error
	signer() *authority
	// remove takes its files away.
	remove()
}

// serverOf makes the server of a connector, nil for a connector whose vendor is simulated.
func serverOf(ctx context.Context, connector string) (server, error) {
	switch connector {
	case "ldap":
		return newSlapd()
	case "sql":
		return newPostgres(ctx)
	}
	return nil, nil
}

// process is a program that runs beside a case.
type process struct {
	cmd   *exec.Cmd
	said  bytes.Buffer
	ended chan error
}

func startProcess(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, ended: make(chan error, 1)}
	cmd.Stdout, cmd.Stderr = &p.said, &p.said
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	go func() { p.ended <- cmd.Wait() }() // ends with the program
	return p, nil
}

// end sends a signal and waits for the end of the program.
func (p *process) end(signal syscall.Signal) {
	_ = p.cmd.Process.Signal(signal) // it may have ended
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// await waits until ready returns nil, for at most a minute.
func (p *process) await(ctx context.Context, ready func() error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case ended := <-p.ended:
			p.ended <- ended
			return fmt.Errorf("%s ended: %w: %s", filepath.Base(p.cmd.Path), ended, p.said.String())
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", filepath.Base(p.cmd.Path), errors.Join(err, ctx.Err()))
		}
	}
}

// accepts returns nil when something listens at an address.
func accepts(address string) error {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return err
	}
	return conn.Close()
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a port: %w", err)
	}
	defer func() { _ = l.Close() }() // nothing was sent
	return l.Addr().(*net.TCPAddr).Port, nil
}

// output runs a program to its end.
func output(ctx context.Context, cmd ...string) error {
	said, err := exec.CommandContext(ctx, cmd[0], cmd[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(cmd[0]), err, said)
	}
	return nil
}

// program finds a program in directories.
func program(name string, dirs ...string) (string, error) {
	for _, dir := range dirs {
		if found, err := filepath.Glob(filepath.Join(dir, name)); err == nil && len(found) > 0 {
			return found[len(found)-1], nil
		}
	}
	return "", fmt.Errorf("find %s in %v: %w", name, dirs, os.ErrNotExist)
}
