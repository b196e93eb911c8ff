package app_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	stdsync "sync"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/notification"
)

var behindProxy = flag.Int("behind-proxy", 25, "connections that fail at once behind a proxy that does not run")

// TestOneNotificationForADeadProxy syncs connections of two connectors whose way out is a proxy that does not run. Each run is a real
// one and fails by itself; people are told once, by the list and by a webhook.
func TestOneNotificationForADeadProxy(t *testing.T) { // not parallel, because of its variables
	dead, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		t.Setenv(name, "http://"+dead.Addr().String())
	}
	t.Setenv("NO_PROXY", "127.0.0.1")
	t.Setenv("no_proxy", "127.0.0.1")
	if err := dead.Close(); err != nil { // nothing listens there any more
		t.Fatal(err)
	}
	var hook posts
	receiver := httptest.NewServer(&hook)
	t.Cleanup(receiver.Close)

	o, interpreter := withInterpreter(t, dataDir(t))
	acme(t, filepath.Dir(interpreter), "plumbline: 1\n")
	e := open(t, o)
	tell(t, e, receiver.URL)
	var runs []host.Run
	for i := range *behindProxy {
		settings := raw(fmt.Sprintf(`{"base_url": "https://api-%d.acme.example"}`, i))
		c := connections.NewConnection{Connector: "acme", Alias: fmt.Sprintf("c%d", i), Settings: settings, Secrets: map[string]string{"token": "t"}}
		if _, err := e.AddConnection(as(t), c); err != nil {
			t.Fatal(err)
		}
		run, err := e.Sync(as(t), c.Alias, connections.SyncRequest{})
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, run)
	}
	for _, run := range runs {
		ended, err := e.WaitRun(as(t), run.ID)
		if err != nil || ended.Status != host.StatusFailed {
			t.Fatalf("run of %s: %s, %v", run.Alias, ended.Status, err)
		}
	}
	explained, err := e.ExplainRun(as(t), runs[0].ID, false)
	if err != nil || explained.Cause == nil || explained.Cause.ID != diagnosis.CauseNetworkProxy {
		t.Fatalf("a run is explained as %+v, %v", explained.Cause, err)
	}
	await(t, "the webhook has the message", func() bool { return len(hook.all()) > 0 })
	told, got := e.Notifications(10), hook.all()
	if len(told) != 1 || told[0].Cause != diagnosis.CauseNetworkProxy || told[0].Count < 2 || told[0].Count > *behindProxy {
		t.Errorf("people were told %+v", told)
	}
	if len(got) != 1 || got[0].Data.Count != told[0].Count || got[0].Data.Cause != string(diagnosis.CauseNetworkProxy) {
		t.Errorf("the webhook got %+v", got)
	}
	t.Logf("%d runs failed, and one message says: %s", len(runs), told[0].Title)
}

// tell has a webhook told of what happens, soon.
func tell(t *testing.T, e *boot.Host, url string) {
	t.Helper()
	channel := app.ChannelInput{
		Channel: notification.Channel{Name: "Hook", Type: notification.ChannelWebhook},
		Given:   map[string]string{notification.SecretURL: url},
	}
	if _, err := e.AddNotificationChannel(as(t), channel); err != nil {
		t.Fatal(err)
	}
	rules := notification.DefaultRules()
	rules.Window = 10
	if _, err := e.SetNotificationRules(as(t), rules, 0); err != nil {
		t.Fatal(err)
	}
}

// posts is a receiver of webhooks.
type posts struct {
	mu  stdsync.Mutex
	got []post
}

type post struct {
	Data struct {
		Cause string `json:"cause"`
		Count int    `json:"count"`
	} `json:"data"`
}

func (p *posts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var one post
	if err := json.NewDecoder(r.Body).Decode(&one); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, one)
}

func (p *posts) all() []post {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]post(nil), p.got...)
}
