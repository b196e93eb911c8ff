package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

const (
	crowdRecords = 10 // of each connection
	crowdSlots   = 64 // sync.max_runs as it is by default
	idleTime     = time.Minute
	vendorTime   = 20 * time.Second // that each of the waiting crowd waits for its vendor
)

// throng is a number of connections that are due at one moment.
type throng struct {
	*bench
	name        string // of its data directory, and what its figures begin with
	connections int
	wait        time.Duration // for the vendor, in each run
}

// crowd measures connections that are due at one moment, and what an agent that holds
// them costs while nothing is due.
func (b *bench) crowd(ctx context.Context) error {
	return throng{bench: b, name: "crowd", connections: b.connections}.measure(ctx, b.idle)
}

// waitingCrowd measures the same with connectors that mostly wait for their vendors.
func (b *bench) waitingCrowd(ctx context.Context) error {
	rest := func(context.Context, *agent) error { return nil }
	return throng{bench: b, name: "waiting", connections: b.waiting, wait: vendorTime}.measure(ctx, rest)
}

// measure adds connections, lets all be due at one moment and checks their runs.
func (c throng) measure(ctx context.Context, then func(context.Context, *agent) error) error {
	begun := time.Now()
	due := begun.Add(time.Duration(c.connections) * 60 * time.Millisecond).Truncate(time.Minute).Add(2 * time.Minute)
	if err := c.with(ctx, c.name, func(a *agent) error {
		if err := c.add(ctx, a, due); err != nil {
			return err
		}
		if time.Now().After(due) {
			return fmt.Errorf("adding took until %s, when the first were already due", time.Now().Format(time.TimeOnly))
		}
		return c.print(figure{
			Name: c.name + "_add", Figure: perSecond(c.connections, time.Since(begun)), Unit: "connections/s",
			Note: fmt.Sprintf("%d connections added one after the other over the API", c.connections),
		})
	}); err != nil {
		return err
	}
	// Both minutes of the schedule pass, and the time over which the scheduler spreads
	// runs, while no agent runs: at its start every connection is due, once.
	if err := pauseUntil(ctx, due.Add(time.Minute+10*time.Second)); err != nil {
		return err
	}
	return c.with(ctx, c.name, func(a *agent) error {
		if err := c.rush(ctx, a); err != nil {
			return err
		}
		return then(ctx, a)
	})
}

// add adds the connections, due at the given minute and the one after: with
// minutes so close, the scheduler spreads runs over less than six seconds.
func (c throng) add(ctx context.Context, a *agent, due time.Time) error {
	next := due.Add(time.Minute)
	schedule := fmt.Sprintf("%d,%d %d * * *", due.Minute(), next.Minute(), due.Hour())
	if next.Hour() != due.Hour() {
		schedule = fmt.Sprintf("%d,%d %d * * *", due.Minute()-1, due.Minute(), due.Hour())
	}
	settings := script(crowdRecords, crowdRecords, 0)
	settings["connect"] = map[string]any{"delay_ms": c.wait.Milliseconds()}
	for i := range c.connections {
		if err := a.add(ctx, fmt.Sprintf("c%04d", i), schedule, settings); err != nil {
			return err
		}
	}
	return nil
}

// observed is what was seen of a throng while it ran.
type observed struct {
	programs int             // most connector processes at one moment
	memory   int64           // most bytes that the agent and its connectors took at one moment
	answers  []time.Duration // of GET /status
	slowest  time.Duration   // after the start, when the slowest of them was asked for
	took     time.Duration
}

