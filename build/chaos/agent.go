package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// agent is one life of `plumbline agent`.
type agent struct {
	home   string
	cmd    *exec.Cmd
	stderr *sink
	client *http.Client
	exited chan struct{} // closed when the process has been reaped
	code   int           // valid then; -1 when a signal ended it
}

// sink keeps what a process wrote.
type sink struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *sink) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// startAgent starts the program and returns when it answers. An agent that ends
// before is returned with the error.
func startAgent(ctx context.Context, program, home string, environ []string) (*agent, error) {
	a := &agent{home: home, stderr: &sink{}, exited: make(chan struct{})}
	// The agent outlives contexts: a case ends it itself.
	a.cmd = exec.CommandContext(context.WithoutCancel(ctx), program, "--data-dir", home, "agent", "--log-level", "warn")
	a.cmd.Env = environ
	a.cmd.Stderr = a.stderr
	a.cmd.WaitDelay = time.Second
	a.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := a.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start agent: %w", err)
	}
	go func() { // ends with the process
		_ = a.cmd.Wait() // the code below says it all
		a.code = a.cmd.ProcessState.ExitCode()
		close(a.exited)
	}()
	// Without keep-alive, so that the agent's open files are its own.
	a.client = &http.Client{Transport: &http.Transport{DialContext: a.dial, DisableKeepAlives: true}}
	return a, a.await(ctx)
}

func (a *agent) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, allowed(startLimit))
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if a.get(ctx, "/status", nil, nil) == nil {
			return nil
		}
		select {
		case <-a.exited:
			return &exitError{code: a.code, stderr: a.stderr.String()}
		case <-ctx.Done():
			return errors.Join(errors.New("the agent does not answer"), a.kill())
		case <-tick.C:
		}
	}
}

// exitError is the end of an agent that should have lived.
type exitError struct {
	code   int
	stderr string
}

func (e *exitError) Error() string {
	return fmt.Sprintf("the agent ended with code %d: %s", e.code, clip(e.stderr, 1500))
}

// dial connects to the socket that the owner of the directory names.
func (a *agent) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	raw, err := os.ReadFile(filepath.Join(a.home, "owner.json"))
	if err != nil {
		return nil, err
	}
	var owner struct {
		PID    int    `json:"pid"`
		Socket string `json:"socket"`
	}
	if err := json.Unmarshal(raw, &owner); err != nil || owner.PID != a.cmd.Process.Pid {
		return nil, errors.New("it does not own the directory yet")
	}
	return new(net.Dialer).DialContext(ctx, "unix", owner.Socket)
}

func (a *agent) get(ctx context.Context, path string, query url.Values, into any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return a.call(ctx, http.MethodGet, path, nil, into)
}

func (a *agent) post(ctx context.Context, path string, body, into any) error {
	return a.call(ctx, http.MethodPost, path, body, into)
}

func (a *agent) call(ctx context.Context, method, path string, body, into any) error {
	var content io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encode %s: %w", path, err)
		}
		content = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://plumbline/api/v1"+path, content)
	if err != nil {
		return fmt.Errorf("ask %s: %w", path, err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := a.client.Do(request)
	if err != nil {
		return fmt.Errorf("ask %s: %w", path, err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, raw)
	}
	if into == nil || len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("decode %s: %w", path, err)
	}
	return nil
}

func (a *agent) alive() bool {
	select {
	case <-a.exited:
		return false
	default:
		return true
	}
}

func (a *agent) signal(s syscall.Signal) error {
	if err := a.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal agent: %w", err)
	}
	return nil
}

// kill ends the agent as a power cut would, and waits for it.
func (a *agent) kill() error {
	err := a.signal(syscall.SIGKILL)
	<-a.exited
	return err
}

// stop ends the agent as a person would. An agent that does not end is a
// violation.
func (a *agent) stop() error {
	if err := a.signal(syscall.SIGINT); err != nil {
		return err
	}
	select {
	case <-a.exited:
	case <-time.After(allowed(stopLimit)):
		return errors.Join(fmt.Errorf("the agent did not end within %s of being asked to", allowed(stopLimit)), a.kill())
	}
	if a.code != 0 {
		return &exitError{code: a.code, stderr: a.stderr.String()}
	}
	return nil
}
