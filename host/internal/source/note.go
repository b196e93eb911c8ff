package source

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// Note is something a connector said in passing: Progress, Line, Wait or Result.
type Note interface{ note() }

// Progress is where a step stands.
type Progress struct {
	Step      string
	Status    host.RunStatus
	Seen      int
	Expected  int // 0 = not known
	Note      string
	WaitUntil *time.Time
	Request   string // the upstream request just finished, in one line; empty for none
	Unlogged  bool   // the run's log is full: the request is counted and not logged
}

// Line is a line for the run's log.
type Line struct {
	Level   string // debug, info, warn or error
	Step    string
	Message string
}

// Wait is a wait the connector has begun.
type Wait struct {
	Step    string
	Limited bool // the vendor allows its tenant nothing meanwhile
	Wait    time.Duration
}

func (Wait) note()     {}
func (Progress) note() {}
func (Line) note()     {}
func (Result) note()   {}

// progressFrom turns admitted progress into the host's.
func progressFrom(p *connectorv1.Progress) Progress {
	progress := Progress{
		Step: p.GetStep(), Status: stepStatus(p.GetState()), Seen: int(p.GetSeen()), Expected: int(p.GetExpected()),
		Note: p.GetNote(),
	}
	if p.GetWaitUntil() != nil {
		until := p.GetWaitUntil().AsTime()
		progress.WaitUntil = &until
	}
	if r := p.GetRequest(); r != nil {
		progress.Request = requestLine(r)
	}
	return progress
}

func requestLine(r *connectorv1.Request) string {
	took := r.GetTook().AsDuration().Round(time.Millisecond)
	line := fmt.Sprintf("%s %s → %d, %d bytes in %s", r.GetMethod(), r.GetUrl(), r.GetStatus(), r.GetBytes(), took)
	if r.GetRequestId() != "" {
		line += ", request id " + r.GetRequestId()
	}
	return line
}

// lineFrom turns an admitted log message into the host's. Its fields follow the
// message in the order of their names.
func lineFrom(l *connectorv1.Log) Line {
	message := l.GetMessage()
	for _, name := range slices.Sorted(maps.Keys(l.GetFields())) {
		message += fmt.Sprintf(" %s=%q", name, l.GetFields()[name])
	}
	return Line{Level: level(l.GetLevel()), Step: l.GetStep(), Message: host.Cut(message, maxLine)}
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
