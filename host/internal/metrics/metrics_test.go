package metrics_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	dto "github.com/prometheus/client_model/go"

	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/metrics"
)

// programs holds this test binary as the connector "fake".
var programs string

func TestMain(m *testing.M) { os.Exit(hosttest.Run(m, &programs, nil)) }

// measured opens a host with one connection that works and one that does not, and returns its figures.
func measured(t *testing.T, aliases bool) *metrics.Figures {
	t.Helper()
	o := hosttest.Options(t, hosttest.Dir(t), map[string]string{"connectors.dirs": programs})
	o.Unattended = true
	h := hosttest.Open(t, o)
	f := metrics.New(h.App, "1.2.3", aliases)
	ctx, stop := context.WithCancel(context.Background())
	watched := make(chan error, 1)
	go func() { watched <- f.Watch(ctx) }() // ends with stop
	t.Cleanup(func() {
		stop()
		if err := <-watched; err != nil {
			t.Error(err)
		}
	})
	run(t, h, "works", `{"streams":[{"name":"users","records":3}]}`)
	run(t, h, "broken", `{"connect":{"error":"auth.expired"}}`)
	return f
}

func run(t *testing.T, h *boot.Host, alias, settings string) {
	t.Helper()
	n := connections.NewConnection{Connector: "fake", Alias: alias, Settings: json.RawMessage(settings)}
	if _, err := h.AddConnection(hosttest.As(t), n); err != nil {
		t.Fatal(err)
	}
	started, err := h.Sync(hosttest.As(t), alias, connections.SyncRequest{})
	if err == nil {
		_, err = h.WaitRun(t.Context(), started.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// scrape reads the exposition as Prometheus does.
func scrape(t *testing.T, f *metrics.Figures) (map[string]*dto.MetricFamily, string) {
	t.Helper()
	answer := httptest.NewRecorder()
	f.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	text := answer.Body.String()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil || answer.Code != 200 {
		t.Fatalf("%d, %v: %s", answer.Code, err, text)
	}
	return families, text
}

// value returns the value of a figure with these labels, as NAME=VALUE; -1 when there is none.
func value(families map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	for _, m := range families[name].GetMetric() {
		var have []string
		for _, l := range m.GetLabel() {
			have = append(have, l.GetName()+"="+l.GetValue())
		}
		if strings.Join(have, ",") != strings.Join(labels, ",") {
			continue
		}
		switch {
		case m.GetCounter() != nil:
			return m.GetCounter().GetValue()
		case m.GetHistogram() != nil:
			return float64(m.GetHistogram().GetSampleCount())
		}
		return m.GetGauge().GetValue()
	}
	return -1
}

func TestFigures(t *testing.T) {
	t.Parallel()
	f := measured(t, false)
	hosttest.Await(t, "both runs to be counted", func() bool {
		families, _ := scrape(t, f)
		return value(families, "plumbline_runs_total", "cause=", "outcome=succeeded") == 1 &&
			value(families, "plumbline_runs_total", "cause=credential.expired", "outcome=failed") == 1 &&
			value(families, "plumbline_reader_up", "reader=lists") == 1
	})
	families, text := scrape(t, f)
	for name, want := range map[string]float64{
		"plumbline_connections health=healthy,reason=on_time":           1,
		"plumbline_connections health=unhealthy,reason=action_required": 1,
		"plumbline_connections_need_person":                             1,
		"plumbline_records kind=account":                                3,
		"plumbline_schedule_lag_seconds":                                0,
		"plumbline_runs_active state=queued":                            0,
		"plumbline_runs_active state=running":                           0,
		"plumbline_run_duration_seconds outcome=succeeded":              1,
		"plumbline_build_info version=1.2.3":                            1,
		"plumbline_reader_up reader=lists":                              1,
	} {
		name, labels, _ := strings.Cut(name, " ")
		var given []string
		if labels != "" {
			given = strings.Split(labels, ",")
		}
		if got := value(families, name, given...); got != want {
			t.Errorf("%s %s is %v, want %v", name, labels, got, want)
		}
	}
	for _, name := range []string{"plumbline_journal_bytes", "plumbline_disk_free_bytes", "plumbline_reader_behind_seconds", "go_goroutines"} {
		if len(families[name].GetMetric()) == 0 {
			t.Errorf("there is no %s", name)
		}
	}
	for _, told := range []string{"works", "broken", "users-", "@"} {
		if strings.Contains(text, told) {
			t.Errorf("the figures tell %q", told)
		}
	}
	// As many labels as there are states, not as there are connections.
	if n := len(families["plumbline_connections"].GetMetric()); n > 3*8 {
		t.Errorf("%d kinds of connections", n)
	}
}

func TestFiguresOfEachConnectionWhereTheyAreOn(t *testing.T) {
	t.Parallel()
	families, _ := scrape(t, measured(t, true))
	if value(families, "plumbline_connection_healthy", "alias=works") != 1 ||
		value(families, "plumbline_connection_healthy", "alias=broken") != 0 ||
		value(families, "plumbline_connection_last_success_timestamp_seconds", "alias=works") < 1 {
		t.Errorf("%v", families["plumbline_connection_healthy"])
	}
}
