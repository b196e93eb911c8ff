package spans_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	wire "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/spans"
)

// programs holds this test binary as the connector "fake".
var programs string

func TestMain(m *testing.M) { os.Exit(hosttest.Run(m, &programs, nil)) }

// receiver is a collector that keeps the spans it gets, or refuses them.
type receiver struct {
	refuses bool

	mu    sync.Mutex
	spans []*wire.Span
	asked int
}

// ServeHTTP implements http.Handler.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	raw, err := io.ReadAll(request.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	var sent collector.ExportTraceServiceRequest
	if err != nil || r.refuses || request.URL.Path != "/v1/traces" || proto.Unmarshal(raw, &sent) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for _, resource := range sent.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			r.spans = append(r.spans, scope.GetSpans()...)
		}
	}
}

func (r *receiver) got() (spans []*wire.Span, asked int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append(spans, r.spans...), r.asked
}

// watched opens a host whose runs are sent to a collector. Stop ends the sender, which sends what waits.
func watched(t *testing.T, endpoint string) (h *boot.Host, stop func()) {
	t.Helper()
	o := hosttest.Options(t, hosttest.Dir(t), map[string]string{"connectors.dirs": programs})
	h = hosttest.Open(t, o)
	s, err := spans.Open(t.Context(), h.App, endpoint, "test", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Watch(ctx) }() // ends with stop
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return h, stop
}

func sync1(t *testing.T, h *boot.Host, alias, settings string) host.Run {
	t.Helper()
	n := connections.NewConnection{Connector: "fake", Alias: alias, Settings: json.RawMessage(settings)}
	if _, err := h.AddConnection(hosttest.As(t), n); err != nil {
		t.Fatal(err)
	}
	started, err := h.Sync(hosttest.As(t), alias, connections.SyncRequest{})
	if err != nil {
		t.Fatal(err)
	}
	run, err := h.WaitRun(t.Context(), started.ID)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func attribute(s *wire.Span, name string) string {
	for _, a := range s.GetAttributes() {
		if a.GetKey() == name {
			return a.GetValue().GetStringValue()
		}
	}
	return ""
}

func TestARunIsASpanWithItsStepsInIt(t *testing.T) {
	t.Parallel()
	collected := &receiver{}
	server := httptest.NewServer(collected)
	t.Cleanup(server.Close)
	h, _ := watched(t, server.URL)
	run := sync1(t, h, "corp", `{"streams":[{"name":"users","records":3},{"name":"groups","records":2,"fail_at":1,"error":"auth.expired"}]}`)
	var all []*wire.Span
	hosttest.Await(t, "the spans", func() bool { all, _ = collected.got(); return len(all) > len(run.Steps)-2 && len(all) > 0 })
	var root *wire.Span
	steps := map[string]*wire.Span{}
	for _, s := range all {
		if len(s.GetParentSpanId()) == 0 {
			root = s
		} else {
			steps[attribute(s, "plumbline.step")] = s
		}
		if attribute(s, "plumbline.run") != run.ID {
			t.Errorf("a span is of the run %q", attribute(s, "plumbline.run"))
		}
		if raw := s.String(); strings.Contains(raw, "scripted") || strings.Contains(raw, "users-") {
			t.Errorf("a span tells what the vendor says or what was read: %s", raw)
		}
	}
	if root == nil || attribute(root, "plumbline.status") != string(run.Status) ||
		root.GetStatus().GetCode() != wire.Status_STATUS_CODE_ERROR {
		t.Fatalf("the run is %v", root)
	}
	if at := time.Unix(0, int64(root.GetEndTimeUnixNano())); !at.Equal(*run.FinishedAt) {
		t.Errorf("it ended at %s, not %s", at, run.FinishedAt)
	}
	for _, want := range run.Steps {
		if want.StartedAt == nil || want.FinishedAt == nil {
			continue
		}
		s := steps[want.Name]
		if s == nil || hex.EncodeToString(s.GetParentSpanId()) != hex.EncodeToString(root.GetSpanId()) {
			t.Errorf("the step %s is %v", want.Name, s)
			continue
		}
		if failed := s.GetStatus().GetCode() == wire.Status_STATUS_CODE_ERROR; failed != want.Failed() {
			t.Errorf("the step %s failed: %t", want.Name, failed)
		}
	}
}

func TestACollectorThatRefusesHarmsNoRun(t *testing.T) {
	t.Parallel()
	refusing := &receiver{refuses: true}
	server := httptest.NewServer(refusing)
	t.Cleanup(server.Close)
	for name, endpoint := range map[string]string{"refuses": server.URL, "is gone": "http://127.0.0.1:1"} {
		h, _ := watched(t, endpoint)
		for _, alias := range []string{"one", "two"} {
			if run := sync1(t, h, alias, `{"streams":[{"name":"users","records":3}]}`); run.Status != host.StatusSucceeded {
				t.Errorf("with a collector that %s the run ended as %s: %v", name, run.Status, run.Error)
			}
		}
	}
	hosttest.Await(t, "the collector to be asked", func() bool { _, asked := refusing.got(); return asked > 0 })
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for endpoint, fine := range map[string]bool{
		"": true, "http://127.0.0.1:4318": true, "https://otel.example": true, "127.0.0.1:4318": false, "http://a:b@c": false, "ftp://x": false,
	} {
		if (spans.Validate(endpoint) == nil) != fine {
			t.Errorf("%q is an endpoint: %t", endpoint, !fine)
		}
	}
}
