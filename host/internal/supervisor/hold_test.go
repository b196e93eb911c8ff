package supervisor_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/budget"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
	"github.com/plumbline-dev/plumbline/host/internal/tenant"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// asker reads users from a real HTTP server, one request for each, by as many
// requests as its settings say.
func asker() *sdk.Connector {
	return &sdk.Connector{
		ID: "asker", Name: "Asker", Version: "1.0.0", Vendor: "Plumbline", Summary: "Asks a server.", Categories: []string{"custom"},
		Guide: "Asks. Takes about 1 minute.\n\n## Step 1: Begin\nDo it.\n\n**Expected outcome:** It is done.\n",
		ConfigSchema: []byte(`{"type":"object","additionalProperties":false,"required":["base_url","requests"],"properties":{
			"base_url":{"type":"string"},"requests":{"type":"integer"}}}`),
		Network: []sdk.NetworkHost{{Host: "{base_url}", Purpose: "The server"}},
		Limits:  sdk.Limits{TenantSettings: []string{"base_url"}},
		Streams: []sdk.Stream{{Name: "users", Title: "Users", Kind: kind.KindAccount, Read: askUsers}},
	}
}

func askUsers(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	var settings struct {
		BaseURL  string `json:"base_url"`
		Requests int    `json:"requests"`
	}
	if err := s.Settings(&settings); err != nil {
		return err
	}
	c, err := s.HTTP(sdk.HTTPOptions{BaseURL: settings.BaseURL})
	if err != nil {
		return err
	}
	for n := range settings.Requests {
		id := fmt.Sprint(n)
		if _, err := c.Get(ctx, "/users/"+id, nil); err != nil {
			return err
		}
		if err := out.Put(id, kind.Account{ExternalID: id, Status: "active", Type: "human"}); err != nil {
			return err
		}
	}
	return nil
}

// vendor counts the requests of a tenant and refuses as it is told.
type vendor struct {
	*httptest.Server

	mu     sync.Mutex
	at     []time.Time
	refuse int           // requests still to refuse
	wait   int           // seconds, with a refusal
	hang   chan struct{} // what is not refused waits for this; nil = nothing does
}

func newVendor(t *testing.T) *vendor {
	t.Helper()
	v := &vendor{}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		v.mu.Lock()
		v.at = append(v.at, time.Now())
		refused, hang := v.refuse > 0, v.hang
		if refused {
			v.refuse--
			w.Header().Set("Retry-After", fmt.Sprint(v.wait))
			w.WriteHeader(http.StatusTooManyRequests)
		}
		v.mu.Unlock()
		if !refused && hang != nil {
			<-hang
		}
	}))
	t.Cleanup(v.Close)
	return v
}

func (v *vendor) requests() []time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.at)
}

// limit gives every connection of the test one tenant with this limit.
func limit(l budget.Limit) func(*bundle, *supervisor.Config) {
	return func(b *bundle, _ *supervisor.Config) {
		b.tenant = tenant.Tenant{Key: "acme", Name: "acme.example.com", Limit: l}
	}
}

func (v *vendor) script(requests int) string {
	return fmt.Sprintf(`{"base_url":%q,"requests":%d}`, v.URL, requests)
}

func TestConnectionsOfOneTenantStayWithinItsBudgetTogether(t *testing.T) {
	t.Parallel()
	const rate, each, connections = 20, 50, 4
	v := newVendor(t)
	b := setup(t, limit(budget.Limit{Rate: rate}))
	runs := make([]host.Run, connections)
	for i := range runs {
		runs[i] = b.start(t, b.connection(t, "asker", fmt.Sprint("c", i), v.script(each)), supervisor.Options{Trigger: host.TriggerSchedule})
	}
	for i := range runs {
		run := b.ended(t, runs[i].ID)
		if users := step(run, "users"); run.Status != host.StatusSucceeded || users.Requests != each || users.Waited == 0 {
			t.Errorf("%s with %d requests in the books, %v s waited", told(run), users.Requests, users.Waited)
		}
	}
	at := v.requests()
	slices.SortFunc(at, time.Time.Compare)
	if len(at) != connections*each {
		t.Fatalf("%d requests were made, want %d", len(at), connections*each)
	}
	// In any three seconds no more than the budget and a tenth.
	const window, most = 3, rate * 3 * 11 / 10
	for i := range at {
		n := 0
		for _, other := range at[i:] {
			if other.Sub(at[i]) < window*time.Second {
				n++
			}
		}
		if n > most {
			t.Fatalf("%d requests within %d s, at most %d may be", n, window, most)
		}
	}
	took := at[len(at)-1].Sub(at[0]).Seconds()
	t.Logf("%d requests by %d runs in %.1f s: %.1f a second of %d", len(at), connections, took, float64(len(at)-1)/took, rate)
}

