package app_test

import (
	"context"
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

// TestAStatusIsNeverOlderThanTheLastRun looks before, between and after runs, so
// that what is kept from one look would show in the next.
func TestAStatusIsNeverOlderThanTheLastRun(t *testing.T) {
	t.Parallel()
	e := setup(t)
	look := func() host.ConnectionStatus {
		t.Helper()
		one, err := e.Connection(as(t), "corp")
		if err != nil {
			t.Fatal(err)
		}
		all, err := e.Connections(as(t), connections.Filter{})
		if err != nil || len(all) != 1 || all[0].Health != one.Health || len(all[0].History) != len(one.History) {
			t.Fatalf("the list says %+v, the connection %+v, %v", all, one, err)
		}
		return one
	}
	users := func(s host.ConnectionStatus) int {
		for _, stream := range s.Streams {
			if stream.Name == "users" {
				return stream.Records
			}
		}
		return -1
	}
	add(t, e, connections.NewConnection{Settings: []byte(`{"streams":[{"name":"users","records":3}]}`)})
	if s := look(); s.Health != host.HealthUnknown || s.LastRun != nil {
		t.Fatalf("before the first run: %s, %+v", s.Health, s.LastRun)
	}
	for n, script := range []string{
		`{"streams":[{"name":"users","records":3}]}`, `{"streams":[{"name":"users","records":5}]}`,
		`{"streams":[{"name":"users","error":"upstream.5xx"}]}`,
	} {
		if _, err := e.EditConnection(as(t), "corp", 0, connections.Edit{Settings: []byte(script)}); err != nil {
			t.Fatal(err)
		}
		run := sync(t, e, "corp")
		want := []int{3, 5, 5}[n]
		s := look()
		if s.LastRun == nil || s.LastRun.ID != run.ID || len(s.History) != n+1 || users(s) != want || s.Activity != host.ActivityIdle {
			t.Errorf("after run %d: last run %+v, %d in the history, %d users; want that run, %d and %d", n+1, s.LastRun, len(s.History),
				users(s), n+1, want)
		}
		if healthy := n < 2; (s.Health == host.HealthHealthy) != healthy {
			t.Errorf("after run %d: %s", n+1, s.Health)
		}
	}
	if err := e.RemoveConnection(as(t), "corp"); err != nil {
		t.Fatal(err)
	}
	add(t, e, connections.NewConnection{Settings: []byte(`{}`)})
	if s := look(); s.Health != host.HealthUnknown || len(s.History) != 0 {
		t.Errorf("a new connection of an old name has a past: %+v", s)
	}
}

// TestALastRunIsInTheHistoryOnceItHasEnded looks all the time while runs end.
func TestALastRunIsInTheHistoryOnceItHasEnded(t *testing.T) {
	t.Parallel()
	e := setup(t)
	add(t, e, connections.NewConnection{Settings: []byte(`{}`)})
	ctx, stop := context.WithCancel(t.Context())
	var lookers errgroup.Group
	for range 4 {
		lookers.Go(func() error { // ends with ctx
			for ctx.Err() == nil {
				s, err := e.Connection(as(t), "corp")
				if err != nil {
					return err
				}
				if s.LastRun != nil && s.LastRun.Status.Final() && (len(s.History) == 0 || s.History[0].ID != s.LastRun.ID) {
					return fmt.Errorf("run %s has ended and is not in the history of %d", s.LastRun.ID, len(s.History))
				}
			}
			return nil
		})
	}
	for range 20 {
		sync(t, e, "corp")
	}
	stop()
	if err := lookers.Wait(); err != nil {
		t.Error(err)
	}
}
