package plugin

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/census"
	"github.com/plumbline-dev/plumbline/sdk"
)

const (
	// watchEvery is how often a process's memory is looked at. Its helpers and its
	// directory cost more to look at, and have their turn less often.
	watchEvery   = 100 * time.Millisecond
	diskEvery    = 5
	helpersEvery = 10
	// mostFiles is how many files a private directory may hold.
	mostFiles = 100_000
	// mostStderr is what a process may write to its standard error. Of that only
	// the last 64 KiB are kept.
	mostStderr = 64 << 20
)

// watch ends the process when it takes more than it may. It ends with the process,
// or with Stop when there never was one.
func (p *Process) watch() {
	select {
	case <-p.runner.begun:
	case <-p.stopped:
		return
	}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-p.runner.exited:
			return
		case <-tick.C:
		}
		over := p.overGroup(n%helpersEvery == 0)
		if over == nil {
			over = p.overStderr()
		}
		if over == nil && n%diskEvery == 0 {
			over = p.overDisk()
		}
		if over != nil {
			p.endFor(over)
			return
		}
	}
}

// endFor kills the process group and keeps the reason.
func (p *Process) endFor(reason *host.Problem) {
	p.mu.Lock()
	if p.over == nil {
		p.over = reason
	}
	p.mu.Unlock()
	p.runner.kill()
}

// ended returns why the host, or the kernel for it, ended the process, or nil.
func (p *Process) ended() *host.Problem {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over == nil && p.runner.exceeded().Memory {
		p.over = p.overMemory(fmt.Sprintf("the limit is %d MiB", p.limits.MemoryMiB))
	}
	return p.over
}

// overGroup looks at what the process and its helpers take together. Where they are
// in a control group the kernel holds the same limits, without a gap.
func (p *Process) overGroup(helpers bool) *host.Problem {
	limits := p.limits
	bytes, tasks, processor := p.census.GroupUse(p.runner.pid(), helpers)
	p.takes(bytes, processor, helpers)
	switch {
	// First how many there are: what many take together is then the lesser reason.
	case limits.Tasks > 0 && (tasks > limits.Tasks || helpers && p.runner.group.Exceeded().Tasks):
		return p.overLimit(host.CodeConnectorLimit, fmt.Sprintf("started more than the %d processes and threads it may have", limits.Tasks),
			"If it needs that many, set connectors.task_limit higher; else report it to the connector's author.")
	case limits.MemoryMiB > 0 && bytes > int64(limits.MemoryMiB)<<20:
		return p.overMemory(fmt.Sprintf("%d MiB of %d", bytes>>20, limits.MemoryMiB))
	}
	return nil
}

// takes notes what was seen: the memory of the process at every look; that of its
// helpers, and processor time, at some.
func (p *Process) takes(bytes int64, processor time.Duration, helpers bool) {
	if helpers {
		p.together.Store(bytes)
		p.processor.Store(int64(processor))
	}
	p.memory.Store(max(bytes, p.together.Load()))
	if bytes > p.mostMemory.Load() { // one goroutine stores it
		p.mostMemory.Store(bytes)
	}
}

// Use returns the bytes of memory that the process and its helpers took when they were
// looked at last, the most so far, and their processor time; 0 where the system does not
// tell, and for an attached process.
func (p *Process) Use() (now, most int64, processor time.Duration) {
	return p.memory.Load(), p.mostMemory.Load(), time.Duration(p.processor.Load())
}

func (p *Process) overMemory(how string) *host.Problem {
	return p.overLimit(sdk.CodeLimitMemory, "used more memory than it may: "+how,
		"If its system is that large, set connectors.memory_limit_mib higher; else report it to the connector's author.")
}

func (p *Process) overStderr() *host.Problem {
	if p.stderr.total() > mostStderr {
		return p.overLimit(host.CodeConnectorLimit, fmt.Sprintf("wrote more than %d MiB to its standard error", mostStderr>>20),
			"Report it to the connector's author with the run's log.")
	}
	return nil
}

func (p *Process) overDisk() *host.Problem {
	limits := p.limits
	if limits.DiskMiB <= 0 {
		return nil
	}
	bytes, files := int64(0), 0
	// What disappears while it is counted takes no room.
	_ = filepath.WalkDir(p.workDir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil {
			files++
			bytes += takenBy(e)
		}
		if files > mostFiles || bytes > int64(limits.DiskMiB)<<20 {
			return fs.SkipAll
		}
		return nil
	})
	// Files that it deleted and still holds open take room and have no name.
	bytes += p.census.DeletedBytes(p.runner.pid())
	switch {
	case bytes > int64(limits.DiskMiB)<<20:
		return p.overLimit(host.CodeConnectorLimit, fmt.Sprintf("filled its directory with more than the %d MiB it may use", limits.DiskMiB),
			"If it needs that much room, set connectors.disk_limit_mib higher; else report it to the connector's author.")
	case files > mostFiles:
		return p.overLimit(host.CodeConnectorLimit, fmt.Sprintf("made more than the %d files it may have", mostFiles),
			"Report it to the connector's author with the run's log.")
	}
	return nil
}

// takenBy returns the bytes a file takes, 0 when it is gone meanwhile.
func takenBy(e fs.DirEntry) int64 {
	info, err := e.Info()
	if err != nil {
		return 0
	}
	return census.Taken(info)
}

func (p *Process) overLimit(code, what, remedy string) *host.Problem {
	return &host.Problem{
		Code:    code,
		Message: fmt.Sprintf("the connector program %s %s, and was ended", p.program.ID, what),
		Remedy:  remedy,
		Fault:   host.FaultConnector,
		Retry:   host.RetryAfter,
	}
}
