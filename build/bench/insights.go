package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// fleetSize is how many connections insights are measured over.
const fleetSize = 200

// insights measures the data of the page Insights over many runs: the first answer after a start, which reads them, and later ones.
func (b *bench) insights(ctx context.Context) error {
	dir := filepath.Join(b.dir, "insights")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	args := []string{
		"run", "-trimpath", "./host/internal/fleet/fleettest/cmd/seed", "-dir", dir, "-connections", strconv.Itoa(fleetSize),
		"-runs", strconv.Itoa(b.runs),
	}
	seed := exec.CommandContext(ctx, "go", args...)
	if text, err := seed.CombinedOutput(); err != nil {
		return fmt.Errorf("make runs: %w\n%s", err, text)
	}
	if err := b.with(ctx, "insights", func(a *agent) error { return b.askInsights(ctx, a) }); err != nil {
		return err
	}
	return b.with(ctx, "insights", func(a *agent) error {
		again, err := a.insights(ctx, url.Values{}, fleetSize*b.runs*9/10)
		if err != nil {
			return err
		}
		return b.print(figure{
			Name: "insights_restarted", Figure: ms(again), Unit: "ms", Note: "the first answer after the next start, which reads what was derived",
		})
	})
}

// askInsights asks for the page as different readers would: other rows, other spans.
func (b *bench) askInsights(ctx context.Context, a *agent) error {
	before := anonymous(a.PID())
	first, err := a.insights(ctx, url.Values{}, fleetSize*b.runs*9/10)
	if err != nil {
		return err
	}
	since := time.Now().AddDate(0, 0, -7).UTC().Format(time.DateOnly)
	asked := []url.Values{{}, {"group": {"owner"}}, {"since": {since}}, {"group": {"connector"}, "zone": {"Asia/Kathmandu"}}}
	times := make([]time.Duration, 100)
	for i := range times {
		if times[i], err = a.insights(ctx, asked[i%len(asked)], 1); err != nil {
			return err
		}
	}
	note := fmt.Sprintf("95th percentile of %d answers over %d connections with %d runs each; median %.0f ms; %s",
		len(times), fleetSize, b.runs, ms(percentile(times, 50)), machine())
	return b.print(
		figure{Name: "insights_p95", Figure: ms(percentile(times, 95)), Unit: "ms", Note: note},
		figure{Name: "insights_first", Figure: ms(first), Unit: "ms", Note: "the first answer of a data directory, which reads every run"},
		figure{
			Name: "insights_anonymous", Figure: mib(anonymous(a.PID()) - before), Unit: "MiB",
			Note: "anonymous memory of the agent after these answers, beyond what it had before the first",
		},
	)
}

// insights times one answer, which has at least so many runs.
func (a *agent) insights(ctx context.Context, query url.Values, least int) (time.Duration, error) {
	var answer struct {
		Total struct {
			Runs int `json:"runs"`
		} `json:"total"`
	}
	begun := time.Now()
	err := a.get(ctx, "/insights?"+query.Encode(), &answer)
	took := time.Since(begun)
	if err == nil && answer.Total.Runs < least {
		err = fmt.Errorf("the answer is over %d runs, want at least %d", answer.Total.Runs, least)
	}
	return took, err
}
