package source

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// Progress is where a step stands.
type Progress struct {
	Step      string
	Status    host.RunStatus
	Expected  int // records; 0 = not known
	Note      string
	Requests  int // to the vendor that it finished
	WaitUntil *time.Time
	Waits     time.Duration // a wait that it has begun; 0 = none
	Limited   bool          // the vendor allows the tenant nothing while it waits
}

// progressFrom turns admitted progress into the host's.
func progressFrom(p *connectorv1.Progress) Progress {
	progress := Progress{
		Step: p.GetStep(), Status: stepStatus(p.GetState()), Expected: int(p.GetExpected()), Note: p.GetNote(),
	}
	if p.GetWaitUntil() != nil {
		until := p.GetWaitUntil().AsTime()
		progress.WaitUntil = &until
	}
	if p.GetRequest() != nil {
		progress.Requests = 1
	}
	return progress
}

// requestLine is a finished request in one line of the log.
func requestLine(r *connectorv1.Request) string {
	took := r.GetTook().AsDuration().Round(time.Millisecond)
	line := fmt.Sprintf("%s %s → %d, %d bytes in %s", r.GetMethod(), r.GetUrl(), r.GetStatus(), r.GetBytes(), took)
	if r.GetRequestId() != "" {
		line += ", request id " + r.GetRequestId()
	}
	return line
}

// lineFrom returns an admitted log message as one line. Its fields follow the message
// in the order of their names.
func lineFrom(l *connectorv1.Log) string {
	message := l.GetMessage()
	for _, name := range slices.Sorted(maps.Keys(l.GetFields())) {
		message += fmt.Sprintf(" %s=%q", name, l.GetFields()[name])
	}
	return display.Cut(message, maxLine)
}

func level(l connectorv1.Log_Level) string {
	switch l {
	case connectorv1.Log_LEVEL_DEBUG:
		return "debug"
	case connectorv1.Log_LEVEL_WARN:
		return "warn"
	case connectorv1.Log_LEVEL_ERROR:
		return "error"
	default:
		return "info"
	}
}

func stepStatus(state connectorv1.Progress_State) host.RunStatus {
	switch state {
	case connectorv1.Progress_STATE_SUCCEEDED:
		return host.StatusSucceeded
	case connectorv1.Progress_STATE_FAILED:
		return host.StatusFailed
	case connectorv1.Progress_STATE_SKIPPED:
		return host.StatusSkipped
	default:
		return host.StatusRunning
	}
}

// waitingFor says in words what a connector waits for.
func waitingFor(source string, wait time.Duration) string {
	rounded := wait.Round(time.Second)
	if wait < time.Second {
		rounded = wait.Round(10 * time.Millisecond)
	}
	switch source {
	case "budget":
		return fmt.Sprintf("waiting %s for its part of the rate that connections of one tenant share", rounded)
	case "retry":
		return fmt.Sprintf("waiting %s before trying again", rounded)
	}
	return fmt.Sprintf("waiting %s for the vendor's rate limit", rounded)
}
