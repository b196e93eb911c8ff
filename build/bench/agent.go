package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	process "github.com/plumbline-dev/plumbline/sdk/sdktest/agent"
)

// agent is a running plumbline agent, spoken to over its socket like any client.
type agent struct {
	*process.Agent
	dir       string
	anonymous atomic.Int64 // the largest anonymous memory seen so far, in bytes
}

func (b *bench) agent(ctx context.Context, name string) (*agent, error) {
	a := &agent{dir: filepath.Join(b.dir, name)}
	var err error
	a.Agent, err = process.Start(ctx, process.Options{
		Program: "bin/plumbline", Dir: a.dir, Args: []string{"--log-level", "error"}, Within: 30 * time.Second, KeepAlive: true,
		Environ: append(os.Environ(),
			"PLUMBLINE_CONFIG="+os.DevNull, "PLUMBLINE_SECRETS_KEY=file", "PLUMBLINE_STORE_MIN_FREE_MIB=64",
			"PLUMBLINE_CONNECTORS_DIRS="+filepath.Join(b.dir, "connectors")),
		Prepare: func(c *exec.Cmd) { c.Stdout, c.Stderr = nil, os.Stderr },
	})
	if err != nil {
		return nil, err
	}
	go a.sample() // ends with the agent
	return a, nil
}

func (b *bench) with(ctx context.Context, name string, work func(*agent) error) error {
	a, err := b.agent(ctx, name)
	if err != nil {
		return err
	}
	return errors.Join(work(a), a.stop())
}

func (a *agent) get(ctx context.Context, path string, into any) error {
	return a.Call(ctx, http.MethodGet, path, nil, into)
}

func (a *agent) add(ctx context.Context, alias, schedule string, settings map[string]any) error {
	body := map[string]any{"connector": "fake", "alias": alias, "schedule": schedule, "settings": settings}
	return a.Call(ctx, http.MethodPost, "/connections", body, nil)
}

func (a *agent) edit(ctx context.Context, alias string, settings map[string]any) error {
	return a.Call(ctx, http.MethodPatch, "/connections/"+alias, map[string]any{"settings": settings}, nil)
}

func (a *agent) sync(ctx context.Context, alias string) (r host.Run, err error) {
	return r, a.Call(ctx, http.MethodPost, "/connections/"+alias+"/sync", map[string]any{}, &r)
}

// until polls a run every few milliseconds until it is as wanted or has ended, and
// returns it.
func (a *agent) until(ctx context.Context, id string, is func(host.Run) bool) (r host.Run, err error) {
	err = poll(ctx, 2*time.Millisecond, time.Minute, func() (bool, error) {
		r = host.Run{}
		err := a.get(ctx, "/runs/"+id, &r)
		return err == nil && (is(r) || ended(r)), err
	})
	if err == nil && !is(r) {
		err = fmt.Errorf("run ended as %s: %+v", r.Status, r.Steps)
	}
	return r, err
}

// measurement is a sync and what it took.
type measurement struct {
	run                     host.Run
	hostPeak, connectorPeak int64 // bytes of memory
	hostCPU                 time.Duration
	written                 int64 // bytes, by the agent
	allocated               int64 // objects on the agent's heap
}

// measured syncs "corp". It reads the memory of both processes ten times a second,
// which hardly slows them down.
func (a *agent) measured(ctx context.Context) (m measurement, err error) {
	allocated, err := a.allocations(ctx)
	if err != nil {
		return m, err
	}
	cpu, written := processorTime(a.PID()), writtenBytes(a.PID())
	r, err := a.sync(ctx, "corp")
	if err != nil {
		return m, err
	}
	err = poll(ctx, 100*time.Millisecond, time.Hour, func() (bool, error) {
		for _, pid := range a.connectors() {
			m.connectorPeak = max(m.connectorPeak, peak(pid))
		}
		m.run = host.Run{}
		err := a.get(ctx, "/runs/"+r.ID, &m.run)
		return ended(m.run), err
	})
	m.hostPeak = a.anonymous.Load()
	m.hostCPU, m.written = processorTime(a.PID())-cpu, writtenBytes(a.PID())-written
	if err != nil {
		return m, err
	}
	m.allocated, err = a.allocations(ctx)
	m.allocated -= allocated
	return m, err
}

func (a *agent) allocations(ctx context.Context) (int64, error) {
	var status struct {
		Process struct {
			AllocatedObjects int64 `json:"allocated_objects"`
		} `json:"process"`
	}
	err := a.get(ctx, "/status", &status)
	return status.Process.AllocatedObjects, err
}

// settled waits until the agent has written nothing for a while: it has merged the
// tables and updated the lists that a start or a run left behind.
func (a *agent) settled(ctx context.Context) error {
	const rest = 8 * time.Second // it begins after five
	last, since := writtenBytes(a.PID()), time.Now()
	err := poll(ctx, 100*time.Millisecond, 10*time.Minute, func() (bool, error) {
		if now := writtenBytes(a.PID()); now > last+64<<10 {
			last, since = now, time.Now()
		}
		return time.Since(since) > rest, nil
	})
	if err != nil {
		return fmt.Errorf("wait for the agent to settle: %w", err)
	}
	return nil
}

// connectors returns the processes of connectors: children that run another
// program than the agent, which a child does not in its first moment.
func (a *agent) connectors() (pids []int) {
	for _, pid := range children(a.PID()) {
		if program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil && filepath.Base(program) != filepath.Base(a.Program()) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// stopLimit is how long an agent may take to close a large store.
const stopLimit = 10 * time.Minute

// stop ends the agent as a person would.
func (a *agent) stop() error { return a.Stop(stopLimit) }

// sample notes the largest anonymous memory until the agent has ended. The system
// keeps no high-water mark of it.
func (a *agent) sample() {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-a.Ended():
			return
		case <-tick.C:
			a.anonymous.Store(max(a.anonymous.Load(), anonymous(a.PID())))
		}
	}
}

// poll asks every so often until it is so, for as long as patience lasts.
func poll(ctx context.Context, every, patience time.Duration, so func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if done, err := so(); done || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// peak returns the largest resident memory of a process so far, in bytes; 0 where
// the system does not report it.
func peak(pid int) int64 { return memory(pid, "VmHWM:") }

// anonymous returns the anonymous memory of a process, in bytes; 0 where the system
// does not report it. Pages of files are left out: the system may drop them.
func anonymous(pid int) int64 { return memory(pid, "RssAnon:") }

func memory(pid int, name string) int64 { return procNumber(pid, "status", name) << 10 }

func writtenBytes(pid int) int64 { return procNumber(pid, "io", "write_bytes:") }

// procNumber returns a number of /proc; 0 where the system does not report it.
func procNumber(pid int, file, name string) (n int64) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if _, rest, ok := strings.Cut(string(raw), "\n"+name); err == nil && ok {
		_, err = fmt.Sscan(rest, &n)
	}
	if err != nil {
		return 0
	}
	return n
}

func children(pid int) []int {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return nil // the pattern is fixed and right
	}
	var found []int
	for _, path := range lists {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // the thread has ended meanwhile
		}
		for word := range strings.FieldsSeq(string(raw)) {
			if child, err := strconv.Atoi(word); err == nil {
				found = append(found, child)
			}
		}
	}
	return found
}
