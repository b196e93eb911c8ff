package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/access"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/owned"
)

// TestEveryCarrierNamesItsActor asks over each carrier in whose name the caller acts. The
// server's own context has an actor, as that of a command has: no request may take it over.
func TestEveryCarrierNamesItsActor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.login(t)
	bert := host.Actor{Kind: host.ActorPerson, ID: "1001", Name: "bert", Auth: host.AuthLocal}
	socket := serveSocket(host.WithActor(t.Context(), bert), t, b)
	window := httptest.NewServer(b.server.WindowHandler())
	t.Cleanup(window.Close)
	over := func(client *calls.Client) host.Actor {
		session, err := client.Session(host.WithActor(t.Context(), bert))
		if err != nil {
			t.Fatal(err)
		}
		return session.Actor
	}
	browse := func(base string) host.Actor {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/api/v1/session", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := b.client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var session api.Session
		if err := json.NewDecoder(response.Body).Decode(&session); err != nil {
			t.Fatal(err)
		}
		return session.Actor
	}
	self := owned.Person(os.Geteuid(), host.AuthSocket)
	mine := owned.Person(os.Geteuid(), host.AuthLocal)
	link := host.Actor{Kind: host.ActorPerson, ID: anna.ID, Name: anna.Name, Auth: host.AuthLink}
	for name, test := range map[string]struct{ got, want host.Actor }{
		"the socket":               {over(calls.Dial(socket)), self},
		"this process":             {over(calls.Local(b.server.Handler())), bert},
		"a browser":                {browse(b.web.URL), link},
		"the window":               {browse(window.URL), mine},
		"a window onto the socket": {browse(forwarded(t, socket)), self},
	} {
		if test.got != test.want {
			t.Errorf("%s acts as %+v, want %+v", name, test.got, test.want)
		}
	}
}

// forwarded returns the address of a window onto the agent at a socket.
func forwarded(t *testing.T, socket string) string {
	t.Helper()
	s := httptest.NewServer(calls.Dial(socket).Forward())
	t.Cleanup(s.Close)
	return s.URL
}

// TestEditsNameTheirActor edits a connection from a browser, over the socket as a script
// does, and in this process as a command does: each is an entry that names who it was.
func TestEditsNameTheirActor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.login(t)
	bert := host.Actor{Kind: host.ActorPerson, ID: "1001", Name: "bert", Auth: host.AuthLocal}
	ctx := host.WithActor(t.Context(), bert)
	command := calls.Local(b.server.Handler())
	corp := connections.NewConnection{Connector: "fake", Alias: "corp", Settings: json.RawMessage(`{"streams":[]}`)}
	if _, err := command.AddConnection(ctx, corp); err != nil {
		t.Fatal(err)
	}
	socket := serveSocket(ctx, t, b)
	schedules := []string{"@daily", "@weekly"}
	for i, client := range []*calls.Client{command, calls.Dial(socket)} {
		if _, err := client.EditConnection(ctx, "corp", 0, connections.Edit{Schedule: &schedules[i]}); err != nil {
			t.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, b.web.URL+"/api/v1/connections/corp",
		strings.NewReader(`{"schedule":"@monthly"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Plumbline-Request", "1")
	response, err := b.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("the browser's edit was answered with %s (%v)", response.Status, err)
	}
	entries, err := command.Audit(ctx, api.AuditParams{PageParams: operation.PageParams{Limit: 3}})
	if err != nil {
		t.Fatal(err)
	}
	link := host.Actor{Kind: host.ActorPerson, ID: anna.ID, Name: anna.Name, Auth: host.AuthLink}
	want := []host.Actor{link, owned.Person(os.Geteuid(), host.AuthSocket), bert}
	for i, e := range entries.Items {
		if e.Actor != want[i] || e.Title != "corp" || e.Action != host.ActionChanged {
			t.Errorf("entry %d is %+v, want one by %+v", e.Number, e, want[i])
		}
	}
	if len(entries.Items) != 3 {
		t.Errorf("%d entries, want 3", len(entries.Items))
	}
}

// serveSocket serves the bundle's server on a socket and returns its path.
func serveSocket(ctx context.Context, t *testing.T, b *bundle) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	ctx, stop := context.WithCancel(ctx)
	listener, err := access.ListenSocket(ctx, socket, func(int) bool { return false }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- access.Serve(ctx, listener, b.server.Handler()) }() // ends with stop
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return socket
}

// gone is a page that has gone before the answer came.
type gone struct{ http.ResponseWriter }

func (gone) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestAPageOfTheWindowMayBeGone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/categories", nil)
	b.server.WindowHandler().ServeHTTP(gone{httptest.NewRecorder()}, r) // it does not panic
}
