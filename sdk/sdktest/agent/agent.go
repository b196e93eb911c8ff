package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// Options say how an agent is started.
type Options struct {
	Program   string
	Dir       string   // the data directory
	Args      []string // after "agent"
	Environ   []string
	Within    time.Duration   // time limit for its first answer
	KeepAlive bool            // reuse connections; false for a test that counts its open files
	Prepare   func(*exec.Cmd) // changes the command before its start; may be nil
}

// Agent is one process of the program.
type Agent struct {
	Ready time.Duration // from its start until it answered

	dir    string
	cmd    *exec.Cmd
	log    lockedBuffer
	client *http.Client
	ended  chan struct{} // closed when the process has been reaped
}

// lockedBuffer is a buffer for concurrent use.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// Start starts an agent and returns when it answers. It returns an *Ended if the agent ends before, and kills an
// agent that does not answer. The agent outlives ctx: Kill or Stop ends it.
func Start(ctx context.Context, o Options) (*Agent, error) {
	a := &Agent{dir: o.Dir, ended: make(chan struct{})}
	a.cmd = exec.CommandContext(context.WithoutCancel(ctx), o.Program, append([]string{"--data-dir", o.Dir, "agent"}, o.Args...)...)
	a.cmd.Env, a.cmd.Stdout, a.cmd.Stderr, a.cmd.WaitDelay = o.Environ, &a.log, &a.log, time.Second
	if o.Prepare != nil {
		o.Prepare(a.cmd)
	}
	begun := time.Now()
	if err := a.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start agent: %w", err)
	}
	go func() { _ = a.cmd.Wait(); close(a.ended) }() // ends with the process; end reads its state
	a.client = &http.Client{Transport: &http.Transport{DialContext: a.dial, DisableKeepAlives: !o.KeepAlive}}
	err := a.await(ctx, o.Within)
	a.Ready = time.Since(begun)
	return a, err
}

func (a *Agent) await(ctx context.Context, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for a.Call(ctx, http.MethodGet, "/status", nil, nil) != nil {
		select {
		case <-a.ended:
			return a.end()
		case <-ctx.Done():
			return errors.Join(errors.New("the agent does not answer"), a.Kill())
		case <-tick.C:
		}
	}
	return nil
}

// dial connects to the socket in the directory's owner.json.
func (a *Agent) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	raw, err := os.ReadFile(filepath.Join(a.dir, "owner.json"))
	if err != nil {
		return nil, err
	}
	var owner struct {
		PID    int    `json:"pid"`
		Socket string `json:"socket"`
	}
	if err := json.Unmarshal(raw, &owner); err != nil || owner.PID != a.PID() {
		return nil, errors.New("it does not own the directory yet")
	}
	return new(net.Dialer).DialContext(ctx, "unix", owner.Socket)
}

// Call sends a request to the API. Body and answer are JSON, and may be nil.
func (a *Agent) Call(ctx context.Context, method, path string, body, answer any) error {
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
	if answer == nil || len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, answer); err != nil {
		return fmt.Errorf("decode %s: %w", path, err)
	}
	return nil
}

// PID returns the id of the process.
func (a *Agent) PID() int { return a.cmd.Process.Pid }

// Program returns the path of the program.
func (a *Agent) Program() string { return a.cmd.Path }

// Log returns the output of the process so far.
func (a *Agent) Log() string { return a.log.String() }

// Ended is closed when the process has ended.
func (a *Agent) Ended() <-chan struct{} { return a.ended }

// Alive reports whether the process has not ended.
func (a *Agent) Alive() bool {
	select {
	case <-a.ended:
		return false
	default:
		return true
	}
}

// Ended is the error of an agent that ended by itself, or with an error.
type Ended struct {
	Code int // -1 when a signal ended it
	Log  string
}

// Error implements error.
func (e *Ended) Error() string {
	return fmt.Sprintf("the agent ended with code %d: %s", e.Code, e.Log[:min(len(e.Log), 1500)])
}

func (a *Agent) end() *Ended { return &Ended{Code: a.cmd.ProcessState.ExitCode(), Log: a.Log()} }

// Signal sends a signal. An agent that has ended gets none.
func (a *Agent) Signal(s os.Signal) error {
	if err := a.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal agent: %w", err)
	}
	return nil
}

// Kill ends the agent with SIGKILL, like a power cut, and waits for its end.
func (a *Agent) Kill() error {
	err := a.Signal(os.Kill)
	<-a.ended
	return err
}

// Stop interrupts the agent. The agent must end without an error and in time.
func (a *Agent) Stop(within time.Duration) error {
	a.client.CloseIdleConnections()
	if err := a.Signal(os.Interrupt); err != nil {
		return err
	}
	select {
	case <-a.ended:
	case <-time.After(within):
		return errors.Join(fmt.Errorf("the agent did not end within %s of being asked to", within), a.Kill())
	}
	if end := a.end(); end.Code != 0 {
		return end
	}
	return nil
}
