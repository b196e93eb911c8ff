package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	crowdRecords = 10 // of each connection
	crowdSlots   = 4  // sync.max_runs as it is by default
	idleTime     = time.Minute
)

// crowdRun is what the API says of one of the crowd's runs.
type crowdRun struct {
	ID         string     `json:"id"`
	Connection string     `json:"connection"`
	Trigger    string     `json:"trigger"`
	Status     string     `json:"status"`
	QueuedAt   time.Time  `json:"queued_at"`
	StartedAt  *time.Time `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at"`
}

// crowd adds many connections, lets all be due at one moment, checks what became
// of them, and measures what an agent that holds them costs while nothing is due.
func (b *bench) crowd(ctx context.Context) error {
	a, err := b.agent(ctx, "crowd")
	if err != nil {
		return err
	}
	begun := time.Now()
	due := begun.Add(time.Duration(b.connections) * 60 * time.Millisecond).Truncate(time.Minute).Add(2 * time.Minute)
	if err := b.addCrowd(ctx, a, due); err != nil {
		return a.abort(err)
	}
	if err := b.print(figure{
		Name: "crowd_add", Figure: perSecond(b.connections, time.Since(begun)), Unit: "connections/s",
		Note: fmt.Sprintf("%d connections added one after the other over the API", b.connections),
	}); err != nil {
		return a.abort(err)
	}
	if time.Now().After(due) {
		return a.abort(fmt.Errorf("adding took until %s, when the first were already due", time.Now().Format(time.TimeOnly)))
	}
	if err := a.stop(); err != nil {
		return err
	}
	// Both minutes of the schedule pass, and what it spreads runs by, while no agent
	// is there: at its start every connection is due, once.
	if err := pauseUntil(ctx, due.Add(time.Minute+10*time.Second)); err != nil {
		return err
	}
	if a, err = b.agent(ctx, "crowd"); err != nil {
		return err
	}
	if err := b.rush(ctx, a); err != nil {
		return a.abort(err)
	}
	if err := b.idle(ctx, a); err != nil {
		return a.abort(err)
	}
	return a.stop()
}

// addCrowd adds the connections, due at the given minute and the one after: two
// minutes so close keep what the scheduler spreads runs by below six seconds.
func (b *bench) addCrowd(ctx context.Context, a *agent, due time.Time) error {
	next := due.Add(time.Minute)
	schedule := fmt.Sprintf("%d,%d %d * * *", due.Minute(), next.Minute(), due.Hour())
	if next.Hour() != due.Hour() {
		schedule = fmt.Sprintf("%d,%d %d * * *", due.Minute()-1, due.Minute(), due.Hour())
	}
	for i := range b.connections {
		body := map[string]any{
			"connector": "fake", "alias": fmt.Sprintf("c%04d", i), "schedule": schedule, "settings": script(crowdRecords, crowdRecords, 0),
		}
		if err := a.call(ctx, http.MethodPost, "/connections", body, nil); err != nil {
			return err
		}
	}
	return nil
}

// rush follows the runs of a crowd to their end and checks them.
func (b *bench) rush(ctx context.Context, a *agent) error {
	begun, most, slowest := time.Now(), 0, time.Duration(0)
	err := poll(ctx, 200*time.Millisecond, 20*time.Minute, func() (bool, error) {
		most = max(most, len(children(a.cmd.Process.Pid)))
		asked := time.Now()
		var status struct {
			Counts struct{ Healthy, Unhealthy, Unknown, Queued, Running int } `json:"counts"`
		}
		err := a.call(ctx, http.MethodGet, "/status", nil, &status)
		slowest = max(slowest, time.Since(asked))
		n := status.Counts
		return n.Healthy+n.Unhealthy == b.connections && n.Queued+n.Running == 0, err
	})
	if err != nil {
		return fmt.Errorf("wait for the crowd: %w", err)
	}
	took := time.Since(begun)
	runs, err := crowdRuns(ctx, a)
	if err != nil {
		return err
	}
	if err := b.checkCrowd(runs, most); err != nil {
		return err
	}
	if left := children(a.cmd.Process.Pid); len(left) > 0 {
		return fmt.Errorf("connector processes are left after the last run: %v", left)
	}
	waits, err := firstRecords(ctx, a, runs)
	if err != nil {
		return err
	}
	cpu := processorTime(a.cmd.Process.Pid)
	return b.printAll(
		figure{Name: "crowd", Figure: perSecond(b.connections, took), Unit: "runs/s", Note: fmt.Sprintf(
			"%d connections due at one moment, %d at once: all ran, once, in %.1f s; at most %d connector processes were seen, none is left", b.connections, crowdSlots, took.Seconds(), most)},
		figure{Name: "crowd_cpu_host", Figure: ms(cpu) / float64(b.connections), Unit: "ms/run", Note: "processor time of the host, its start included, for each run"},
		figure{Name: "crowd_first_record", Figure: ms(percentile(waits, 95)), Unit: "ms", Note: fmt.Sprintf(
			"start of a run to its first record stored, p95 of %d runs while %d go on at once; the median is %.0f ms", len(waits), crowdSlots, ms(percentile(waits, 50)))},
		figure{Name: "crowd_status", Figure: ms(slowest), Unit: "ms", Note: "slowest answer to GET /status while the crowd ran, asked five times a second"},
		figure{Name: "crowd_rss", Figure: mib(peak(a.cmd.Process.Pid)), Unit: "MiB", Note: "largest resident memory of the host"},
	)
}