func (c throng) rush(ctx context.Context, a *agent) error {
	seen, err := c.observe(ctx, a)
	if err != nil {
		return err
	}
	runs, err := crowdRuns(ctx, a)
	if err != nil {
		return err
	}
	atOnce, err := c.check(runs, seen.programs)
	if err != nil {
		return err
	}
	if left := children(a.PID()); len(left) > 0 {
		return fmt.Errorf("connector processes are left after the last run: %v", left)
	}
	waits, err := firstRecords(ctx, a, runs)
	if err != nil {
		return err
	}
	cpu := processorTime(a.PID())
	all := fmt.Sprintf("%d connections due at one moment, each with %s of waiting: all ran, once, in %.1f s; ",
		c.connections, c.wait, seen.took.Seconds())
	all += fmt.Sprintf("at most %d went on at once, %d connector processes were seen, none is left", atOnce, seen.programs)
	first := fmt.Sprintf("start of a run to its first record stored, p95 of %d runs; the median is %.0f ms", len(waits),
		ms(percentile(waits, 50)))
	answers := fmt.Sprintf("slowest of %d answers to GET /status, asked five times a second, %.1f s after the first; p95 is %.0f ms",
		len(seen.answers), seen.slowest.Seconds(), ms(percentile(seen.answers, 95)))
	const together = "largest sum of the resident memory of the host and its connectors; pages of programs count for each"
	perRun := ms(cpu) / float64(c.connections)
	return c.print(
		figure{Name: c.name, Figure: perSecond(c.connections, seen.took), Unit: "runs/s", Note: all},
		figure{Name: c.name + "_cpu_host", Figure: perRun, Unit: "ms/run", Note: "processor time of the host for each run"},
		figure{Name: c.name + "_first_record", Figure: ms(percentile(waits, 95)), Unit: "ms", Note: first},
		figure{Name: c.name + "_status", Figure: ms(percentile(seen.answers, 100)), Unit: "ms", Note: answers},
		figure{Name: c.name + "_anonymous", Figure: mib(a.anonymous.Load()), Unit: "MiB", Note: "largest anonymous memory of the host"},
		figure{Name: c.name + "_rss_all", Figure: mib(seen.memory), Unit: "MiB", Note: together},
	)
}

// observe asks five times a second until every connection of a throng has its verdict
// and no run goes on.
func (c throng) observe(ctx context.Context, a *agent) (seen observed, err error) {
	begun := time.Now()
	err = poll(ctx, 200*time.Millisecond, 40*time.Minute, func() (bool, error) {
		programs, resident := children(a.PID()), memory(a.PID(), "VmRSS:")
		for _, pid := range programs {
			resident += memory(pid, "VmRSS:")
		}
		seen.programs, seen.memory = max(seen.programs, len(programs)), max(seen.memory, resident)
		asked := time.Now()
		var status struct {
			Counts struct{ Healthy, Unhealthy, Unknown, Queued, Running int } `json:"counts"`
		}
		err := a.get(ctx, "/status", &status)
		took := time.Since(asked)
		if len(seen.answers) == 0 || took > slices.Max(seen.answers) {
			seen.slowest = asked.Sub(begun)
		}
		seen.answers = append(seen.answers, took)
		n := status.Counts
		return n.Healthy+n.Unhealthy == c.connections && n.Queued+n.Running == 0, err
	})
	if err != nil {
		return seen, fmt.Errorf("wait for the crowd: %w", err)
	}
	seen.took = time.Since(begun)
	return seen, nil
}

// check compares the recorded runs with the promises: every connection ran once, and
// at most crowdSlots at one moment. It returns how many ran at one moment.
func (c throng) check(runs []host.Run, programs int) (atOnce int, err error) {
	ran := map[string]int{}
	type edge struct {
		at    time.Time
		delta int
	}
	var edges []edge
	for _, r := range runs {
		ran[r.Connection]++
		if r.Status != host.StatusSucceeded || r.StartedAt == nil || r.FinishedAt == nil {
			return 0, fmt.Errorf("run %s ended as %s", r.ID, r.Status)
		}
		edges = append(edges, edge{*r.StartedAt, 1}, edge{*r.FinishedAt, -1})
	}
	if len(ran) != c.connections {
		return 0, fmt.Errorf("%d connections ran, want %d", len(ran), c.connections)
	}
	for connection, n := range ran {
		if n != 1 {
			return 0, fmt.Errorf("connection %s ran %d times, want once", connection, n)
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.delta, b.delta)) })
	now := 0
	for _, e := range edges {
		now += e.delta
		atOnce = max(atOnce, now)
	}
	if most := max(atOnce, programs); most > crowdSlots {
		return 0, fmt.Errorf("%d runs or connector processes at one moment, at most %d may be", most, crowdSlots)
	}
	return atOnce, nil
}

