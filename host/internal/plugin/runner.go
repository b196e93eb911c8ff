package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/cgroup"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/confine"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/group"
)

// pipeGrace is how long the pipes stay open at most after the process has ended, for its last
// output. A helper that keeps them open gets no longer.
const pipeGrace = 200 * time.Millisecond

// processRunner starts one program for go-plugin.
type processRunner struct {
	program     Program
	rules       confine.Rules // without the program, which Start opens
	cmd         *exec.Cmd
	interpreter string        // runs descriptions
	onStart     func(pid int) // nil = nothing to do
	newGroup    func() (*cgroup.Group, error)
	group       *cgroup.Group // nil = it has none
	refused     *confine.Refused

	stdin          *os.File // stays open: its end tells the connector that the host has ended
	stdout, stderr *os.File
	drained        chan struct{} // closed when stderr was read to its end

	begun  chan struct{} // closed when the process has been started
	exited chan struct{} // closed when the process has been reaped
	closed chan struct{} // closed when the host's pipe ends are closed, too
	once   sync.Once
	state  *os.ProcessState // this and the next are valid after exited
	over   cgroup.Exceeded
	left   error // what could not be removed
	err    error // from reaping
}

func (l *Launcher) newRunner(program Program, rules confine.Rules) *processRunner {
	return &processRunner{
		program: program, rules: rules, interpreter: l.interpreter.path, newGroup: l.group,
		begun: make(chan struct{}), exited: make(chan struct{}), closed: make(chan struct{}), drained: make(chan struct{}),
	}
}

// Start implements runner.Runner.
func (r *processRunner) Start(context.Context) error {
	file, err := r.program.open()
	if err != nil {
		return err
	}
	defer file.Close()
	if r.program.Described() {
		if file, err = r.interpreted(file); err != nil {
			return err
		}
		defer file.Close()
	}
	r.cmd.Args = []string{r.program.Path}
	if err := r.launch(file); err != nil {
		return startError(r.program, err)
	}
	return nil
}

// launch starts an open file, contained and in groups of its own.
func (r *processRunner) launch(file *os.File) error {
	group.Run(r.cmd, file)
	group.Isolate(r.cmd)
	childEnds, err := r.openPipes()
	if err != nil {
		return err
	}
	defer closeAll(childEnds...)
	rules := r.rules
	rules.Program = file
	if r.refused, err = confine.Start(r.cmd, rules); err != nil {
		closeAll(r.stdin, r.stdout, r.stderr)
		return err
	}
	group.Contain(r.cmd.Process)
	if r.group, err = r.newGroup(); err == nil {
		err = r.group.Take(r.cmd.Process.Pid, func() []int { return group.Helpers(r.cmd.Process.Pid) })
	}
	if err != nil {
		group.Kill(r.cmd.Process)
		_, _ = r.cmd.Process.Wait() // it was killed
		closeAll(r.stdin, r.stdout, r.stderr)
		return errors.Join(err, r.group.End())
	}
	if r.onStart != nil {
		r.onStart(r.cmd.Process.Pid)
	}
	close(r.begun)
	go r.reap() // ends with the process, plus pipeGrace
	return nil
}

func (r *processRunner) openPipes() (childEnds []*os.File, err error) {
	var inR, outW, errW *os.File
	if inR, r.stdin, err = os.Pipe(); err == nil {
		r.stdout, outW, err = os.Pipe()
	}
	if err == nil {
		r.stderr, errW, err = os.Pipe()
	}
	if err != nil {
		closeAll(inR, r.stdin, r.stdout, outW)
		return nil, fmt.Errorf("open pipe: %w", err)
	}
	r.cmd.Stdin, r.cmd.Stdout, r.cmd.Stderr = inR, outW, errW
	return []*os.File{inR, outW, errW}, nil
}

// reap waits for the process, ends its group and closes the pipes.
func (r *processRunner) reap() {
	group.AwaitExit(r.cmd.Process)
	group.Kill(r.cmd.Process) // before reaping: after it the group's number may be another's
	r.state, r.err = r.cmd.Process.Wait()
	r.over = r.group.Exceeded()
	r.left = r.group.End()
	close(r.exited)
	select {
	case <-r.drained: // no helper keeps its end open
	case <-time.After(pipeGrace):
	}
	closeAll(r.stdin, r.stdout, r.stderr)
	close(r.closed)
}

