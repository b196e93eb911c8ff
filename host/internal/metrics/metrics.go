package metrics

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/event"
)

// gatherTime is how long one scrape may read.
const gatherTime = 20 * time.Second

// Figures are the figures of one agent.
type Figures struct {
	app     *app.App
	aliases bool
	now     func() time.Time

	registry *prometheus.Registry
	runs     *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// New returns the figures of the use cases. Aliases adds figures of each connection, with its alias as a label.
func New(a *app.App, version string, aliases bool) *Figures {
	f := &Figures{
		app: a, aliases: aliases, now: time.Now, registry: prometheus.NewRegistry(),
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "plumbline_runs_total", Help: "Runs that finished since the agent started, by outcome and by the cause of what was not complete.",
		}, []string{"outcome", "cause"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "plumbline_run_duration_seconds", Help: "How long runs took that finished since the agent started.",
			Buckets: []float64{1, 5, 15, 60, 300, 900, 3600, 4 * 3600},
		}, []string{"outcome"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "plumbline_build_info", Help: "1, with the version of the agent.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	f.registry.MustRegister(f.runs, f.duration, build, f, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return f
}

// Handler answers scrapes.
func (f *Figures) Handler() http.Handler {
	return promhttp.HandlerFor(f.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2, Timeout: 2 * gatherTime})
}

// Watch counts runs as they finish, until ctx ends.
func (f *Figures) Watch(ctx context.Context) error {
	for after := f.app.LastEvent(); ctx.Err() == nil; {
		events, last, _ := f.app.Events(ctx, after, 0)
		after = last
		for _, e := range events {
			if e.Topic == "run" && e.Kind == event.KindFinished {
				f.count(ctx, e.ID)
			}
		}
	}
	return nil
}

// count counts one run that has finished. One that is gone already is not counted.
func (f *Figures) count(ctx context.Context, id string) {
	run, err := f.app.Run(id)
	if err != nil || !run.Status.Final() {
		return
	}
	cause := ""
	if run.Status != host.StatusSucceeded {
		cause = "unknown"
		if e, err := f.app.ExplainRun(ctx, id, false); err == nil && e.Cause != nil {
			cause = string(e.Cause.ID)
		}
	}
	f.runs.WithLabelValues(string(run.Status), cause).Inc()
	if run.StartedAt != nil && run.FinishedAt != nil {
		f.duration.WithLabelValues(string(run.Status)).Observe(run.FinishedAt.Sub(*run.StartedAt).Seconds())
	}
}

// description returns what a gauge is called and means.
func description(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("plumbline_"+name, help, labels, nil)
}

var (
	connectionsDesc = description("connections", "Connections, by health and reason; paused and disconnected are reasons.", "health", "reason")
	needDesc        = description("connections_need_person", "Connections that a person has to act on.")
	recordsDesc     = description("records", "Current records, by kind.", "kind")
	lagDesc         = description("schedule_lag_seconds",
		"How long the connection that is overdue the most waits for its run; 0 when none is.")
	activeDesc  = description("runs_active", "Runs that are queued or running now.", "state")
	bytesDesc   = description("journal_bytes", "Size of the journal on the disk.")
	freeDesc    = description("disk_free_bytes", "Free room on the disk that holds the data directory.")
	behindDesc  = description("reader_behind_seconds", "How long a reader of the journal has been behind it; 0 when it is not.", "reader")
	upDesc      = description("reader_up", "1 while a reader follows the journal, 0 while it cannot or is still being built.", "reader")
	healthyDesc = description("connection_healthy",
		"1 for a healthy connection, 0 for another; only where metrics.aliases is on.", "alias")
	successDesc = description("connection_last_success_timestamp_seconds",
		"When the latest complete run of a connection ended; only where metrics.aliases is on.", "alias")
)

// Describe implements prometheus.Collector.
func (f *Figures) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		connectionsDesc, needDesc, recordsDesc, lagDesc, activeDesc, bytesDesc, freeDesc, behindDesc, upDesc, healthyDesc, successDesc,
	} {
		to <- d
	}
}

// Collect implements prometheus.Collector. A figure that cannot be read fails the scrape: an old one would look fine.
func (f *Figures) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), gatherTime)
	defer cancel()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	all, err := f.app.Connections(ctx, connections.Filter{})
	if err != nil {
		to <- prometheus.NewInvalidMetric(connectionsDesc, err)
		return
	}
	f.ofConnections(all, gauge)
	status, err := f.app.Status(ctx)
	if err != nil {
		to <- prometheus.NewInvalidMetric(activeDesc, err)
		return
	}
	gauge(activeDesc, float64(status.Counts.Queued), "queued")
	gauge(activeDesc, float64(status.Counts.Running), "running")
	gauge(freeDesc, float64(status.Disk.Free))
	storage, err := f.app.Storage(ctx)
	if err != nil {
		to <- prometheus.NewInvalidMetric(bytesDesc, err)
		return
	}
	gauge(bytesDesc, float64(storage.Bytes))
	for _, r := range f.app.Readers() {
		behind, up := 0.0, 1.0
		if r.BehindSince != nil {
			behind = max(0, f.now().Sub(*r.BehindSince).Seconds())
		}
		if !r.Follows {
			up = 0
		}
		gauge(behindDesc, behind, r.Name)
		gauge(upDesc, up, r.Name)
	}
}

// ofConnections gives what is counted over connections.
func (f *Figures) ofConnections(all []host.ConnectionStatus, gauge func(d *prometheus.Desc, value float64, labels ...string)) {
	type state struct {
		health host.Health
		reason host.Reason
	}
	states, records := map[state]int{}, map[string]int{}
	need, lag := 0, time.Duration(0)
	for _, c := range all {
		states[state{c.Health, c.Reason}]++
		if c.NeedsYou() {
			need++
		}
		if c.NextRunAt != nil && c.Paused == nil && c.Activity == host.ActivityIdle {
			lag = max(lag, f.now().Sub(*c.NextRunAt))
		}
		for _, s := range c.Streams {
			records[s.Kind] += s.Records
		}
		if !f.aliases {
			continue
		}
		healthy := 0.0
		if c.Health == host.HealthHealthy {
			healthy = 1
		}
		gauge(healthyDesc, healthy, c.Alias)
		if c.LastSuccessAt != nil {
			gauge(successDesc, float64(c.LastSuccessAt.Unix()), c.Alias)
		}
	}
	for s, n := range states {
		gauge(connectionsDesc, float64(n), string(s.health), string(s.reason))
	}
	for kind, n := range records {
		gauge(recordsDesc, float64(n), kind)
	}
	gauge(needDesc, float64(need))
	gauge(lagDesc, lag.Seconds())
}