func TestWhoEndsLeavesItsPartToTheOthers(t *testing.T) {
	t.Parallel()
	const rate, requests = 20, 100
	v := newVendor(t)
	b := setup(t, limit(budget.Limit{Rate: rate}))
	short := b.start(t, b.connection(t, "asker", "short", v.script(5)), supervisor.Options{Trigger: host.TriggerManual})
	long := b.start(t, b.connection(t, "asker", "long", v.script(requests)), supervisor.Options{Trigger: host.TriggerManual})
	b.ended(t, short.ID)
	from := len(v.requests())
	b.ended(t, long.ID)
	at := v.requests()[from:]
	if took, most := at[len(at)-1].Sub(at[0]), time.Duration(len(at))*time.Second*14/10/rate; took > most {
		t.Errorf("alone it took %s for %d requests, want below %s", took, len(at), most)
	}
}

func TestARefusalOfOneSlowsTheOthersOfItsTenant(t *testing.T) {
	t.Parallel()
	v, calm := newVendor(t), newVendor(t)
	b := setup(t, limit(budget.Limit{}))
	busy := b.start(t, b.connection(t, "asker", "busy", calm.script(100_000)), supervisor.Options{Trigger: host.TriggerManual})
	b.await(t, busy.ID, "asking", func(r host.Run) bool { return step(r, "users").Requests > 10 })
	hang := make(chan struct{})
	release := sync.OnceFunc(func() { close(hang) })
	defer release() // a vendor that hangs would keep the test from ending
	v.mu.Lock()
	v.refuse, v.wait, v.hang = 1, 3, hang
	v.mu.Unlock()
	refused := b.start(t, b.connection(t, "asker", "refused", v.script(2)), supervisor.Options{Trigger: host.TriggerManual})
	run := b.await(t, busy.ID, "told to wait", func(r host.Run) bool { return step(r, "users").WaitUntil != nil })
	if note := step(run, "users").Note; !strings.Contains(note, "share") {
		t.Errorf("the person is told %q", note)
	}
	// A third of the tenant does not begin before the wait is over, and then does
	// though nobody has left.
	third := b.start(t, b.connection(t, "asker", "third", calm.script(1)), supervisor.Options{Trigger: host.TriggerManual})
	waiting, _ := b.supervisor.Run(third.ID)
	if q := waiting.Queue; q == nil || q.WaitsFor != host.WaitsForBudget || q.Subject != "acme.example.com" || q.Until == nil {
		t.Errorf("the third waits as %+v", q)
	}
	if run := b.ended(t, third.ID); run.Status != host.StatusSucceeded {
		t.Errorf("the third: %s", told(run))
	}
	release()
	if run := b.ended(t, refused.ID); run.Status != host.StatusSucceeded {
		t.Errorf("the refused one: %s", told(run))
	}
	b.supervisor.Cancel(busy.ID)
	b.ended(t, busy.ID)
	longest, at := time.Duration(0), calm.requests()
	for i := 1; i < len(at); i++ {
		longest = max(longest, at[i].Sub(at[i-1]))
	}
	if longest < 2*time.Second {
		t.Errorf("the other one never paused for longer than %s while its tenant was refused for 3 s", longest)
	}
}

func TestABudgetForSoManyRequestsAtOnceAdmitsSoManyRuns(t *testing.T) {
	t.Parallel()
	b := setup(t, limit(budget.Limit{Concurrent: 1}))
	script, file := b.blocking("a")
	first := b.start(t, b.connection(t, "fake", "first", script), supervisor.Options{Trigger: host.TriggerManual})
	b.reading(t, first.ID, 200)
	second := b.start(t, b.connection(t, "fake", "second", `{}`), supervisor.Options{Trigger: host.TriggerManual})
	if run, _ := b.supervisor.Run(second.ID); run.Queue == nil || run.Queue.WaitsFor != host.WaitsForBudget {
		t.Errorf("the second is %s, %+v", run.Status, run.Queue)
	}
	unblock(t, file)
	b.ended(t, first.ID)
	if run := b.ended(t, second.ID); run.Status != host.StatusSucceeded {
		t.Errorf("the second: %s", told(run))
	}
}