// checkCrowd holds what the agent recorded against what was promised: everybody
// ran, once, and no more at one moment than may.
func (b *bench) checkCrowd(runs []crowdRun, most int) error {
	ran := map[string]int{}
	type edge struct {
		at    time.Time
		delta int
	}
	var edges []edge
	for _, r := range runs {
		ran[r.Connection]++
		if r.Status != "succeeded" || r.StartedAt == nil || r.FinishedAt == nil {
			return fmt.Errorf("run %s ended as %s", r.ID, r.Status)
		}
		edges = append(edges, edge{*r.StartedAt, 1}, edge{*r.FinishedAt, -1})
	}
	if len(ran) != b.connections {
		return fmt.Errorf("%d connections ran, want %d", len(ran), b.connections)
	}
	for connection, n := range ran {
		if n != 1 {
			return fmt.Errorf("connection %s ran %d times, want once", connection, n)
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.delta, b.delta)) })
	for at, i := 0, 0; i < len(edges); i++ {
		if at += edges[i].delta; at > crowdSlots {
			return fmt.Errorf("%d runs went on at %s, at most %d may", at, edges[i].at.Format(time.RFC3339Nano), crowdSlots)
		}
	}
	if most > crowdSlots {
		return fmt.Errorf("%d connector processes at one moment, at most %d may be", most, crowdSlots)
	}
	return nil
}

func crowdRuns(ctx context.Context, a *agent) (all []crowdRun, err error) {
	cursor := ""
	for {
		var page struct {
			Items []crowdRun `json:"items"`
			Next  string     `json:"next_cursor"`
		}
		if err := a.call(ctx, http.MethodGet, "/runs?limit=1000&cursor="+url.QueryEscape(cursor), nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}

// firstRecords returns how long a sample of the runs took from their start to
// their first record on disk, as the change log has it, sorted.
func firstRecords(ctx context.Context, a *agent, runs []crowdRun) ([]time.Duration, error) {
	var waits []time.Duration
	for i := 0; i < len(runs); i += max(len(runs)/50, 1) {
		var page struct {
			Items []struct {
				At time.Time `json:"at"`
			} `json:"items"`
		}
		if err := a.call(ctx, http.MethodGet, "/connections/"+runs[i].Connection+"/changes?run="+runs[i].ID, nil, &page); err != nil {
			return nil, err
		}
		if len(page.Items) != crowdRecords {
			return nil, fmt.Errorf("run %s stored %d records, want %d", runs[i].ID, len(page.Items), crowdRecords)
		}
		first := page.Items[0].At
		for _, c := range page.Items {
			if c.At.Before(first) {
				first = c.At
			}
		}
		waits = append(waits, first.Sub(*runs[i].StartedAt))
	}
	slices.Sort(waits)
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
	rss := mib(memory(a.cmd.Process.Pid, "VmRSS:"))
	return b.printAll(
		figure{Name: "idle_cpu", Figure: alone, Unit: "% of a core", Note: fmt.Sprintf("%d connections with schedules, nobody looks, over %s, begun %.0f s after the crowd", b.connections, idleTime, tail.Seconds())},
		figure{Name: "idle_cpu_screen", Figure: watched, Unit: "% of a core", Note: "the same with one screen that lists the connections and waits for news"},
		figure{Name: "idle_rss", Figure: rss, Unit: "MiB", Note: "resident memory of the host after that"},
	)
}

// rested waits until the agent is done with what the crowd left it to do, which
// shows in its processor time, and returns how long that took.
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
	return 0, fmt.Errorf("the agent did not come to rest in %s", time.Since(begun).Round(time.Second))
}

// share returns the processor time of the agent over a while, in percent of a core.
func share(ctx context.Context, a *agent, over time.Duration) (float64, error) {
	before, begun := processorTime(a.cmd.Process.Pid), time.Now()
	if err := pauseUntil(ctx, begun.Add(over)); err != nil {
		return 0, err
	}
	after, took := processorTime(a.cmd.Process.Pid), time.Since(begun)
	if before == 0 || after < before {
		return 0, errors.New("the agent has ended, or the system does not tell its processor time")
	}
	return 100 * (after - before).Seconds() / took.Seconds(), nil
}

// watch does what the list of connections on a screen does: it loads once and
// then waits for hints.
func (a *agent) watch(ctx context.Context) error {
	var hints struct {
		Last uint64 `json:"last"`
	}
	if err := a.call(ctx, http.MethodGet, "/events", nil, &hints); err != nil {
		return err
	}
	for load := true; ctx.Err() == nil; {
		if load {
			if err := a.call(ctx, http.MethodGet, "/connections", nil, nil); err != nil && ctx.Err() == nil {
				return err
			}
		}
		before := hints.Last
		err := a.call(ctx, http.MethodGet, fmt.Sprintf("/events?after=%d&wait=25s", before), nil, &hints)
		if err != nil && ctx.Err() == nil {
			return err
		}
		load = hints.Last != before
	}
	return nil
}

func (b *bench) printAll(figures ...figure) error {
	for _, f := range figures {
		if err := b.print(f); err != nil {
			return err
		}
	}
	return nil
}

func percentile(sorted []time.Duration, p int) time.Duration {
	return sorted[min(len(sorted)*p/100, len(sorted)-1)]
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
