package play

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
)

// judge compares what the agent says of a run with what happened in it.
func (w *World) judge(ctx context.Context, p *played) {
	w.readOracle(p)
	run := p.run
	if !run.Status.Final() {
		w.Complain("truth", "run %d is still %s", p.number, run.Status)
		return
	}
	for _, s := range run.Steps {
		if !s.Status.Final() {
			w.Complain("truth", "run %d is %s, its step %s is %s", p.number, run.Status, s.Name, s.Status)
		}
		if s.Failed() && s.Error == nil {
			w.Complain("truth", "run %d: step %s is %s and does not say why", p.number, s.Name, s.Status)
		}
		if (run.Status == host.StatusSucceeded) && s.Status != host.StatusSucceeded {
			w.Complain("truth", "run %d succeeded, its step %s is %s", p.number, s.Name, s.Status)
		}
	}
	// A run had ended when the agent was killed after its last transaction.
	ended := p.lastWord && run.Status == host.StatusSucceeded
	if p.crashed != (run.Status == host.StatusInterrupted) && !ended {
		w.Complain("truth", "run %d is %s; the agent died in it: %t", p.number, run.Status, p.crashed)
	}
	if run.Status == host.StatusSucceeded && w.Upstream.WasRefused(p.number) {
		w.Complain("truth", "run %d succeeded, but a part was refused", p.number)
	}
	w.counted(p)
	w.healthy(ctx, p)
	w.secrets(ctx, p)
}

// counted compares the counters of the steps with the change log.
func (w *World) counted(p *played) {
	logged := map[string]host.Counts{}
	for _, c := range w.consumer.taken {
		if c.Run != p.run.ID {
			continue
		}
		n := logged[c.Stream]
		switch c.Kind {
		case host.ChangeAdded:
			n.Added++
		case host.ChangeChanged:
			n.Changed++
		case host.ChangeRemoved:
			n.Removed++
		}
		logged[c.Stream] = n
	}
	for _, s := range p.run.Steps {
		if s.Stream == "" {
			continue
		}
		said := host.Counts{Added: s.Added, Changed: s.Changed, Removed: s.Removed}
		// A crash may lose counters of the moment; it must not invent any.
		less := said.Added <= logged[s.Stream].Added && said.Changed <= logged[s.Stream].Changed && said.Removed <= logged[s.Stream].Removed
		if said != logged[s.Stream] && (!p.crashed || !less) {
			w.Complain("truth", "run %d: %s counted %+v, logged are %+v", p.number, s.Stream, said, logged[s.Stream])
		}
	}
}

// healthy compares the connection's health with the run, which is its latest.
func (w *World) healthy(ctx context.Context, p *played) {
	var status host.ConnectionStatus
	if err := w.Agent.Get(ctx, "/connections/"+Alias, nil, &status); err != nil {
		w.Complain("truth", "the connection cannot be read: %v", err)
		return
	}
	var failing []string
	for _, s := range p.run.Steps {
		if s.Failed() {
			failing = append(failing, s.Name)
		}
	}
	want := host.HealthHealthy
	if p.run.Status != host.StatusSucceeded {
		want = host.HealthUnhealthy
	}
	switch {
	case p.run.Status == host.StatusCancelled: // says nothing
	case p.run.Status == host.StatusInterrupted && p.run.StartedAt == nil: // as little
	case status.Health != want || !slices.Equal(status.FailingSteps, failing) && len(failing) > 0:
		w.Complain("truth", "run %d was %s with failing steps %v, health is %s (%s) with %v",
			p.number, p.run.Status, failing, status.Health, status.Reason, status.FailingSteps)
	}
	if status.Activity != host.ActivityIdle {
		w.Complain("truth", "run %d has ended, the connection is %s", p.number, status.Activity)
	}
}

// secrets searches for the token in the texts about a run.
func (w *World) secrets(ctx context.Context, p *played) {
	var logs json.RawMessage
	if err := w.Agent.Get(ctx, "/runs/"+p.run.ID+"/logs", nil, &logs); err != nil {
		w.Complain("truth", "the log of run %d cannot be read: %v", p.number, err)
	}
	run, err := json.Marshal(p.run)
	if err != nil {
		w.Complain("truth", "run %d cannot be encoded: %v", p.number, err)
	}
	for what, text := range map[string]string{
		"the log of run": string(logs), "run": string(run), "the agent's own log at run": w.Agent.Log(),
		"the connector's environment in run": w.director.Heard("connector.connect", "environ"),
	} {
		if strings.Contains(text, w.Canary) {
			w.Complain("left", "a secret is in %s %d", what, p.number)
		}
	}
}
