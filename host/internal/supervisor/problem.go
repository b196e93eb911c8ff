package supervisor

import (
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/sdk"
)

func busy(connection host.Connection, run string) *host.Problem {
	return &host.Problem{
		Code:    host.CodeBusy,
		Message: fmt.Sprintf("%s is already being synced by run %s", connection.Alias, run),
		Remedy:  "Wait for that run, or cancel it with `plumbline run cancel " + run + "`.",
		Fault:   host.FaultCustomer,
		Retry:   host.RetryAfter,
	}
}

func cancelled() *host.Problem {
	return &host.Problem{
		Code:    host.CodeCancelled,
		Message: "a person cancelled the run",
		Remedy:  "Sync again when you want it to go on; what was read is kept.",
		Fault:   host.FaultCustomer,
		Retry:   host.RetryNever,
	}
}

func stopping() *host.Problem {
	return &host.Problem{
		Code:    host.CodeInterrupted,
		Message: "Plumbline was stopped in the middle of the run",
		Remedy:  "Nothing needs to be done: the next sync goes on from what is stored.",
		Fault:   host.FaultHost,
		Retry:   host.RetryAfter,
	}
}

func deadlineProblem(after time.Duration, where string) *host.Problem {
	return &host.Problem{
		Code:    sdk.CodeLimitDeadline,
		Message: fmt.Sprintf("the run took longer than the %s it may take", after),
		Remedy:  "Sync again: what was read is kept. If the system is simply large, raise " + where + ".",
		Fault:   host.FaultHost,
		Retry:   host.RetryAfter,
	}
}

func quarantineProblem(program plugin.Program, q quarantine) *host.Problem {
	return &host.Problem{
		Code: host.CodeQuarantined,
		Message: fmt.Sprintf("the connector program %s crashed %d times within %s, the last time at %s, and is not started again by itself",
			program.ID, crashesToQuarantine, crashWindow, q.since.UTC().Format("2006-01-02 15:04 MST")),
		Remedy: "Install another version of it, or sync one of its connections by hand: when that completes, all run again. " +
			"Report the crash to the connector's author with the run's log.",
		Fault:  host.FaultConnector,
		Retry:  host.RetryWhenConfigChanges,
		Detail: q.last,
	}
}

// heldProblem says that a removal waits for a person, or that a person refused it.
func heldProblem(held *host.HeldRemoval) *host.Problem {
	p := &host.Problem{
		Code:    host.CodeRemovalHeld,
		Message: held.Explanation,
		Remedy:  held.Remedy,
		Fault:   host.FaultCustomer,
		Retry:   host.RetryWhenConfigChanges,
	}
	if !held.Waits() {
		p.Code = host.CodeRemovalRejected
	}
	return p
}

// gapsProblem sums a step's gaps up in its error.
func gapsProblem(gaps []host.Gap) *host.Problem {
	p := gaps[0].Error
	p.Scope = gaps[0].Scope
	p.Message = fmt.Sprintf("%s could not be read: %s", gaps[0].Scope, p.Message)
	if more := len(gaps) - 1; more > 0 {
		p.Message += fmt.Sprintf(" (and %d more)", more)
	}
	return &p
}
