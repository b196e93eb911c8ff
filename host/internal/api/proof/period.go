package proof

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/timeline"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// addPeriod registers the operations on periods of time.
func (s *server) addPeriod(api huma.API) {
	operation.Add(api, http.MethodGet, route.ConnectionCoverage, "get-connection-coverage",
		"For each day of a period, how far the lists of a connection were read", 200, s.connectionCoverage)
	operation.Add(api, http.MethodGet, route.TestCoverage, "get-test-coverage",
		"For each day of a period, how far the lists that a test reads were read", 200, s.testCoverage)
	operation.Add(api, http.MethodGet, route.TestHeld, "get-test-held",
		"Whether a test held at every moment of a period, for each item", 200, s.testHeld)
	operation.Add(api, http.MethodPost, route.TestHeld, "start-test-held",
		"Begin to work out whether a test held over a period, as a task", 202, s.startHeld)
}

// PeriodParams say which period is asked about.
type PeriodParams struct {
	From string `query:"from" doc:"Its beginning: a time such as 2026-06-30T12:00:00Z, or a day in the time zone of schedules; absent = the period has 90 days"`
	To   string `query:"to" doc:"Its end, likewise; a day means its end. Absent, or to come = now"`
}

// ConnectionPeriod is a connection and a period.
type ConnectionPeriod struct {
	operation.RefParam
	PeriodParams
}

// TestPeriod is a test and a period.
type TestPeriod struct {
	operation.IDParam
	PeriodParams
}

// moments returns the beginning and the end of a period; zero = not asked for.
func (s *server) moments(p PeriodParams) (from, to time.Time, err error) {
	if from, err = s.app.When("from", p.From, false); err != nil {
		return from, to, err
	}
	to, err = s.app.When("to", p.To, true)
	return from, to, err
}

func (s *server) connectionCoverage(ctx context.Context, in *ConnectionPeriod) (*operation.Output[verdict.PeriodCoverage], error) {
	from, to, err := s.moments(in.PeriodParams)
	if err != nil {
		return nil, operation.Error(err)
	}
	return operation.One(s.app.ConnectionCoverage(ctx, in.Ref, from, to))
}

func (s *server) testCoverage(ctx context.Context, in *TestPeriod) (*operation.Output[verdict.PeriodCoverage], error) {
	from, to, err := s.moments(in.PeriodParams)
	if err != nil {
		return nil, operation.Error(err)
	}
	return operation.One(s.app.TestCoverage(ctx, in.ID, from, to))
}

// HeldInput is a test, a period, and which items are wanted.
type HeldInput struct {
	operation.IDParam
	PeriodParams
	HeldParams
	operation.PageParams
}

// HeldParams say which items are wanted.
type HeldParams struct {
	Outcome []verdict.HeldOutcome `query:"outcome" doc:"Only items with one of these outcomes" enum:"yes,no,cannot_say,excluded"`
}

func (s *server) testHeld(ctx context.Context, in *HeldInput) (*operation.Output[verdict.Held], error) {
	from, to, err := s.moments(in.PeriodParams)
	if err != nil {
		return nil, operation.Error(err)
	}
	q := timeline.HeldQuery{From: from, To: to, Outcomes: in.Outcome, Limit: in.Limit, Cursor: in.Cursor}
	return operation.One(s.app.TestHeld(ctx, in.ID, q))
}

func (s *server) startHeld(ctx context.Context, in *TestPeriod) (*operation.Output[host.Task], error) {
	from, to, err := s.moments(in.PeriodParams)
	if err != nil {
		return nil, operation.Error(err)
	}
	return operation.One(s.app.StartHeld(ctx, in.ID, from, to))
}