func crowdRuns(ctx context.Context, a *agent) (all []host.Run, err error) {
	cursor := ""
	for {
		var page struct {
			Items []host.Run `json:"items"`
			Next  string     `json:"next_cursor"`
		}
		if err := a.get(ctx, "/runs?limit=1000&cursor="+url.QueryEscape(cursor), &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}

// firstRecords returns how long a sample of the runs took from their start to
// their first record on disk, as the change log has it.
func firstRecords(ctx context.Context, a *agent, runs []host.Run) ([]time.Duration, error) {
	var waits []time.Duration
	for i := 0; i < len(runs); i += max(len(runs)/50, 1) {
		var page struct {
			Items []host.Change `json:"items"`
		}
		if err := a.get(ctx, "/connections/"+runs[i].Connection+"/changes?run="+runs[i].ID, &page); err != nil {
			return nil, err
		}
		if len(page.Items) != crowdRecords {
			return nil, fmt.Errorf("run %s stored %d records, want %d", runs[i].ID, len(page.Items), crowdRecords)
		}
		first := slices.MinFunc(page.Items, func(a, b host.Change) int { return a.At.Compare(b.At) })
		waits = append(waits, first.At.Sub(*runs[i].StartedAt))
	}
	return waits, nil
}

// idle measures what the agent takes while nothing is due: alone, and with one
// screen that waits for news.
func (b *bench) idle(ctx context.Context, a *agent) error {
	tail, err := rested(ctx, a)
	if err != nil {
		return err
	}
	alone, err := share(ctx, a, idleTime)
	if err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- a.watch(watching) }() // ends with stop
	watched, err := share(ctx, a, idleTime)
	stop()
	if err := errors.Join(err, <-done); err != nil {
		return err
	}
	note := fmt.Sprintf("%d connections with schedules, no client, over %s, begun %.0f s after the crowd",
		b.connections, idleTime, tail.Seconds())
	const screen = "the same with one screen that lists the connections and waits for news"
	return b.print(
		figure{Name: "idle_cpu", Figure: alone, Unit: "% of a core", Note: note},
		figure{Name: "idle_cpu_screen", Figure: watched, Unit: "% of a core", Note: screen},
		figure{Name: "idle_anonymous", Figure: mib(anonymous(a.PID())), Unit: "MiB", Note: "of the host after that"},
	)
}

// rested waits until the processor time of the agent shows that it has finished the
// work after the crowd, and returns how long that took.
func rested(ctx context.Context, a *agent) (time.Duration, error) {
	const window, quiet = 10 * time.Second, 2.0 // percent of a core
	begun := time.Now()
	for time.Since(begun) < 10*time.Minute {
		taken, err := share(ctx, a, window)
		if err != nil {
			return 0, err
		}
		if taken < quiet {
			return time.Since(begun), nil
		}
	}
	return 0, fmt.Errorf("the agent is still busy after %s", time.Since(begun).Round(time.Second))
}

// share returns the processor time of the agent over a while, in percent of a core.
func share(ctx context.Context, a *agent, over time.Duration) (float64, error) {
	before, begun := processorTime(a.PID()), time.Now()
	if err := pauseUntil(ctx, begun.Add(over)); err != nil {
		return 0, err
	}
	after, took := processorTime(a.PID()), time.Since(begun)
	if before == 0 || after < before {
		return 0, errors.New("the agent has ended, or the system does not report its processor time")
	}
	return 100 * (after - before).Seconds() / took.Seconds(), nil
}

// watch does what the list of connections on a screen does: it loads once and
// then waits for hints.
func (a *agent) watch(ctx context.Context) error {
	var hints struct {
		Last uint64 `json:"last"`
	}
	err := a.get(ctx, "/events", &hints)
	for shown := hints.Last + 1; err == nil && ctx.Err() == nil; {
		if shown != hints.Last {
			shown, err = hints.Last, a.get(ctx, "/connections", nil)
			continue
		}
		err = a.get(ctx, fmt.Sprintf("/events?after=%d&wait=25s", shown), &hints)
	}
	if ctx.Err() == nil {
		return err
	}
	return nil
}

func percentile(times []time.Duration, p int) time.Duration {
	return slices.Sorted(slices.Values(times))[min(len(times)*p/100, len(times)-1)]
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// processorTime returns the processor time a process has taken, without that of
// the processes it started. Linux counts in hundredths of a second.
func processorTime(pid int) time.Duration {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0
	}
	// The name may hold spaces and brackets; the numbers follow the last one.
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	ticks := int64(0)
	for _, f := range fields[11:13] { // user and system
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

func pauseUntil(ctx context.Context, at time.Time) error {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
