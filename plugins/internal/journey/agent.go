package journey

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
)

// Agent is a running agent.
type Agent struct {
	home *Home
	cmd  *exec.Cmd
	log  *lockedBuffer
	done chan struct{} // closed when it has ended
	err  error         // of its end, valid after done
}

// lockedBuffer takes the agent's log while the test may read it.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// StartAgent starts an agent and waits until it answers. What is left of it when
// the test ends is killed.
func (h *Home) StartAgent() *Agent {
	h.t.Helper()
	a := &Agent{home: h, log: &lockedBuffer{}, done: make(chan struct{})}
	a.cmd = exec.CommandContext(h.t.Context(), h.programs.plumbline, "agent")
	a.cmd.Env, a.cmd.Stdout, a.cmd.Stderr = h.environ, a.log, a.log
	if err := a.cmd.Start(); err != nil {
		h.t.Fatalf("start agent: %v", err)
	}
	go func() { a.err = a.cmd.Wait(); close(a.done) }() // ends with the process
	h.t.Cleanup(func() { _ = a.cmd.Process.Kill(); <-a.done })
	h.Await("the agent answers", func() bool {
		select {
		case <-a.done:
			h.t.Fatalf("the agent ended: %v\n%s", a.err, a.log)
		default:
		}
		return h.owner() == a.cmd.Process.Pid && h.Run("status").Code == 0
	})
	return a
}

// owner returns the process that says to own the data directory as an agent.
func (h *Home) owner() int {
	var owner struct {
		PID     int    `json:"pid"`
		Program string `json:"program"`
	}
	raw, err := os.ReadFile(filepath.Join(h.dir, "data", "owner.json"))
	if err != nil || json.Unmarshal(raw, &owner) != nil || owner.Program != "agent" {
		return 0
	}
	return owner.PID
}

// Kill ends the agent as kill -9 does and waits until it is gone.
func (a *Agent) Kill() {
	a.home.t.Helper()
	if err := a.cmd.Process.Kill(); err != nil {
		a.home.t.Fatalf("kill agent: %v", err)
	}
	<-a.done
}

// Stop asks the agent to end, as Ctrl-C does, and wants it to end well.
func (a *Agent) Stop() {
	a.home.t.Helper()
	if err := a.cmd.Process.Signal(os.Interrupt); err != nil {
		a.home.t.Fatalf("stop agent: %v", err)
	}
	<-a.done
	if a.err != nil {
		a.home.t.Errorf("the agent ended with %v\n%s", a.err, a.log)
	}
}

// Connectors returns the connector processes that run now. It finds them where
// the system tells about processes in /proc.
func (h *Home) Connectors() (pids []int) {
	h.t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		h.t.Fatalf("list processes: %v", err)
	}
	for _, path := range paths {
		line, err := os.ReadFile(path)
		if err != nil || !bytes.HasPrefix(line, []byte(h.programs.connector+"\x00")) {
			continue // ended meanwhile, or another program
		}
		environ, err := os.ReadFile(filepath.Join(filepath.Dir(path), "environ"))
		if err != nil || !bytes.Contains(environ, []byte(h.dir)) {
			continue // another journey's
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
