package plugin

import (
	"errors"
	"strings"
	"syscall"

	"github.com/plumbline-dev/plumbline/host"
)

// shortage returns the problem of a host that has too few files, processes or too little
// memory to start a program, or nil when err is none of these.
func shortage(id string, err error) *host.Problem {
	for _, lack := range lacks() {
		for _, errno := range lack.errnos {
			if errors.Is(err, errno) {
				return lack.problem(id).Because(err)
			}
		}
	}
	return nil
}

// shortageSaid is shortage for a program that could start no thread and printed that.
func shortageSaid(id, stderr string) *host.Problem {
	for _, words := range []string{"failed to create new OS thread", "pthread_create failed", "can't start new thread"} {
		if strings.Contains(stderr, words) {
			return lacks()[processes].problem(id)
		}
	}
	return nil
}

// lack is something that a host can have too little of, and the errors that say so.
type lack struct {
	errnos       []error
	what, remedy string
}

// processes is the index of processes among the lacks.
const processes = 2

func lacks() []lack {
	return []lack{
		{
			[]error{syscall.EMFILE}, "this host's limit of open files is reached",
			"Raise LimitNOFILE= of the agent's service (or ulimit -n), or lower sync.max_runs, and restart the agent.",
		},
		{
			[]error{syscall.ENFILE}, "the limit of open files of the whole machine is reached",
			"Find out which process holds so many (lsof), or raise fs.file-max.",
		},
		{
			[]error{syscall.EAGAIN}, "this host's limit of processes is reached",
			"Raise TasksMax= of the agent's service (or ulimit -u), or end processes of this user.",
		},
		{
			[]error{syscall.ENOMEM}, "this machine has too little free memory",
			"Free memory, raise MemoryMax= of the agent's service, or lower sync.max_runs.",
		},
	}
}

func (l lack) problem(id string) *host.Problem {
	return problem(host.CodeConnectorStart, host.FaultHost, host.RetryAfter,
		l.remedy+" The connector itself is not at fault.", "the connector program %s cannot be started: %s", id, l.what)
}

// asProblem is host.AsProblem that also knows a shortage of the host.
func asProblem(id string, err error) *host.Problem {
	if p := shortage(id, err); p != nil {
		return p
	}
	return host.AsProblem(err)
}
