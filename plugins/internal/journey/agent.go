package journey

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"

	"github.com/plumbline-dev/plumbline/sdk/sdktest/agent"
)

// Agent is a running agent.
type Agent struct {
	home *Home
	*agent.Agent
}

// StartAgent starts an agent and waits until it answers. The end of the test kills it.
func (h *Home) StartAgent() *Agent {
	h.t.Helper()
	a, err := agent.Start(h.t.Context(), agent.Options{
		Program: h.programs.plumbline, Dir: filepath.Join(h.dir, "data"), Environ: h.environ, Within: patience,
	})
	if a != nil {
		h.t.Cleanup(func() { _ = a.Kill() })
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return &Agent{home: h, Agent: a}
}

// Kill ends the agent with SIGKILL and waits for its end.
func (a *Agent) Kill() {
	a.home.t.Helper()
	if err := a.Agent.Kill(); err != nil {
		a.home.t.Fatal(err)
	}
}

// Stop sends the agent the signal of Ctrl-C. The agent must end without an error.
func (a *Agent) Stop() {
	a.home.t.Helper()
	if err := a.Agent.Stop(patience); err != nil {
		a.home.t.Error(err)
	}
}

// Connectors returns the running connector processes. It needs /proc.
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