func (r *processRunner) started() bool {
	select {
	case <-r.begun:
		return true
	default:
		return false
	}
}

// pid returns the process id, or 0 before the start.
func (r *processRunner) pid() int {
	if !r.started() {
		return 0
	}
	return r.cmd.Process.Pid
}

// kill ends the group and waits, at most a second, until the process is reaped and the pipes are closed.
func (r *processRunner) kill() {
	r.once.Do(func() {
		select {
		case <-r.exited:
		default:
			group.Kill(r.cmd.Process)
		}
	})
	select {
	case <-r.closed:
	case <-time.After(time.Second):
	}
}

// awaitStderr waits until the last output of a reaped process has been read.
func (r *processRunner) awaitStderr() {
	select {
	case <-r.drained:
	case <-r.closed:
	}
}

// exceeded says which limits of its control group the process has reached, once it has ended.
func (r *processRunner) exceeded() cgroup.Exceeded {
	select {
	case <-r.exited:
		return r.over
	default:
		return cgroup.Exceeded{}
	}
}

// exit says in words how the process ended, or that it is still running.
func (r *processRunner) exit() string {
	select {
	case <-r.exited:
	case <-time.After(pipeGrace):
		return "is still running"
	}
	if r.state == nil {
		return "ended in an unknown way"
	}
	return group.ExitWords(r.state)
}

// The rest implements runner.Runner for go-plugin.

func (r *processRunner) Wait(context.Context) error {
	<-r.exited
	return r.err
}

func (r *processRunner) Kill(context.Context) error {
	if r.started() {
		r.kill()
	}
	return nil
}

func (r *processRunner) Stdout() io.ReadCloser           { return r.stdout }
func (r *processRunner) Stderr() io.ReadCloser           { return &endReader{File: r.stderr, end: r.drained} }
func (r *processRunner) Name() string                    { return r.program.Path }
func (r *processRunner) Diagnose(context.Context) string { return "" }

func (r *processRunner) ID() string {
	if !r.started() {
		return ""
	}
	return fmt.Sprint(r.pid())
}

func (r *processRunner) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

func (r *processRunner) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}

// endReader is a pipe that closes end when everything was read. It has one reader.
type endReader struct {
	*os.File
	end  chan struct{}
	once sync.Once
}

func (f *endReader) Read(into []byte) (int, error) {
	n, err := f.File.Read(into)
	if err != nil {
		f.once.Do(func() { close(f.end) })
	}
	return n, err
}

// open opens the program and compares its hash.
func (p Program) open() (*os.File, error) {
	gone := problem(host.CodeConnectorGone, host.FaultCustomer, host.RetryWhenConfigChanges,
		"Put the connector back, or remove the connection.", "the connector program %s does not exist any more", p.Path)
	return openVerified(p.Path, p.SHA256, "the connector program "+filepath.Base(p.Path), gone)
}

// openVerified opens a file once and compares the hash of the open file. What says in words which file it is.
func openVerified(path, sha256, what string, gone *host.Problem) (*os.File, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, gone
	}
	if err != nil {
		return nil, fmt.Errorf("open program: %w", err)
	}
	sum, err := hashOpen(file)
	if err == nil && sum != sha256 {
		changed := problem(host.CodeConnectorChanged, host.FaultHost, host.RetryAfter,
			"Sync again; if you did not replace the program, find out who did.", "%s changed just before it was started", what)
		changed.Detail = fmt.Sprintf("expected sha256 %s, found %s", sha256, sum)
		err = changed
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func startError(program Program, err error) error {
	if p := shortage(program.ID, err); p != nil {
		return p
	}
	why := err
	var path *fs.PathError
	if errors.As(err, &path) && path.Op == "fork/exec" {
		why = path.Err // the problem names the program
	}
	return notAConnector(program.ID, program.Path, "this computer cannot run it: "+why.Error()).Because(err)
}

func closeAll(files ...*os.File) {
	for _, f := range files {
		_ = f.Close() // it may be nil, or closed already
	}
}
