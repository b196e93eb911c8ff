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
	"github.com/plumbline-dev/plumbline/host/internal/plugin/census"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/cgroup"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/confine"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/group"
)

// pipeGrace is how long the pipes stay open after the process ended, for what
// it wrote last; a grandchild that keeps them open gets no longer.
const pipeGrace = 200 * time.Millisecond

// processRunner starts one program for go-plugin. Its process leads a group of
// its own, so that its helpers can be ended with it.
type processRunner struct {
	program     Program
	rules       confine.Rules // but for the program, which is opened at the start
	cmd         *exec.Cmd
	interpreter string        // runs descriptions
	began       func(pid int) // told when the process has been started
	enter       func() (*cgroup.Group, error)
	group       *cgroup.Group // nil = there are none here
	refused     *confine.Refused

	stdin          *os.File // held open: its end tells the connector that the host is gone
	stdout, stderr *os.File
	drained        chan struct{} // closed when stderr was read to its end

	begun  chan struct{} // closed when the process has been started
	exited chan struct{} // closed when the process has been reaped
	closed chan struct{} // closed when our pipe ends are closed, too
	once   sync.Once
	state  *os.ProcessState // valid after exited, as are these
	over   cgroup.Exceeded
	left   error // what could not be cleaned up
	err    error // from reaping, valid after exited
}

func newRunner(program Program, rules confine.Rules) *processRunner {
	return &processRunner{program: program, rules: rules, begun: make(chan struct{}), exited: make(chan struct{}), closed: make(chan struct{}), drained: make(chan struct{})}
}

// Start implements runner.Runner.
func (r *processRunner) Start(context.Context) error {
	file, err := openVerified(r.program)
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

// launch starts an open file, contained and in a group of its own.
func (r *processRunner) launch(file *os.File) error {
	group.Run(r.cmd, file)
	group.Isolate(r.cmd)
	childEnds, err := r.openPipes()
	if err != nil {
		return err
	}
	defer closeAll(childEnds)
	rules := r.rules
	rules.Program = file
	if r.refused, err = confine.Start(r.cmd, rules); err != nil {
		closeAll([]*os.File{r.stdin, r.stdout, r.stderr})
		return err
	}
	group.Contain(r.cmd.Process)
	if err := r.gather(); err != nil {
		group.Kill(r.cmd.Process)
		_, _ = r.cmd.Process.Wait() // it was killed
		closeAll([]*os.File{r.stdin, r.stdout, r.stderr})
		return errors.Join(err, r.group.End())
	}
	if r.began != nil {
		r.began(r.cmd.Process.Pid)
	}
	close(r.begun)
	go r.reap() // ends with the process, plus pipeGrace
	return nil
}

// gather puts the process, and what it may have started by now, into a control
// group.
func (r *processRunner) gather() (err error) {
	if r.group, err = r.enter(); err != nil {
		return err
	}
	return r.group.Take(r.cmd.Process.Pid, func() []int { return census.HelpersOf(r.cmd.Process.Pid) })
}

// interpreted hands a description over and returns the program that runs it.
func (r *processRunner) interpreted(description *os.File) (*os.File, error) {
	if err := handOver(description, r.cmd.Dir); err != nil {
		return nil, err
	}
	r.cmd.Env = append(r.cmd.Env, ManifestVariable+"="+filepath.Join(r.cmd.Dir, manifestName))
	return openInterpreter(r.program, r.interpreter)
}

func (r *processRunner) openPipes() (childEnds []*os.File, err error) {
	var inR, outW, errW *os.File
	if inR, r.stdin, err = os.Pipe(); err != nil {
		return nil, fmt.Errorf("open pipe: %w", err)
	}
	if r.stdout, outW, err = os.Pipe(); err != nil {
		closeAll([]*os.File{inR, r.stdin})
		return nil, fmt.Errorf("open pipe: %w", err)
	}
	if r.stderr, errW, err = os.Pipe(); err != nil {
		closeAll([]*os.File{inR, r.stdin, r.stdout, outW})
		return nil, fmt.Errorf("open pipe: %w", err)
	}
	r.cmd.Stdin, r.cmd.Stdout, r.cmd.Stderr = inR, outW, errW
	return []*os.File{inR, outW, errW}, nil
}

// reap waits for the process, ends its group and closes the pipes.
func (r *processRunner) reap() {
	group.AwaitExit(r.cmd.Process)
	group.Kill(r.cmd.Process) // before reaping: until then the group's number cannot be another's
	r.state, r.err = r.cmd.Process.Wait()
	r.over = r.group.Exceeded()
	r.left = r.group.End()
	close(r.exited)
	<-time.After(pipeGrace)
	closeAll([]*os.File{r.stdin, r.stdout, r.stderr})
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

// kill ends the group and waits until the process is reaped and the pipes are
// closed, or a second has passed.
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

// told waits until what the process wrote last has been read. It comes after the
// process was reaped, so whoever asks why it ended would be told too early.
func (r *processRunner) told() {
	select {
	case <-r.drained:
	case <-r.closed:
	}
}

// exceeded says which of its group's limits the process ran into, once it has ended.
func (r *processRunner) exceeded() cgroup.Exceeded {
	select {
	case <-r.exited:
		return r.over
	default:
		return cgroup.Exceeded{}
	}
}

// remains says what the end of the process has left, if it was started.
func (r *processRunner) remains() error {
	if !r.started() {
		return nil
	}
	<-r.exited // Stop has seen to it
	return r.left
}

// exit says in words how the process ended, or that it still runs.
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
func (r *processRunner) Stderr() io.ReadCloser           { return &toItsEnd{File: r.stderr, end: r.drained} }
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

// toItsEnd is a pipe that says when there is nothing more to read in it. It has
// one reader.
type toItsEnd struct {
	*os.File
	end  chan struct{}
	once sync.Once
}

func (f *toItsEnd) Read(into []byte) (int, error) {
	n, err := f.File.Read(into)
	if err != nil {
		f.once.Do(func() { close(f.end) })
	}
	return n, err
}

// openVerified opens the program once and checks the hash of what it opened.
func openVerified(program Program) (*os.File, error) {
	file, err := os.Open(program.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &host.Problem{
			Code:    host.CodeConnectorGone,
			Message: fmt.Sprintf("the connector program %s is not there any more", program.Path),
			Remedy:  "Put the connector back, or remove the connection.",
			Fault:   host.FaultCustomer,
			Retry:   host.RetryWhenConfigChanges,
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open connector: %w", err)
	}
	sum, err := hashOpen(file)
	if err == nil && sum != program.SHA256 {
		err = changedMeanwhile("the connector program "+filepath.Base(program.Path), program.SHA256, sum)
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
		why = path.Err // the program is named already
	}
	return notAConnector(program.ID, program.Path, "this computer cannot run it: "+why.Error()).Because(err)
}

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			// A pipe end that is closed twice is closed all the same.
			_ = f.Close()
		}
	}
}
