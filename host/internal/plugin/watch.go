package plugin

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/group"
	"github.com/plumbline-dev/plumbline/sdk"
)

const (
	// watchEvery is how often the watch reads a process's memory. Every fifth time it
	// measures the directory, every tenth the helpers: both take longer.
	watchEvery   = 100 * time.Millisecond
	diskEvery    = 5
	helpersEvery = 10
	// mostFiles is how many files a private directory may hold.
	mostFiles = 100_000
	// mostStderr is how many bytes a process may write to its standard error.
	mostStderr = 64 << 20
)

// watch ends the process when it takes more than its limits. It returns when the process
// exits, or with Stop when the process was never started.
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

// endFor kills the process group and notes the reason.
func (p *Process) endFor(reason *host.Problem) {
	p.mu.Lock()
	if p.over == nil {
		p.over = reason
	}
	p.mu.Unlock()
	p.runner.kill()
}

// ended returns why the host or the kernel ended the process, nil if neither did.
func (p *Process) ended() *host.Problem {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over == nil && p.runner.exceeded().Memory {
		p.over = p.overMemory(fmt.Sprintf("the limit is %d MiB", p.limits.MemoryMiB))
	}
	return p.over
}

// overGroup compares the process, and at times its helpers, with the limits. In a
// control group the kernel holds the same limits all the time.
func (p *Process) overGroup(helpers bool) *host.Problem {
	limits := p.limits
	bytes, tasks, processor := p.usage.Of(p.runner.pid(), helpers)
	p.note(bytes, processor, helpers)
	switch {
	// Too many tasks explain too much memory, so they come first.
	case limits.Tasks > 0 && (tasks > limits.Tasks || helpers && p.runner.group.Exceeded().Tasks):
		return p.overLimit(host.CodeConnectorLimit,
			fmt.Sprintf("started more than the %d processes and threads it may have", limits.Tasks),
			"If it needs that many, set connectors.task_limit higher; else report it to the connector's author.")
	case limits.MemoryMiB > 0 && bytes > int64(limits.MemoryMiB)<<20:
		return p.overMemory(fmt.Sprintf("%d MiB of %d", bytes>>20, limits.MemoryMiB))
	}
	return nil
}

// note stores what the process took: its memory each time, that of its helpers and
// processor time only with helpers.
func (p *Process) note(bytes int64, processor time.Duration, helpers bool) {
	if helpers {
		p.together.Store(bytes)
		p.processor.Store(int64(processor))
	}
	p.memory.Store(max(bytes, p.together.Load()))
	if bytes > p.mostMemory.Load() { // one goroutine stores it
		p.mostMemory.Store(bytes)
	}
}

// Use returns the memory of the process and its helpers when it was last read, the most
// so far, and their processor time; zeros where the system does not say, and for an
// attached process.
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
	// A file that disappears meanwhile is not counted.
	_ = filepath.WalkDir(p.workDir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil {
			files++
			if info, err := e.Info(); err == nil {
				bytes += group.DiskBytes(info)
			}
		}
		if files > mostFiles || bytes > int64(limits.DiskMiB)<<20 {
			return fs.SkipAll
		}
		return nil
	})
	bytes += p.usage.DeletedBytes(p.runner.pid())
	switch {
	case bytes > int64(limits.DiskMiB)<<20:
		return p.overLimit(host.CodeConnectorLimit, fmt.Sprintf("filled its directory with more than the %d MiB it may use", limits.DiskMiB),
			"If it needs that much space, set connectors.disk_limit_mib higher; else report it to the connector's author.")
	case files > mostFiles:
		return p.overLimit(host.CodeConnectorLimit, fmt.Sprintf("made more than the %d files it may have", mostFiles),
			"Report it to the connector's author with the run's log.")
	}
	return nil
}

func (p *Process) overLimit(code, what, remedy string) *host.Problem {
	return problem(code, host.FaultConnector, host.RetryAfter, remedy, "the connector program %s %s, and was ended", p.program.ID, what)
}
